// Client transactions over UDP (RFC 3261 section 17.1).
import {
  headerValue,
  headerValues,
  parameter,
  type SipRequest,
  type SipResponse,
  serialiseSip,
} from "./sip-lite.ts";

/** RFC 3261 section 17.1.1.1; T1 is an option so that tests need not wait for it. */
export const t1MsDefault = 500;
const t2Ms = 4_000;
/** Timers B and F: 64 * T1. */
const timeoutFactor = 64;

export type ClientTransactionOptions = Readonly<{
  request: SipRequest;
  t1Ms: number;
  send: (data: Buffer) => void;
  onResponse: (response: SipResponse) => void;
  /** No final response in time (timer B or F). */
  onTimeout: () => void;
  /** The transaction is over: forget it. */
  onDone: () => void;
}>;

type State = "calling" | "proceeding" | "completed" | "done";

export class ClientTransaction {
  readonly #options: ClientTransactionOptions;
  readonly #bytes: Buffer;
  #state: State = "calling";
  #resend: NodeJS.Timeout | null = null;
  #deadline: NodeJS.Timeout | null = null;
  #ack: Buffer | null = null;

  constructor(options: ClientTransactionOptions) {
    this.#options = options;
    this.#bytes = serialiseSip(options.request);
    options.send(this.#bytes);
    this.#armResend(options.t1Ms);
    this.#deadline = setTimeout(() => this.#timeOut(), timeoutFactor * options.t1Ms);
  }

  receive(response: SipResponse): void {
    const invite = this.#options.request.method === "INVITE";
    if (this.#state === "done") return;
    if (this.#state === "completed") {
      if (response.status >= 300 && this.#ack !== null) this.#options.send(this.#ack);
      return;
    }
    if (response.status < 200) {
      // An INVITE may ring for minutes once it is being worked on: only the TU ends it then.
      if (invite) this.#stopTimers();
      this.#state = "proceeding";
      this.#options.onResponse(response);
      return;
    }
    this.#stopTimers();
    if (invite && response.status >= 300) {
      this.#state = "completed";
      this.#ack = serialiseSip(ackOfFailure(this.#options.request, response));
      this.#options.send(this.#ack);
      // Timer D: late copies of the response are acknowledged again.
      this.#deadline = setTimeout(() => this.stop(), timeoutFactor * this.#options.t1Ms);
    } else {
      this.stop();
    }
    this.#options.onResponse(response);
  }

  stop(): void {
    if (this.#state === "done") return;
    this.#state = "done";
    this.#stopTimers();
    this.#options.onDone();
  }

  #armResend(delayMs: number): void {
    this.#resend = setTimeout(() => {
      this.#options.send(this.#bytes);
      const doubled = delayMs * 2;
      this.#armResend(
        this.#options.request.method === "INVITE" ? doubled : Math.min(doubled, t2Ms),
      );
    }, delayMs);
  }

  #timeOut(): void {
    this.stop();
    this.#options.onTimeout();
  }

  #stopTimers(): void {
    if (this.#resend !== null) clearTimeout(this.#resend);
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#resend = null;
    this.#deadline = null;
  }
}

/** RFC 3261 section 17.1.1.3: ACK of a failed INVITE belongs to the transaction. */
function ackOfFailure(invite: SipRequest, response: SipResponse): SipRequest {
  const number = headerValue(invite, "cseq").split(" ")[0] ?? "1";
  return {
    kind: "request",
    method: "ACK",
    uri: invite.uri,
    headers: [
      ["Via", headerValue(invite, "via")],
      ["Max-Forwards", "70"],
      ...headerValues(invite, "route").map((route) => ["Route", route] as const),
      ["From", headerValue(invite, "from")],
      ["To", headerValue(response, "to")],
      ["Call-ID", headerValue(invite, "call-id")],
      ["CSeq", `${number} ACK`],
    ],
    body: "",
  };
}

/** Key of the client transaction that a response belongs to (RFC 3261 section 17.1.3). */
export function clientTransactionKey(message: SipRequest | SipResponse): string {
  const branch = parameter(headerValue(message, "via"), "branch") ?? "";
  const method = headerValue(message, "cseq").split(/\s+/)[1] ?? "";
  return `${branch} ${method}`;
}
