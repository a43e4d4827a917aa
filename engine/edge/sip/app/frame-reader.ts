// Frames of the drachtio protocol: `<decimal byte length>#<payload>`, split or glued anywhere.

/** As the reference server: at most five digits. */
const lengthDigitsMax = 5;

export class FrameReader {
  #store: Buffer = Buffer.alloc(0);

  /** Whole payloads in order; null when the stream is broken and must be closed. */
  push(chunk: Buffer): string[] | null {
    // Bounded: less than one frame is ever left over.
    const data = this.#store.length === 0 ? chunk : Buffer.concat([this.#store, chunk]);
    const payloads: string[] = [];
    let at = 0;
    while (at < data.length) {
      let length = 0;
      let digits = 0;
      while (at + digits < data.length) {
        const code = (data[at + digits] ?? 0) - 0x30;
        if (code < 0 || code > 9) break;
        length = length * 10 + code;
        digits++;
        if (digits > lengthDigitsMax) return null;
      }
      if (at + digits === data.length) break;
      if (digits === 0 || data[at + digits] !== 0x23) return null;
      const start = at + digits + 1;
      if (start + length > data.length) break;
      payloads.push(data.toString("utf8", start, start + length));
      at = start + length;
    }
    this.#store = Buffer.from(data.subarray(at));
    return payloads;
  }
}

export function frame(payload: string): string {
  return `${Buffer.byteLength(payload, "utf8")}#${payload}`;
}
