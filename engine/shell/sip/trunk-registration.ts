// Our registration with a trunk that wants one (RFC 3261 10.2): digest, refresh, and ever longer pauses
// after failures. One binding, of the credentials' user at the address that the edge sends from.
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { TrunkId } from "../../core/ids.ts";
import { answerChallenge } from "./digest-answer.ts";
import type { EdgeLink } from "./edge-link.ts";
import { parseNameAddr, splitValues } from "./sip-headers.ts";
import type { SrfHeaders, SrfResponse } from "./srf-types.ts";
import { type TrunkRegister, type TrunkTarget, trunkUri } from "./trunk-target.ts";

export type Registration = Readonly<{
  start(): void;
  state: () => Readonly<{
    isRegistered: boolean;
    /** In a row, until the next success. */
    failures: number;
    /** Final status of the last try; null: nobody answered, or none was made. */
    lastStatus: number | null;
  }>;
  close(): void;
}>;

export function createTrunkRegistration(options: {
  trunkId: TrunkId;
  target: TrunkTarget;
  register: TrunkRegister;
  edge: Pick<EdgeLink, "ask" | "isUp">;
  log: Logger;
  /** Registered now, or not any more; also told after a first failure. */
  onChange(): void;
}): Registration {
  const { target, register, edge, log, trunkId } = options;
  const names = { callId: randomUUID(), tag: randomUUID() };
  let state = { isRegistered: false, failures: 0, lastStatus: null as number | null };
  let expiresSeconds = register.expiresSeconds;
  /** When the binding ends by itself. */
  let expiry: NodeJS.Timeout | null = null;
  let timer: NodeJS.Timeout | null = null;
  let cseq = 0;
  let closed = false;

  function headersOf(extra: SrfHeaders): SrfHeaders {
    const user = encodeURIComponent(target.credentials?.username ?? "");
    const aor = `<sip:${user}@${register.domain ?? target.host}>`;
    cseq += 1;
    return {
      From: `${aor};tag=${names.tag}`,
      To: aor,
      "Call-ID": names.callId,
      CSeq: `${cseq} REGISTER`,
      Contact: `<sip:${user}@localhost>`,
      Expires: String(expiresSeconds),
      ...extra,
    };
  }

  /** The final response after digests and an interval that was too brief; null: nobody answered. */
  async function ask(): Promise<SrfResponse | null> {
    let extra: SrfHeaders = {};
    const uri = trunkUri(target, null);
    for (let requests = 1; ; requests += 1) {
      const asked = await edge.ask({ method: "REGISTER", target: uri, headers: headersOf(extra) });
      if (!asked.ok || asked.value === null) return null;
      const response = asked.value;
      const next = requests < requestsMax ? nextExtra(response, { uri, extra }) : null;
      if (next === null) return response;
      extra = next;
    }
  }

  function nextExtra(
    response: SrfResponse,
    { uri, extra }: Readonly<{ uri: string; extra: SrfHeaders }>,
  ): SrfHeaders | null {
    if (response.status === 423) {
      const min = Number(response.get("min-expires"));
      if (!Number.isInteger(min) || min <= expiresSeconds || min > expiresSecondsMax) return null;
      expiresSeconds = min;
      return {};
    }
    const { credentials } = target;
    if (credentials === undefined) return null;
    const answered = Object.keys(extra).length > 0;
    return answerChallenge(response, { method: "REGISTER", uri, credentials, answered });
  }

  function succeeded(response: SrfResponse): void {
    const seconds = grantedSeconds(response, target) ?? expiresSeconds;
    if (!state.isRegistered) log.info({ trunkId, seconds }, "registered with a trunk");
    state = { isRegistered: true, failures: 0, lastStatus: response.status };
    if (expiry !== null) clearTimeout(expiry);
    expiry = setTimeout(lapsed, seconds * 1_000);
    again(Math.max(1, seconds * refreshShare) * 1_000);
    options.onChange();
  }

  function failed(status: number | null): void {
    state = { ...state, failures: state.failures + 1, lastStatus: status };
    log.warn({ trunkId, status, failures: state.failures }, "a trunk does not register us");
    // A refusal ends the binding at once; without an answer it may stand until it expires.
    if (status !== null) state = { ...state, isRegistered: false };
    again(Math.min(retryMsMax, retryMs * 2 ** Math.min(state.failures - 1, 10)));
    options.onChange();
  }

  function lapsed(): void {
    state = { ...state, isRegistered: false };
    options.onChange();
  }

  function again(ms: number): void {
    if (!closed) timer = setTimeout(() => void registerOnce(), ms);
  }

  async function registerOnce(): Promise<void> {
    if (!edge.isUp()) return again(noLinkMs);
    const response = await ask();
    if (closed) return;
    if (response !== null && response.status >= 200 && response.status < 300) succeeded(response);
    else failed(response?.status ?? null);
  }

  return {
    start: () => void registerOnce(),
    state: () => state,
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      if (expiry !== null) clearTimeout(expiry);
    },
  };
}

/** RFC 3261 10.2.4: our Contact's `expires`, else the Expires header. */
function grantedSeconds(response: SrfResponse, { credentials }: TrunkTarget): number | null {
  const user = encodeURIComponent(credentials?.username ?? "");
  const own = splitValues(response.get("contact"))
    .map(parseNameAddr)
    .find((contact) => contact?.uri.startsWith(`sip:${user}@`));
  const text = own?.params.get("expires") ?? response.get("expires");
  const seconds = Number(text);
  if (text === undefined || !Number.isInteger(seconds) || seconds < 1) return null;
  return Math.min(seconds, expiresSecondsMax);
}

/** The request, a digest, one whose nonce was too old, an interval too brief, and its digest. */
const requestsMax = 5;
const refreshShare = 0.8;
const retryMs = 5_000;
const retryMsMax = 300_000;
const noLinkMs = 1_000;
const expiresSecondsMax = 86_400;
