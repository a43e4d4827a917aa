// One connected application (a process with drachtio-srf).
import type { Socket } from "node:net";
import { frame } from "./frame-reader.ts";

/** An application that does not read is closed beyond this. */
const unsentBytesMax = 64 * 1024 * 1024;

export class AppClient {
  authenticated = false;
  /** Verbs in lower case. A set: srf sends a verb again whenever a handler is added. */
  readonly routes = new Set<string>();
  readonly #socket: Socket;
  /** Frames of this turn of the event loop. */
  #waiting = "";

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get open(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** Queues one frame; frames leave in the order of the calls. */
  send(payload: string): void {
    if (!this.open) return;
    if (this.#socket.writableLength > unsentBytesMax) {
      this.#socket.destroy();
      return;
    }
    // Everything of one turn of the event loop leaves in one write.
    if (this.#waiting === "") setImmediate(() => this.#flush());
    this.#waiting += frame(payload);
  }

  /** Sends what is queued and closes. */
  end(): void {
    this.#flush();
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #flush(): void {
    const text = this.#waiting;
    this.#waiting = "";
    if (text !== "" && this.open) this.#socket.write(text);
  }
}
