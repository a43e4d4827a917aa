// Taking over calls that the edge held while no engine was there.
import type { MediaInventory } from "../media/media-port.ts";
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
  const listed = await listMedia(parts);
  if (listed === null) {
    // Nobody is hung up on a guess: legs count as there, and are bridged and played to anew.
    parts.log.error("the media server's legs are not known");
    return {
      liveLegs: talkingLegs(parts).map(({ legId }) => legId),
      liveBridges: [],
      livePlays: [],
    };
  }
  const { legs, bridges } = listed;
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
  const live = talkingLegs(parts);
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

/**
 * Ends calls that the edge holds for us and no leg knows: their engine died between its 200 and the
 * journal, or with the journal. The caller would hear silence until he hangs up.
 */
export async function releaseUnknownCalls(parts: Parts): Promise<void> {
  const dialogIds = await parts.edge.inheritedCalls();
  const unknown = (dialogIds ?? []).filter((id) => parts.legs.byDialog(id) === undefined);
  if (unknown.length === 0) return;
  for (const dialogId of unknown) parts.edge.bye(dialogId, 'Q.850;cause=41;text="not remembered"');
  const some = unknown.slice(0, loggedIdsMax);
  parts.log.warn({ count: unknown.length, dialogIds: some }, "calls that nobody knows: released");
}

async function listMedia(parts: Parts): Promise<MediaInventory | null> {
  for (let attempt = 0; attempt < listAttemptsMax; attempt += 1) {
    const listed = await parts.media.list();
    if (listed.ok) return listed.value;
    parts.counters.mediaFailures += 1;
    parts.log.warn({ code: listed.code }, `media: ${listed.message}`);
  }
  return null;
}

const talkingLegs = (parts: Parts) =>
  parts.legs.all().filter((leg) => leg.state.kind === "talking");

const listAttemptsMax = 3;
const loggedIdsMax = 20;
