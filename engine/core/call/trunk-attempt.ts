// One INVITE over one trunk of a call to a number: its end in the books, and the next one after it.
import type { LegCause } from "../event.ts";
import type { CallId, TrunkId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Call, PlaceOf } from "../state.ts";
import { callOf, nextId, queueOf, record, setCall, type Turn } from "../turn.ts";
import { giveChannel, takeChannel } from "./made-call.ts";
import { chooseTrunk, isTrunkFault } from "./trunk-choice.ts";

type AttemptEnd = Readonly<{ cause: LegCause; result: "answered" | "failed" }>;

/** The running attempt, if there is one, is over and no other follows. */
export function endAttempt(turn: Turn, call: Call, end: AttemptEnd): void {
  if (dialPlace(call).dial.stage.kind === "ringingOther")
    recordEnd(turn, call, { ...end, next: null });
}

/**
 * After a fault of the trunk the next one of its group gets the call: channel, leg and all, in one
 * step. False: none may, or somebody was already rung there, and who calls twice rings twice.
 */
export function moveToNextTrunk(turn: Turn, callId: CallId, cause: LegCause): boolean {
  const call = callOf(turn, callId);
  const { dial, visit, ...place } = dialPlace(call);
  const { stage } = dial;
  const rule = queueOf(turn, visit.queueId).config.outbound;
  if (stage.kind !== "ringingOther" || stage.hears !== "nothing") return false;
  if (rule === undefined || !isTrunkFault(cause)) return false;
  const tried = [...(dial.tried ?? []), call.trunkId];
  const choice = chooseTrunk(turn.centre, rule.trunkId, { callId, tried });
  if (!choice.ok) return false;
  const { trunkId } = choice;
  recordEnd(turn, call, { result: "failed", cause, next: trunkId });
  giveChannel(turn, call.trunkId);
  takeChannel(turn, trunkId);
  setCall(turn, callId, {
    trunkId,
    callerLegId: nextId(turn, callId, "leg"),
    place: { ...place, visit, dial: { ...dial, tried } },
  });
  return true;
}

function recordEnd(
  turn: Turn,
  { id: callId, trunkId }: Call,
  end: AttemptEnd & Readonly<{ next: TrunkId | null }>,
): void {
  const { result, cause, next } = end;
  record(turn, { type: "trunkAttemptEnded", callId, trunkId, result, cause, next });
}

function dialPlace(call: Call): PlaceOf<"dialling"> {
  assert(call.place.kind === "dialling", `call ${call.id} is being dialled`);
  return call.place;
}
