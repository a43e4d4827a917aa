// Commands that concern media only: what a leg hears, and with whom it talks.
import type { BridgeRole, PlayItem } from "../../core/command.ts";
import type { BridgeId, LegId, PlayId } from "../../core/ids.ts";
import type { MediaResult } from "../media/media-port.ts";
import { enqueue, isOver, type Leg } from "./leg-table.ts";
import type { Parts } from "./parts.ts";

export type PlayCommand = Readonly<{
  legId: LegId;
  playId: PlayId;
  items: readonly PlayItem[];
  repeat: boolean;
}>;

export function play(parts: Parts, leg: Leg, command: PlayCommand): void {
  const { legId, playId, items, repeat } = command;
  const fail = () => parts.post({ type: "playFinished", legId, playId, outcome: "failed" });
  enqueue([leg], async () => {
    if (isOver(leg)) return;
    if (items.length === 0) return fail();
    const played = await parts.media.play({ legId, playId, items, repeat });
    if (note(parts, "play", played) || isOver(leg)) return;
    fail();
  });
}

export function stopPlay(parts: Parts, leg: Leg, playId: PlayId): void {
  onLeg(parts, leg, "stopPlay", () => parts.media.stopPlay({ legId: leg.legId, playId }));
}

export function echo(parts: Parts, leg: Leg): void {
  onLeg(parts, leg, "echo", () => parts.media.echo(leg.legId));
}

export function sendDigits(parts: Parts, leg: Leg, digits: string): void {
  onLeg(parts, leg, "sendDigits", () => parts.media.sendDigits({ legId: leg.legId, digits }));
}

type BridgeCommand = Readonly<{
  bridgeId: BridgeId;
  legIds: readonly LegId[];
  roles?: readonly BridgeRole[];
}>;

export function bridge(
  parts: Parts,
  legs: readonly Leg[],
  { bridgeId, legIds, roles }: BridgeCommand,
): void {
  for (const leg of parts.legs.legsInBridge(bridgeId)) parts.legs.setBridge(leg, null);
  for (const leg of legs) parts.legs.setBridge(leg, bridgeId);
  enqueue(legs, async () => {
    const live = legs.filter((leg) => !isOver(leg));
    // A leg that ended meanwhile was told to the core, which decides anew.
    if (live.length < legIds.length) parts.counters.commandsIgnored += 1;
    if (live.length === 0) return;
    const present = live.map(({ legId }) => legId);
    const kept = roles === undefined ? {} : { roles: rolesAmong(present, roles) };
    note(parts, "bridge", await parts.media.bridge({ bridgeId, legIds: present, ...kept }));
  });
}

/** Who whispers to a leg that is gone must not be heard by the others instead. */
function rolesAmong(present: readonly LegId[], roles: readonly BridgeRole[]): BridgeRole[] {
  return roles
    .filter(({ legId }) => present.includes(legId))
    .map((role) =>
      role.role === "listener" || present.includes(role.whisperTo)
        ? role
        : { legId: role.legId, role: "listener" },
    );
}

export function unbridge(parts: Parts, bridgeId: BridgeId): void {
  const legs = parts.legs.legsInBridge(bridgeId);
  for (const leg of legs) parts.legs.setBridge(leg, null);
  enqueue(legs, async () => {
    note(parts, "unbridge", await parts.media.unbridge(bridgeId));
  });
}

function onLeg(
  parts: Parts,
  leg: Leg,
  what: string,
  ask: () => Promise<MediaResult<undefined>>,
): void {
  enqueue([leg], async () => {
    if (!isOver(leg)) note(parts, what, await ask());
  });
}

/** Counts and logs a failure; true for success. */
function note(parts: Parts, what: string, result: MediaResult<undefined>): boolean {
  if (result.ok) return true;
  // Usual when a leg ends while something is asked of it.
  if (result.code === "unknownLeg" || result.code === "unknownBridge") {
    parts.counters.commandsIgnored += 1;
    return false;
  }
  parts.counters.mediaFailures += 1;
  parts.log.warn({ what, code: result.code }, `media: ${result.message}`);
  return false;
}
