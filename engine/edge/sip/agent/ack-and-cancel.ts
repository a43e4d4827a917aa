// ACK and CANCEL of the peer: the two that have no answer of their own or mean another request.
import { dialogIdOf } from "../dialog/dialog.ts";
import { serialise } from "../message/serialise.ts";
import type { ServerTransaction } from "../transaction/server.ts";
import type { Flow } from "../transport/flow.ts";
import { deliver } from "./app-messages.ts";
import type { Edge, IncomingRequest, ReceivedRequest } from "./edge.ts";
import { answerIncoming, byeByEdge } from "./ending.ts";
import { newTag } from "./random-ids.ts";
import { responseTo } from "./responses.ts";

export function receiveAck(edge: Edge, received: ReceivedRequest): void {
  const { request, essentials, flow, size } = received;
  const transaction = edge.transactions.findServer(essentials, "ACK");
  if (transaction !== null && transaction.state !== "accepted") {
    transaction.acknowledged();
    return;
  }
  const dialog = edge.dialogs.byTags({
    callId: essentials.callId,
    localTag: essentials.toTag,
    remoteTag: essentials.fromTag,
  });
  if (dialog === null || dialog.okSender === null) return;
  if (dialog.okSender.cseq !== essentials.cseq) return;
  dialog.okSender.stop();
  dialog.okSender = null;
  // The answer to our offer, if that was in the 2xx.
  if (dialog.sdpOffer === "ours") dialog.sdpOffer = "none";
  if (dialog.byeAfterAck !== null) {
    byeByEdge(edge, dialog, dialog.byeAfterAck);
    return;
  }
  if (dialog.owner !== null) {
    deliver(dialog.owner, {
      text: serialise(request),
      size,
      flow,
      transactionId: dialog.inviteTransactionId,
      dialogId: dialog.id,
    });
  }
  const held = dialog.heldBye;
  dialog.heldBye = null;
  held?.();
}

export function receiveCancel(edge: Edge, received: ReceivedRequest): void {
  const { request, essentials, flow, size } = received;
  const invite = edge.transactions.findServer(essentials, "INVITE");
  const transaction = edge.transactions.openServer(request, essentials, flow);
  const answer = (status: number) => {
    const localTag = newTag();
    transaction.respond(status, serialise(responseTo(request, { status, localTag })));
  };
  if (invite === null) {
    answer(481);
    return;
  }
  if (!invite.pending) {
    const dialog = edge.dialogs.byId(dialogIdOf(essentials.callId, essentials.fromTag));
    const justAnswered =
      invite.state === "accepted" && invite.essentials.toTag === "" && dialog?.role === "uas";
    answer(justAnswered ? 481 : 200);
    if (!justAnswered) return;
    // The caller gave up while our 200 was under way. RFC 3261 15: no BYE before the ACK.
    if (dialog.okSender !== null) dialog.byeAfterAck = "CANCEL after 200 OK";
    return;
  }
  answer(200);
  const incoming = incomingOf(edge, invite);
  if (incoming !== null) cancelIncoming(edge, incoming, { text: serialise(request), size, flow });
}

/** Ends a call that its caller gave up, and tells the application as a CANCEL does. */
export function cancelIncoming(
  edge: Edge,
  incoming: IncomingRequest,
  cancel: { text: string; size: number; flow: Flow; status?: number },
): void {
  const { client, transactionId, dialog } = incoming;
  if (incoming.proxy !== null) {
    // The callees end it; the best of their answers goes back.
    incoming.proxy.cancel();
    return;
  }
  const { status = 487, ...message } = cancel;
  answerIncoming(edge, incoming, { status });
  if (client !== null) deliver(client, { ...message, transactionId, dialogId: dialog?.id ?? "" });
}

function incomingOf(edge: Edge, transaction: ServerTransaction): IncomingRequest | null {
  const { callId, fromTag } = transaction.essentials;
  const call = edge.incomingCalls.get(dialogIdOf(callId, fromTag));
  if (call?.transaction === transaction) return call;
  for (const incoming of edge.incoming.values()) {
    if (incoming.transaction === transaction) return incoming;
  }
  return null;
}
