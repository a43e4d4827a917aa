// The application sends a request: new, or inside a dialog.
import { randomUUID } from "node:crypto";
import type { AppClient } from "../app/app-client.ts";
import { type AppSipMessage, respond } from "../app/app-server.ts";
import { type Dialog, dialogIdOf } from "../dialog/dialog.ts";
import { dialogRequest } from "../dialog/dialog-request.ts";
import { header, type SipHeader, type SipRequest } from "../message/message.ts";
import { tagOf } from "../message/name-addr.ts";
import { serialise } from "../message/serialise.ts";
import { parseUri } from "../message/uri.ts";
import { familyOf } from "../transport/address.ts";
import type { Flow } from "../transport/flow.ts";
import { confirmRequestSent } from "./app-messages.ts";
import { appHeaders, callIdHeader, contactOf, knownMethods, withAddress } from "./app-text.ts";
import { cancelOutgoing } from "./cancelling.ts";
import { failLocally, outgoingUser } from "./client-responses.ts";
import { cseqOf, firstCseq, noteSdp } from "./dialog-set-up.ts";
import type { Edge, OutgoingRequest } from "./edge.ts";
import { byeByEdge } from "./ending.ts";
import { collidesLocally, noteSent } from "./glare.ts";
import { closedFlow, flowTo, type Hop } from "./next-hop.ts";
import { newBranch, newTag } from "./random-ids.ts";
import { prackFork } from "./reliable.ts";
import { dialogFlow, startClient, viaOf } from "./sending.ts";
import { askSession, refreshId } from "./session-timer.ts";
import { newDialogId, subscribingMethods } from "./subscription.ts";

const handledNew = new Set(["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Contact"]);
const contactMethods = new Set(["INVITE", "SUBSCRIBE", "REFER"]);
const dialogContactMethods = new Set(["INVITE", "SUBSCRIBE", "REFER", "UPDATE"]);
const cachedMethods = new Set(["INVITE", "OPTIONS", "NOTIFY", "MESSAGE"]);

export function requestByApp(
  edge: Edge,
  client: AppClient,
  options: { message: AppSipMessage; asked: SipRequest },
): void {
  const { message, asked } = options;
  const { method } = asked;
  if (!knownMethods.has(method)) {
    respond(client, message.id, `NOK|invalid request-uri: unknown method ${method}`);
    return;
  }
  const typed = withContentType(asked);
  if (!typed) {
    respond(client, message.id, "NOK|missing content-type");
    return;
  }
  if (message.dialogId !== "") {
    requestInDialog(edge, client, { message, asked, dialogId: message.dialogId });
    return;
  }
  if (message.transactionId !== "") {
    cancelByApp(edge, client, options);
    return;
  }
  // An INVITE retry with credentials repeats Call-ID and tag of a call that never came about; a
  // request with those of a living call belongs into it.
  const id = dialogIdOf(header(asked, "Call-ID") ?? "", tagOf(header(asked, "From") ?? ""));
  if (edge.dialogs.byId(id)?.state === "confirmed") {
    requestInDialog(edge, client, { message, asked, dialogId: id });
    return;
  }
  requestNew(edge, client, options);
}

function cancelByApp(
  edge: Edge,
  client: AppClient,
  { message, asked }: { message: AppSipMessage; asked: SipRequest },
): void {
  const outgoing = edge.outgoing.get(message.transactionId);
  if (asked.method !== "CANCEL" || outgoing === undefined || outgoing.request.method !== "INVITE") {
    const reason = `unable to cancel unknown transaction id: ${message.transactionId}`;
    respond(client, message.id, `NOK|${reason}`);
    return;
  }
  const own = new Set([...handledNew, "Content-Type"]);
  const headers = appHeaders(asked, { flow: outgoing.flow, handled: own });
  const text = cancelOutgoing(edge, outgoing, headers);
  const transactionId = randomUUID();
  confirmRequestSent(client, message.id, { text, flow: outgoing.flow, transactionId });
}

