// Responses to the application's requests, and the substitutes for those that never came.

import type { Dialog } from "../dialog/dialog.ts";
import { listOf, type SipRequest, type SipResponse } from "../message/message.ts";
import { serialise } from "../message/serialise.ts";
import type { ClientUser, ReceivedResponse } from "../transaction/client.ts";
import { resendAck, sendAck } from "./acknowledging.ts";
import { deliver } from "./app-messages.ts";
import { cancelOutgoing } from "./cancelling.ts";
import { cseqOf, noteSdp, refreshTarget, uacDialog } from "./dialog-set-up.ts";
import type { Edge, OutgoingRequest } from "./edge.ts";
import { byeByEdge, endDialog, sendBye } from "./ending.ts";
import { triedElsewhere } from "./failover.ts";
import { noteAnswered } from "./glare.ts";
import { takeReliable } from "./reliable.ts";
import { localResponse } from "./responses.ts";
import { sessionAccepted } from "./session-timer.ts";
import {
  newDialogId,
  subscriptionAccepted,
  subscriptionResponse,
  subscriptionUnanswered,
} from "./subscription.ts";

export const cancelRace = "ACK-BYE due to cancel race condition";

export function outgoingUser(edge: Edge, outgoing: OutgoingRequest): ClientUser {
  const invite = outgoing.request.method === "INVITE";
  const user: ClientUser = {
    response: (received) => {
      if (triedElsewhere(edge, outgoing, { received, user })) return;
      if (!invite) otherResponse(edge, outgoing, received);
      else if (outgoing.dialog !== null) reInviteResponse(edge, outgoing, received);
      else inviteResponse(edge, outgoing, received);
    },
    failed: (why) => failLocally(edge, outgoing, { status: why === "timeout" ? 408 : 503 }),
  };
  return user;
}

/** Every request that an application sent gets a final response, at worst from us. */
export function failLocally(
  edge: Edge,
  outgoing: OutgoingRequest,
  answer: { status: number; reason?: string },
): void {
  if (outgoing.answered) return;
  finishOutgoing(edge, outgoing);
  dropForks(edge, outgoing, null);
  if (outgoing.request.method === "BYE" && outgoing.dialog !== null) {
    endDialog(edge, outgoing.dialog);
  }
  if (outgoing.dialog?.usage === "subscription") {
    subscriptionUnanswered(edge, outgoing.dialog, outgoing.request);
  }
  if (outgoing.client === null) return;
  const text = serialise(localResponse(outgoing.request, answer));
  deliver(outgoing.client, {
    text,
    size: Buffer.byteLength(text, "utf8"),
    flow: null,
    transactionId: outgoing.transactionId,
    dialogId: idFor(outgoing, null),
  });
}

function inviteResponse(edge: Edge, outgoing: OutgoingRequest, received: ReceivedResponse): void {
  const { message, toTag, flow } = received;
  const { status } = message;
  if (status < 200) {
    outgoing.provisionalSeen = true;
    if (outgoing.cancel !== null && !outgoing.cancel.sent) cancelOutgoing(edge, outgoing, []);
    if (status === 100) return;
    const dialog = toTag === "" ? null : fork(edge, outgoing, received);
    if (dialog !== null && !takeReliable(dialog, message)) return;
    hand(edge, outgoing, { received, dialog });
    return;
  }
  if (status >= 300) {
    finishOutgoing(edge, outgoing);
    dropForks(edge, outgoing, null);
    hand(edge, outgoing, { received, dialog: null });
    return;
  }
  const known = outgoing.forks.findLast((dialog) => dialog.remoteTag === toTag);
  if (known !== undefined && (known.ackDuty !== null || known.sentAck !== null)) {
    resendAck(known);
    return;
  }
  if (outgoing.answered) {
    dismissFork(edge, outgoing, received);
    return;
  }
  const dialog = fork(edge, outgoing, received);
  if (dialog.state === "ended" || dialog.byeSent) {
    // The application left this early dialog with BYE; the answer crossed that (RFC 5407 3.1.3).
    failLocally(edge, outgoing, { status: 487 });
    sendAck(dialog, { cseq: cseqOf(outgoing.request), flow });
    sendBye(edge, dialog, cancelRace);
    return;
  }
  confirm(edge, outgoing, { dialog, received });
  refreshTarget(dialog, message, flow);
  sessionAccepted(edge, dialog, message);
  hand(edge, outgoing, { received, dialog });
  if (outgoing.client === null) {
    ackAndBye(edge, dialog, cseqOf(outgoing.request), cancelRace);
    return;
  }
  expectAck(edge, dialog, {
    cseq: cseqOf(outgoing.request),
    byeReason: outgoing.cancel?.sent === true ? cancelRace : null,
  });
}

