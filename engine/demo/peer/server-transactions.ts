// Server transactions over UDP (RFC 3261 section 17.2): a repeated request gets the same response
// again, and never reaches the user agent twice.
import {
  type Destination,
  headerValue,
  headerValues,
  parameter,
  type SipHeader,
  type SipRequest,
  serialiseSip,
} from "./sip-lite.ts";

const transactionsMax = 20_000;
/** Timers H and J. */
const lifetimeFactor = 64;
const t2Ms = 4_000;

const reasons: Readonly<Record<number, string>> = {
  100: "Trying",
  180: "Ringing",
  200: "OK",
  400: "Bad Request",
  405: "Method Not Allowed",
  480: "Temporarily Unavailable",
  481: "Call/Transaction Does Not Exist",
  486: "Busy Here",
  487: "Request Terminated",
  488: "Not Acceptable Here",
  503: "Service Unavailable",
  603: "Decline",
};

type Reply = Readonly<{
  status: number;
  /** Our tag for the To header, when the request has none. */
  tag?: string;
  headers?: readonly SipHeader[];
  body?: string;
}>;

export type ServerTransaction = Readonly<{
  request: SipRequest;
  from: Destination;
  /** Sends a response; nothing after a final one. */
  reply: (reply: Reply) => void;
  /** The ACK of a final response came: stop repeating it. */
  acknowledge: () => void;
}>;

type Entry = {
  transaction: ServerTransaction;
  last: Buffer | null;
  final: boolean;
  resend: NodeJS.Timeout | null;
  expiry: NodeJS.Timeout | null;
};

export type ServerTransactions = Readonly<{
  /** Takes a request; null when it was a repetition (answered here) or there are too many. */
  begin: (request: SipRequest, from: Destination) => ServerTransaction | null;
  /** The INVITE that a CANCEL or an ACK of a failure is about. */
  inviteOf: (request: SipRequest) => ServerTransaction | null;
  stop: () => void;
  size: () => number;
}>;

function keyOf(request: SipRequest, method: string): string {
  const via = headerValue(request, "via");
  const sentBy = via.split(/\s+/)[1]?.split(";")[0] ?? "";
  return `${parameter(via, "branch") ?? ""} ${sentBy} ${method}`;
}

export function createServerTransactions(options: {
  t1Ms: number;
  send: (data: Buffer, to: Destination) => void;
}): ServerTransactions {
  const entries = new Map<string, Entry>();
  const lifetimeMs = lifetimeFactor * options.t1Ms;

  const stopResend = (entry: Entry) => {
    if (entry.resend !== null) clearTimeout(entry.resend);
    entry.resend = null;
  };
  const armResend = (entry: Entry, delayMs: number, from: Destination) => {
    entry.resend = setTimeout(() => {
      if (entry.last !== null) options.send(entry.last, from);
      armResend(entry, Math.min(delayMs * 2, t2Ms), from);
    }, delayMs);
  };

  const reply = (key: string, entry: Entry, answer: Reply) => {
    if (entry.final) return;
    const { request, from } = entry.transaction;
    entry.last = serialiseSip({
      kind: "response",
      status: answer.status,
      reason: reasons[answer.status] ?? "Unknown",
      headers: responseHeaders(request, answer),
      body: answer.body ?? "",
    });
    options.send(entry.last, from);
    if (answer.status < 200) return;
    entry.final = true;
    // Both 2xx and failures of an INVITE are repeated until the ACK comes (sections 13.3.1.4, 17.2.1).
    if (request.method === "INVITE") armResend(entry, options.t1Ms, from);
    entry.expiry = setTimeout(() => {
      stopResend(entry);
      entries.delete(key);
    }, lifetimeMs);
  };

  return {
    begin: (request, from) => {
      const key = keyOf(request, request.method);
      const known = entries.get(key);
      if (known !== undefined) {
        if (known.last !== null) options.send(known.last, from);
        return null;
      }
      if (entries.size >= transactionsMax) return null;
      const transaction: ServerTransaction = {
        request,
        from,
        reply: (answer) => reply(key, entry, answer),
        acknowledge: () => stopResend(entry),
      };
      const entry: Entry = { transaction, last: null, final: false, resend: null, expiry: null };
      entries.set(key, entry);
      return transaction;
    },
    inviteOf: (request) => entries.get(keyOf(request, "INVITE"))?.transaction ?? null,
    stop: () => {
      for (const entry of entries.values()) {
        stopResend(entry);
        if (entry.expiry !== null) clearTimeout(entry.expiry);
      }
      entries.clear();
    },
    size: () => entries.size,
  };
}

/** RFC 3261 section 8.2.6.2. */
function responseHeaders(request: SipRequest, answer: Reply): SipHeader[] {
  const to = headerValue(request, "to");
  const addTag = answer.tag !== undefined && answer.status > 100 && parameter(to, "tag") === null;
  const copies = (name: string, shown: string) =>
    headerValues(request, name).map((value): SipHeader => [shown, value]);
  return [
    ...copies("via", "Via"),
    ...copies("record-route", "Record-Route"),
    ["From", headerValue(request, "from")],
    ["To", addTag ? `${to};tag=${answer.tag}` : to],
    ["Call-ID", headerValue(request, "call-id")],
    ["CSeq", headerValue(request, "cseq")],
    ...(answer.headers ?? []),
  ];
}
