// Requests from the network: which of them are absorbed, answered here, or shown to an application.
import { randomUUID } from "node:crypto";
import { type Dialog, dialogIdOf } from "../dialog/dialog.ts";
import { header, listOf, type SipRequest } from "../message/message.ts";
import { parseNameAddr } from "../message/name-addr.ts";
import { serialise } from "../message/serialise.ts";
import { requestUriProblem } from "../message/uri.ts";
import { cancelOf } from "../transaction/client.ts";
import { cancelIncoming, receiveAck, receiveCancel } from "./ack-and-cancel.ts";
import type { Channel, Refusal } from "./admission.ts";
import { deliverNewRequest } from "./app-messages.ts";
import { knownMethods } from "./app-text.ts";
import { dropAssertedIdentity } from "./asserted-identity.ts";
import type { Counters } from "./counters.ts";
import { refreshTarget } from "./dialog-set-up.ts";
import type { Edge, IncomingRequest, ReceivedRequest } from "./edge.ts";
import { answerIncoming, closeIncoming, endDialog } from "./ending.ts";
import { isRoutedHere } from "./forwarding.ts";
import { collision, noteOpen } from "./glare.ts";
import { passAck, passThrough } from "./passing-through.ts";
import { newTag } from "./random-ids.ts";
import { receivePrack } from "./reliable.ts";
import { answerStateless, noChannel, responseTo, retryAfter } from "./responses.ts";
import { sessionRefusal } from "./session-timer.ts";
import { holdForOwner, showInDialog } from "./showing.ts";
import { receiveEarlyNotify, subscribingMethods } from "./subscription.ts";

/** An application that shows no sign of life on a new INVITE loses it after this. */
const unansweredMs = 64_000;
/** Longest ringing. */
export const ringingMsMax = 3_600_000;

export function receiveRequest(edge: Edge, received: ReceivedRequest): void {
  const { request, essentials, flow } = received;
  const { method } = request;
  if (method === "ACK") {
    const failed = edge.transactions.findServer(essentials, "ACK") !== null;
    if (!failed && passes(edge, received)) passAck(edge, received);
    else receiveAck(edge, received);
    return;
  }
  const known = edge.transactions.findServer(essentials, method);
  if (known !== null) {
    edge.counters.retransmissionsAbsorbed++;
    known.retransmitted();
    return;
  }
  if (!knownMethods.has(method)) {
    answerStateless(request, flow, { status: 501 });
    return;
  }
  if (edge.transactions.full) {
    refuseByLimit(edge, received, "table");
    return;
  }
  if (method === "CANCEL") receiveCancel(edge, received);
  else if (passes(edge, received)) passThrough(edge, openIncoming(edge, received));
  else if (essentials.toTag !== "") receiveInDialog(edge, received);
  else receiveNew(edge, received);
}

/** Hands a new request to an application; false when none has routed its method. */
export function offerNew(edge: Edge, incoming: IncomingRequest): boolean {
  const client = edge.apps.choose(incoming.request.method.toLowerCase());
  if (client === null) return false;
  incoming.client = client;
  if (incoming.dialog !== null) incoming.dialog.owner = client;
  incoming.timer?.cancel();
  incoming.timer = edge.timers.after(unansweredMs, () => giveUp(edge, incoming));
  const { request, size, flow, transactionId } = incoming;
  deliverNewRequest(client, { text: serialise(request), size, flow, transactionId, dialogId: "" });
  return true;
}

