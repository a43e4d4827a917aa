// All listeners and connections of the edge.
import type http from "node:http";
import net from "node:net";
import tls from "node:tls";
import type { WebSocket } from "ws";
import { advertisedHost, bare, familyOf, isLoopback, isWildcard, uriHost } from "./address.ts";
import type { Flow, Protocol } from "./flow.ts";
import {
  closeServer,
  type Listener,
  type ListeningPoint,
  listenStream,
  portMessage,
  portTaken,
  type StreamListener,
} from "./listeners.ts";
import { TcpConnection } from "./tcp-connection.ts";
import { clientOptions, reloadOnChange, type TlsFiles } from "./tls-files.ts";
import { UdpListener } from "./udp.ts";
import { WsAcceptor } from "./ws-acceptor.ts";
import { WsConnection } from "./ws-connection.ts";

export interface TransportOptions {
  points: readonly ListeningPoint[];
  /** The HTTP front that hands over WebSockets; null when there is none. */
  front: { host: string; port: number; advertise: string | null } | null;
  /** For points with TLS or WSS; null when there is none. */
  tls: TlsFiles | null;
  connectionsMax: number;
  /** Of one source address. */
  connectionsPerSourceMax: number;
  /** A connection whose TLS or HTTP opening takes longer is closed. */
  openingMsMax: number;
  onOpeningFailed: () => void;
  onMessage: (bytes: Buffer, flow: Flow) => void;
  onSent: (text: string, flow: Flow) => void;
  onClosed: (flow: Flow) => void;
  onBroken: (reason: string) => void;
  onRefused: () => void;
  onLargeDatagram: (size: number, to: string) => void;
  onError: (error: Error) => void;
}

export interface Place {
  protocol: Protocol;
  /** Literal, brackets allowed. */
  address: string;
  port: number;
  /** Name that a TLS certificate must bear; null for the address. */
  name?: string | null;
}

export type Opened = { ok: true; flow: Flow } | { ok: false; reason: string };

/** A connection without a byte for so long is closed; phones keep theirs alive more often. */
const idleMs = 15 * 60_000;
const connectMsMax = 10_000;
const firstMessageMs = 30_000;
const portTriesMax = 20;

export class Transports {
  readonly #options: TransportOptions;
  readonly #listeners: readonly Listener[];
  /** Open TCP and TLS connections by `protocol|address:port`. */
  readonly #streams = new Map<string, TcpConnection>();
  readonly #webSockets = new Set<WsConnection>();
  readonly #bySource = new Map<string, number>();
  readonly #front: StreamListener | null;
  readonly #acceptors: WsAcceptor[] = [];
  readonly #clientTls: tls.SecureContextOptions;
  #reload: { stop(): void } | null = null;

  private constructor(
    options: TransportOptions,
    opened: readonly Listener[],
    clientTls: tls.SecureContextOptions,
  ) {
    this.#options = options;
    this.#clientTls = clientTls;
    this.#front = options.front && { protocol: "ws", server: null, ...options.front };
    this.#listeners = this.#front === null ? opened : [...opened, this.#front];
    for (const listener of opened) {
      if (listener.protocol !== "udp") this.#accept(listener);
    }
  }

  /** Opens every point. Rejects with a line that names protocol and port. */
  static async listen(options: TransportOptions): Promise<Transports> {
    const opened: Listener[] = [];
    const clientTls = clientOptions(options.tls);
    try {
      for (const point of options.points) opened.push(...(await openPoint(point, options)));
    } catch (error) {
      await Promise.all(opened.map(closeListener));
      throw error;
    }
    const transports = new Transports(options, opened, clientTls);
    transports.#watchCertificates();
    return transports;
  }

  /** Port of the first listener. */
  get port(): number {
    return this.#listeners[0]?.port ?? 0;
  }

  get connectionCount(): number {
    return this.#streams.size + this.#webSockets.size;
  }

