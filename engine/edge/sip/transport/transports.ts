// All listeners and connections of the edge.
import net from "node:net";
import os from "node:os";
import type { WebSocket } from "ws";
import type { Flow } from "./flow.ts";
import { TcpConnection } from "./tcp-connection.ts";
import { UdpListener } from "./udp.ts";
import { WsConnection } from "./ws-connection.ts";

export interface TransportOptions {
  /** IPv4 address to bind; `0.0.0.0` binds all. */
  host: string;
  /** UDP and TCP; 0 takes a free one. */
  port: number;
  /** Port of the HTTP listener that hands over WebSockets; null when there is none. */
  wsPort: number | null;
  connectionsMax: number;
  onMessage: (bytes: Buffer, flow: Flow) => void;
  onClosed: (flow: Flow) => void;
  onBroken: (reason: string) => void;
  onRefused: () => void;
  onError: (error: Error) => void;
}

/** A connection without a byte for so long is closed; phones keep theirs alive more often. */
const idleMs = 15 * 60_000;

export class Transports {
  readonly port: number;
  readonly #options: TransportOptions;
  readonly #udp: UdpListener;
  readonly #tcp: net.Server;
  readonly #tcpConnections = new Map<string, TcpConnection>();
  readonly #wsConnections = new Set<WsConnection>();

  private constructor(options: TransportOptions, udp: UdpListener, tcp: net.Server) {
    this.#options = options;
    this.#udp = udp;
    this.#tcp = tcp;
    this.port = udp.port;
  }

  /** Binds UDP and TCP to one port. Rejects with a line that names protocol and port. */
  static async listen(options: TransportOptions): Promise<Transports> {
    for (let attempt = 0; ; attempt++) {
      const udp = await UdpListener.listen({
        host: options.host,
        port: options.port,
        advertise: (remote) => advertised(options.host, remote),
        onMessage: options.onMessage,
        onError: options.onError,
      }).catch((error: unknown) => {
        throw new Error(portMessage("UDP", options.host, options.port, error));
      });
      const tcp = net.createServer();
      try {
        await listenTcp(tcp, options.host, udp.port);
      } catch (error) {
        await udp.close();
        // A free UDP port may be a taken TCP port.
        if (options.port === 0 && attempt < 20) continue;
        throw new Error(portMessage("TCP", options.host, udp.port, error));
      }
      const transports = new Transports(options, udp, tcp);
      tcp.on("error", options.onError);
      tcp.on("connection", (socket) => transports.#accept(socket));
      return transports;
    }
  }

  get connectionCount(): number {
    return this.#tcpConnections.size + this.#wsConnections.size;
  }

  /** `proto/address:port` of every listener, as the drachtio protocol lists them. */
  get hostPorts(): string[] {
    const host = advertised(this.#options.host, "");
    const list = [`udp/${host}:${this.port}`, `tcp/${host}:${this.port}`];
    if (this.#options.wsPort !== null) list.push(`ws/${host}:${this.#options.wsPort}`);
    return list;
  }

  /** True when `host:port` names one of our own listeners. */
  isOwn(host: string, port: number): boolean {
    if (port !== this.port && port !== this.#options.wsPort) return false;
    return host === this.#options.host || host === advertised(this.#options.host, host);
  }

  udpFlow(address: string, port: number): Flow {
    return this.#udp.flow(address, port);
  }

  /** The open connection to that place, or a new one; null when the table is full. */
  tcpFlow(address: string, port: number): Flow | null {
    const known = this.#tcpConnections.get(`${address}:${port}`);
    if (known?.open) return known;
    if (this.connectionCount >= this.#options.connectionsMax) return null;
    const socket = net.connect({ host: address, port });
    const connectTimer = setTimeout(() => socket.destroy(), 10_000);
    socket.once("connect", () => clearTimeout(connectTimer));
    socket.once("close", () => clearTimeout(connectTimer));
    return this.#add(socket, address, port);
  }

  /** Takes over a WebSocket that was opened with the sub-protocol `sip`. */
  adoptWebSocket(socket: WebSocket, remote: { address: string; port: number }): void {
    if (this.connectionCount >= this.#options.connectionsMax) {
      this.#options.onRefused();
      socket.terminate();
      return;
    }
    const connection = new WsConnection({
      socket,
      remoteAddress: remote.address,
      remotePort: remote.port,
      localAddress: advertised(this.#options.host, remote.address),
      localPort: this.#options.wsPort ?? 0,
      onMessage: this.#options.onMessage,
      onClosed: (closed) => {
        this.#wsConnections.delete(closed);
        this.#options.onClosed(closed);
      },
    });
    this.#wsConnections.add(connection);
  }

  async close(): Promise<void> {
    const tcpClosed = new Promise<void>((resolve) => this.#tcp.close(() => resolve()));
    for (const connection of [...this.#tcpConnections.values()]) connection.close();
    for (const connection of [...this.#wsConnections]) connection.close();
    await Promise.all([tcpClosed, this.#udp.close()]);
  }

  #accept(socket: net.Socket): void {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    if (this.connectionCount >= this.#options.connectionsMax) {
      this.#options.onRefused();
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    this.#add(socket, remoteAddress, remotePort);
  }

  #add(socket: net.Socket, remoteAddress: string, remotePort: number): TcpConnection {
    const key = `${remoteAddress}:${remotePort}`;
    const connection = new TcpConnection({
      socket,
      remoteAddress,
      remotePort,
      localAddress: advertised(this.#options.host, remoteAddress),
      localPort: this.port,
      idleMs,
      onMessage: this.#options.onMessage,
      onBroken: this.#options.onBroken,
      onClosed: (closed) => {
        if (this.#tcpConnections.get(key) === closed) this.#tcpConnections.delete(key);
        this.#options.onClosed(closed);
      },
    });
    this.#tcpConnections.set(key, connection);
    return connection;
  }
}

function listenTcp(server: net.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog: 511 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** One line for the operator: which port of which protocol could not be opened, and why. */
export function portMessage(protocol: string, host: string, port: number, error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const why = code === "EADDRINUSE" ? "is already in use" : `cannot be opened (${code})`;
  return `${protocol} port ${port} on ${host} ${why}`;
}

const loopback = "127.0.0.1";
let outside: string | null = null;

/** The address that `remoteAddress` should use for us when all addresses are bound. */
function advertised(host: string, remoteAddress: string): string {
  if (host !== "0.0.0.0") return host;
  if (remoteAddress.startsWith("127.")) return loopback;
  outside ??=
    Object.values(os.networkInterfaces())
      .flatMap((list) => list ?? [])
      .find((entry) => entry.family === "IPv4" && !entry.internal)?.address ?? loopback;
  return outside;
}
