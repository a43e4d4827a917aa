// The books of a transfer whose end is not known yet: each that started ends exactly once.
import type { TransferTarget } from "../event.ts";
import type { TransferKind, TransferResult } from "../fact.ts";
import type { AgentId, CallId, QueueId } from "../ids.ts";
import { callOf, record, setCall, type Turn } from "../turn.ts";

export type TransferStart = Readonly<{
  kind: TransferKind;
  fromAgentId: AgentId;
  queueId: QueueId;
  target: TransferTarget;
}>;

/** Books an attempt. The caller of this function settles it, now or by what follows. */
export function startTransfer(turn: Turn, callId: CallId, transfer: TransferStart): void {
  record(turn, { type: "transferStarted", callId, ...transfer });
  setCall(turn, callId, { transfer, transferredBy: transfer.fromAgentId });
}

/** Books the end of a transfer; nothing happens when none is under way. */
export function settleTransfer(turn: Turn, callId: CallId, result: TransferResult): void {
  const { transfer } = callOf(turn, callId);
  if (transfer === null) return;
  setCall(turn, callId, { transfer: null });
  record(turn, { type: "transferEnded", callId, ...transfer, result });
}
