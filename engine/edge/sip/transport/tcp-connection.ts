// One TCP or TLS connection, accepted or dialled.
import type { Socket } from "node:net";
import type { Flow } from "./flow.ts";
import { StreamFramer } from "./stream-framer.ts";

/** A message begun must be complete within this, however slowly it drips. */
const messageWithinMs = 30_000;
/** A peer that does not read is closed beyond this. */
const unsentBytesMax = 1024 * 1024;

export class TcpConnection implements Flow {
  readonly protocol: "tcp" | "tls";
  readonly reliable = true;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly #socket: Socket;
  readonly #onSent: (text: string, flow: Flow) => void;
  readonly #framer = new StreamFramer();
  #open = true;
  #incomplete: NodeJS.Timeout | null = null;

  constructor(options: {
    protocol: "tcp" | "tls";
    socket: Socket;
    remoteAddress: string;
    remotePort: number;
    localAddress: string;
    localPort: number;
    idleMs: number;
    /** An accepted peer must have said something whole by then; null for one that we dialled. */
    firstMessageMs: number | null;
    onMessage: (bytes: Buffer, flow: Flow) => void;
    onSent: (text: string, flow: Flow) => void;
    onBroken: (reason: string) => void;
    onClosed: (connection: TcpConnection) => void;
  }) {
    this.protocol = options.protocol;
    this.remoteAddress = options.remoteAddress;
    this.remotePort = options.remotePort;
    this.localAddress = options.localAddress;
    this.localPort = options.localPort;
    const socket = options.socket;
    this.#socket = socket;
    this.#onSent = options.onSent;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.setTimeout(options.idleMs, () => socket.destroy());
    if (options.firstMessageMs !== null) this.#closeAfter(options.firstMessageMs);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#open = false;
      this.#stopWaiting();
      options.onClosed(this);
    });
    socket.on("data", (chunk: Buffer) => {
      const frames = this.#framer.push(chunk);
      for (const frame of frames) {
        if (frame.type === "message") options.onMessage(frame.bytes, this);
        else if (frame.type === "ping") socket.write("\r\n");
        else {
          options.onBroken(frame.reason);
          socket.destroy();
        }
      }
      if (frames.length > 0) this.#stopWaiting();
      if (this.#open && this.#framer.waiting > 0) this.#closeAfter(messageWithinMs);
    });
  }

  get open(): boolean {
    return this.#open && !this.#socket.destroyed;
  }

  send(text: string, onFailed?: (reason: string) => void): void {
    if (!this.open) {
      if (onFailed !== undefined) queueMicrotask(() => onFailed("connection closed"));
      return;
    }
    if (this.#socket.writableLength > unsentBytesMax) {
      this.#socket.destroy();
      return;
    }
    this.#onSent(text, this);
    // Failures arrive as `close`, which fails every open transaction of this flow.
    this.#socket.write(text);
  }

  close(): void {
    this.#socket.destroy();
  }

  #closeAfter(ms: number): void {
    this.#incomplete ??= setTimeout(() => this.#socket.destroy(), ms);
  }

  #stopWaiting(): void {
    if (this.#incomplete !== null) clearTimeout(this.#incomplete);
    this.#incomplete = null;
  }
}
