// Calls that an application proxied and wants us to stay in. Only their requests are passed on:
// whoever else names us in a Route would make us an open relay.
import type { TimerHandle, Timers, TimerValues } from "../transaction/timers.ts";

const callsMax = 20_000;
/** Without any request. */
const idleMs = 12 * 3_600_000;

export class PassingCalls {
  readonly #timers: Timers;
  readonly #values: TimerValues;
  readonly #calls = new Map<string, { seenMs: number; ending: TimerHandle | null }>();

  constructor(timers: Timers, values: TimerValues) {
    this.#timers = timers;
    this.#values = values;
  }

  get size(): number {
    return this.#calls.size;
  }

  add(callId: string): void {
    if (this.#calls.size >= callsMax) this.sweep();
    if (this.#calls.size >= callsMax || this.#calls.has(callId)) return;
    this.#calls.set(callId, { seenMs: this.#timers.nowMs(), ending: null });
  }

  /** True for a request of such a call; the call counts as alive. */
  seen(callId: string): boolean {
    const call = this.#calls.get(callId);
    if (call !== undefined) call.seenMs = this.#timers.nowMs();
    return call !== undefined;
  }

  /** A BYE passed, or the call never came about; what crosses or is repeated still passes. */
  end(callId: string): void {
    const call = this.#calls.get(callId);
    if (call === undefined || call.ending !== null) return;
    call.ending = this.#timers.after(64 * this.#values.t1Ms, () => this.#calls.delete(callId));
  }

  sweep(): void {
    const oldest = this.#timers.nowMs() - idleMs;
    for (const [callId, { seenMs }] of this.#calls) {
      if (seenMs < oldest) this.end(callId);
    }
  }

  close(): void {
    for (const { ending } of this.#calls.values()) ending?.cancel();
    this.#calls.clear();
  }
}
