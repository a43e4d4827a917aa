// A request that the application has us pass on (RFC 3261 16): targets one after the other or all
// at once, the first 2xx or the best failure back, CANCEL to those that still ring.
import type { AppClient } from "../app/app-client.ts";
import { type AppProxyMessage, respond } from "../app/app-server.ts";
import { listOf, type SipHeader, type SipRequest, type SipResponse } from "../message/message.ts";
import { parseNameAddr } from "../message/name-addr.ts";
import { serialise } from "../message/serialise.ts";
import { parseUri } from "../message/uri.ts";
import type { ClientTransaction, ReceivedResponse } from "../transaction/client.ts";
import { cancelOf } from "../transaction/client.ts";
import type { TimerHandle } from "../transaction/timers.ts";
import type { Flow } from "../transport/flow.ts";
import { confirmProxied } from "./app-messages.ts";
import { appHeaders, parseAppMessage } from "./app-text.ts";
import { better, type Failure } from "./best-response.ts";
import type { Edge, IncomingRequest } from "./edge.ts";
import { answerIncoming, closeIncoming } from "./ending.ts";
import { forwarded, hopsLeft, isOwnUri, passedBack, withoutOwnRoutes } from "./forwarding.ts";
import { flowTo } from "./next-hop.ts";
import { newBranch } from "./random-ids.ts";
import { startClient } from "./sending.ts";

/** Targets of one request, redirections included. */
const targetsMax = 20;
/** Timer C (16.6 step 11): an INVITE that only rings. */
const timerCMs = 185_000;

/** Headers that belong to the caller. */
const fixed = new Set(["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Contact", "Content-Type"]);

export interface ProxyPlan {
  targets: string[];
  simultaneous: boolean;
  followRedirects: boolean;
  recordRoute: boolean;
  /** Silence after which the next target is tried as well; null for none. */
  provisionalMs: number | null;
  extra: SipHeader[];
  /** Told of each final response that arrives, and of the end. */
  onFinal(received: ReceivedResponse): void;
  onDone(): void;
}

interface Branch {
  request: SipRequest;
  flow: Flow;
  transaction: ClientTransaction | null;
  provisionalSeen: boolean;
  cancel: "no" | "wanted" | "sent";
  over: boolean;
  /** Provisional timeout, then timer C. */
  timer: TimerHandle | null;
}

/** The application's `proxy` message. */
export function proxyByApp(edge: Edge, client: AppClient, message: AppProxyMessage): void {
  const { id, transactionId } = message;
  const incoming = edge.incoming.get(transactionId);
  if (incoming === undefined || !incoming.transaction.pending || incoming.proxy !== null) {
    respond(client, id, "NOK|unknown transaction id");
    return;
  }
  if (hopsLeft(incoming.request) === 0) {
    answerIncoming(edge, incoming, { status: 483 });
    respond(client, id, "NOK|too many hops");
    return;
  }
  const proxying = new Proxying(edge, incoming, {
    targets: message.destinations.slice(0, targetsMax),
    simultaneous: message.simultaneous,
    followRedirects: message.followRedirects,
    recordRoute: message.remainInDialog,
    provisionalMs: milliseconds(message.provisionalTimeout),
    extra: proxyHeaders(message.text, incoming.flow),
    onFinal: ({ message: response, flow, size }) => {
      if (message.fullResponse) {
        confirmProxied(client, id, { text: serialise(response), flow, size });
      }
    },
    onDone: () => respond(client, id, "OK|done"),
  });
  if (proxying.start()) return;
  respond(client, id, `NOK|error proxying request to ${message.destinations.join(" ")}`);
  answerIncoming(edge, incoming, { status: 500 });
}

export class Proxying {
  readonly #edge: Edge;
  readonly #incoming: IncomingRequest;
  readonly #plan: ProxyPlan;
  readonly #waiting: string[];
  readonly #tried = new Set<string>();
  readonly #branches: Branch[] = [];
  #best: Failure<SipResponse> | null = null;
  /** No further targets: answered, cancelled, challenged or declined. */
  #stopped = false;
  #answered = false;