function receiveNew(edge: Edge, received: ReceivedRequest): void {
  const { request, essentials, flow } = received;
  const { method } = request;
  const verdict = edge.admission.judge(request, flow);
  if (verdict.kind === "drop") {
    edge.counters.scannersDropped++;
    return;
  }
  if (verdict.kind === "refuse") {
    refuseByLimit(edge, received, verdict.why);
    return;
  }
  const begins = method === "INVITE" || subscribingMethods.has(method);
  const full = begins && edge.dialogs.full;
  const refusal = refusalOf(edge, received);
  if (full || refusal !== null) {
    verdict.channel?.release();
    if (full) refuseByLimit(edge, received, "table");
    else if (refusal !== null) answerStateless(request, flow, refusal);
    return;
  }
  if (!verdict.trusted) dropAssertedIdentity(request);
  const sparing = !verdict.trusted && !flow.reliable;
  const incoming = openIncoming(edge, received, { channel: verdict.channel, sparing });
  if (method === "INVITE") {
    edge.counters.callsReceived++;
    edge.incomingCalls.set(dialogIdOf(essentials.callId, essentials.fromTag), incoming);
  }
  if (!offerNew(edge, incoming)) {
    edge.counters.unrouted++;
    answerIncoming(edge, incoming, { status: 503 });
  }
}

/** 503 tells the peer to come again; a trunk's exchange also learns that its channels are busy. */
function refuseByLimit(
  edge: Edge,
  { request, flow }: ReceivedRequest,
  why: Refusal | "table",
): void {
  edge.counters.refusedByLimit++;
  edge.counters[limitCounters[why]]++;
  const extra = why === "channels" ? [retryAfter, noChannel] : [retryAfter];
  answerStateless(request, flow, { status: 503, extra });
}

const limitCounters = {
  rate: "refusedByRate",
  channels: "refusedByChannels",
  overload: "refusedByOverload",
  draining: "refusedByDrain",
  table: "refusedByTable",
} as const satisfies Record<Refusal | "table", keyof Counters>;

function refusalOf(
  edge: Edge,
  { request, essentials }: ReceivedRequest,
): Parameters<typeof answerStateless>[2] | null {
  const { method } = request;
  const wrongUri = requestUriProblem(request.uri);
  if (wrongUri !== null) return { status: wrongUri };
  const tooShort = sessionRefusal(request);
  if (tooShort !== null) return tooShort;
  // These have no meaning outside a dialog.
  if (method === "BYE" || method === "UPDATE" || method === "PRACK") return { status: 481 };
  if (method === "INVITE" || method === "SUBSCRIBE") {
    // RFC 3261 8.2.2.2: the same call over another path, or our own call come back to us.
    const id = dialogIdOf(essentials.callId, essentials.fromTag);
    if (edge.incomingCalls.has(id) || edge.dialogs.byId(id) !== null) return { status: 482 };
  }
  if (method === "REGISTER") {
    const contacts = listOf(request, "Contact");
    const star = contacts.includes("*");
    if (star && (contacts.length > 1 || header(request, "Expires") !== "0")) return { status: 400 };
    if (contacts.some((one) => one !== "*" && parseNameAddr(one) === null)) return { status: 400 };
  }
  return null;
}

/** A request inside a call that an application proxied, with our Route. */
function passes(edge: Edge, { request, essentials }: ReceivedRequest): boolean {
  const { callId, toTag } = essentials;
  return toTag !== "" && edge.passing.seen(callId) && isRoutedHere(edge.transports, request);
}

