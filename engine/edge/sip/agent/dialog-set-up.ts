// How a dialog begins: from our answer to an INVITE, or from the peer's answer to ours
// (RFC 3261 12.1).
import { type Dialog, dialogIdOf, newDialog } from "../dialog/dialog.ts";
import { header, listOf, type SipMessage, type SipResponse } from "../message/message.ts";
import { parseNameAddr } from "../message/name-addr.ts";
import { parseUri } from "../message/uri.ts";
import { bare, uriHost } from "../transport/address.ts";
import type { Flow } from "../transport/flow.ts";
import type { Edge, IncomingRequest, OutgoingRequest, ReceivedRequest } from "./edge.ts";

/** The early or confirmed dialog of an INVITE that we answer; made at the first 18x or 200. */
export function uasDialog(edge: Edge, incoming: IncomingRequest, response: SipResponse): Dialog {
  const { request, essentials, flow, localTag } = incoming;
  const routeSet = listOf(request, "Record-Route");
  const dialog = newDialog({
    id: dialogIdOf(essentials.callId, essentials.fromTag),
    role: "uas",
    callId: essentials.callId,
    localTag,
    remoteTag: essentials.fromTag,
    localEnd: header(response, "To") ?? "",
    remoteEnd: header(request, "From") ?? "",
    owner: incoming.client,
    localCseq: firstCseq(),
    remoteCseq: essentials.cseq,
    routeSet,
    remoteTarget: contactUri(request) ?? `sip:${uriHost(flow.remoteAddress)}:${flow.remotePort}`,
    localContact: header(response, "Contact") ?? "",
    flow,
    natTarget: null,
    inviteTransactionId: incoming.transactionId,
  });
  dialog.natTarget = natTarget(dialog, flow);
  dialog.channel = incoming.channel;
  if (request.body !== "") dialog.sdpOffer = "theirs";
  edge.dialogs.add(dialog);
  return dialog;
}

/** The dialog of our INVITE with the peer that sent this response; in no table yet. */
export function uacDialog(
  outgoing: OutgoingRequest,
  answer: { response: SipResponse; toTag: string; flow: Flow },
): Dialog {
  const { request } = outgoing;
  const callId = header(request, "Call-ID") ?? "";
  const dialog = newDialog({
    id: dialogIdOf(callId, outgoing.localTag),
    role: "uac",
    callId,
    localTag: outgoing.localTag,
    remoteTag: answer.toTag,
    localEnd: header(request, "From") ?? "",
    remoteEnd: header(answer.response, "To") ?? "",
    owner: outgoing.client,
    localCseq: cseqOf(request),
    remoteCseq: null,
    routeSet: listOf(answer.response, "Record-Route").reverse(),
    remoteTarget: contactUri(answer.response) ?? request.uri,
    localContact: header(request, "Contact") ?? "",
    flow: answer.flow,
    natTarget: null,
    inviteTransactionId: outgoing.transactionId,
  });
  dialog.natTarget = natTarget(dialog, answer.flow);
  noteSdp(dialog, request.body);
  if (request.body !== "") dialog.sdpOffer = "ours";
  return dialog;
}

/** RFC 6665 4.4.1: a NOTIFY that overtakes the answer to our SUBSCRIBE begins the dialog. */
export function notifiedDialog(outgoing: OutgoingRequest, received: ReceivedRequest): Dialog {
  const { request: notify, essentials, flow } = received;
  const { request } = outgoing;
  const dialog = newDialog({
    id: dialogIdOf(essentials.callId, outgoing.localTag),
    role: "uac",
    callId: essentials.callId,
    localTag: outgoing.localTag,
    remoteTag: essentials.fromTag,
    localEnd: header(request, "From") ?? "",
    remoteEnd: header(notify, "From") ?? "",
    owner: outgoing.client,
    localCseq: cseqOf(request),
    remoteCseq: null,
    routeSet: listOf(notify, "Record-Route"),
    remoteTarget: contactUri(notify) ?? request.uri,
    localContact: header(request, "Contact") ?? "",
    flow,
    natTarget: null,
    inviteTransactionId: outgoing.transactionId,
  });
  dialog.natTarget = natTarget(dialog, flow);
  return dialog;
}

/** RFC 3261 12.2.1.2, RFC 3311 5.1: INVITE and UPDATE move the remote target. */
export function refreshTarget(dialog: Dialog, message: SipMessage, flow: Flow): void {
  const uri = contactUri(message);
  if (uri !== null && uri !== dialog.remoteTarget) {
    dialog.remoteTarget = uri;
    dialog.natTarget = natTarget(dialog, flow);
  }
  if (flow.reliable) dialog.flow = flow;
}

/** Remembers what we described last; other bodies change nothing. */
export function noteSdp(dialog: Dialog, body: string): void {
  if (body.startsWith("v=0")) dialog.lastSdp = body;
}

export function cseqOf(message: SipMessage): number {
  return Number(/^\d+/.exec(header(message, "CSeq") ?? "")?.[0] ?? 0);
}

/** Random, so that numbers of different calls are not mistaken for each other in a trace. */
export function firstCseq(): number {
  return 1 + Math.floor(Math.random() * 0x00ffffff);
}

function contactUri(message: SipMessage): string | null {
  const first = listOf(message, "Contact")[0];
  return first === undefined ? null : (parseNameAddr(first)?.uri ?? null);
}

/**
 * A peer on UDP whose Contact is not where its messages come from sits behind a NAT: requests go
 * to the source. A route set says better where they should go.
 */
function natTarget(dialog: Dialog, flow: Flow): Dialog["natTarget"] {
  if (flow.protocol !== "udp" || dialog.routeSet.length > 0) return null;
  const uri = parseUri(dialog.remoteTarget);
  if (uri !== null && bare(uri.host) === flow.remoteAddress) return null;
  return { address: flow.remoteAddress, port: flow.remotePort };
}
