// The link to the SIP edge over drachtio-srf, and all that must be known about that library.
// Dialogs are ours, by the edge's dialog id: srf's own Dialog objects cannot be rebuilt after a
// restart, and a call of before must be handled by the same code as a new one.
// Nothing here throws; an operation that the edge does not confirm in time has failed.
import Srf from "drachtio-srf";
import type { Logger } from "pino";
import type {
  SrfAck,
  SrfHandler,
  SrfHeaders,
  SrfInstance,
  SrfMessage,
  SrfRequest,
  SrfResponse,
} from "./srf-types.ts";

export type EdgeAddress = Readonly<{ host: string; port: number; secret: string }>;

type EdgeResult<Value> =
  | Readonly<{ ok: true; value: Value }>
  | Readonly<{ ok: false; message: string }>;

/** An INVITE of ours on its way. */
export type SentInvite = Readonly<{ cancel(reason: string): void }>;

export type InviteOptions = Readonly<{
  target: string;
  headers: SrfHeaders;
  body: string;
  /** Every response but 100; called in the same turn as the edge's message. */
  onResponse(response: SrfResponse, ack: SrfAck): void;
}>;

export type EdgeLink = Readonly<{
  /** Dials for ever until `close`. */
  open(handlers: EdgeHandlers): void;
  isUp(): boolean;
  /** Answers a request; whether it left is not known. */
  respond(res: SrfResponse, status: number, options?: ResponseOptions): void;
  /** Answers an INVITE with 200. */
  answer(res: SrfResponse, options: AnswerOptions): Promise<EdgeResult<undefined>>;
  invite(options: InviteOptions): Promise<EdgeResult<SentInvite>>;
  /** ACK to a 2xx of `invite`. */
  ack(ack: SrfAck): void;
  /** Ends a dialog; waits for the next link when this one is down. */
  bye(dialogId: string, reason: string | null): void;
  /**
   * Asks with OPTIONS whether the far end still has a dialog: the final status, 408 when nobody
   * could be reached or answered within 5 s. Fails when the question did not leave, or the link did not last until the answer.
   */
  probe(dialogId: string): Promise<EdgeResult<number>>;
  /**
   * Sends a request of its own, no INVITE, and gives its final response; null when nobody could be
   * reached or answered within 5 s. Fails as `probe` does.
   */
  ask(question: Question): Promise<EdgeResult<SrfResponse | null>>;
  /**
   * Ids of the calls that the edge handed to this link from an earlier one; null when they cannot be
   * known, as with a server that is not ours.
   */
  inheritedCalls(): Promise<string[] | null>;
  close(): Promise<void>;
}>;

export type Question = Readonly<{
  method: "OPTIONS" | "REGISTER";
  target: string;
  headers: SrfHeaders;
}>;

export type ResponseOptions = Readonly<{ headers?: SrfHeaders; body?: string }>;

type AnswerOptions = ResponseOptions &
  Readonly<{
    /** The 200 left; called before any request of its dialog is. Also when that comes late. */
    onSent(dialogId: string): void;
  }>;

export type EdgeHandlers = Readonly<{
  onRequest: SrfHandler;
  onUp(): void;
  /** Transactions that were open over this link will never be heard of again. */
  onDown(): void;
}>;

/** Requests outside dialogs that the edge shall send here. Handlers exist before connecting. */
const routedVerbs = [
  "invite",
  "register",
  "options",
  "message",
  "info",
  "notify",
  "subscribe",
  "publish",
  "refer",
  "bye",
  "update",
] as const;

