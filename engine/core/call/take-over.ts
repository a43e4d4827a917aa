// A supervisor who was listening takes the caller over (拦截): the agent goes into wrap-up, the
// supervisor talks on. The caller is released by the supervisor alone; a supervisor who is lost leaves
// the caller at the old place in the queue. Late: whatever comes from the agent's leg afterwards is of
// a dropped leg; a caller who hung up in the same moment is gone before this is asked.

import { enterQueue, isFull, returnToQueue } from "../acd/queue.ts";
import { startWrapUp } from "../acd/wrap-up.ts";
import type { DeskRefusal } from "../command.ts";
import type { LegCause } from "../event.ts";
import type { ReleasedBy } from "../fact.ts";
import type { CallId, QueueId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Call, PlaceOf, Watcher } from "../state.ts";
import { callOf, order, record, setCall, type Turn } from "../turn.ts";
import { closeCall, dropLeg, normal, releaseCall } from "./close.ts";
import { directionOf, endTalk } from "./talk.ts";

/** Puts the supervisor, who is in the talk, into the agent's place. */
export function takeOver(turn: Turn, watcher: Watcher): DeskRefusal | null {
  const call = watcher.callId === null ? undefined : turn.centre.calls.get(watcher.callId);
  if (call?.place.kind !== "bridge") return "notMonitoring";
  const { talk, visit } = call.place;
  const { monitor } = talk;
  if (monitor?.supervisorId !== watcher.id) return "notMonitoring";
  if (monitor.stage !== "joined") return "notAnswered";
  if (talk.consult !== null) return "inConsult";
  const { supervisorId, legId } = monitor;
  const { id: callId } = call;
  const { agentId, bridgeId } = talk;
  const monitorMs = turn.nowMs - monitor.sinceMs;
  record(turn, { type: "monitorEnded", callId, agentId, supervisorId, monitorMs });
  // Out of the list of listeners, who go with the agent.
  setCall(turn, callId, { place: { ...call.place, talk: { ...talk, monitor: null } } });
  if (turn.centre.legs.has(talk.legId)) dropLeg(turn, talk.legId);
  const { queueId } = endTalk(turn, callId, "supervisor");
  record(turn, { type: "takenOver", callId, agentId, supervisorId, queueId });
  const taken = { supervisorId, legId, bridgeId, startedAtMs: turn.nowMs };
  setCall(turn, callId, { place: { kind: "takenOver", visit, taken } });
  order(turn, { type: "bridge", bridgeId, legIds: [call.callerLegId, legId] });
  startWrapUp(turn, { agentId, callId, queueId });
  return null;
}

/** The supervisor is done with the caller: released, or handed to a queue. */
export function endTakeOver(
  turn: Turn,
  watcher: Watcher,
  toQueue: QueueId | null,
): DeskRefusal | null {
  const call = watcher.callId === null ? undefined : turn.centre.calls.get(watcher.callId);
  if (call?.place.kind !== "takenOver") return "noCall";
  if (toQueue === null) {
    closeTaken(turn, call, "supervisor");
    releaseCall(turn, call.id, { outcome: "answered", by: "supervisor", cause: normal });
    return null;
  }
  const queue = turn.centre.queues.get(toQueue);
  if (queue === undefined || queue.retired) return "unknownQueue";
  if (isFull(queue)) return "queueFull";
  order(turn, { type: "unbridge", bridgeId: call.place.taken.bridgeId });
  closeTaken(turn, call, "supervisor");
  const { priority } = call.place.visit;
  enterQueue(turn, call.id, { queueId: toQueue, priority, source: "transfer" });
  return null;
}

/** The supervisor's leg is over: hung up, or lost. */
export function takerGone(turn: Turn, callId: CallId, isLost: boolean): void {
  const call = callOf(turn, callId);
  const { visit, taken } = takenPlace(call);
  if (!isLost) {
    closeTaken(turn, call, "supervisor");
    releaseCall(turn, callId, { outcome: "answered", by: "supervisor", cause: normal });
    return;
  }
  order(turn, { type: "unbridge", bridgeId: taken.bridgeId });
  closeTaken(turn, call, "network");
  returnToQueue(turn, callId, visit);
}

/** The caller is gone. */
export function takenCallerGone(
  turn: Turn,
  callId: CallId,
  end: Readonly<{ by: ReleasedBy; cause: LegCause }>,
): void {
  closeTaken(turn, callOf(turn, callId), end.by);
  closeCall(turn, callId, { outcome: "answered", ...end });
}

/** Lets the supervisor go and books the talk; the caller is in no place until put into one. */
function closeTaken(turn: Turn, call: Call, by: ReleasedBy): void {
  const { taken, visit } = takenPlace(call);
  const { supervisorId, legId, startedAtMs } = taken;
  const watcher = turn.centre.watchers.get(supervisorId);
  if (watcher !== undefined) turn.centre.watchers.set(supervisorId, { ...watcher, callId: null });
  if (turn.centre.legs.has(legId)) dropLeg(turn, legId);
  record(turn, {
    type: "takeOverEnded",
    callId: call.id,
    supervisorId,
    queueId: visit.queueId,
    talkMs: turn.nowMs - startedAtMs,
    by,
    ...directionOf(call),
  });
}

function takenPlace(call: Call): PlaceOf<"takenOver"> {
  assert(call.place.kind === "takenOver", `call ${call.id} is a supervisor's`);
  return call.place;
}
