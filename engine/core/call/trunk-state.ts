// Which trunks work, as who watches them tells.
import type { CentreEvent } from "../event.ts";
import type { Centre } from "../state.ts";
import { ignore, record, type Turn } from "../turn.ts";

type StateChanged = Extract<CentreEvent, { type: "trunkStateChanged" }>;

export function trunkStateChanged(turn: Turn, { trunkId, isUp }: StateChanged): void {
  const { config, trunksDown } = turn.centre;
  if (config.trunks.find(({ id }) => id === trunkId)?.watched !== true) {
    ignore(turn, "trunkStateChanged", "unwatchedTrunk");
    return;
  }
  // Told again after each restart of who watches.
  if (trunksDown.has(trunkId) === !isUp) return;
  if (isUp) trunksDown.delete(trunkId);
  else trunksDown.set(trunkId, turn.nowMs);
  record(turn, { type: "trunkStateChanged", trunkId, isUp });
}

/** What nobody watches any more cannot stay out of order. */
export function forgetUnwatchedTrunks({ config, trunksDown }: Centre): void {
  const watched = new Set(config.trunks.filter((trunk) => trunk.watched).map(({ id }) => id));
  for (const trunkId of [...trunksDown.keys()]) {
    if (!watched.has(trunkId)) trunksDown.delete(trunkId);
  }
}