export function createEdgeLink(address: EdgeAddress, log: Logger): EdgeLink {
  const srf = new Srf() as unknown as SrfInstance;
  const byesWaiting = new Map<string, string | null>();
  let up = false;
  let linksLost = 0;
  let version = "";
  let closed = false;

  function open({ onRequest, onUp, onDown }: EdgeHandlers): void {
    const handle: SrfHandler = (req, res) => guard(log, "a SIP request", () => onRequest(req, res));
    // The first one takes every request, whatever its method; the others only name the routes.
    srf.use(handle);
    for (const verb of routedVerbs) srf.use(verb, handle);
    srf.on("connect", (error, hostports, serverVersion) => {
      if (error) {
        log.error({ err: error }, "the SIP edge refuses this engine");
        return;
      }
      // srf forgets this on sockets of a reconnect, which would add Nagle's delay to every call.
      for (const socket of srf.app.client?.mapServer.keys() ?? []) socket.setNoDelay(true);
      up = true;
      version = serverVersion ?? "";
      log.info({ hostports }, "SIP edge link up");
      for (const [dialogId, reason] of byesWaiting) bye(dialogId, reason);
      byesWaiting.clear();
      guard(log, "link up", onUp);
    });
    srf.on("error", (error) => log.debug({ err: error }, "SIP edge link error"));
    srf.on("close", () => {
      if (!up) return;
      up = false;
      linksLost += 1;
      // Calls stay with the edge when an engine ends.
      if (closed) return;
      log.warn("SIP edge link lost");
      guard(log, "link down", onDown);
    });
    srf.connect({ ...address, enablePing: true, reconnect: { retryMaxDelay: reconnectMsMax } });
  }

  function bye(dialogId: string, reason: string | null): void {
    if (!up) {
      if (!closed && byesWaiting.size < byesWaitingMax) byesWaiting.set(dialogId, reason);
      return;
    }
    const headers: SrfHeaders = reason === null ? {} : { Reason: reason };
    const options = { method: "BYE", stackDialogId: dialogId, headers };
    guard(log, "BYE", () =>
      srf.request("sip:placeholder", options, (error) => {
        // Usual when the other side's BYE crossed ours.
        if (error) log.debug({ err: error, dialogId }, "BYE not sent");
      }),
    );
  }

  async function whileLinked<Value>(
    run: () => Promise<EdgeResult<Value>>,
  ): Promise<EdgeResult<Value>> {
    if (!up) return noLink;
    const before = linksLost;
    const result = await run();
    return linksLost === before ? result : noLink;
  }

  async function probe(dialogId: string): Promise<EdgeResult<number>> {
    const options = { method: "OPTIONS", stackDialogId: dialogId, headers: {} };
    const asked = await whileLinked(() => request(srf, "sip:placeholder", options));
    return asked.ok ? { ok: true, value: asked.value?.status ?? 408 } : asked;
  }

  const ask = ({ target, ...options }: Question) =>
    whileLinked(() => request(srf, target, options));

  function close(): Promise<void> {
    closed = true;
    const client = srf.app.client;
    if (client === undefined) return Promise.resolve();
    client.wp.closing = true;
    const timer = client.wp.reconnectVars?.retryTimer;
    if (timer) clearTimeout(timer);
    const sockets = [...client.mapServer.keys()];
    for (const socket of sockets) socket.end();
    setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, closeMsMax).unref();
    return Promise.resolve();
  }

  return {
    open,
    isUp: () => up,
    respond: (res, status, options = {}) =>
      guard(log, "a SIP response", () => res.send(status, { ...options })),
    answer: (res, { onSent, ...options }) =>
      settle((done) => {
        res.send(200, { ...options }, (error) => {
          if (error) {
            done({ ok: false, message: String(error) });
            return;
          }
          guard(log, "a sent answer", () => onSent(res.stackDialogId));
          done({ ok: true, value: undefined });
        });
      }),
    invite: (options) => invite(srf, log, options),
    ack: (ack) => guard(log, "ACK", () => ack()),
    bye,
    probe,
    ask,
    // The real server closes the connection on a message that it does not know.
    inheritedCalls: async () => (version.includes("rexian") ? inheritedCalls(srf) : null),
    close,
  };
}

function invite(
  srf: SrfInstance,
  log: Logger,
  options: InviteOptions,
): Promise<EdgeResult<SentInvite>> {
  const { target, body, onResponse } = options;
  const headers = { ...options.headers, "Content-Type": "application/sdp" };
  return settle((done) => {
    srf.request(target, { method: "INVITE", headers, body }, (error, sent) => {
      if (error || sent === undefined) {
        done({ ok: false, message: error instanceof Error ? error.message : String(error) });
        return;
      }
      // At once: the first response may be in the same packet as this confirmation.
      sent.on("response", (response, ack) =>
        guard(log, "a SIP response", () => onResponse(response, ack)),
      );
      const cancel = (reason: string) =>
        guard(log, "CANCEL", () => cancelInvite(sent, reason, log));
      done({ ok: true, value: { cancel } });
    });
  });
}

