// How pending requests and dialogs end, and the BYE that the edge sends in its own right.

import { type Dialog, dialogIdOf } from "../dialog/dialog.ts";
import { dialogRequest } from "../dialog/dialog-request.ts";
import type { SipHeader } from "../message/message.ts";
import { serialise } from "../message/serialise.ts";
import type { Flow } from "../transport/flow.ts";
import type { Edge, IncomingRequest } from "./edge.ts";
import { noteClosed } from "./glare.ts";
import { newBranch } from "./random-ids.ts";
import { responseTo } from "./responses.ts";
import { dialogFlow, startClient, viaOf } from "./sending.ts";

/** Forgets a request of the peer: it is answered, or nobody waits any longer. */
export function closeIncoming(edge: Edge, incoming: IncomingRequest): void {
  incoming.timer?.cancel();
  incoming.timer = null;
  edge.incoming.delete(incoming.transactionId);
  const { callId, fromTag } = incoming.essentials;
  const callKey = dialogIdOf(callId, fromTag);
  if (edge.incomingCalls.get(callKey) === incoming) edge.incomingCalls.delete(callKey);
  // A dialog has taken the channel over.
  if (incoming.dialog === null) incoming.channel?.release();
  const { reliable } = incoming;
  noteClosed(incoming);
  if (reliable === null) return;
  reliable.repeater?.stop();
  reliable.repeater = null;
  // Too late for them: each is told so.
  for (const run of reliable.held.splice(0)) run();
}

/** The edge answers a request itself and forgets it. An early dialog ends with a failure. */
export function answerIncoming(
  edge: Edge,
  incoming: IncomingRequest,
  answer: { status: number; reason?: string; extra?: SipHeader[] },
): void {
  const { request, localTag, transaction, dialog } = incoming;
  transaction.respond(
    answer.status,
    serialise(responseTo(request, { ...answer, localTag: incoming.inDialog ? "" : localTag })),
  );
  closeIncoming(edge, incoming);
  if (!incoming.inDialog && dialog !== null && dialog.state === "early")
    edge.dialogs.remove(dialog);
}

/** Takes the dialog away; an INVITE of the peer still open in it is answered 487. */
export function endDialog(edge: Edge, dialog: Dialog): void {
  if (dialog.state === "ended") return;
  edge.dialogs.remove(dialog);
  closeOpen(edge, dialog);
}

/** What was open or waiting in a dialog that has ended. */
function closeOpen(edge: Edge, dialog: Dialog): void {
  const open = dialog.openInviteIn === null ? undefined : edge.incoming.get(dialog.openInviteIn);
  if (open !== undefined) answerIncoming(edge, open, { status: 487 });
  const { heldInvite, heldBye } = dialog;
  dialog.heldInvite = null;
  dialog.heldBye = null;
  heldInvite?.();
  heldBye?.();
}

/** Ends a call from our side and tells the owner, or whoever comes next. */
export function byeByEdge(edge: Edge, dialog: Dialog, reason: string): void {
  if (dialog.state === "ended") return;
  const { owner, id } = dialog;
  const sent = sendBye(edge, dialog, reason);
  edge.dialogs.retire(dialog);
  closeOpen(edge, dialog);
  edge.reports.send(owner, { dialogId: id, ...sent });
}

/** The BYE alone; when it is over, the dialog is forgotten. */
export function sendBye(edge: Edge, dialog: Dialog, reason: string): { text: string; flow: Flow } {
  const branch = newBranch();
  const hop = dialogFlow(edge, dialog);
  const flow = hop.ok ? hop.flow : dialog.flow;
  const request = dialogRequest(dialog, {
    method: "BYE",
    cseq: ++dialog.localCseq,
    via: viaOf(flow, branch),
    extra: [{ name: "Reason", value: `SIP ;cause=200 ;text="${reason}"` }],
    body: "",
  });
  const text = serialise(request);
  if (!hop.ok) {
    endDialog(edge, dialog);
    return { text, flow };
  }
  // The call is over for us, whatever the peer answers.
  const forget = () => edge.dialogs.remove(dialog);
  startClient(edge, {
    branch,
    request,
    text,
    flow,
    user: {
      response: ({ message }) => {
        if (message.status >= 200) forget();
      },
      failed: forget,
    },
  });
  return { text, flow };
}
