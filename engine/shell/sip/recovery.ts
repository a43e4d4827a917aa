// Taking over calls that the edge held while no engine was there.
import type { EdgeInventory, RememberedLeg } from "../ports.ts";
import { parseDialogRef } from "./dialog-ref.ts";
import type { Parts } from "./parts.ts";

/** Dialogs of before get their legs back; to be done before the edge is connected. */
export function restoreLegs(parts: Parts, remembered: readonly RememberedLeg[]): void {
  for (const { legId, callId, role, agentId, dialogRef } of remembered) {
    const dialog = dialogRef === null ? null : parseDialogRef(dialogRef);
    if (dialog === null || parts.legs.get(legId) !== undefined) continue;
    const state = { kind: "talking", dialogId: dialog.dialogId } as const;
    const leg = parts.legs.add({ legId, callId, role, agentId, state });
    leg.held = null;
  }
}

/**
 * Compares what was remembered with what the media server has. Legs on one side only are dropped
 * there; the core learns of the rest from the inventory alone.
 */
export async function takeInventory(parts: Parts): Promise<EdgeInventory> {
  const listed = await parts.media.list();
  if (!listed.ok) {
    parts.counters.mediaFailures += 1;
    parts.log.error(
      { code: listed.code },
      `the media server's legs are not known: ${listed.message}`,
    );
  }
  const { legs, bridges } = listed.ok ? listed.value : { legs: [], bridges: [] };
  const inMedia = new Map(legs.map((leg) => [leg.legId, leg]));
  let unknownCount = 0;
  for (const { legId } of legs) {
    if (parts.legs.get(legId) !== undefined) continue;
    unknownCount += 1;
    void parts.media.dropLeg(legId);
  }
  let lostCount = 0;
  for (const leg of parts.legs.all()) {
    if (leg.state.kind !== "talking" || inMedia.has(leg.legId)) continue;
    lostCount += 1;
    parts.edge.bye(leg.state.dialogId, null);
    parts.legs.end(leg);
  }
  parts.counters.legsLost += lostCount;
  const live = parts.legs.all().filter((leg) => leg.state.kind === "talking");
  const isLive = new Set(live.map(({ legId }) => legId));
  const liveBridges = bridges
    .map(({ bridgeId, legIds }) => ({ bridgeId, legIds: legIds.filter((id) => isLive.has(id)) }))
    .filter(({ legIds }) => legIds.length > 0);
  for (const { bridgeId, legIds } of liveBridges) {
    for (const legId of legIds) {
      const leg = parts.legs.get(legId);
      if (leg !== undefined) parts.legs.setBridge(leg, bridgeId);
    }
  }
  const livePlays = live.flatMap(({ legId }) => inMedia.get(legId)?.playId ?? []);
  parts.log.info({ liveCount: live.length, lostCount, unknownCount }, "calls taken over");
  return { liveLegs: [...isLive], liveBridges, livePlays };
}
