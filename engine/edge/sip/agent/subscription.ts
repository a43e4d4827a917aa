// Dialogs of SUBSCRIBE, and of REFER outside a call (RFC 6665, RFC 3515): how they begin, how long
// they live, and that the last NOTIFY ends them.
import { type Dialog, dialogIdOf } from "../dialog/dialog.ts";
import { header, type SipMessage, type SipRequest, type SipResponse } from "../message/message.ts";
import type { ReceivedResponse } from "../transaction/client.ts";
import { notifiedDialog, uacDialog, uasDialog } from "./dialog-set-up.ts";
import type { Edge, IncomingRequest, OutgoingRequest, ReceivedRequest } from "./edge.ts";
import { endDialog } from "./ending.ts";

export const subscribingMethods = new Set(["SUBSCRIBE", "REFER"]);
/** When nobody names a duration; also the longest. */
const secondsMax = 86_400;
const secondsDefault = 3_600;

export function newDialogId({ request, localTag }: OutgoingRequest): string {
  return dialogIdOf(header(request, "Call-ID") ?? "", localTag);
}

/** True when the application accepts a subscription with this answer. */
export function beginsSubscription(
  { request, inDialog }: IncomingRequest,
  status: number,
): boolean {
  return !inDialog && subscribingMethods.has(request.method) && (status === 200 || status === 202);
}

export function subscriptionDialog(
  edge: Edge,
  incoming: IncomingRequest,
  response: SipResponse,
): void {
  const dialog = uasDialog(edge, incoming, response);
  begin(dialog);
  incoming.dialog = dialog;
}

/** The application answered a request in a subscription. */
export function subscriptionAnswered(
  edge: Edge,
  { dialog, request }: IncomingRequest,
  response: SipResponse,
): void {
  if (dialog === null) return;
  if (subscribingMethods.has(request.method) && response.status < 300) {
    live(edge, dialog, durationOf(response) ?? durationOf(request));
  }
  if (request.method === "NOTIFY" && isLast(request)) endDialog(edge, dialog);
}

/** The dialog that a 2xx to a SUBSCRIBE or REFER of the application begins; null for others. */
export function subscriptionAccepted(
  edge: Edge,
  outgoing: OutgoingRequest,
  received: ReceivedResponse,
): Dialog | null {
  const { message, toTag, flow } = received;
  const { request, localTag } = outgoing;
  if (!subscribingMethods.has(request.method) || message.status >= 300 || toTag === "") return null;
  const callId = header(request, "Call-ID") ?? "";
  const known = edge.dialogs.byTags({ callId, localTag, remoteTag: toTag });
  const dialog = known ?? uacDialog(outgoing, { response: message, toTag, flow });
  if (known === null) {
    edge.dialogs.add(dialog);
    begin(dialog);
  }
  live(edge, dialog, durationOf(message) ?? durationOf(request));
  return dialog;
}

/** A final response to a request of the application in a subscription. */
export function subscriptionResponse(
  edge: Edge,
  dialog: Dialog,
  { request }: OutgoingRequest,
  { message }: ReceivedResponse,
): void {
  const { status } = message;
  if (status === 401 || status === 407) return;
  if (subscribingMethods.has(request.method) && status < 300) {
    live(edge, dialog, durationOf(message) ?? durationOf(request));
  }
  if ((request.method === "NOTIFY" && isLast(request)) || status === 481) endDialog(edge, dialog);
}

/** No response at all: the last NOTIFY is the last all the same. */
export function subscriptionUnanswered(edge: Edge, dialog: Dialog, request: SipRequest): void {
  if (request.method === "NOTIFY" && isLast(request)) endDialog(edge, dialog);
}

/** True when the NOTIFY overtook the answer to a SUBSCRIBE of ours and has a dialog now. */
export function receiveEarlyNotify(edge: Edge, received: ReceivedRequest): boolean {
  const { callId, toTag } = received.essentials;
  const id = dialogIdOf(callId, toTag);
  const outgoing = edge.subscribing.get(id);
  // Other notifiers of a forked SUBSCRIBE are turned away (RFC 6665 4.4.1 allows it).
  if (outgoing === undefined || edge.dialogs.byId(id) !== null || edge.dialogs.full) return false;
  const dialog = notifiedDialog(outgoing, received);
  edge.dialogs.add(dialog);
  begin(dialog);
  live(edge, dialog, durationOf(outgoing.request));
  return true;
}

function begin(dialog: Dialog): void {
  dialog.usage = "subscription";
  dialog.state = "confirmed";
  dialog.sdpOffer = "none";
}

/** Gives it this long from now on, with some grace for what crosses. */
function live(edge: Edge, dialog: Dialog, seconds: number | null): void {
  dialog.expiry?.cancel();
  const ms = (seconds ?? secondsDefault) * 1_000 + 64 * edge.values.t1Ms;
  dialog.expiry = edge.timers.after(ms, () => endDialog(edge, dialog));
}

function durationOf(message: SipMessage): number | null {
  const text = header(message, "Expires");
  return text !== null && /^\d{1,9}$/.test(text) ? Math.min(Number(text), secondsMax) : null;
}

function isLast(notify: SipRequest): boolean {
  return /^terminated\b/i.test(header(notify, "Subscription-State") ?? "");
}
