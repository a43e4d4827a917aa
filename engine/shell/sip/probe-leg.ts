// Whether the far end of an answered leg still has the call.
import { hangUp } from "./leg-end.ts";
import type { Leg } from "./leg-table.ts";
import type { Parts } from "./parts.ts";

/**
 * Ends a leg whose far end says that it has no such call, or says nothing (RFC 3261 12.2.1.2: 481
 * and 408 end a dialog). Any other answer, as 501 of a phone that knows no OPTIONS here, comes from
 * somebody who is there.
 */
export async function probeLeg(parts: Parts, leg: Leg): Promise<void> {
  if (leg.state.kind !== "talking") return;
  const { dialogId } = leg.state;
  const asked = await parts.edge.probe(dialogId);
  if (!asked.ok || (asked.value !== 481 && asked.value !== 408)) return;
  if (leg.state.kind !== "talking" || leg.dropping !== null) return;
  parts.counters.legsDead += 1;
  hangUp(parts, leg, { reason: "legDead", sipStatus: asked.value });
}
