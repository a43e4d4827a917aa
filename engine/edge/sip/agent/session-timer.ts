// Session timers (RFC 4028): what is agreed in INVITE and UPDATE, the refresh that the edge sends
// and acknowledges without the application, and the BYE when the other side has fallen silent.
import { randomInt } from "node:crypto";
import type { Dialog } from "../dialog/dialog.ts";
import { dialogRequest } from "../dialog/dialog-request.ts";
import {
  agreeAsUas,
  parseSessionExpires,
  type SessionExpires,
  sessionSecondsMin,
} from "../dialog/session-expires.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { header, listOf, type SipHeader, type SipMessage } from "../message/message.ts";
import { serialise } from "../message/serialise.ts";
import type { ClientTransaction, ReceivedResponse } from "../transaction/client.ts";
import { resendAck, sendAck } from "./acknowledging.ts";
import { cseqOf, refreshTarget } from "./dialog-set-up.ts";
import type { Edge, IncomingRequest } from "./edge.ts";
import { byeByEdge } from "./ending.ts";
import { newBranch } from "./random-ids.ts";
import { dialogFlow, startClient, viaOf } from "./sending.ts";

const expired = "Session timer expired";
/** Stands in `openInviteOut` for a refresh, which no application knows. */
export const refreshId = "refresh";
/** Wait while another INVITE is open in the dialog. */
const busyMs = 2_000;

/** 422 for an interval that is too short for us (RFC 4028 9). */
export function sessionRefusal(request: SipRequest): { status: number; extra: SipHeader[] } | null {
  if (!negotiates(request)) return null;
  const asked = parseSessionExpires(header(request, "Session-Expires"));
  if (asked === null || asked.seconds >= sessionSecondsMin || !supportsTimer(request)) return null;
  return { status: 422, extra: [{ name: "Min-SE", value: String(sessionSecondsMin) }] };
}

/** Puts our side of the agreement into the headers of a 2xx that the application gives. */
export function agreeSession(incoming: IncomingRequest, status: number, extra: SipHeader[]): void {
  const { request } = incoming;
  if (!negotiates(request) || status < 200 || status > 299) return;
  const agreed = agreeAsUas({
    asked: parseSessionExpires(header(request, "Session-Expires")),
    askedMin: Number(/^\d{1,6}/.exec(header(request, "Min-SE") ?? "")?.[0] ?? 0),
    supported: supportsTimer(request),
    given: takeSessionExpires(extra),
    current: incoming.dialog?.session ?? null,
  });
  if (agreed === null) return;
  const { seconds, refresher } = agreed;
  extra.push({ name: "Session-Expires", value: `${seconds};refresher=${refresher}` });
  if (refresher === "uac") addToken(extra, "Require");
}

/** Our 2xx is on its way: the timer starts anew, or ends. */
export function sessionAnswered(edge: Edge, dialog: Dialog, response: SipResponse): void {
  const agreed = parseSessionExpires(header(response, "Session-Expires"));
  run(edge, dialog, agreed, agreed?.refresher === "uas" ? "us" : "them");
}

/** A 2xx to our INVITE or UPDATE is here. */
export function sessionAccepted(edge: Edge, dialog: Dialog, response: SipResponse): void {
  const agreed = parseSessionExpires(header(response, "Session-Expires"));
  run(edge, dialog, agreed, agreed?.refresher === "uas" ? "them" : "us");
}

/**
 * Completes the headers of an INVITE or UPDATE that the application sends: who asks for a session
 * timer must support it, and one that runs must not end by being left out.
 */
export function askSession(method: string, dialog: Dialog | null, extra: SipHeader[]): void {
  if (method !== "INVITE" && method !== "UPDATE") return;
  const asked = extra.some(({ name }) => name === "Session-Expires");
  const session = dialog?.session ?? null;
  if (!asked && session === null) return;
  if (!asked && session !== null) {
    const refresher = session.refresher === "us" ? "uac" : "uas";
    extra.push({ name: "Session-Expires", value: `${session.seconds};refresher=${refresher}` });
  }
  addToken(extra, "Supported");
}

function run(
  edge: Edge,
  dialog: Dialog,
  agreed: SessionExpires | null,
  refresher: "us" | "them",
): void {
  dialog.session?.timer.cancel();
  dialog.session = null;
  if (agreed === null || dialog.state !== "confirmed") return;
  // Nobody may make us refresh all the time.
  const seconds = Math.max(agreed.seconds, sessionSecondsMin);
  // RFC 4028 10: who waits in vain hangs up a little before the end.
  const ms =
    refresher === "us" ? seconds * 500 : (seconds - Math.min(32, Math.floor(seconds / 3))) * 1_000;
  const timer = edge.timers.after(ms, () => {
    if (refresher === "us") refresh(edge, dialog);
    else byeByEdge(edge, dialog, expired);
  });
  dialog.session = { seconds, refresher, timer };
}

function later(edge: Edge, dialog: Dialog, ms: number): void {
  if (dialog.session === null) return;
  dialog.session.timer.cancel();
  dialog.session.timer = edge.timers.after(ms, () => refresh(edge, dialog));
}

