import type { TimerHandle, Timers } from "../transaction/timers.ts";

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

  /**
   * Moves time on a little at each turn of the event loop until `done` is settled: real sockets get
   * their turn between two timers, however slow the machine is.
   */
  async advanceUntil<T>(done: Promise<T>): Promise<T> {
    let pending = true;
    const settled = () => {
      pending = false;
    };
    done.then(settled, settled);
    while (pending) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (pending) this.advance(10);
    }
    return await done;
  }
}