/** The final response; null when nobody could be reached or answered in time. */
function request(
  srf: SrfInstance,
  target: string,
  options: Parameters<SrfInstance["request"]>[1],
): Promise<EdgeResult<SrfResponse | null>> {
  return settle((done) => {
    srf.request(target, options, (error, sent) => {
      if (error || sent === undefined) {
        done({ ok: false, message: error instanceof Error ? error.message : String(error) });
        return;
      }
      const timer = setTimeout(() => done({ ok: true, value: null }), probeMsMax);
      sent.on("response", (response) => {
        if (response.status < 200) return;
        clearTimeout(timer);
        const isReached = response.status !== 503 || response.source_address !== "";
        done({ ok: true, value: isReached ? response : null });
      });
    });
  }, confirmMsMax + probeMsMax);
}

function cancelInvite(sent: SrfRequest, reason: string, log: Logger): void {
  sent.cancel({ headers: { Reason: reason } }, (error) => {
    // Usual when the final response crossed the CANCEL.
    if (error) log.debug({ err: error }, "CANCEL not sent");
  });
}

async function inheritedCalls(srf: SrfInstance): Promise<string[] | null> {
  const ids: string[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page = await inheritedPage(srf, after);
    if (page === null || ids.length > inheritedMax) return null;
    ids.push(...page.dialogs);
    after = page.next;
  }
  return ids;
}

async function inheritedPage(
  srf: SrfInstance,
  after: number,
): Promise<{ dialogs: string[]; next: number | null } | null> {
  const result = await settle<string>((done) => {
    const { client } = srf.app;
    const [entry] = client?.mapServer ?? [];
    if (client === undefined || entry === undefined) {
      done({ ok: false, message: "no link" });
      return;
    }
    const [socket, { pendingRequests }] = entry;
    const id = client.wp.send(socket, `dialogs|${after}`);
    pendingRequests.set(id, ([outcome = "", text = ""]) =>
      done(outcome === "OK" ? { ok: true, value: text } : { ok: false, message: outcome }),
    );
  });
  if (!result.ok) return null;
  try {
    const page: unknown = JSON.parse(result.value);
    const { dialogs, next } = page as { dialogs?: unknown; next?: unknown };
    if (!Array.isArray(dialogs) || !dialogs.every((id) => typeof id === "string")) return null;
    return { dialogs, next: typeof next === "number" ? next : null };
  } catch {
    return null;
  }
}

/** Runs an operation of srf, which may throw, answer or be silent, to exactly one result. */
function settle<Value>(
  start: (done: (result: EdgeResult<Value>) => void) => void,
  msMax = confirmMsMax,
): Promise<EdgeResult<Value>> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => resolve({ ok: false, message: "the SIP edge did not confirm in time" }),
      msMax,
    );
    const done = (result: EdgeResult<Value>) => {
      clearTimeout(timer);
      resolve(result);
    };
    try {
      start(done);
    } catch (error) {
      done({ ok: false, message: error instanceof Error ? error.message : String(error) });
    }
  });
}

/** srf lets exceptions of handlers fall through to the socket: they end here instead. */
function guard(log: Logger, what: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    log.error({ err: error }, `${what} could not be handled`);
  }
}

/** The SDP of a message, also when it is one part of a multipart body (RFC 5621). */
export function sdpOf(message: SrfMessage): string | null {
  const type = (message.get("content-type") ?? "").toLowerCase();
  if (type.startsWith("multipart/")) {
    const part = message.payload.find(({ type }) =>
      type?.toLowerCase().includes("application/sdp"),
    );
    return part?.content ?? null;
  }
  const body = message.body ?? "";
  if (body.trim() === "") return null;
  return type === "" || type.startsWith("application/sdp") ? body : null;
}

const reconnectMsMax = 1_000;
const confirmMsMax = 5_000;
const probeMsMax = 5_000;
const noLink = { ok: false, message: "no link" } as const;
const byesWaitingMax = 20_000;
const closeMsMax = 300;
const inheritedMax = 1_000_000;
