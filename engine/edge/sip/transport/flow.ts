// Where a message came from, and how one gets back there.

export type Protocol = "udp" | "tcp" | "ws";

export interface Flow {
  readonly protocol: Protocol;
  /** True for connections: no retransmissions are needed. */
  readonly reliable: boolean;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Our address and port as the peer should see them. */
  readonly localAddress: string;
  readonly localPort: number;
  /** False once the connection is closed; always true for UDP. */
  readonly open: boolean;
  /** Never throws; `onFailed` is called at most once, later. */
  send(text: string, onFailed?: (reason: string) => void): void;
}

/** The `Via` transport token of a protocol (RFC 3261 20.42, RFC 7118 5.1). */
export const viaTransport: Record<Protocol, string> = { udp: "UDP", tcp: "TCP", ws: "WS" };
