// The two client machines of RFC 3261 17.1, with the Accepted state of RFC 6026.
import type { SipRequest, SipResponse } from "../message/message.ts";
import { header, headersOf } from "../message/message.ts";
import { serialise } from "../message/serialise.ts";
import type { Flow } from "../transport/flow.ts";
import type { TimerHandle, Timers, TimerValues } from "./timers.ts";

export interface ReceivedResponse {
  message: SipResponse;
  toTag: string;
  /** Bytes on the wire. */
  size: number;
  flow: Flow;
}

/** What the user of a client transaction is told. After `failed` nothing follows. */
export interface ClientUser {
  /** Each response once, except 2xx of INVITE: its retransmissions come too. */
  response(received: ReceivedResponse): void;
  /** No final response: timer B or F (`timeout`), or the transport gave up. */
  failed(why: "timeout" | "transport"): void;
}

export interface ClientEnvironment {
  timers: Timers;
  values: TimerValues;
  terminated(transaction: ClientTransaction): void;
}

export type ClientState = "calling" | "proceeding" | "completed" | "accepted" | "terminated";

export class ClientTransaction {
  readonly key: string;
  readonly request: SipRequest;
  readonly flow: Flow;
  state: ClientState = "calling";
  readonly #environment: ClientEnvironment;
  readonly #user: ClientUser;
  readonly #text: string;
  readonly #isInvite: boolean;
  #resend: TimerHandle | null = null;
  #deadline: TimerHandle | null = null;
  #ackText: string | null = null;

  constructor(options: {
    key: string;
    request: SipRequest;
    text: string;
    flow: Flow;
    user: ClientUser;
    environment: ClientEnvironment;
  }) {
    this.key = options.key;
    this.request = options.request;
    this.flow = options.flow;
    this.#text = options.text;
    this.#user = options.user;
    this.#environment = options.environment;
    this.#isInvite = options.request.method === "INVITE";
  }

  /** Sends the request and arms timers A and B, or E and F. */
  start(): void {
    const { values } = this.#environment;
    this.#send(this.#text);
    if (!this.flow.reliable) this.#armResend(values.t1Ms);
    this.#arm(64 * values.t1Ms, () => this.#fail("timeout"));
  }

  receive(received: ReceivedResponse): void {
    if (this.#isInvite) this.#receiveInvite(received);
    else this.#receiveOther(received);
  }

  /** The connection is gone. Open transactions fail at once. */
  flowClosed(): void {
    if (this.state === "calling" || this.state === "proceeding") this.#fail("transport");
    else this.#terminate();
  }

  /** Stops without telling the user. */
  abandon(): void {
    this.#terminate();
  }

  /** Gives up waiting for a final response, as after a CANCEL (RFC 3261 9.1). */
  giveUpAfter(ms: number): void {
    if (this.state !== "calling" && this.state !== "proceeding") return;
    this.#arm(ms, () => this.#fail("timeout"));
  }

  #receiveInvite(received: ReceivedResponse): void {
    const { status } = received.message;
    const { values } = this.#environment;
    switch (this.state) {
      case "calling":
      case "proceeding":
        this.#stopResend();
        if (status < 200) {
          // RFC 3261 17.1.1.2: a provisional stops timers A and B; only the caller ends it now.
          if (this.state === "calling") this.#stopDeadline();
          this.state = "proceeding";
          this.#user.response(received);
        } else if (status < 300) {
          this.state = "accepted";
          this.#arm(64 * values.t1Ms, () => this.#terminate()); // Timer M.
          this.#user.response(received);
        } else {
          this.state = "completed";
          this.#ackText = serialise(ackForFailure(this.request, received.message));
          this.#send(this.#ackText);
          this.#arm(this.flow.reliable ? 0 : 64 * values.t1Ms, () => this.#terminate()); // Timer D.
          this.#user.response(received);
        }
        return;
      case "completed":
        if (status >= 300 && this.#ackText !== null) this.#send(this.#ackText);
        return;
      case "accepted":
        if (status >= 200 && status < 300) this.#user.response(received);
        return;
      case "terminated":
        return;
    }
  }

  #receiveOther(received: ReceivedResponse): void {
    if (this.state !== "calling" && this.state !== "proceeding") return;
    const { values } = this.#environment;
    if (received.message.status < 200) {
      this.state = "proceeding";
      this.#user.response(received);
      return;
    }
    this.state = "completed";
    this.#stopResend();
    this.#arm(this.flow.reliable ? 0 : values.t4Ms, () => this.#terminate()); // Timer K.
    this.#user.response(received);
  }

  #armResend(ms: number): void {
    this.#resend = this.#environment.timers.after(ms, () => {
      const { t1Ms, t2Ms } = this.#environment.values;
      this.#send(this.#text);
      // Nothing came back at all: is the port even open?
      if (ms === t1Ms && this.state === "calling") this.flow.probe?.(() => this.#unreachable());
      // Timer A doubles without a cap; timer E is capped and sits at T2 once proceeding.
      if (this.#isInvite) this.#armResend(ms * 2);
      else this.#armResend(this.state === "proceeding" ? t2Ms : Math.min(ms * 2, t2Ms));
    });
  }

  #send(text: string): void {
    this.flow.send(text, () => this.#unreachable());
  }

  #unreachable(): void {
    if (this.state === "calling" || this.state === "proceeding") this.#fail("transport");
  }

  #fail(why: "timeout" | "transport"): void {
    if (this.state === "terminated") return;
    this.#terminate();
    this.#user.failed(why);
  }

  #terminate(): void {
    if (this.state === "terminated") return;
    this.state = "terminated";
    this.#stopResend();
    this.#stopDeadline();
    this.#environment.terminated(this);
  }

  #arm(ms: number, run: () => void): void {
    this.#stopDeadline();
    this.#deadline = this.#environment.timers.after(ms, run);
  }

  #stopDeadline(): void {
    this.#deadline?.cancel();
    this.#deadline = null;
  }

  #stopResend(): void {
    this.#resend?.cancel();
    this.#resend = null;
  }
}

/** RFC 3261 17.1.1.3: the ACK of a failure belongs to the transaction. */
export function ackForFailure(invite: SipRequest, response: SipResponse): SipRequest {
  const ack = sameHop(invite, "ACK");
  for (const entry of ack.headers) {
    if (entry.name === "To") entry.value = header(response, "To") ?? entry.value;
  }
  return ack;
}

/** RFC 3261 9.1: CANCEL and its INVITE share Via, Route, URI and number. */
export function cancelOf(invite: SipRequest): SipRequest {
  return sameHop(invite, "CANCEL");
}

function sameHop(invite: SipRequest, method: string): SipRequest {
  const number = /^\d+/.exec(header(invite, "CSeq") ?? "")?.[0] ?? "0";
  const kept = (name: string) => headersOf(invite, name).map((value) => ({ name, value }));
  return {
    kind: "request",
    method,
    uri: invite.uri,
    headers: [
      { name: "Via", value: header(invite, "Via") ?? "" },
      ...kept("Route"),
      { name: "Max-Forwards", value: "70" },
      ...kept("From"),
      ...kept("To"),
      ...kept("Call-ID"),
      { name: "CSeq", value: `${number} ${method}` },
    ],
    body: "",
  };
}