  constructor(edge: Edge, incoming: IncomingRequest, plan: ProxyPlan) {
    this.#edge = edge;
    this.#incoming = incoming;
    this.#plan = plan;
    this.#waiting = [...plan.targets];
  }

  /** False when not one target could be tried; then nothing was answered. */
  start(): boolean {
    this.#next();
    if (this.#branches.length === 0) return false;
    const edge = this.#edge;
    const { callId } = this.#incoming.essentials;
    this.#incoming.proxy = this;
    const { method } = this.#incoming.request;
    if (this.#plan.recordRoute && method !== "REGISTER") edge.passing.add(callId);
    this.#incoming.timer?.cancel();
    this.#incoming.timer = null;
    return true;
  }

  /** The caller gave up. */
  cancel(): void {
    this.#stopped = true;
    this.#cancelOthers(null);
  }

  /** Tries the next target, or all of them. */
  #next(): void {
    while (!this.#stopped) {
      const target = this.#waiting.shift();
      if (target === undefined) return;
      if (this.#tried.size >= targetsMax || this.#tried.has(target)) continue;
      this.#tried.add(target);
      if (this.#try(target) && !this.#plan.simultaneous) return;
    }
  }

  #try(target: string): boolean {
    const edge = this.#edge;
    const registered = edge.registrations.find(target);
    const hop =
      registered === null ? flowTo(edge, target) : ({ ok: true, flow: registered } as const);
    if (!hop.ok || !hop.flow.open || parseUri(target) === null) {
      this.#best = better(this.#best, { status: hop.ok ? 410 : 503, response: null });
      return false;
    }
    const { flow } = hop;
    const { request, flow: from } = this.#incoming;
    const kept = withoutOwnRoutes(edge.transports, request);
    const branch = newBranch();
    const copy = forwarded(kept, {
      uri: isOwnUri(edge.transports, kept.uri) ? target : kept.uri,
      flow,
      branch,
      recordFor: this.#plan.recordRoute ? from : null,
      extra: this.#plan.extra,
    });
    const made: Branch = {
      ...{ request: copy, flow, transaction: null, provisionalSeen: false },
      ...{ cancel: "no", over: false, timer: null },
    };
    this.#branches.push(made);
    this.#arm(made);
    made.transaction = startClient(edge, {
      ...{ branch, request: copy, text: serialise(copy), flow },
      user: {
        response: (received) => this.#response(made, received),
        failed: (why) =>
          this.#fail(made, { status: why === "timeout" ? 408 : 503, response: null }),
      },
    });
    return true;
  }

  #arm(branch: Branch): void {
    const { provisionalMs } = this.#plan;
    branch.timer?.cancel();
    branch.timer = null;
    if (provisionalMs !== null && !branch.provisionalSeen) {
      branch.timer = this.#edge.timers.after(provisionalMs, () => {
        branch.timer = null;
        this.#cancel(branch);
        this.#next();
      });
    } else if (this.#incoming.request.method === "INVITE") {
      branch.timer = this.#edge.timers.after(timerCMs, () => {
        branch.timer = null;
        if (branch.provisionalSeen) this.#cancel(branch);
        else this.#fail(branch, { status: 408, response: null });
      });
    }
  }

  #response(branch: Branch, received: ReceivedResponse): void {
    const { message } = received;
    const { status } = message;
    const { transaction, flow } = this.#incoming;
    if (status < 200) {
      const first = !branch.provisionalSeen;
      branch.provisionalSeen = true;
      if (branch.cancel === "wanted") this.#cancel(branch);
      else if (first || status > 100) this.#arm(branch);
      if (status > 100 && !this.#answered) {
        transaction.respond(status, serialise(passedBack(message)));
      }
      return;
    }
    const repeated = branch.over;
    this.#end(branch);
    if (!repeated) this.#plan.onFinal(received);
    if (status >= 300) {
      if (!repeated) this.#refused(message);
      return;
    }
    const text = serialise(passedBack(message));
    // Further 2xx of an INVITE pass too, each time (16.7 step 5).
    if (this.#answered) flow.send(text);
    else this.#answer(() => transaction.respond(status, text));
    this.#cancelOthers(branch);
  }

  #refused(response: SipResponse): void {
    const { status } = response;
    if (status < 400 && this.#plan.followRedirects && !this.#stopped) {
      const contacts = listOf(response, "Contact").map((value) => parseNameAddr(value)?.uri ?? "");
      const usable = contacts.filter((uri) => parseUri(uri) !== null);
      this.#waiting.unshift(...usable.slice(0, targetsMax));
      if (usable.length === 0) this.#best = better(this.#best, { status, response });
    } else {
      this.#best = better(this.#best, { status, response });
    }
    // A challenge is for the caller; a 6xx is for all (16.7 step 5).
    if (status === 401 || status === 407 || status >= 600) this.#stopped = true;
    if (status >= 600) this.#cancelOthers(null);
    this.#next();
    this.#conclude();
  }

  #fail(branch: Branch, failure: Failure<SipResponse>): void {
    if (branch.over) return;
    this.#end(branch);
    this.#best = better(this.#best, failure);
    this.#next();
    this.#conclude();
  }

  #conclude(): void {
    if (this.#answered || this.#branches.some(({ over }) => !over)) return;
    const { status, response } = this.#best ?? { status: 408, response: null };
    if (this.#plan.recordRoute) this.#edge.passing.end(this.#incoming.essentials.callId);
    // 16.7 step 6: a 503 says something about one hop, not about us.
    if (response === null || status === 503) {
      const own = status === 503 ? 500 : status;
      this.#answer(() => answerIncoming(this.#edge, this.#incoming, { status: own }));
    } else {
      const text = serialise(passedBack(response));
      this.#answer(() => this.#incoming.transaction.respond(status, text));
    }
  }

  #answer(send: () => void): void {
    this.#answered = true;
    this.#stopped = true;
    send();
    closeIncoming(this.#edge, this.#incoming);
    this.#plan.onDone();
  }

  #cancelOthers(kept: Branch | null): void {
    for (const branch of this.#branches) if (branch !== kept) this.#cancel(branch);
  }

  /** RFC 3261 9.1: only an INVITE, and not before the first provisional response. */
  #cancel(branch: Branch): void {
    if (branch.over || branch.cancel === "sent" || branch.request.method !== "INVITE") return;
    if (!branch.provisionalSeen) {
      branch.cancel = "wanted";
      return;
    }
    branch.cancel = "sent";
    const request = cancelOf(branch.request);
    const { flow, transaction } = branch;
    startClient(this.#edge, {
      ...{ branch: transaction?.key.split("|")[0] ?? "", request, text: serialise(request), flow },
      user: { response: () => {}, failed: () => {} },
    });
    transaction?.giveUpAfter(64 * this.#edge.values.t1Ms);
  }

  #end(branch: Branch): void {
    branch.over = true;
    branch.timer?.cancel();
    branch.timer = null;
  }
}

/** The application's additions; what routes a message is not its to write. */
function proxyHeaders(text: string, flow: Flow): SipHeader[] {
  const parsed = text === "" ? null : parseAppMessage(text);
  return parsed === null ? [] : appHeaders(parsed, { flow, handled: fixed });
}

/** `2s`, `1500ms`; null for none. */
function milliseconds(text: string): number | null {
  const match = /^(\d{1,6})(ms|s)$/.exec(text.trim());
  if (match === null) return null;
  return Number(match[1]) * (match[2] === "s" ? 1_000 : 1);
}
