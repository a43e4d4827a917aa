// Where a message came from, and how one gets back there.

export type Protocol = "udp" | "tcp" | "tls" | "ws" | "wss";

export interface Flow {
  readonly protocol: Protocol;
  /** True for connections: no retransmissions are needed. */
  readonly reliable: boolean;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Our host and port as the peer should see them, as URIs write it: IPv6 in brackets. */
  readonly localAddress: string;
  readonly localPort: number;
  /** False once the connection is closed; always true for UDP. */
  readonly open: boolean;
  /** Never throws; `onFailed` is called at most once, later. */
  send(text: string, onFailed?: (reason: string) => void): void;
  /**
   * Asks a silent UDP peer's host whether the port is open at all; `onRefused` is called at most
   * once, when the host says that it is not. Absent where that says nothing.
   */
  probe?(onRefused: () => void): void;
  /** Moves on to the next host of a name; false when there is none. */
  advance?(): boolean;
}

/** The `Via` transport token of a protocol (RFC 3261 20.42, RFC 7118 5.1). */
export const viaTransport: Record<Protocol, string> = {
  udp: "UDP",
  tcp: "TCP",
  tls: "TLS",
  ws: "WS",
  wss: "WSS",
};

/**
 * The `transport` parameter of our URIs; empty where none is needed. RFC 7118 5.2.1 knows `ws` only:
 * a browser tells the two apart by its own connection.
 */
export const uriTransport: Record<Protocol, string> = {
  udp: "",
  tcp: "tcp",
  tls: "tls",
  ws: "ws",
  wss: "ws",
};

/** Ports that may be left out (RFC 3261 18.2.2, RFC 7118 5.2.3). */
export const defaultPort: Record<Protocol, number> = {
  udp: 5060,
  tcp: 5060,
  tls: 5061,
  ws: 80,
  wss: 443,
};
