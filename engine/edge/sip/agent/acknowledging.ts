// ACK of 2xx responses where no application decides, and its repetition.
import type { Dialog } from "../dialog/dialog.ts";
import { dialogRequest } from "../dialog/dialog-request.ts";
import { serialise } from "../message/serialise.ts";
import type { Flow } from "../transport/flow.ts";
import { newBranch } from "./random-ids.ts";
import { viaOf } from "./sending.ts";

export function sendAck(dialog: Dialog, options: { cseq: number; flow: Flow }): void {
  const { cseq, flow } = options;
  const via = viaOf(flow, newBranch());
  const text = serialise(dialogRequest(dialog, { method: "ACK", cseq, via, extra: [], body: "" }));
  flow.send(text);
  if (dialog.sdpOffer === "theirs") dialog.sdpOffer = "none";
  dialog.sentAck = { cseq, text, flow };
}

/** The peer repeated its 2xx: our ACK was lost. */
export function resendAck(dialog: Dialog): void {
  if (dialog.sentAck !== null) dialog.sentAck.flow.send(dialog.sentAck.text);
}
