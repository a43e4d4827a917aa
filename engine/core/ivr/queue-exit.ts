// A caller who leaves a queue back into the flow, as the queue's node says: by a key, or after a wait.
import { leaveQueue } from "../acd/queue.ts";
import type { FlowOutReason } from "../fact.ts";
import type { CallId } from "../ids.ts";
import { callOf, forget, type Turn } from "../turn.ts";
import { resumeFlow } from "./flow.ts";
import type { NodeOf } from "./flow-config.ts";
import { nodeAt } from "./position.ts";

/** A key of somebody who waits. False when the node gives it no meaning. */
export function queueExitKey(turn: Turn, callId: CallId, digit: string): boolean {
  const node = queueNodeOf(turn, callId);
  if (node?.exits === undefined || !Object.hasOwn(node.exits, digit)) return false;
  leave(turn, callId, { reason: "exitKey", way: `exits.${digit}` });
  return true;
}

/** The longest wait of the node is over; a ringing agent may still answer. */
export function flowOverflow(turn: Turn, callId: CallId): void {
  if (queueNodeOf(turn, callId)?.overflow === undefined) return;
  leave(turn, callId, { reason: "overflow", way: "overflow.next" });
}

/** Null for who spoke with an agent, or stands in another queue by now. */
function queueNodeOf(turn: Turn, callId: CallId): NodeOf<"queue"> | null {
  const { place, resume, talked } = callOf(turn, callId);
  if (place.kind !== "queue" || resume === undefined || resume === null || talked) return null;
  const node = nodeAt(turn, resume);
  return node.kind === "queue" && node.queueId === place.visit.queueId ? node : null;
}

function leave(
  turn: Turn,
  callId: CallId,
  to: Readonly<{ reason: FlowOutReason; way: string }>,
): void {
  leaveQueue(turn, callId, { kind: "flowedOut", reason: to.reason });
  forget(turn, { kind: "flowOverflow", callId });
  resumeFlow(turn, callId, to.way);
}