function confirm(
  edge: Edge,
  outgoing: OutgoingRequest,
  options: { dialog: Dialog; received: ReceivedResponse },
): void {
  const { dialog, received } = options;
  // The route set is the one of the 2xx (RFC 3261 13.2.2.4).
  dialog.routeSet = listOf(received.message, "Record-Route").reverse();
  dialog.state = "confirmed";
  dialog.owner = outgoing.client;
  edge.counters.dialogsConfirmed++;
  edge.dialogs.prefer(dialog);
  finishOutgoing(edge, outgoing);
  offeredByCallee(dialog, { request: outgoing.request, response: received.message });
  dropForks(edge, outgoing, dialog);
}

/** INVITE without description: the one in the 2xx is an offer, and its answer is in our ACK. */
function offeredByCallee(
  dialog: Dialog,
  exchange: { request: SipRequest; response: SipResponse },
): void {
  const { request, response } = exchange;
  dialog.sdpOffer =
    request.body === "" && response.body !== "" && dialog.remoteRseq === null ? "theirs" : "none";
}

function reInviteResponse(edge: Edge, outgoing: OutgoingRequest, received: ReceivedResponse): void {
  const { message, flow } = received;
  const { dialog } = outgoing;
  if (dialog === null) return;
  if (message.status < 200) {
    outgoing.provisionalSeen = true;
    if (outgoing.cancel !== null && !outgoing.cancel.sent) cancelOutgoing(edge, outgoing, []);
    if (message.status > 100 && takeReliable(dialog, message)) {
      hand(edge, outgoing, { received, dialog });
    }
    return;
  }
  const cseq = cseqOf(outgoing.request);
  if (outgoing.answered) {
    if (message.status < 300 && dialog.sentAck?.cseq === cseq) resendAck(dialog);
    return;
  }
  if (message.status < 300 && dialog.state === "ended") {
    // A BYE overtook it; the peer still wants its ACK, and the application an answer.
    failLocally(edge, outgoing, { status: 487 });
    sendAck(dialog, { cseq, flow });
    return;
  }
  finishOutgoing(edge, outgoing);
  if (message.status >= 300) {
    hand(edge, outgoing, { received, dialog });
    return;
  }
  refreshTarget(dialog, message, flow);
  noteSdp(dialog, outgoing.request.body);
  offeredByCallee(dialog, { request: outgoing.request, response: message });
  sessionAccepted(edge, dialog, message);
  hand(edge, outgoing, { received, dialog });
  if (outgoing.client === null) sendAck(dialog, { cseq, flow });
  else expectAck(edge, dialog, { cseq, byeReason: null });
}

function otherResponse(edge: Edge, outgoing: OutgoingRequest, received: ReceivedResponse): void {
  const { status } = received.message;
  const { dialog, request } = outgoing;
  if (status === 100) return;
  if (status >= 200) {
    finishOutgoing(edge, outgoing);
    const begun = dialog === null ? subscriptionAccepted(edge, outgoing, received) : null;
    if (begun !== null) {
      hand(edge, outgoing, { received, dialog: begun });
      return;
    }
    if (dialog !== null) {
      if (dialog.usage === "subscription") subscriptionResponse(edge, dialog, outgoing, received);
      if (request.method === "UPDATE" && status < 300) {
        refreshTarget(dialog, received.message, received.flow);
        noteSdp(dialog, request.body);
        sessionAccepted(edge, dialog, received.message);
      }
      // A challenged BYE comes again with credentials.
      if (request.method === "BYE" && (status === 401 || status === 407)) dialog.byeSent = false;
      else if (request.method === "BYE") endDialog(edge, dialog);
    }
  }
  hand(edge, outgoing, { received, dialog });
}

