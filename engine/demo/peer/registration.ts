// A phone's registration (RFC 3261 section 10): digest, refresh before it ends, back-off on failure.
import type { CallHost } from "./call.ts";
import type { Credentials } from "./digest.ts";
import type { SipRequest, SipResponse } from "./sip-lite.ts";
import { type Destination, headerValue, type SipHeader, uriHost } from "./sip-lite.ts";

export type RegistrationOptions = Readonly<{
  registrar: Destination;
  credentials: Credentials;
  expiresSeconds?: number;
  /** Wait after a failed try. */
  retryMs?: number;
  onState?: (state: RegistrationState) => void;
}>;

export type RegistrationState = Readonly<
  { kind: "registered" } | { kind: "failed"; status: number | null }
>;

const expiresSecondsDefault = 120;

export class Registration {
  readonly #host: CallHost;
  readonly #options: RegistrationOptions;
  readonly #callId: string;
  readonly #tag: string;
  #cseq = 0;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(host: CallHost, options: RegistrationOptions) {
    this.#host = host;
    this.#options = options;
    this.#callId = host.newToken();
    this.#tag = host.newToken();
    this.#register([], { expires: options.expiresSeconds ?? expiresSecondsDefault, tried: false });
  }

  /** Takes the binding away, without waiting for the answer. */
  unregister(): void {
    if (this.#stopped) return;
    this.#register([], { expires: 0, tried: false });
    this.#stopTimer();
  }

  stop(): void {
    this.#stopped = true;
    this.#stopTimer();
  }

  #register(
    extra: readonly SipHeader[],
    turn: Readonly<{ expires: number; tried: boolean }>,
  ): void {
    const { registrar, credentials } = this.#options;
    const domain = `${uriHost(registrar.host)}:${registrar.port}`;
    const aor = `sip:${credentials.username}@${uriHost(registrar.host)}`;
    this.#cseq += 1;
    const request: SipRequest = {
      kind: "request",
      method: "REGISTER",
      uri: `sip:${domain}`,
      headers: [
        ...this.#host.newVia(),
        ["From", `<${aor}>;tag=${this.#tag}`],
        ["To", `<${aor}>`],
        ["Call-ID", this.#callId],
        ["CSeq", `${this.#cseq} REGISTER`],
        ["Contact", `<${this.#host.contact(credentials.username)}>`],
        ["Expires", String(turn.expires)],
        ...extra,
      ],
      body: "",
    };
    this.#host.startTransaction(request, registrar, {
      response: (response) => this.#response(request, response, turn),
      timeout: () => this.#failed(null, turn.expires),
    });
  }

  #response(
    request: SipRequest,
    response: SipResponse,
    turn: Readonly<{ expires: number; tried: boolean }>,
  ): void {
    if (this.#stopped || response.status < 200) return;
    if ((response.status === 401 || response.status === 407) && !turn.tried) {
      const header = this.#host.authorization(response, {
        method: "REGISTER",
        uri: request.uri,
        credentials: this.#options.credentials,
      });
      if (header !== null) {
        this.#register([header], { ...turn, tried: true });
        return;
      }
    }
    if (response.status >= 300) {
      this.#failed(response.status, turn.expires);
      return;
    }
    if (turn.expires === 0) return;
    this.#options.onState?.({ kind: "registered" });
    this.#again(grantedSeconds(response, turn.expires) * 500);
  }

  #failed(status: number | null, expires: number): void {
    if (this.#stopped || expires === 0) return;
    this.#options.onState?.({ kind: "failed", status });
    this.#again(this.#options.retryMs ?? 3_000);
  }

  #again(delayMs: number): void {
    this.#stopTimer();
    this.#timer = setTimeout(() => {
      const expires = this.#options.expiresSeconds ?? expiresSecondsDefault;
      this.#register([], { expires, tried: false });
    }, delayMs);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** What the registrar granted: Contact's `expires`, else the Expires header, else what was asked. */
function grantedSeconds(response: SipResponse, asked: number): number {
  const inContact = /;\s*expires\s*=\s*(\d+)/i.exec(headerValue(response, "contact"))?.[1];
  const seconds = Number(inContact ?? (headerValue(response, "expires") || asked));
  return Math.max(2, Number.isFinite(seconds) ? seconds : asked);
}