function requestNew(
  edge: Edge,
  client: AppClient,
  { message, asked }: { message: AppSipMessage; asked: SipRequest },
): void {
  if (parseUri(asked.uri) === null) {
    respond(client, message.id, `NOK|invalid request-uri: ${asked.uri.slice(0, 200)}`);
    return;
  }
  if (edge.transactions.full) {
    edge.counters.refusedByLimit++;
    respond(client, message.id, "NOK|too many transactions");
    return;
  }
  const hop = hopOf(edge, { asked, proxy: message.proxy });
  if (!hop.ok) {
    respond(client, message.id, `NOK|${hop.reason}`);
    return;
  }
  const { flow } = hop;
  const branch = newBranch();
  const request = newRequest(asked, flow, branch);
  if (asked.method === "INVITE") edge.counters.callsSent++;
  const callId = header(request, callIdHeader);
  if (callId !== null) edge.trace.link(header(request, "Call-ID") ?? "", callId);
  send(edge, client, { id: message.id, request, flow, branch, dialog: null, gone: !flow.open });
}

/** Where a new request goes: given next hop, registered connection, request URI. */
function hopOf(edge: Edge, options: { asked: SipRequest; proxy: string }): Hop {
  const { asked, proxy } = options;
  if (proxy !== "") return flowTo(edge, proxy);
  if (cachedMethods.has(asked.method)) {
    const registered = edge.registrations.find(asked.uri);
    if (registered !== null) return { ok: true, flow: registered };
  }
  const uri = parseUri(asked.uri);
  // RFC 7118: such a name leads nowhere but over the connection of its registration.
  if (uri?.host.endsWith(".invalid")) return { ok: true, flow: closedFlow(edge.transports) };
  const host = uri?.host === "localhost" ? "127.0.0.1" : (uri?.host ?? "");
  if (familyOf(host) !== null && edge.transports.isOwn(host, uri?.port ?? 5060)) {
    return { ok: false, reason: "can not send request to myself" };
  }
  return flowTo(edge, asked.uri);
}

function newRequest(asked: SipRequest, flow: Flow, branch: string): SipRequest {
  const { method, uri, body } = asked;
  let from = header(asked, "From");
  from =
    from === null
      ? `<sip:${flow.localAddress}:${flow.localPort}>`
      : withAddress("From", from, flow);
  if (tagOf(from) === "") from = `${from};tag=${newTag()}`;
  const to = header(asked, "To");
  const cseq = cseqOf(asked) || firstCseq();
  const headers: SipHeader[] = [
    { name: "Via", value: viaOf(flow, branch) },
    { name: "Max-Forwards", value: header(asked, "Max-Forwards") ?? "70" },
    { name: "From", value: from },
    { name: "To", value: to === null ? `<${uri}>` : withAddress("To", to, flow) },
    { name: "Call-ID", value: header(asked, "Call-ID") ?? randomUUID() },
    { name: "CSeq", value: `${cseq} ${method}` },
  ];
  const contact = header(asked, "Contact");
  if (contact !== null) {
    headers.push({ name: "Contact", value: withAddress("Contact", contact, flow) });
  } else if (contactMethods.has(method)) {
    headers.push({ name: "Contact", value: contactOf(flow) });
  }
  headers.push(...appHeaders(asked, { flow, handled: handledNew }));
  askSession(method, null, headers);
  return { kind: "request", method, uri, headers, body };
}

function requestInDialog(
  edge: Edge,
  client: AppClient,
  options: { message: AppSipMessage; asked: SipRequest; dialogId: string },
): void {
  const { message, asked } = options;
  const named = edge.dialogs.byId(options.dialogId);
  const dialog = named !== null && asked.method === "PRACK" ? prackFork(edge, named, asked) : named;
  if (dialog === null || (asked.method === "ACK" && dialog.ackDuty === null)) {
    const reason =
      asked.method === "ACK"
        ? "ACK for non-success final response is automatically generated by server"
        : "unable to find dialog for dialog id provided";
    respond(client, message.id, `NOK|Server error: ${reason}`);
    return;
  }
  // Whoever uses a dialog owns it: an application that was restarted takes its calls back.
  if (dialog.owner !== client) dialog.inherited = true;
  dialog.owner = client;
  const hop = dialogFlow(edge, dialog);
  const flow = hop.ok ? hop.flow : dialog.flow;
  if (asked.method === "ACK") {
    acknowledge(edge, client, { id: message.id, asked, dialog, flow });
    return;
  }
  const branch = newBranch();
  const cseq = Math.max(cseqOf(asked), dialog.localCseq + 1);
  dialog.localCseq = cseq;
  const request = dialogRequest(dialog, {
    method: asked.method,
    cseq,
    via: viaOf(flow, branch),
    extra: dialogHeaders(dialog, asked, flow),
    body: asked.body,
  });
  if (asked.method === "BYE" && dialog.openInviteOut !== null) {
    const open = edge.outgoing.get(dialog.openInviteOut);
    if (open !== undefined) cancelOutgoing(edge, open, []);
  }
  send(edge, client, { id: message.id, request, flow, branch, dialog, gone: !hop.ok });
}

