// The two server machines of RFC 3261 17.2, with the Accepted state of RFC 6026. The 2xx of an
// INVITE is repeated by the dialog, not here.
import type { Essentials } from "../message/essentials.ts";
import type { SipRequest } from "../message/message.ts";
import type { Flow } from "../transport/flow.ts";
import type { TimerHandle, Timers, TimerValues } from "./timers.ts";

export interface ServerEnvironment {
  timers: Timers;
  values: TimerValues;
  terminated(transaction: ServerTransaction): void;
}

export type ServerState = "proceeding" | "accepted" | "completed" | "confirmed" | "terminated";

export class ServerTransaction {
  readonly key: string;
  readonly request: SipRequest;
  readonly essentials: Essentials;
  readonly flow: Flow;
  state: ServerState = "proceeding";
  /**
   * Answers go out once for each time the request comes: its source may be somebody else's address,
   * who must not get more than was sent in his name (RFC 3261 26.3.2.4).
   */
  sparing = false;
  readonly #environment: ServerEnvironment;
  readonly #isInvite: boolean;
  #lastText: string | null = null;
  #resend: TimerHandle | null = null;
  #deadline: TimerHandle | null = null;

  constructor(options: {
    key: string;
    request: SipRequest;
    essentials: Essentials;
    flow: Flow;
    environment: ServerEnvironment;
  }) {
    this.key = options.key;
    this.request = options.request;
    this.essentials = options.essentials;
    this.flow = options.flow;
    this.#environment = options.environment;
    this.#isInvite = options.request.method === "INVITE";
  }

  /** True until a final response went out. */
  get pending(): boolean {
    return this.state === "proceeding";
  }

  /** Sends a response. A second final one is dropped: the first has left already. */
  respond(status: number, text: string): void {
    if (this.state !== "proceeding") return;
    this.flow.send(text);
    const { values, timers } = this.#environment;
    const longMs = 64 * values.t1Ms;
    if (status < 200) {
      this.#lastText = text;
    } else if (this.#isInvite && status < 300) {
      this.state = "accepted";
      this.#lastText = null;
      this.#deadline = timers.after(longMs, () => this.#terminate()); // Timer L.
    } else {
      this.state = "completed";
      this.#lastText = text;
      if (this.#isInvite) {
        if (!this.flow.reliable && !this.sparing) this.#armResend(values.t1Ms); // Timer G.
        this.#deadline = timers.after(longMs, () => this.#terminate()); // Timer H.
      } else {
        this.#deadline = timers.after(this.flow.reliable ? 0 : longMs, () => this.#terminate()); // J.
      }
    }
  }

  /** The request came again: repeat the last answer, if there is one to repeat. */
  retransmitted(): void {
    if (this.state === "proceeding" || this.state === "completed") {
      if (this.#lastText !== null) this.flow.send(this.#lastText);
    }
  }

  /** The ACK of a failure response. */
  acknowledged(): void {
    if (!this.#isInvite || this.state !== "completed") return;
    this.state = "confirmed";
    this.#resend?.cancel();
    this.#deadline?.cancel();
    const { values, timers } = this.#environment;
    const ms = this.flow.reliable ? 0 : values.t4Ms;
    this.#deadline = timers.after(ms, () => this.#terminate()); // Timer I.
  }

  /** Forgets the request without an answer. */
  abandon(): void {
    this.#terminate();
  }

  #armResend(ms: number): void {
    this.#resend = this.#environment.timers.after(ms, () => {
      if (this.#lastText !== null) this.flow.send(this.#lastText);
      this.#armResend(Math.min(ms * 2, this.#environment.values.t2Ms));
    });
  }

  #terminate(): void {
    if (this.state === "terminated") return;
    this.state = "terminated";
    this.#resend?.cancel();
    this.#deadline?.cancel();
    this.#lastText = null;
    this.#environment.terminated(this);
  }
}
