// One TCP connection, accepted or dialled.
import type { Socket } from "node:net";
import type { Flow } from "./flow.ts";
import { StreamFramer } from "./stream-framer.ts";

/** A message begun must be complete within this, however slowly it drips. */
const messageWithinMs = 30_000;
/** A peer that does not read is closed beyond this. */
const unsentBytesMax = 1024 * 1024;

export class TcpConnection implements Flow {
  readonly protocol = "tcp";
  readonly reliable = true;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly #socket: Socket;
  readonly #framer = new StreamFramer();
  #open = true;
  #incomplete: NodeJS.Timeout | null = null;

  constructor(options: {
    socket: Socket;
    remoteAddress: string;
    remotePort: number;
    localAddress: string;
    localPort: number;
    idleMs: number;
    onMessage: (bytes: Buffer, flow: Flow) => void;
    onBroken: (reason: string) => void;
    onClosed: (connection: TcpConnection) => void;
  }) {
    this.remoteAddress = options.remoteAddress;
    this.remotePort = options.remotePort;
    this.localAddress = options.localAddress;
    this.localPort = options.localPort;
    const socket = options.socket;
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.setTimeout(options.idleMs, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#open = false;
      this.#expectRest();
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
      this.#expectRest();
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
    // Failures arrive as `close`, which fails every open transaction of this flow.
    this.#socket.write(text);
  }

  #expectRest(): void {
    if (!this.#open || this.#framer.waiting === 0) this.#stopWaiting();
    else this.#incomplete ??= setTimeout(() => this.#socket.destroy(), messageWithinMs);
  }

  #stopWaiting(): void {
    if (this.#incomplete !== null) clearTimeout(this.#incomplete);
    this.#incomplete = null;
  }

  close(): void {
    this.#socket.destroy();
  }
}
