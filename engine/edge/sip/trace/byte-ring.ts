// The last records written, in memory taken once: nothing of it is on the JavaScript heap, so that
// a full ring costs the garbage collector what an empty one costs.

export interface RingLimits {
  recordsMax: number;
  bytesMax: number;
}

export class ByteRing {
  /** A record is a piece of it: from `offsetOf` on. */
  readonly bytes: Buffer;
  readonly #limits: RingLimits;
  /** Where each record begins, in bytes since the start of time; the place is the rest by `bytesMax`. */
  readonly #starts: Float64Array;
  readonly #lengths: Uint32Array;
  #first = 0;
  #next = 0;
  #end = 0;

  constructor(limits: RingLimits) {
    this.#limits = limits;
    // Written to, so that the process is as large on its first day as on its last.
    this.bytes = Buffer.alloc(limits.bytesMax).fill(0);
    this.#starts = new Float64Array(limits.recordsMax).fill(0);
    this.#lengths = new Uint32Array(limits.recordsMax).fill(0);
  }

  /** Number of the oldest record that is still there, counted from the first ever written. */
  get first(): number {
    return this.#first;
  }

  /** Number of the next record. */
  get next(): number {
    return this.#next;
  }

  /** Place for a record, which the caller writes at once; -1 for one that never fits. */
  claim(length: number): number {
    const { recordsMax, bytesMax } = this.#limits;
    if (length > bytesMax || recordsMax === 0) return -1;
    const place = this.#end % bytesMax;
    // In one piece: what is left before the end of the memory stays empty.
    const start = place + length > bytesMax ? this.#end - place + bytesMax : this.#end;
    const end = start + length;
    while (this.#first < this.#next && this.#mustGo(end)) this.#first++;
    const slot = this.#next++ % recordsMax;
    this.#starts[slot] = start;
    this.#lengths[slot] = length;
    this.#end = end;
    return start % bytesMax;
  }

  #mustGo(end: number): boolean {
    const { recordsMax, bytesMax } = this.#limits;
    const oldest = this.#starts[this.#first % recordsMax] ?? 0;
    return this.#next - this.#first >= recordsMax || end - oldest > bytesMax;
  }

  offsetOf(record: number): number {
    return (this.#starts[record % this.#limits.recordsMax] ?? 0) % this.#limits.bytesMax;
  }

  lengthOf(record: number): number {
    return this.#lengths[record % this.#limits.recordsMax] ?? 0;
  }
}
