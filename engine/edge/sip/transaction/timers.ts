// Time as a service, so that the machines run in virtual time in tests, and the values of RFC 3261
// 17.1.1.1 and table 4.

export interface TimerHandle {
  cancel(): void;
}

export interface Timers {
  /** Monotonic milliseconds. */
  nowMs(): number;
  after(ms: number, run: () => void): TimerHandle;
}

export interface TimerValues {
  t1Ms: number;
  t2Ms: number;
  t4Ms: number;
}

export const rfcTimerValues: TimerValues = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000 };

export const systemTimers: Timers = {
  nowMs: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Virtual time for tests: nothing runs until `advance`. */
export class VirtualTimers implements Timers {
  #nowMs = 0;
  #order = 0;
  readonly #due = new Map<number, { atMs: number; run: () => void }>();

  nowMs(): number {
    return this.#nowMs;
  }

  after(ms: number, run: () => void): TimerHandle {
    const id = this.#order++;
    this.#due.set(id, { atMs: this.#nowMs + ms, run });
    return { cancel: () => this.#due.delete(id) };
  }

  /** Timers still armed. */
  get armed(): number {
    return this.#due.size;
  }

  /** Moves time on and runs what becomes due, in order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      let next: { id: number; atMs: number; run: () => void } | null = null;
      for (const [id, timer] of this.#due) {
        if (timer.atMs > untilMs) continue;
        if (next === null || timer.atMs < next.atMs) next = { id, ...timer };
      }
      if (next === null) break;
      this.#due.delete(next.id);
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = untilMs;
  }
}
