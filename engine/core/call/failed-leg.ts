// A browser that hangs up closes its audio and sends its BYE at the same time, and the news of the
// audio may come first. Taken for a lost seat it would put a caller back in line whom the agent has
// just released; so the BYE gets a moment to say what it was.
import type { LegId, Ms } from "../ids.ts";
import { remind, type Turn } from "../turn.ts";
import { agentGone } from "./parties.ts";

const byeWithinMs: Ms = 1_000;

/** The audio of an agent's leg in a talk failed. */
export function awaitBye(turn: Turn, legId: LegId): void {
  remind(turn, { kind: "failedLeg", legId }, turn.nowMs + byeWithinMs);
}

/** No BYE came: the seat is lost. */
export function failedLegGone(turn: Turn, legId: LegId): void {
  const leg = turn.centre.legs.get(legId);
  if (leg === undefined || leg.agentId === null) return;
  agentGone(turn, leg.callId, { agentId: leg.agentId, isLost: true });
}
