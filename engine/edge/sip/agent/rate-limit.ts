// New INVITEs and REGISTERs of one source address in one second.
import type { Timers } from "../transaction/timers.ts";

/** Sources remembered within one second; beyond it all further ones share one allowance. */
const sourcesMax = 10_000;

export class RateLimit {
  readonly #timers: Timers;
  readonly #perSecond: number;
  readonly #counts = new Map<string, number>();
  #second = -1;

  constructor(options: { timers: Timers; perSecond: number }) {
    this.#timers = options.timers;
    this.#perSecond = options.perSecond;
  }

  /** Counts one request; false when it is one too many. */
  allows(address: string): boolean {
    const second = Math.floor(this.#timers.nowMs() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#counts.clear();
    }
    const key = this.#counts.size < sourcesMax || this.#counts.has(address) ? address : "*";
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count <= this.#perSecond;
  }
}
