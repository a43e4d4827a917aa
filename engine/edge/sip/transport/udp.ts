// A UDP listener. Its flows are cheap values, one for each peer address in use.
import dgram from "node:dgram";
import { advertisedHost, bare, familyOf, isLoopback, isPrivate } from "./address.ts";
import type { Flow } from "./flow.ts";

export interface UdpOptions {
  /** Literal to bind, without brackets. */
  host: string;
  port: number;
  /** Host that peers should use instead; null for the bound one. */
  advertise: string | null;
  onMessage: (bytes: Buffer, flow: Flow) => void;
  onSent: (text: string, flow: Flow) => void;
  onError: (error: Error) => void;
  /** A datagram above 1,300 bytes left for another machine. */
  onLargeDatagram: (size: number, to: string) => void;
}

/** RFC 3261 18.1.1: 200 bytes below the usual MTU of 1,500. */
const datagramBytesMax = 1_300;

export class UdpListener {
  readonly protocol = "udp";
  readonly host: string;
  readonly port: number;
  readonly advertise: string | null;
  readonly socket: dgram.Socket;
  readonly onLargeDatagram: UdpOptions["onLargeDatagram"];
  readonly onSent: UdpOptions["onSent"];

  private constructor(socket: dgram.Socket, options: UdpOptions) {
    this.socket = socket;
    this.host = options.host;
    this.onLargeDatagram = options.onLargeDatagram;
    this.onSent = options.onSent;
    this.advertise = options.advertise;
    this.port = socket.address().port;
  }

  /** Rejects when the port is taken. */
  static listen(options: UdpOptions): Promise<UdpListener> {
    const six = familyOf(options.host) === 6;
    const socket = dgram.createSocket({
      type: six ? "udp6" : "udp4",
      ipv6Only: six,
      // Addresses are literals here; the default look-up costs a turn through the resolver.
      lookup: (host, _options, callback) => callback(null, host, six ? 6 : 4),
    });
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      socket.bind({ address: options.host, port: options.port }, () => {
        socket.off("error", reject);
        socket.on("error", options.onError);
        const listener = new UdpListener(socket, options);
        socket.on("message", (bytes, remote) => {
          options.onMessage(bytes, listener.flow(remote.address, remote.port));
        });
        widenBuffers(socket);
        resolve(listener);
      });
    });
  }

  /** `address` without brackets. */
  flow(address: string, port: number): Flow {
    return new UdpFlow(this, address, port);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()));
  }
}

class UdpFlow implements Flow {
  readonly protocol = "udp";
  readonly reliable = false;
  readonly open = true;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly #socket: dgram.Socket;
  readonly #listener: UdpListener;

  constructor(listener: UdpListener, address: string, port: number) {
    this.remoteAddress = address;
    this.remotePort = port;
    this.localAddress = advertisedHost(listener, address);
    this.localPort = listener.port;
    this.#socket = listener.socket;
    this.#listener = listener;
  }

  send(text: string, onFailed?: (reason: string) => void): void {
    const { remotePort, remoteAddress } = this;
    this.#listener.onSent(text, this);
    if (text.length > datagramBytesMax && !isLoopback(remoteAddress)) {
      this.#listener.onLargeDatagram(text.length, remoteAddress);
    }
    try {
      if (onFailed === undefined) this.#socket.send(text, remotePort, remoteAddress);
      else {
        this.#socket.send(text, remotePort, remoteAddress, (error) => {
          if (error !== null) onFailed(error.message);
        });
      }
    } catch (error) {
      // Thrown when the socket is closed already, or for a port out of range.
      if (onFailed !== undefined) queueMicrotask(() => onFailed(String(error)));
    }
  }

  probe(onRefused: () => void): void {
    // Elsewhere a NAT may answer for a phone that is only slow.
    if (isPrivate(this.remoteAddress)) probePort(this, onRefused);
  }
}

const probesMax = 50;
const probeMs = 1_000;
let probesOpen = 0;

/**
 * Only a connected socket is told of ICMP errors, and the listener's is not one. So a silent port is
 * asked once from a socket of its own with an empty line, which SIP ignores (RFC 3261 7.5).
 */
function probePort(peer: { remoteAddress: string; remotePort: number }, onRefused: () => void) {
  if (probesOpen >= probesMax) return;
  probesOpen++;
  const socket = dgram.createSocket(familyOf(peer.remoteAddress) === 6 ? "udp6" : "udp4");
  const end = () => {
    clearTimeout(timer);
    socket.removeAllListeners("error");
    socket.on("error", () => {});
    socket.close();
    probesOpen--;
  };
  const timer = setTimeout(end, probeMs);
  timer.unref();
  socket.once("error", (error) => {
    end();
    if ("code" in error && error.code === "ECONNREFUSED") onRefused();
  });
  socket.connect(peer.remotePort, bare(peer.remoteAddress), () => socket.send("\r\n", () => {}));
}

function widenBuffers(socket: dgram.Socket): void {
  try {
    socket.setRecvBufferSize(2 * 1024 * 1024);
    socket.setSendBufferSize(2 * 1024 * 1024);
  } catch {
    // The system's default stays; bursts are then lost earlier and repeated by the peers.
  }
}
