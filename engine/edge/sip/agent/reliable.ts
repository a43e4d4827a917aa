// Reliable provisional responses (RFC 3262) in both roles.
import { randomInt } from "node:crypto";
import type { Dialog } from "../dialog/dialog.ts";
import { ResponseRepeater } from "../dialog/response-repeater.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { header, listOf, type SipMessage } from "../message/message.ts";
import { serialise } from "../message/serialise.ts";
import { cancelOf } from "../transaction/client.ts";
import { cancelIncoming } from "./ack-and-cancel.ts";
import type { Edge, IncomingRequest } from "./edge.ts";
import { answerIncoming } from "./ending.ts";
import { showInDialog } from "./showing.ts";

/** Answers of the application that may wait for one PRACK. */
const heldMax = 10;

/** RFC 3262 3: reliable when the application wants it, and always when the caller demands it. */
export function wantsReliable(request: SipRequest, answer: SipResponse): boolean {
  if (request.method !== "INVITE" || answer.status <= 100 || answer.status >= 200) return false;
  return has100rel(answer, "Require") || has100rel(request, "Require");
}

export function understands100rel(request: SipRequest): boolean {
  return has100rel(request, "Supported") || has100rel(request, "Require");
}

/** RFC 3262 3: no second reliable response, and no 2xx, before the PRACK of the last one. */
export function mustWaitForPrack(
  { reliable }: IncomingRequest,
  { status }: SipResponse,
  isReliable: boolean,
): boolean {
  if (reliable === null || reliable.repeater === null) return false;
  return isReliable || (status >= 200 && status < 300);
}

/** False when too many wait already. */
export function holdAnswer({ reliable }: IncomingRequest, run: () => void): boolean {
  if (reliable === null || reliable.held.length >= heldMax) return false;
  reliable.held.push(run);
  return true;
}

/** Numbers the response. */
export function makeReliable(incoming: IncomingRequest, response: SipResponse): void {
  incoming.reliable ??= { rseq: randomInt(0, 0x3fffffff), repeater: null, held: [] };
  incoming.reliable.rseq++;
  response.headers.push({ name: "RSeq", value: String(incoming.reliable.rseq) });
  if (!has100rel(response, "Require")) response.headers.push({ name: "Require", value: "100rel" });
}

/** Repeats it until the PRACK; without one the call fails. */
export function awaitPrack(edge: Edge, incoming: IncomingRequest, text: string): void {
  const { reliable, flow, essentials, request, size } = incoming;
  if (reliable === null) return;
  reliable.repeater = new ResponseRepeater({
    timers: edge.timers,
    values: edge.values,
    flow,
    text,
    cseq: essentials.cseq,
    onTimeout: () => {
      reliable.repeater = null;
      const cancel = { text: serialise(cancelOf(request)), size, flow, status: 504 };
      cancelIncoming(edge, incoming, cancel);
    },
  });
}

/** PRACK of the peer: matched by RAck, shown to the application, which answers it. */
export function receivePrack(edge: Edge, incoming: IncomingRequest, dialog: Dialog): void {
  const invite = openInvite(edge, dialog);
  const reliable = invite?.reliable ?? null;
  const match = /^(\d{1,10})\s+(\d{1,10})\s+INVITE$/.exec(header(incoming.request, "RAck") ?? "");
  if (
    invite === undefined ||
    reliable === null ||
    reliable.repeater === null ||
    Number(match?.[1]) !== reliable.rseq ||
    Number(match?.[2]) !== reliable.repeater.cseq
  ) {
    answerIncoming(edge, incoming, { status: 481 });
    return;
  }
  reliable.repeater.stop();
  reliable.repeater = null;
  if (incoming.request.body !== "" && dialog.sdpOffer === "ours") dialog.sdpOffer = "none";
  if (dialog.owner?.open) showInDialog(incoming, dialog);
  else answerIncoming(edge, incoming, { status: 200 });
  for (const run of reliable.held.splice(0)) run();
}

/**
 * UAC: takes a reliable provisional response if it is the next in order. A repeated one has its
 * PRACK under way, and one that skips a number may not be acknowledged (RFC 3262 4).
 */
export function takeReliable(dialog: Dialog, response: SipResponse): boolean {
  const rseq = header(response, "RSeq");
  if (rseq === null || !has100rel(response, "Require")) return true;
  const number = Number(rseq);
  if (!Number.isInteger(number)) return false;
  if (dialog.remoteRseq !== null && number !== dialog.remoteRseq + 1) return false;
  dialog.remoteRseq = number;
  dialog.prackDue = number;
  if (response.body !== "") dialog.sdpOffer = dialog.sdpOffer === "ours" ? "none" : "theirs";
  return true;
}

/** The fork that a PRACK of the application means: all forks share the id that it knows. */
export function prackFork(edge: Edge, dialog: Dialog, asked: SipRequest): Dialog {
  const rseq = Number(/^\d+/.exec(header(asked, "RAck") ?? "")?.[0] ?? Number.NaN);
  const forks = edge.outgoing.get(dialog.inviteTransactionId)?.forks ?? [];
  return forks.find(({ prackDue }) => prackDue === rseq) ?? dialog;
}

function openInvite(edge: Edge, dialog: Dialog): IncomingRequest | undefined {
  if (dialog.openInviteIn !== null) return edge.incoming.get(dialog.openInviteIn);
  return dialog.role === "uas" ? edge.incomingCalls.get(dialog.id) : undefined;
}

function has100rel(message: SipMessage, name: "Supported" | "Require"): boolean {
  return listOf(message, name).some((token) => token.toLowerCase() === "100rel");
}
