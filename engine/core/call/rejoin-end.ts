// The end of the waiting for an agent whose browser went away in talk: the agent is back, or the talk is
// over.
import type { LegCause } from "../event.ts";
import type { CallId, LegId } from "../ids.ts";
import type { Talk } from "../state.ts";
import { callOf, forget, record, setCall, type Turn } from "../turn.ts";
import { dropLeg } from "./close.ts";

/** Ends the waiting with the talk; whatever rings for it rings for nobody. */
export function stopWaitingForAgent(turn: Turn, callId: CallId): void {
  const { place } = callOf(turn, callId);
  if (place.kind !== "bridge" || place.talk.rejoin === undefined) return;
  const legId = ringingLeg(place.talk);
  if (legId !== null && turn.centre.legs.has(legId)) dropLeg(turn, legId, cancelled);
  const talk = withoutRejoin(turn, callId, place.talk, "ended");
  setCall(turn, callId, { place: { ...place, talk } });
}

/** The leg that is being rung to bring the agent back. */
export const ringingLeg = ({ rejoin }: Talk): LegId | null => rejoin?.legId ?? null;

/** Books the end of the waiting. */
export function withoutRejoin(
  turn: Turn,
  callId: CallId,
  talk: Talk,
  result: "rejoined" | "ended",
): Talk {
  const { rejoin, ...rest } = talk;
  forget(turn, { kind: "rejoin", callId });
  const awayMs = turn.nowMs - (rejoin?.sinceMs ?? turn.nowMs);
  record(turn, { type: "agentBack", callId, agentId: talk.agentId, awayMs, result });
  return rest;
}

const cancelled: LegCause = { reason: "cancelled", sipStatus: null };