/** The early dialog with the peer that answers, made at its first response. */
function fork(edge: Edge, outgoing: OutgoingRequest, received: ReceivedResponse): Dialog {
  const known = outgoing.forks.find((dialog) => dialog.remoteTag === received.toTag);
  return known ?? uacFork(edge, outgoing, received);
}

function uacFork(edge: Edge, outgoing: OutgoingRequest, received: ReceivedResponse): Dialog {
  const { message, toTag, flow } = received;
  const dialog = uacDialog(outgoing, { response: message, toTag, flow });
  outgoing.forks.push(dialog);
  edge.dialogs.add(dialog);
  return dialog;
}

/** RFC 3261 13.2.2.4: a second callee picked up as well. One is enough. */
function dismissFork(edge: Edge, outgoing: OutgoingRequest, received: ReceivedResponse): void {
  const { message, toTag, flow } = received;
  // Never in a table: it shares its id with the call that goes on.
  const dialog = uacDialog(outgoing, { response: message, toTag, flow });
  outgoing.forks.push(dialog);
  sendAck(dialog, { cseq: cseqOf(outgoing.request), flow });
  sendBye(edge, dialog, "another branch answered");
}

function dropForks(edge: Edge, outgoing: OutgoingRequest, keep: Dialog | null): void {
  for (const dialog of outgoing.forks) if (dialog !== keep) edge.dialogs.remove(dialog);
}

function finishOutgoing(edge: Edge, outgoing: OutgoingRequest): void {
  outgoing.answered = true;
  edge.outgoing.delete(outgoing.transactionId);
  edge.subscribing.delete(newDialogId(outgoing));
  const { dialog, request, transactionId } = outgoing;
  if (dialog !== null) noteAnswered(dialog, request, transactionId);
}

function hand(
  _edge: Edge,
  outgoing: OutgoingRequest,
  options: { received: ReceivedResponse; dialog: Dialog | null },
): void {
  if (outgoing.client === null) return;
  const { received, dialog } = options;
  deliver(outgoing.client, {
    text: serialise(received.message),
    size: received.size,
    flow: received.flow,
    transactionId: outgoing.transactionId,
    dialogId: idFor(outgoing, dialog),
  });
}

/** INVITE and SUBSCRIBE responses carry the dialog's id from the first provisional on. */
function idFor(outgoing: OutgoingRequest, dialog: Dialog | null): string {
  if (dialog !== null) return outgoing.request.method === "BYE" ? "" : dialog.id;
  const { method } = outgoing.request;
  return method === "INVITE" || method === "SUBSCRIBE" ? newDialogId(outgoing) : "";
}

function expectAck(
  edge: Edge,
  dialog: Dialog,
  duty: { cseq: number; byeReason: string | null },
): void {
  dialog.ackDuty?.giveUp.cancel();
  dialog.ackDuty = {
    ...duty,
    giveUp: edge.timers.after(64 * edge.values.t1Ms, () => {
      ackAndBye(edge, dialog, duty.cseq, "no ACK from the application");
    }),
  };
}

/** Ends a call that nobody wants: the 2xx must be acknowledged all the same. */
export function ackAndBye(edge: Edge, dialog: Dialog, cseq: number, reason: string): void {
  dialog.ackDuty?.giveUp.cancel();
  dialog.ackDuty = null;
  sendAck(dialog, { cseq, flow: dialog.flow });
  byeByEdge(edge, dialog, reason);
}
