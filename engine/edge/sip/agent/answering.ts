// The application answers a request of the peer.
import type { AppClient } from "../app/app-client.ts";
import { type AppSipMessage, respond } from "../app/app-server.ts";
import type { Dialog } from "../dialog/dialog.ts";
import { ResponseRepeater } from "../dialog/response-repeater.ts";
import { header, type SipHeader, type SipResponse } from "../message/message.ts";
import { tagOf } from "../message/name-addr.ts";
import { serialise } from "../message/serialise.ts";
import { confirmResponseSent } from "./app-messages.ts";
import { appHeaders, callIdHeader, contactOf } from "./app-text.ts";
import { noteSdp, uasDialog } from "./dialog-set-up.ts";
import type { Edge, IncomingRequest } from "./edge.ts";
import { byeByEdge, closeIncoming } from "./ending.ts";
import { giveUp, ringingMsMax } from "./incoming.ts";
import {
  awaitPrack,
  holdAnswer,
  makeReliable,
  mustWaitForPrack,
  understands100rel,
  wantsReliable,
} from "./reliable.ts";
import { responseTo } from "./responses.ts";
import { agreeSession, sessionAnswered } from "./session-timer.ts";
import {
  beginsSubscription,
  subscribingMethods,
  subscriptionAnswered,
  subscriptionDialog,
} from "./subscription.ts";

const handled = new Set(["From", "To", "Call-ID", "CSeq", callIdHeader]);

export function answerByApp(
  edge: Edge,
  client: AppClient,
  options: { message: AppSipMessage; answer: SipResponse },
): void {
  const { message, answer } = options;
  const incoming = edge.incoming.get(message.transactionId);
  if (incoming === undefined || !incoming.transaction.pending) {
    respond(client, message.id, "NOK|Response not sent due to unknown transaction");
    return;
  }
  const { request, flow } = incoming;
  const invite = request.method === "INVITE";
  const reliable = wantsReliable(request, answer);
  if (reliable && !understands100rel(request)) {
    respond(client, message.id, "NOK|Remote endpoint does not support 100rel");
    return;
  }
  if (mustWaitForPrack(incoming, answer, reliable)) {
    const run = () => answerByApp(edge, client, options);
    if (!holdAnswer(incoming, run)) respond(client, message.id, "NOK|too many answers at once");
    return;
  }
  const callId = header(answer, callIdHeader);
  if (callId !== null) edge.trace.link(incoming.essentials.callId, callId);
  incoming.client = client;
  if (!incoming.inDialog && incoming.dialog === null) {
    const wanted = tagOf(header(answer, "To") ?? "");
    if (wanted !== "") incoming.localTag = wanted;
  }
  if (answer.status === 100) {
    // The peer has its 100 already.
    confirm(client, incoming, { id: message.id, response: build(incoming, answer), dialogId: "" });
    return;
  }
  const response = build(incoming, answer);
  if (reliable) makeReliable(incoming, response);
  if (invite) followInvite(edge, incoming, { response, binding: reliable || answer.status >= 200 });
  if (beginsSubscription(incoming, answer.status)) subscriptionDialog(edge, incoming, response);
  const text = serialise(response);
  incoming.transaction.respond(answer.status, text);
  const dialogId = request.method === "BYE" ? "" : (incoming.dialog?.id ?? "");
  const sent = { text, flow, transactionId: incoming.transactionId, dialogId };
  confirmResponseSent(client, message.id, sent);
  if (reliable) awaitPrack(edge, incoming, text);
  if (answer.status >= 200) {
    if (request.method === "REGISTER" && answer.status < 300) {
      edge.registrations.accepted(request, response, flow);
    }
    finish(edge, incoming, { response, text });
  } else if (invite) {
    incoming.timer?.cancel();
    incoming.timer = edge.timers.after(ringingMsMax, () => giveUp(edge, incoming));
  }
}

