// Repeats a response to an INVITE until the peer has it: a 2xx until its ACK (RFC 3261 13.3.1.4), a
// reliable provisional one until its PRACK (RFC 3262 3).
import type { TimerHandle, Timers, TimerValues } from "../transaction/timers.ts";
import type { Flow } from "../transport/flow.ts";

export class ResponseRepeater {
  /** CSeq number of the INVITE, to know its ACK. */
  readonly cseq: number;
  readonly #options: { timers: Timers; values: TimerValues; flow: Flow; text: string };
  #repeat: TimerHandle | null = null;
  readonly #giveUp: TimerHandle;

  /** The first transmission has left already; `onTimeout` after 64·T1 without a sign of
   * the peer. */
  constructor(options: {
    timers: Timers;
    values: TimerValues;
    flow: Flow;
    text: string;
    cseq: number;
    onTimeout: () => void;
  }) {
    this.#options = options;
    this.cseq = options.cseq;
    const { timers, values, flow } = options;
    if (!flow.reliable) this.#arm(values.t1Ms);
    this.#giveUp = timers.after(64 * values.t1Ms, () => {
      this.stop();
      options.onTimeout();
    });
  }

  stop(): void {
    this.#repeat?.cancel();
    this.#giveUp.cancel();
  }

  #arm(ms: number): void {
    const { timers, values, flow, text } = this.#options;
    this.#repeat = timers.after(ms, () => {
      flow.send(text);
      this.#arm(Math.min(ms * 2, values.t2Ms));
    });
  }
}
