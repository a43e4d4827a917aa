// Cuts a TCP byte stream into SIP messages (RFC 3261 18.3). Sizes are judged from the header before
// a body is stored, and each byte is copied a bounded number of times.
import { sipLimits } from "../message/limits.ts";

export type Frame =
  | { type: "message"; bytes: Buffer }
  /** Double CRLF of RFC 5626 4.4.1, to be answered with one CRLF. */
  | { type: "ping" }
  /** The stream cannot be understood any further; close it. */
  | { type: "broken"; reason: string };

export class StreamFramer {
  #store = Buffer.allocUnsafe(2_048);
  #start = 0;
  #end = 0;
  /** Where the search for the end of the header goes on. */
  #searched = 0;
  /** Whole length of the message being received; 0 while its header is incomplete. */
  #wanted = 0;

  /** Bytes waiting for the rest of their message. */
  get waiting(): number {
    return this.#end - this.#start;
  }

  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let offset = 0;
    // At most one message's worth of bytes is ever stored.
    while (offset < chunk.length) {
      const part = chunk.subarray(offset, offset + sipLimits.messageBytesMax);
      offset += part.length;
      this.#append(part);
      for (;;) {
        const frame = this.#next();
        if (frame === null) break;
        frames.push(frame);
        if (frame.type === "broken") return frames;
      }
    }
    return frames;
  }

  #next(): Frame | null {
    if (this.#wanted === 0) {
      const ping = this.#skipLineBreaks();
      if (ping) return { type: "ping" };
      const from = Math.max(this.#start, this.#searched - 3);
      const headEnd = this.#store.subarray(0, this.#end).indexOf("\r\n\r\n", from, "latin1");
      if (headEnd < 0) {
        this.#searched = this.#end;
        if (this.waiting > sipLimits.messageBytesMax) return broken("header too large");
        return null;
      }
      const head = this.#store.toString("latin1", this.#start, headEnd + 2);
      const match = /\r\n(?:content-length|l)[ \t]*:[ \t]*([^\r\n]*)\r\n/i.exec(head);
      const digits = match?.[1]?.trim() ?? "0";
      if (!/^\d{1,9}$/.test(digits)) return broken("bad Content-Length");
      this.#wanted = headEnd + 4 - this.#start + Number(digits);
      if (this.#wanted > sipLimits.messageBytesMax) return broken("message too large");
    }
    if (this.waiting < this.#wanted) return null;
    const bytes = Buffer.from(this.#store.subarray(this.#start, this.#start + this.#wanted));
    this.#start += this.#wanted;
    this.#wanted = 0;
    this.#searched = this.#start;
    return { type: "message", bytes };
  }

  /** Line breaks between messages mean nothing, except CRLF CRLF with nothing behind it. */
  #skipLineBreaks(): boolean {
    const begin = this.#start;
    while (this.#start < this.#end) {
      const byte = this.#store[this.#start];
      if (byte !== 0x0d && byte !== 0x0a) break;
      this.#start++;
    }
    return this.#start - begin >= 4 && this.#start === this.#end;
  }

  #append(part: Buffer): void {
    if (this.#start === this.#end) {
      this.#start = 0;
      this.#end = 0;
      this.#searched = 0;
    }
    if (this.#end + part.length > this.#store.length) {
      const needed = this.waiting + part.length;
      // Doubling keeps the copying linear; moving to the front frees what was read.
      const size = needed * 2 > this.#store.length ? needed * 2 : this.#store.length;
      const store = Buffer.allocUnsafe(size);
      this.#store.copy(store, 0, this.#start, this.#end);
      this.#searched -= this.#start;
      this.#end -= this.#start;
      this.#start = 0;
      this.#store = store;
    }
    part.copy(this.#store, this.#end);
    this.#end += part.length;
  }
}

function broken(reason: string): Frame {
  return { type: "broken", reason };
}
