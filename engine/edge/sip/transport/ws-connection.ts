// One WebSocket with the sub-protocol `sip` (RFC 7118): a SIP message in each WebSocket message.
import type { RawData, WebSocket } from "ws";
import type { Flow } from "./flow.ts";

const unsentBytesMax = 1024 * 1024;
/** A browser registers at once; who says nothing is closed. */
const firstMessageMs = 30_000;

export class WsConnection implements Flow {
  readonly protocol: "ws" | "wss";
  readonly reliable = true;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly #socket: WebSocket;
  readonly #onSent: (text: string, flow: Flow) => void;
  #open = true;

  constructor(options: {
    protocol: "ws" | "wss";
    socket: WebSocket;
    remoteAddress: string;
    remotePort: number;
    localAddress: string;
    localPort: number;
    onMessage: (bytes: Buffer, flow: Flow) => void;
    onSent: (text: string, flow: Flow) => void;
    onClosed: (connection: WsConnection) => void;
  }) {
    this.protocol = options.protocol;
    this.remoteAddress = options.remoteAddress;
    this.remotePort = options.remotePort;
    this.localAddress = options.localAddress;
    this.localPort = options.localPort;
    this.#socket = options.socket;
    this.#onSent = options.onSent;
    options.socket.on("error", () => options.socket.terminate());
    const silent = setTimeout(() => options.socket.terminate(), firstMessageMs);
    options.socket.on("close", () => {
      clearTimeout(silent);
      this.#open = false;
      options.onClosed(this);
    });
    options.socket.once("message", () => clearTimeout(silent));
    options.socket.on("message", (data: RawData) => {
      const bytes = toBuffer(data);
      if (bytes.length <= 4 && bytes.toString("latin1").trim() === "") {
        if (bytes.length === 4) options.socket.send("\r\n");
        return;
      }
      options.onMessage(bytes, this);
    });
  }

  get open(): boolean {
    return this.#open && this.#socket.readyState === this.#socket.OPEN;
  }

  send(text: string, onFailed?: (reason: string) => void): void {
    if (!this.open) {
      if (onFailed !== undefined) queueMicrotask(() => onFailed("connection closed"));
      return;
    }
    if (this.#socket.bufferedAmount > unsentBytesMax) {
      this.#socket.terminate();
      return;
    }
    this.#onSent(text, this);
    // Failures arrive as `close`.
    this.#socket.send(text, () => {});
  }

  close(): void {
    this.#socket.terminate();
  }
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}