  /** `proto/address:port` of every listener, as the drachtio protocol lists them. */
  get hostPorts(): string[] {
    return this.#listeners.map(
      (listener) => `${listener.protocol}/${advertisedHost(listener, "")}:${listener.port}`,
    );
  }

  /** The same with the bound addresses. */
  get localHostPorts(): string[] {
    return this.#listeners.map((listener) => {
      const host = advertisedHost({ ...listener, advertise: null }, "");
      return `${listener.protocol}/${host}:${listener.port}`;
    });
  }

  /** True when `host:port` of a URI names one of our own listeners. */
  isOwn(host: string, port: number): boolean {
    return this.#listeners.some(
      (listener) =>
        port === listener.port &&
        (host === uriHost(listener.host) ||
          host === advertisedHost(listener, "") ||
          host === advertisedHost(listener, bare(host))),
    );
  }

  /** The best listener from which that place can be reached; null when there is none. */
  listenerFor(protocol: Protocol, address: string): Listener | null {
    const family = familyOf(address);
    const fit = this.#listeners.filter(
      (listener) => listener.protocol === protocol && familyOf(listener.host) === family,
    );
    const local = isLoopback(bare(address));
    const near = fit.find((one) => isWildcard(one.host) || isLoopback(one.host) === local);
    return near ?? fit[0] ?? null;
  }

  /** Our end towards a place not known yet; null when no listener speaks the protocol. */
  localEnd(
    protocol: Protocol | null,
    address: string | null,
  ): { localAddress: string; localPort: number } | null {
    const listener =
      address !== null && protocol !== null
        ? this.listenerFor(protocol, address)
        : this.#listeners.find((one) => protocol === null || one.protocol === protocol);
    if (!listener) return null;
    return {
      localAddress: advertisedHost(listener, address ?? ""),
      localPort: listener.port,
    };
  }

  /** A flow to that place: the open connection to it, or a new one. */
  open(place: Place): Opened {
    const { protocol, port } = place;
    const address = bare(place.address);
    const listener = this.listenerFor(protocol, address);
    if (listener === null) {
      return { ok: false, reason: "requested protocol/transport not available" };
    }
    if ("flow" in listener) return { ok: true, flow: listener.flow(address, port) };
    if (protocol !== "tcp" && protocol !== "tls") {
      // RFC 7118: browsers connect to us, never the other way.
      return { ok: false, reason: "requested protocol/transport not available" };
    }
    const known = this.#streams.get(streamKey(protocol, address, port));
    if (known?.open) return { ok: true, flow: known };
    if (this.connectionCount >= this.#options.connectionsMax) {
      return { ok: false, reason: "too many connections" };
    }
    const socket = this.#dial(place, address);
    return { ok: true, flow: this.#add(socket, { listener, protocol, address, port, own: true }) };
  }

  /** Takes over a WebSocket that the front opened with the sub-protocol `sip`. */
  adoptWebSocket(socket: WebSocket, remote: { address: string; port: number }): void {
    const listener = this.#front ?? this.#listeners[0];
    if (listener !== undefined) this.#adopt(socket, remote, listener);
  }

  async close(): Promise<void> {
    this.#reload?.stop();
    for (const acceptor of this.#acceptors) acceptor.close();
    for (const connection of [...this.#streams.values()]) connection.close();
    for (const connection of [...this.#webSockets]) connection.close();
    await Promise.all(this.#listeners.map(closeListener));
  }

  #watchCertificates(): void {
    const { tls: files, onError } = this.#options;
    const servers = this.#listeners.flatMap((listener) =>
      "server" in listener && listener.server instanceof tls.Server ? [listener.server] : [],
    );
    if (files !== null && servers.length > 0)
      this.#reload = reloadOnChange(servers, files, onError);
  }

  #accept(listener: StreamListener): void {
    const { server, protocol } = listener;
    if (server === null) return;
    if (protocol === "ws" || protocol === "wss") {
      const acceptor = new WsAcceptor({
        origins: null,
        onSocket: (socket, remote) => {
          this.#adopt(socket, remote, listener);
          return true;
        },
      });
      this.#acceptors.push(acceptor);
      (server as http.Server).on("upgrade", (request, socket, head) => {
        acceptor.upgrade(request, socket, head);
      });
      return;
    }
    server.on(protocol === "tls" ? "secureConnection" : "connection", (socket: net.Socket) => {
      const { remoteAddress: address, remotePort: port } = socket;
      if (address === undefined || port === undefined || !this.#room(address)) {
        socket.on("error", () => {});
        socket.destroy();
        return;
      }
      this.#add(socket, { listener, protocol, address, port, own: false });
    });
  }

  /** Counts the connection; false when it is one too many. */
  #room(address: string): boolean {
    const { connectionsMax, connectionsPerSourceMax } = this.#options;
    const count = this.#bySource.get(address) ?? 0;
    if (this.connectionCount >= connectionsMax || count >= connectionsPerSourceMax) {
      this.#options.onRefused();
      return false;
    }
    this.#bySource.set(address, count + 1);
    return true;
  }

  #left(address: string): void {
    const count = (this.#bySource.get(address) ?? 1) - 1;
    if (count <= 0) this.#bySource.delete(address);
    else this.#bySource.set(address, count);
  }

  #dial(place: Place, address: string): net.Socket {
    const { port } = place;
    const name = place.name ?? null;
    const socket =
      place.protocol === "tcp"
        ? net.connect({ host: address, port })
        : tls.connect({
            host: address,
            port,
            ...this.#clientTls,
            // RFC 5922 7.1: the certificate bears the name of the URI.
            ...(name === null || familyOf(name) !== null ? {} : { servername: name }),
          });
    const timer = setTimeout(() => socket.destroy(), connectMsMax);
    const connected = () => clearTimeout(timer);
    socket.once(place.protocol === "tcp" ? "connect" : "secureConnect", connected);
    socket.once("close", connected);
    return socket;
  }

  #add(
    socket: net.Socket,
    from: {
      listener: Listener;
      protocol: "tcp" | "tls";
      address: string;
      port: number;
      /** True when we dialled. */
      own: boolean;
    },
  ): TcpConnection {
    const { listener, protocol, address, port, own } = from;
    const key = streamKey(protocol, address, port);
    const connection = new TcpConnection({
      protocol,
      socket,
      remoteAddress: address,
      remotePort: port,
      localAddress: advertisedHost(listener, address),
      localPort: listener.port,
      idleMs,
      firstMessageMs: own ? null : firstMessageMs,
      onMessage: this.#options.onMessage,
      onSent: this.#options.onSent,
      onBroken: this.#options.onBroken,
      onClosed: (closed) => {
        if (!own) this.#left(address);
        if (this.#streams.get(key) === closed) this.#streams.delete(key);
        this.#options.onClosed(closed);
      },
    });
    this.#streams.set(key, connection);
    return connection;
  }

  #adopt(socket: WebSocket, remote: { address: string; port: number }, listener: Listener): void {
    const { address, port } = remote;
    if (!this.#room(address)) {
      socket.terminate();
      return;
    }
    const connection = new WsConnection({
      protocol: listener.protocol === "wss" ? "wss" : "ws",
      socket,
      remoteAddress: address,
      remotePort: port,
      localAddress: advertisedHost(listener, address),
      localPort: listener.port,
      onMessage: this.#options.onMessage,
      onSent: this.#options.onSent,
      onClosed: (closed) => {
        this.#left(address);
        this.#webSockets.delete(closed);
        this.#options.onClosed(closed);
      },
    });
    this.#webSockets.add(connection);
  }
}

async function openPoint(point: ListeningPoint, options: TransportOptions): Promise<Listener[]> {
  const { host, advertise } = point;
  for (let attempt = 1; ; attempt++) {
    const opened: Listener[] = [];
    for (const protocol of point.protocols) {
      const port = opened[0]?.port ?? point.port;
      try {
        opened.push(
          protocol === "udp"
            ? await UdpListener.listen({ ...options, host, port, advertise })
            : await listenStream({ ...options, protocol, host, port, advertise }),
        );
      } catch (error) {
        await Promise.all(opened.map(closeListener));
        // A port that is free for one protocol may be taken for the next.
        if (point.port === 0 && portTaken(error) && attempt < portTriesMax) break;
        throw new Error(portMessage(protocol.toUpperCase(), host, port, error));
      }
    }
    if (opened.length === point.protocols.length) return opened;
  }
}

async function closeListener(listener: Listener): Promise<void> {
  if ("close" in listener) await listener.close();
  else if (listener.server !== null) await closeServer(listener.server);
}

function streamKey(protocol: Protocol, address: string, port: number): string {
  return `${protocol}|${address}:${port}`;
}