function refresh(edge: Edge, dialog: Dialog, minSeconds: number | null = null): void {
  if (dialog.session === null) return;
  const open = dialog.openInviteOut ?? dialog.openInviteIn ?? dialog.openUpdateIn;
  if (open !== null || dialog.ackDuty !== null || dialog.sdpOffer !== "none") {
    later(edge, dialog, busyMs);
    return;
  }
  const hop = dialogFlow(edge, dialog);
  if (!hop.ok) {
    byeByEdge(edge, dialog, expired);
    return;
  }
  const { flow } = hop;
  const branch = newBranch();
  // Without a description of ours an INVITE would ask for an offer that nobody here can answer.
  const method = dialog.lastSdp === "" ? "UPDATE" : "INVITE";
  const request = dialogRequest(dialog, {
    method,
    cseq: ++dialog.localCseq,
    via: viaOf(flow, branch),
    extra: refreshHeaders(dialog, minSeconds),
    body: dialog.lastSdp,
  });
  dialog.openInviteOut = refreshId;
  if (dialog.lastSdp !== "") dialog.sdpOffer = "ours";
  const transaction: ClientTransaction = startClient(edge, {
    branch,
    request,
    text: serialise(request),
    flow,
    user: {
      response: (received) => {
        // A provisional must not make us wait for ever.
        if (received.message.status < 200) transaction.giveUpAfter(64 * edge.values.t1Ms);
        else refreshed(edge, dialog, { request, received });
      },
      failed: () => {
        close(dialog);
        byeByEdge(edge, dialog, expired);
      },
    },
  });
}

function refreshHeaders(dialog: Dialog, minSeconds: number | null): SipHeader[] {
  const seconds = Math.max(dialog.session?.seconds ?? 0, minSeconds ?? 0);
  const extra: SipHeader[] = [
    { name: "Contact", value: dialog.localContact },
    { name: "Supported", value: "timer" },
    { name: "Session-Expires", value: `${seconds};refresher=uac` },
  ];
  if (minSeconds !== null) extra.push({ name: "Min-SE", value: String(minSeconds) });
  if (dialog.lastSdp !== "") extra.push({ name: "Content-Type", value: "application/sdp" });
  return extra;
}

function refreshed(
  edge: Edge,
  dialog: Dialog,
  exchange: { request: SipRequest; received: ReceivedResponse },
): void {
  const { request, received } = exchange;
  const { message, flow } = received;
  const { status } = message;
  const cseq = cseqOf(request);
  if (status < 300) {
    if (request.method === "INVITE") {
      if (dialog.sentAck?.cseq === cseq) {
        resendAck(dialog);
        return;
      }
      // Also for a call that ended meanwhile: the peer waits for its ACK (RFC 5407 3.2.3).
      sendAck(dialog, { cseq, flow });
    }
    if (dialog.state !== "confirmed") return;
    refreshTarget(dialog, message, flow);
    sessionAccepted(edge, dialog, message);
    close(dialog);
    return;
  }
  if (dialog.state !== "confirmed") return;
  close(dialog);
  if (status === 491) {
    // RFC 3261 14.1: who made the Call-ID waits longer.
    const ms = dialog.role === "uac" ? randomInt(2_100, 4_001) : randomInt(0, 2_001);
    later(edge, dialog, ms);
    return;
  }
  const min = Number(/^\d{1,6}/.exec(header(message, "Min-SE") ?? "")?.[0] ?? 0);
  if (status === 422 && min > (dialog.session?.seconds ?? min)) {
    if (dialog.session !== null) dialog.session.seconds = min;
    refresh(edge, dialog, min);
    return;
  }
  byeByEdge(edge, dialog, expired);
}

/** The refresh is over; an INVITE of the application may have waited for that. */
function close(dialog: Dialog): void {
  if (dialog.openInviteOut !== refreshId) return;
  dialog.openInviteOut = null;
  if (dialog.sdpOffer === "ours") dialog.sdpOffer = "none";
  const held = dialog.heldInvite;
  dialog.heldInvite = null;
  held?.();
}

function negotiates(request: SipRequest): boolean {
  return request.method === "INVITE" || request.method === "UPDATE";
}

function supportsTimer(message: SipMessage): boolean {
  const tokens = [...listOf(message, "Supported"), ...listOf(message, "Require")];
  return tokens.some((token) => token.toLowerCase() === "timer");
}

function takeSessionExpires(extra: SipHeader[]): SessionExpires | null {
  const at = extra.findIndex(({ name }) => name === "Session-Expires");
  if (at < 0) return null;
  const [taken] = extra.splice(at, 1);
  return parseSessionExpires(taken?.value ?? null);
}

function addToken(extra: SipHeader[], name: "Require" | "Supported"): void {
  const present = extra.find((entry) => entry.name === name);
  if (present === undefined) extra.push({ name, value: "timer" });
  else if (!/(?:^|[\s,])timer(?:$|[\s,])/i.test(present.value)) present.value += ", timer";
}
