// Last words to a caller whom the engine releases by rule.
import type { CallOutcome } from "../fact.ts";
import type { CallId, PlayId } from "../ids.ts";
import { callOf, setCall, type Turn } from "../turn.ts";
import { normal, releaseCall } from "./close.ts";
import { playPrompts } from "./hearing.ts";

/** Plays the prompts, then releases; at once when there are none. */
export function sayFarewell(
  turn: Turn,
  callId: CallId,
  farewell: Readonly<{ prompts: readonly string[]; outcome: CallOutcome }>,
): void {
  if (farewell.prompts.length === 0) {
    releaseCall(turn, callId, { outcome: farewell.outcome, by: "engine", cause: normal });
    return;
  }
  const playId = playPrompts(turn, callId, farewell.prompts);
  setCall(turn, callId, { place: { kind: "ending", playId, ...farewell } });
}

/** The last prompt ended, or it will never end. False when another play than the last words did. */
export function farewellSaid(turn: Turn, callId: CallId, playId: PlayId | null): boolean {
  const { place } = callOf(turn, callId);
  if (place.kind !== "ending" || (playId !== null && place.playId !== playId)) return false;
  releaseCall(turn, callId, { outcome: place.outcome, by: "engine", cause: normal });
  return true;
}
