// Requests of the peer inside a dialog, on their way to its owner, who may be away for a moment.
import type { Dialog } from "../dialog/dialog.ts";
import { serialise } from "../message/serialise.ts";
import { deliver } from "./app-messages.ts";
import type { Edge, IncomingRequest } from "./edge.ts";
import { answerIncoming } from "./ending.ts";
import { retryAfter } from "./responses.ts";

/** Hands a request inside a dialog to the dialog's owner, who is there. */
export function showInDialog(incoming: IncomingRequest, dialog: Dialog): void {
  const { owner } = dialog;
  if (owner === null) return;
  incoming.client = owner;
  const { request, size, flow, transactionId } = incoming;
  deliver(owner, { text: serialise(request), size, flow, transactionId, dialogId: dialog.id });
}

/** The application is gone: the request waits for the next one, for as long as a new call does. */
export function holdForOwner(edge: Edge, incoming: IncomingRequest): void {
  incoming.client = null;
  incoming.timer?.cancel();
  incoming.timer = edge.timers.after(edge.orphanMs, () => {
    answerIncoming(edge, incoming, { status: 500, extra: [retryAfter] });
  });
}
