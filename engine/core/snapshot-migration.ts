// Snapshots of an earlier engine: what has been added to the state since gets the value that it would
// have had. Applied to the decoded state, before anybody else sees it.
import { callOrder, idleOrder } from "./acd/line.ts";
import type { CallOutcome } from "./fact.ts";
import { createOrdered, insertOrdered, type Order } from "./ordered.ts";

type Plain = Record<string, unknown>;

/** Versions that {@link migrateSnapshot} brings up to the present one. */
export const migratedVersions: readonly number[] = [4, 5, 6, 7, 8, 9, 10, 11, 12];

/** From any of these to the present one: what is there already stays. Mutates; the state is fresh from its JSON. */
export function migrateSnapshot(centre: Plain): void {
  addMissing(centre, { recordings: new Map(), callbacks: new Map(), trunksDown: new Map() });
  for (const call of valuesOf(centre["calls"])) {
    addMissing(call, { direction: null, callback: null, callbackDigits: null });
    const position = asPlain(asPlain(call["place"])?.["position"]);
    addMissing(position, { variables: {}, callers: [] });
    const at = asPlain(position?.["at"]);
    // Menus were the only questions once.
    if (at?.["kind"] === "menu") Object.assign(at, { kind: "asking", digits: "" });
  }
  for (const agent of valuesOf(centre["agents"]))
    addMissing(agent, {
      lastDial: null,
      messages: [],
      help: null,
      health: null,
      isSlow: false,
      wantsWrapUp: false,
    });
  for (const agent of valuesOf(centre["agents"])) {
    const state = asPlain(agent["state"]);
    if (state?.["kind"] === "wrapUp")
      addMissing(state, { latestMs: state["endsAtMs"], extendMs: 0 });
  }
  for (const queue of valuesOf(centre["queues"])) {
    if (Array.isArray(queue["ringing"])) {
      queue["ringing"] = new Map(queue["ringing"].map((callId: unknown) => [callId, true]));
    }
    for (const lane of [queue, ...valuesOf(queue["lanes"])]) {
      lane["waiting"] = lineOf(lane["waiting"], callOrder);
      lane["ready"] = lineOf(lane["ready"], idleOrder);
    }
  }
  const stats = asPlain(centre["stats"]);
  addMissing(stats, { trunks: new Map() });
  const totals = asPlain(stats?.["totals"]);
  if (totals !== null) {
    addMissing(totals, { dialsRefused: 0, trunksBusy: { noLine: 0, noTrunk: 0 }, made: {} });
    const made = { outbound: noMade(), internal: noMade(), callback: noMade() };
    addMissing(asPlain(totals["made"]), made);
    addMissing(asPlain(totals["byOutcome"]), madeOutcomes);
  }
  for (const queue of valuesOf(stats?.["queues"])) {
    addMissing(queue, { callbacks: { booked: 0, reached: 0, notReached: 0, cancelled: 0 } });
    addMissing(asPlain(queue["flowedOutByReason"]), { callback: 0, exitKey: 0 });
  }
  for (const agent of valuesOf(stats?.["agents"])) {
    addMissing(asPlain(agent["stateMs"]), { dialling: 0 });
    addMissing(asPlain(agent["today"]), { dialled: 0, reached: 0 });
  }
}

/** Lines were sorted arrays once. */
function lineOf<Item extends Readonly<{ sequence: number }>>(
  line: unknown,
  order: Order<Item>,
): unknown {
  if (!Array.isArray(line)) return line;
  const ordered = createOrdered<Item>();
  for (const item of line as Item[]) insertOrdered(ordered, item, order);
  return ordered;
}

function addMissing(record: Plain | null, defaults: Plain): void {
  if (record === null) return;
  for (const [key, value] of Object.entries(defaults)) {
    if (!Object.hasOwn(record, key)) record[key] = value;
  }
}

function valuesOf(map: unknown): Plain[] {
  if (!(map instanceof Map)) return [];
  return [...map.values()].map(asPlain).filter((value) => value !== null);
}

const asPlain = (value: unknown): Plain | null =>
  typeof value === "object" && value !== null ? (value as Plain) : null;

const madeOutcomes: Partial<Record<CallOutcome, number>> = { noAnswer: 0, busy: 0, cancelled: 0 };

const noMade = () => ({
  dialled: 0,
  ended: 0,
  byOutcome: {
    answered: 0,
    abandonedInFlow: 0,
    abandonedInQueue: 0,
    abandonedRinging: 0,
    servedByFlow: 0,
    flowedOut: 0,
    rejected: 0,
    failed: 0,
    ...madeOutcomes,
  },
});