function receiveInDialog(edge: Edge, received: ReceivedRequest): void {
  const { request, essentials, flow } = received;
  const dialog = edge.dialogs.byTags({
    callId: essentials.callId,
    localTag: essentials.toTag,
    remoteTag: essentials.fromTag,
  });
  if (dialog === null) {
    if (request.method === "NOTIFY" && receiveEarlyNotify(edge, received)) {
      receiveInDialog(edge, received);
      return;
    }
    answerStateless(request, flow, { status: 481 });
    return;
  }
  const incoming = openIncoming(edge, received, { dialog });
  if (dialog.state === "ended" || (dialog.byeSent && request.method !== "BYE")) {
    // RFC 5407 3.2: our BYE is under way.
    answerIncoming(edge, incoming, { status: request.method === "BYE" ? 200 : 481 });
    return;
  }
  // RFC 3261 12.2.2: late or repeated numbers are out of order.
  if (dialog.remoteCseq !== null && essentials.cseq <= dialog.remoteCseq) {
    answerIncoming(edge, incoming, { status: 500 });
    return;
  }
  dialog.remoteCseq = essentials.cseq;
  // A browser may come back over a new connection.
  if (flow.reliable) dialog.flow = flow;
  if (request.method === "BYE") {
    receiveBye(edge, incoming, dialog);
    return;
  }
  if (request.method === "PRACK") {
    receivePrack(edge, incoming, dialog);
    return;
  }
  const refusal = collision(dialog, request) ?? refusalInDialog(request);
  if (refusal !== null) {
    answerIncoming(edge, incoming, refusal);
    return;
  }
  if (request.method === "INVITE" || request.method === "UPDATE") {
    refreshTarget(dialog, request, flow);
  }
  noteOpen(dialog, incoming);
  if (dialog.owner?.open) showInDialog(incoming, dialog);
  else holdForOwner(edge, incoming);
}

function refusalInDialog(request: SipRequest): Parameters<typeof answerIncoming>[2] | null {
  if (request.method === "INVITE" && header(request, "Contact") === null) {
    return { status: 400, reason: "Missing Contact" };
  }
  return sessionRefusal(request);
}

function receiveBye(edge: Edge, incoming: IncomingRequest, dialog: Dialog): void {
  const { owner, id } = dialog;
  endDialog(edge, dialog);
  const early = edge.incomingCalls.get(id);
  if (early !== undefined && dialog.role === "uas") {
    // A caller may leave with BYE before the answer (RFC 3261 15). Applications wait for a CANCEL.
    answerIncoming(edge, incoming, { status: 200 });
    const text = serialise(cancelOf(early.request));
    cancelIncoming(edge, early, { text, size: incoming.size, flow: incoming.flow });
    return;
  }
  if (owner?.open) {
    showInDialog(incoming, dialog);
    return;
  }
  answerIncoming(edge, incoming, { status: 200 });
  edge.reports.send(null, { dialogId: id, text: serialise(incoming.request), flow: incoming.flow });
}

/** Opens the server transaction; an INVITE gets its 100 at once. */
function openIncoming(
  edge: Edge,
  received: ReceivedRequest,
  part: { dialog?: Dialog; channel?: Channel | null; sparing?: boolean } = {},
): IncomingRequest {
  const { dialog = null, channel = null, sparing = false } = part;
  const { request, essentials, flow, size } = received;
  const transaction = edge.transactions.openServer(request, essentials, flow);
  transaction.sparing = sparing;
  const incoming: IncomingRequest = {
    transactionId: randomUUID(),
    transaction,
    request,
    essentials,
    flow,
    size,
    localTag: dialog?.localTag ?? newTag(),
    client: null,
    dialog,
    inDialog: dialog !== null,
    proxy: null,
    reliable: null,
    sdpOffered: false,
    channel,
    timer: null,
  };
  edge.incoming.set(incoming.transactionId, incoming);
  // A stranger's repetitions go on until the one answer that he gets.
  if (request.method === "INVITE" && !sparing) {
    transaction.respond(100, serialise(responseTo(request, { status: 100, localTag: "" })));
  }
  const invite = request.method === "INVITE";
  const ms = invite ? unansweredMs : 64 * edge.values.t1Ms;
  incoming.timer = edge.timers.after(ms, () => giveUp(edge, incoming));
  return incoming;
}

/** The application did not answer in time. */
export function giveUp(edge: Edge, incoming: IncomingRequest): void {
  if (incoming.request.method === "INVITE") {
    answerIncoming(edge, incoming, { status: 408 });
    return;
  }
  if (incoming.request.method === "BYE") {
    answerIncoming(edge, incoming, { status: 200 });
    return;
  }
  // RFC 4320 4.2: the peer's own timer F has fired already; a 408 would only confuse.
  incoming.transaction.abandon();
  closeIncoming(edge, incoming);
}