function dialogHeaders(dialog: Dialog, asked: SipRequest, flow: Flow): SipHeader[] {
  const extra: SipHeader[] = [];
  const contact = header(asked, "Contact");
  if (contact !== null)
    extra.push({ name: "Contact", value: withAddress("Contact", contact, flow) });
  else if (dialogContactMethods.has(asked.method) && dialog.localContact !== "") {
    extra.push({ name: "Contact", value: dialog.localContact });
  }
  extra.push(...appHeaders(asked, { flow, handled: handledNew }));
  askSession(asked.method, dialog, extra);
  return extra;
}

function acknowledge(
  edge: Edge,
  client: AppClient,
  options: { id: string; asked: SipRequest; dialog: Dialog; flow: Flow },
): void {
  const { asked, dialog, flow } = options;
  const duty = dialog.ackDuty;
  if (duty === null) return;
  duty.giveUp.cancel();
  dialog.ackDuty = null;
  if (dialog.sdpOffer === "theirs") dialog.sdpOffer = "none";
  const request = dialogRequest(dialog, {
    method: "ACK",
    cseq: duty.cseq,
    via: viaOf(flow, newBranch()),
    extra: appHeaders(asked, { flow, handled: handledNew }),
    body: asked.body,
  });
  noteSdp(dialog, asked.body);
  const text = serialise(request);
  flow.send(text);
  dialog.sentAck = { cseq: duty.cseq, text, flow };
  confirmRequestSent(client, options.id, { text, flow, transactionId: randomUUID() });
  if (duty.byeReason !== null) byeByEdge(edge, dialog, duty.byeReason);
}

/** Tells the application what goes out, then sends it: the order that srf needs. */
function send(
  edge: Edge,
  client: AppClient,
  options: {
    id: string;
    request: SipRequest;
    flow: Flow;
    branch: string;
    dialog: Dialog | null;
    /** The way to the peer is closed: answered in its stead. */
    gone: boolean;
  },
): void {
  const { request, flow, branch, dialog } = options;
  const text = serialise(request);
  const outgoing: OutgoingRequest = {
    transactionId: randomUUID(),
    request,
    flow,
    localTag: tagOf(header(request, "From") ?? ""),
    transaction: null,
    client,
    dialog,
    forks: [],
    provisionalSeen: false,
    cancel: null,
    answered: false,
  };
  edge.outgoing.set(outgoing.transactionId, outgoing);
  const { transactionId } = outgoing;
  confirmRequestSent(client, options.id, { text, flow, transactionId });
  if (dialog === null && subscribingMethods.has(request.method)) {
    edge.subscribing.set(newDialogId(outgoing), outgoing);
  }
  const start = () => {
    if (dialog !== null) noteSent(dialog, request, transactionId);
    const user = outgoingUser(edge, outgoing);
    outgoing.transaction = startClient(edge, { branch, request, text, flow, user });
  };
  if (options.gone) {
    failLocally(edge, outgoing, dialog === null ? { status: 410 } : { status: 503 });
  } else if (dialog !== null && waitsForRefresh(dialog, request)) {
    dialog.heldInvite = () => {
      if (dialog.state === "ended") failLocally(edge, outgoing, { status: 481 });
      else start();
    };
  } else if (dialog !== null && request.method === "BYE" && dialog.okSender !== null) {
    dialog.heldBye?.();
    dialog.heldBye = () => {
      if (dialog.state === "ended") failLocally(edge, outgoing, { status: 481 });
      else start();
    };
  } else if (dialog !== null && collidesLocally(dialog, request)) {
    failLocally(edge, outgoing, { status: 491 });
  } else {
    start();
  }
}

/** The edge refreshes the session just now; the application cannot know and need not. */
function waitsForRefresh(dialog: Dialog, request: SipRequest): boolean {
  const { method } = request;
  return method === "INVITE" && dialog.openInviteOut === refreshId && dialog.heldInvite === null;
}

/** False when there is a body of unknown type. */
function withContentType(asked: SipRequest): boolean {
  if (asked.body === "" || header(asked, "Content-Type") !== null) return true;
  if (!asked.body.startsWith("v=0")) return false;
  asked.headers.push({ name: "Content-Type", value: "application/sdp" });
  return true;
}
