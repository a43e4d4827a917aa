// Which trunk takes a call to a number, and whether another one may try after a failure.
import type { TrunkConfig } from "../centre-config.ts";
import type { LegCause } from "../event.ts";
import type { CallId, TrunkId } from "../ids.ts";
import { lotOf } from "../lot.ts";
import type { Centre } from "../state.ts";
import { isAboutWhoIsCalled } from "./q850.ts";

/** `noLine`: every trunk that works is full; `noTrunk`: none works, or none is left. */
export type TrunkChoice = Readonly<
  { ok: true; trunkId: TrunkId } | { ok: false; why: "noLine" | "noTrunk" }
>;

/**
 * The first of the group's `order` that works and has a free channel. Among trunks of the same order
 * the call's id draws the lot by weight; the others follow when that one fails.
 */
export function chooseTrunk(
  centre: Centre,
  route: TrunkId,
  attempt: Readonly<{ callId: CallId; tried: readonly TrunkId[] }>,
): TrunkChoice {
  const { callId, tried } = attempt;
  const working = membersOf(centre, route).filter(
    ({ trunk }) => !tried.includes(trunk.id) && !centre.trunksDown.has(trunk.id),
  );
  const free = working.filter(({ trunk }) => freeChannels(centre, trunk) > 0);
  const order = Math.min(...free.map((member) => member.order));
  const lot = lotOf(`${callId} ${tried.length}`);
  const chosen = drawn(
    free.filter((member) => member.order === order),
    lot,
  );
  if (chosen !== null) return { ok: true, trunkId: chosen.trunk.id };
  return { ok: false, why: working.length > 0 ? "noLine" : "noTrunk" };
}

/**
 * The fault is the trunk's, not that of who is called: no answer of the peer, 5xx, or a Q.850 cause
 * of a path that is full or broken. Who is busy, refuses or does not exist is so on every trunk.
 */
export function isTrunkFault({ reason, sipStatus, q850 }: LegCause): boolean {
  if (sipStatus === null) return reason === "unreachable";
  if (aboutWhoIsCalled.has(sipStatus)) return false;
  if (q850 !== undefined && pathCauses.has(q850)) return true;
  if (q850 !== undefined && isAboutWhoIsCalled(q850)) return false;
  return sipStatus === 408 || (sipStatus >= 500 && sipStatus < 600);
}

type Member = Readonly<{ trunk: TrunkConfig; order: number; weight: number }>;

/** A route names a group, or one trunk. */
function membersOf({ config }: Centre, route: TrunkId): readonly Member[] {
  const group = config.trunkGroups?.find(({ id }) => id === route);
  const members = group?.trunks ?? [{ trunkId: route, order: 1, weight: 1 }];
  return members.flatMap(({ trunkId, order, weight }) => {
    const trunk = config.trunks.find(({ id }) => id === trunkId);
    return trunk === undefined ? [] : [{ trunk, order, weight }];
  });
}

const freeChannels = (centre: Centre, { id, channelsMax }: TrunkConfig): number =>
  channelsMax - (centre.trunkCalls.get(id) ?? 0);

/** `lot` from 0 to below 1. */
function drawn(members: readonly Member[], lot: number): Member | null {
  let left = lot * members.reduce((sum, { weight }) => sum + weight, 0);
  for (const member of members) {
    if (left < member.weight) return member;
    left -= member.weight;
  }
  return members.at(-1) ?? null;
}

const aboutWhoIsCalled: ReadonlySet<number> = new Set([404, 410, 484, 486, 600, 603, 604, 607]);
/** No circuit, network out of order, temporary failure, congestion. */
const pathCauses: ReadonlySet<number> = new Set([34, 38, 41, 42]);
