// [4] each live call is in one place, [10] its legs are live and joined as they should be.
import type { Must } from "../../../engine/core/audit/invariants.ts";
import type { DebugState } from "../../../engine/core/debug-state.ts";
import type { Books } from "./books.ts";

type CallState = DebugState["calls"][number];
type Talk = Extract<CallState["place"], { kind: "bridge" }>;

export function checkPlaces(must: Must, state: DebugState, books: Books): void {
  must(8, state.calls.length === books.calls.size, "live calls came and did not end", {
    state: state.calls.length,
    books: books.calls.size,
  });
  must(9, books.offers.size === state.offers.length, "open offers are those of the facts", {
    state: state.offers,
  });
  const legs = new Map(state.legs.map((leg) => [leg.id, leg]));
  const lines = linesOf(must, state);
  let legCount = 0;
  for (const call of state.calls) {
    must(8, books.calls.has(call.callId), "a live call has books", call);
    const { place } = call;
    const ringing = lines.get(call.callId);
    const waits = place.kind === "queue" || place.kind === "offer";
    must(4, (ringing !== undefined) === waits, "in line exactly while waiting", call);
    if (waits) must(4, ringing === (place.kind === "offer"), "rings exactly while offered", call);
    if (place.kind === "bridge") checkMonitor(must, place, books);
    const wanted = legsOf(call, legs);
    legCount += wanted.length;
    for (const legId of wanted) {
      must(10, legs.get(legId)?.callId === call.callId, "a call's legs are live", call);
    }
  }
  must(10, legCount === state.legs.length, "each leg belongs to one call", state.legs);
  checkBridges(must, state);
}

/** Calls in line, and whether they ring. */
function linesOf(must: Must, state: DebugState): Map<string, boolean> {
  const lines = new Map<string, boolean>();
  for (const queue of state.queues) {
    for (const { callId, ringing } of queue.line) {
      must(4, !lines.has(callId), "a call stands in one line", callId);
      lines.set(callId, ringing);
    }
  }
  return lines;
}

/** Who is called has a leg from when that is rung. */
function legsOf(
  { place, callerLegId, callback }: CallState,
  live: ReadonlyMap<string, unknown>,
): string[] {
  // A callback has no leg outside until it is dialled.
  if (callback !== null && place.kind !== "dialling") return "legId" in place ? [place.legId] : [];
  if (place.kind === "dialling") {
    return place.stage === "ringingAgent" ? [place.legId] : [place.legId, callerLegId];
  }
  if (place.kind === "internal") {
    const { from, to, stage } = place;
    return stage === "ringingFrom" ? [from.legId] : [from.legId, to.legId];
  }
  const legIds = "legId" in place ? [callerLegId, place.legId] : [callerLegId];
  if (place.kind === "offer") return [...legIds, ...(place.others ?? []).map(({ legId }) => legId)];
  if (place.kind !== "bridge") return legIds;
  if (place.rejoin !== null) {
    // The leg of an agent who is away may be over, or may come back.
    if (!live.has(place.legId)) legIds.pop();
    if (place.rejoin.legId !== null) legIds.push(place.rejoin.legId);
  }
  if (place.consult !== null) legIds.push(place.consult.legId);
  if (place.monitor !== null) legIds.push(place.monitor.legId);
  return legIds;
}

/** Everybody who talks is joined, and nobody else. */
function checkBridges(must: Must, state: DebugState): void {
  const places = new Map(state.calls.map(({ callId, place }) => [callId, place]));
  const legs = new Map(state.legs.map((leg) => [leg.id, leg]));
  for (const bridge of state.bridges) {
    const place = places.get(bridge.callId);
    const talk = place?.kind === "bridge" ? place : null;
    const inConference = talk?.consult?.stage === "conference";
    const monitor = talk?.monitor ?? null;
    const isWatched = monitor !== null && bridge.legIds.includes(monitor.legId);
    const size = 2 + Number(inConference) + Number(isWatched);
    must(10, bridge.legIds.length === size, "who talks is joined", bridge);
    for (const legId of bridge.legIds) {
      must(10, legs.get(legId)?.callId === bridge.callId, "a bridge has live legs", bridge);
    }
  }
}

/** A supervisor is in one talk at most, and goes with the agent who is listened to. */
function checkMonitor(must: Must, place: Talk, books: Books): void {
  const { monitor, agentId, consult } = place;
  if (monitor === null) return;
  const isThere = monitor.agentId === agentId || monitor.agentId === consult?.agentId;
  must(3, isThere, "who is listened to is in the talk", place);
  const joined = books.monitors.has(monitor.supervisorId);
  must(3, joined === (monitor.stage === "joined"), "monitors are as the facts say", place);
}