function confirm(
  client: AppClient,
  incoming: IncomingRequest,
  options: { id: string; response: SipResponse; dialogId: string },
): void {
  const text = serialise(options.response);
  const { flow, transactionId } = incoming;
  const { dialogId } = options;
  confirmResponseSent(client, options.id, { text, flow, transactionId, dialogId });
}

function build(incoming: IncomingRequest, answer: SipResponse): SipResponse {
  const { request, flow } = incoming;
  const extra: SipHeader[] = appHeaders(answer, { flow, handled });
  const { method } = request;
  // 18x too: sip.js drops a provisional response without Contact.
  const needsContact =
    answer.status < 300 &&
    ((method === "INVITE" && answer.status > 100) ||
      (subscribingMethods.has(method) && answer.status >= 200));
  if (needsContact && !extra.some(({ name }) => name === "Contact")) {
    const kept = incoming.dialog?.localContact;
    extra.unshift({
      name: "Contact",
      value: kept === undefined || kept === "" ? contactOf(flow) : kept,
    });
  }
  agreeSession(incoming, answer.status, extra);
  const hasType = extra.some(({ name }) => name === "Content-Type");
  if (answer.body.startsWith("v=0") && !hasType) {
    extra.push({ name: "Content-Type", value: "application/sdp" });
  }
  return responseTo(request, {
    status: answer.status,
    reason: answer.reason,
    localTag: incoming.inDialog ? "" : incoming.localTag,
    extra,
    body: answer.body,
  });
}

/**
 * What an INVITE's answer means for its dialog, before it leaves. `binding` when its description
 * counts as offer or answer (RFC 3262 5).
 */
function followInvite(
  edge: Edge,
  incoming: IncomingRequest,
  options: { response: SipResponse; binding: boolean },
): void {
  const { response } = options;
  if (response.status < 300) incoming.dialog ??= uasDialog(edge, incoming, response);
  const { dialog } = incoming;
  if (dialog === null) return;
  dialog.owner = incoming.client;
  const contact = header(response, "Contact");
  if (contact !== null) dialog.localContact = contact;
  if (response.status >= 300 || response.body === "") return;
  noteSdp(dialog, response.body);
  if (!options.binding) return;
  if (incoming.request.body !== "") {
    dialog.sdpOffer = "none";
  } else if (!incoming.sdpOffered) {
    dialog.sdpOffer = "ours";
    incoming.sdpOffered = true;
  }
}

function finish(
  edge: Edge,
  incoming: IncomingRequest,
  sent: { response: SipResponse; text: string },
): void {
  const { dialog, request, flow, essentials } = incoming;
  const { status } = sent.response;
  closeIncoming(edge, incoming);
  if (dialog === null || dialog.state === "ended") return;
  if (dialog.usage === "subscription") {
    subscriptionAnswered(edge, incoming, sent.response);
    return;
  }
  if (request.method === "UPDATE" && status < 300) {
    noteSdp(dialog, sent.response.body);
    sessionAnswered(edge, dialog, sent.response);
  }
  if (request.method !== "INVITE") return;
  if (status >= 300) {
    if (dialog.state === "early") edge.dialogs.remove(dialog);
    return;
  }
  if (dialog.state === "early") edge.counters.dialogsConfirmed++;
  dialog.state = "confirmed";
  dialog.inviteTransactionId = incoming.transactionId;
  sessionAnswered(edge, dialog, sent.response);
  dialog.okSender?.stop();
  dialog.okSender = new ResponseRepeater({
    timers: edge.timers,
    values: edge.values,
    flow,
    text: sent.text,
    cseq: essentials.cseq,
    onTimeout: () => ackMissing(edge, dialog),
  });
}

/** RFC 3261 13.3.1.4: the call ends; by the application's own BYE, if that was waiting. */
function ackMissing(edge: Edge, dialog: Dialog): void {
  const held = dialog.heldBye;
  dialog.okSender = null;
  dialog.heldBye = null;
  if (held !== null) held();
  else byeByEdge(edge, dialog, "ACK timeout");
}
