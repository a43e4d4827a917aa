// Requests of the peer inside a dialog, on their way to its owner.
import type { Dialog } from "../dialog/dialog.ts";
import { serialise } from "../message/serialise.ts";
import { deliver } from "./app-messages.ts";
import type { IncomingRequest } from "./edge.ts";

/** Hands a request inside a dialog to the dialog's owner, who is there. */
export function showInDialog(incoming: IncomingRequest, dialog: Dialog): void {
  const { owner } = dialog;
  if (owner === null) return;
  incoming.client = owner;
  const { request, size, flow, transactionId } = incoming;
  deliver(owner, { text: serialise(request), size, flow, transactionId, dialogId: dialog.id });
}
