// Which INVITE or UPDATE may be open in a dialog at a time, and what collides with what
// (RFC 3261 14, RFC 3311 5, RFC 3264 4). Decides only; nothing is sent from here.
import type { Dialog } from "../dialog/dialog.ts";
import type { SipHeader, SipRequest } from "../message/message.ts";
import type { IncomingRequest } from "./edge.ts";
import { retryAfter } from "./responses.ts";

type Refusal = { status: number; extra?: SipHeader[] };

const pending: Refusal = { status: 491 };
const later: Refusal = { status: 500, extra: [retryAfter] };

/** How a request of the peer has to be refused; null when it may come. */
export function collision(dialog: Dialog, request: SipRequest): Refusal | null {
  if (request.method === "INVITE") {
    // The first INVITE has no final answer yet, or another one is still open.
    if (dialog.openInviteIn !== null || (dialog.state === "early" && dialog.role === "uas")) {
      return later;
    }
    if (dialog.openInviteOut !== null || dialog.state === "early") return pending;
    return offerCollision(dialog);
  }
  if (request.method === "UPDATE") {
    if (dialog.openUpdateIn !== null) return later;
    return request.body === "" ? null : offerCollision(dialog);
  }
  return null;
}

/** True when the application may not send this request now: the answer is 491 in the peer's stead. */
export function collidesLocally(dialog: Dialog, request: SipRequest): boolean {
  if (request.method === "INVITE") {
    const open = dialog.openInviteOut !== null || dialog.openInviteIn !== null;
    return open || dialog.state === "early" || dialog.sdpOffer !== "none";
  }
  if (request.method !== "UPDATE") return false;
  return dialog.openUpdateOut !== null || (request.body !== "" && dialog.sdpOffer !== "none");
}

/** A request of the peer is about to be shown. */
export function noteOpen(dialog: Dialog, { request, transactionId }: IncomingRequest): void {
  if (request.method === "INVITE") dialog.openInviteIn = transactionId;
  else if (request.method === "UPDATE") dialog.openUpdateIn = transactionId;
  else return;
  if (request.body !== "") dialog.sdpOffer = "theirs";
}

/** A request of the peer has its final answer, or nobody waits for it any more. */
export function noteClosed({ dialog, transactionId, inDialog }: IncomingRequest): void {
  if (dialog === null) return;
  const open = dialog.openInviteIn === transactionId || dialog.openUpdateIn === transactionId;
  if (dialog.openInviteIn === transactionId) dialog.openInviteIn = null;
  if (dialog.openUpdateIn === transactionId) dialog.openUpdateIn = null;
  if ((open || !inDialog) && dialog.sdpOffer === "theirs") dialog.sdpOffer = "none";
}

/** A request of the application is about to leave. */
export function noteSent(dialog: Dialog, request: SipRequest, transactionId: string): void {
  if (request.method === "PRACK") {
    dialog.prackDue = null;
    if (request.body !== "" && dialog.sdpOffer === "theirs") dialog.sdpOffer = "none";
    return;
  }
  if (request.method === "BYE") dialog.byeSent = true;
  if (request.method === "INVITE") {
    dialog.openInviteOut = transactionId;
    dialog.remoteRseq = null;
  } else if (request.method === "UPDATE") dialog.openUpdateOut = transactionId;
  else return;
  if (request.body !== "") dialog.sdpOffer = "ours";
}

/** A request of the application has its final response. */
export function noteAnswered(dialog: Dialog, request: SipRequest, transactionId: string): void {
  if (dialog.openInviteOut === transactionId) dialog.openInviteOut = null;
  if (dialog.openUpdateOut === transactionId) dialog.openUpdateOut = null;
  const negotiated = request.method === "INVITE" || request.method === "UPDATE";
  if (negotiated && dialog.sdpOffer === "ours") dialog.sdpOffer = "none";
}

function offerCollision(dialog: Dialog): Refusal | null {
  if (dialog.sdpOffer === "ours") return pending;
  return dialog.sdpOffer === "theirs" ? later : null;
}
