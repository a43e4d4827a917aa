// A leg from which nothing is heard may have lost its BYE, and would hold its agent or its place in
// line for ever. So its far end is asked whether the dialog still stands; only the answer to that ends
// the leg (`legReleased` with cause `legDead`), never the silence: who is muted or on hold is silent too.
import type { LegId } from "../ids.ts";
import { forget, order, remind, type Turn } from "../turn.ts";

/** The audio of a leg has stopped, or is back. */
export function watchSilence(turn: Turn, legId: LegId, isSilent: boolean): void {
  const probeMs = turn.centre.config.silentLegProbeMs;
  if (!isSilent) forget(turn, { kind: "silentLeg", legId });
  else if (probeMs !== undefined) {
    remind(turn, { kind: "silentLeg", legId }, turn.nowMs + probeMs);
  }
}

/** Still silent: asked now, and again, since an answer may be lost with an engine or its link. */
export function probeSilentLeg(turn: Turn, legId: LegId): void {
  const leg = turn.centre.legs.get(legId);
  if (leg === undefined) return;
  // Before the answer it is the ringing that has a deadline.
  if (leg.dialogRef !== null) order(turn, { type: "probeLeg", legId });
  watchSilence(turn, legId, true);
}
