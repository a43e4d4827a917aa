// An engine that comes back finds out what the edge still holds, and only then decides. Talking
// pairs go on, waiting callers keep place and clock, what is gone is ended with its cause.

import { restartMusic } from "./acd/announce.ts";
import { endOffer } from "./acd/offer.ts";
import { deskUnknownAfterRestart } from "./acd/seat.ts";
import { isTicket } from "./call/callback.ts";
import { callerGone } from "./call/caller-gone.ts";
import { endConsult } from "./call/consult.ts";
import { playMusic, playPrompts } from "./call/hearing.ts";
import { endInternal, internalGone } from "./call/internal.ts";
import { endMonitor } from "./call/monitor.ts";
import { endDial } from "./call/outbound.ts";
import { agentGone } from "./call/parties.ts";
import { rejoinLegGone } from "./call/rejoin.ts";
import { takerGone } from "./call/take-over.ts";
import { orderBridge } from "./call/talk.ts";
import type { CentreEvent, LegCause } from "./event.ts";
import type { BridgeId, CallId, LegId, Ms, PlayId } from "./ids.ts";
import { assertNever } from "./invariant.ts";
import { reenterNode } from "./ivr/flow.ts";
import type { Call, Internal, PlaceOf } from "./state.ts";
import { callOf, forgetLeg, order, queueOf, record, setCall, type Turn } from "./turn.ts";

type Restarted = Extract<CentreEvent, { type: "engineRestarted" }>;

/** Browsers need this long to come back to a new engine. */
const deskGraceMsMin: Ms = 15_000;

export function engineRestarted(turn: Turn, event: Restarted): void {
  const { centre } = turn;
  const held: Held = {
    legs: new Set(event.liveLegs),
    plays: new Set(event.livePlays),
    bridges: new Map(event.liveBridges.map(({ bridgeId, legIds }) => [bridgeId, legIds])),
  };
  const graceMs = Math.max(centre.config.seatGraceMs, deskGraceMsMin);
  for (const agentId of [...centre.agents.keys()]) deskUnknownAfterRestart(turn, agentId, graceMs);
  let callsKept = 0;
  const calls = [...centre.calls.values()];
  for (const call of calls) {
    if (held.legs.has(call.callerLegId) || isTicket(call)) {
      callsKept += 1;
      keepCall(turn, call, held);
    } else callerGone(turn, call.id, { cause: lostInRestart, failed: isUnanswered(turn, call) });
  }
  record(turn, { type: "engineRestarted", callsKept, callsLost: calls.length - callsKept });
  // The reports of earlier drops went to the dead engine.
  centre.droppedLegs.clear();
  dropStrangers(turn, event);
}

type Held = Readonly<{
  legs: ReadonlySet<LegId>;
  plays: ReadonlySet<PlayId>;
  bridges: ReadonlyMap<BridgeId, readonly LegId[]>;
}>;

function keepCall(turn: Turn, call: Call, held: Held): void {
  if (isUnanswered(turn, call)) order(turn, { type: "answerLeg", legId: call.callerLegId });
  const { place } = call;
  switch (place.kind) {
    case "flow":
      reenterNode(turn, call.id);
      return;
    case "queue":
      if (!held.plays.has(place.hearing.playId)) restartMusic(turn, call.id);
      return;
    case "offer":
      // An INVITE of the dead engine cannot be answered any more.
      endOffer(turn, call.id, "withdrawn");
      if (!held.plays.has(place.hearing.playId)) restartMusic(turn, call.id);
      return;
    case "bridge":
      keepTalk(turn, call, place, held);
      return;
    case "takenOver": {
      const { legId, bridgeId } = place.taken;
      const legIds = [call.callerLegId, legId];
      if (!held.legs.has(legId)) {
        forgetLeg(turn, legId);
        takerGone(turn, call.id, true);
      } else if (!legIds.every((id) => held.bridges.get(bridgeId)?.includes(id) ?? false)) {
        order(turn, { type: "bridge", bridgeId, legIds });
      }
      return;
    }
    case "paused":
      return;
    case "dialling":
      // What rings for a dead engine cannot be answered any more.
      endDial(turn, call.id, { outcome: "failed", by: "engine", cause: lostInRestart });
      return;
    case "internal":
      keepInternal(turn, call.id, place.internal, held);
      return;
    case "ending":
      if (!held.plays.has(place.playId)) {
        const playId = playPrompts(turn, call.id, place.prompts);
        setCall(turn, call.id, { place: { ...place, playId } });
      }
      return;
    default:
      assertNever(place);
  }
}

/** Two agents who talk go on; whoever was only rung is let go. */
function keepInternal(turn: Turn, callId: CallId, internal: Internal, held: Held): void {
  const { from, to, bridgeId, stage } = internal;
  const legIds = [from.legId, to.legId];
  if (stage !== "talking") {
    endInternal(turn, callId, { outcome: "failed", by: "engine", cause: lostInRestart });
    return;
  }
  const gone = [from, to].find(({ legId }) => !held.legs.has(legId));
  if (gone !== undefined) internalGone(turn, callId, { agentId: gone.agentId, isLost: true });
  else if (!legIds.every((legId) => held.bridges.get(bridgeId)?.includes(legId) ?? false)) {
    order(turn, { type: "bridge", bridgeId, legIds });
  }
}

function keepTalk(turn: Turn, call: Call, place: PlaceOf<"bridge">, held: Held): void {
  keepMonitor(turn, call.id, held);
  if (place.talk.rejoin !== undefined) {
    keepRejoin(turn, call.id, held);
    return;
  }
  if (keepParties(turn, call.id, held) === "changed") return;
  const { talk, visit } = place;
  const { consult } = talk;
  const isJoined = (bridgeId: BridgeId, legIds: readonly LegId[]): boolean =>
    legIds.every((legId) => held.bridges.get(bridgeId)?.includes(legId) ?? false);
  if (talk.hold === null) {
    const others = consult === null ? [] : [consult.legId];
    if (!isJoined(talk.bridgeId, [call.callerLegId, talk.legId, ...others])) {
      orderBridge(turn, call.id);
    }
    return;
  }
  if (consult?.stage.kind === "private") {
    const { bridgeId } = consult.stage;
    const legIds = [talk.legId, consult.legId];
    if (!isJoined(bridgeId, legIds)) order(turn, { type: "bridge", bridgeId, legIds });
  }
  if (held.bridges.has(talk.bridgeId)) order(turn, { type: "unbridge", bridgeId: talk.bridgeId });
  if (held.plays.has(talk.hold.playId)) return;
  const playId = playMusic(turn, call.id, queueOf(turn, visit.queueId).config.music);
  setCall(turn, call.id, {
    place: { ...place, talk: { ...talk, hold: { ...talk.hold, playId } } },
  });
}

/** The agent is still waited for; what rang there for the dead engine cannot be answered any more. */
function keepRejoin(turn: Turn, callId: CallId, held: Held): void {
  const { place } = callOf(turn, callId);
  if (place.kind !== "bridge") return;
  const { talk, visit } = place;
  for (const legId of [talk.legId, talk.rejoin?.legId ?? null]) {
    if (legId !== null && !held.legs.has(legId)) forgetLeg(turn, legId);
  }
  rejoinLegGone(turn, callId);
  if (held.bridges.has(talk.bridgeId)) order(turn, { type: "unbridge", bridgeId: talk.bridgeId });
  playMusic(turn, callId, queueOf(turn, visit.queueId).config.music);
}

/** A supervisor whose leg is gone, or was only rung, is out of the talk. */
function keepMonitor(turn: Turn, callId: CallId, held: Held): void {
  const { place } = callOf(turn, callId);
  if (place.kind !== "bridge" || place.talk.monitor === null) return;
  const { monitor, bridgeId, hold } = place.talk;
  const isThere = monitor.stage === "joined" && held.legs.has(monitor.legId);
  if (!isThere) endMonitor(turn, callId);
  else if (hold === null && held.bridges.get(bridgeId)?.includes(monitor.legId) !== true) {
    orderBridge(turn, callId);
  }
}

/**
 * Takes out the agents whose legs are gone, and a colleague whose ringing nobody can hear of any
 * more. Says whether anything changed: who is left was joined anew then.
 */
function keepParties(turn: Turn, callId: CallId, held: Held): "same" | "changed" {
  const { place } = callOf(turn, callId);
  if (place.kind !== "bridge") return "same";
  const { talk } = place;
  const { consult } = talk;
  // Whose leg is gone is waited for already.
  if (talk.rejoin !== undefined) return "same";
  if (consult?.stage.kind === "ringing" && held.legs.has(talk.legId)) {
    endConsult(turn, callId, "withdrawn");
    return "changed";
  }
  const parties = consult === null ? [talk] : [talk, consult];
  const gone = parties.find(({ legId }) => !held.legs.has(legId));
  if (gone === undefined) return "same";
  forgetLeg(turn, gone.legId);
  agentGone(turn, callId, { agentId: gone.agentId, isLost: true });
  keepParties(turn, callId, held);
  return "changed";
}

/** What the edge holds and no call knows came from steps that were never journalled. */
function dropStrangers(turn: Turn, event: Restarted): void {
  const { calls, legs } = turn.centre;
  for (const legId of event.liveLegs) {
    if (!legs.has(legId)) order(turn, { type: "dropLeg", legId, cause: lostInRestart });
  }
  const bridges = new Set(
    [...calls.values()].flatMap(({ place }) => {
      if (place.kind === "takenOver") return [place.taken.bridgeId];
      if (place.kind === "internal") return [place.internal.bridgeId];
      if (place.kind !== "bridge") return [];
      const { bridgeId, consult } = place.talk;
      return consult?.stage.kind === "private" ? [bridgeId, consult.stage.bridgeId] : [bridgeId];
    }),
  );
  for (const { bridgeId } of event.liveBridges) {
    if (!bridges.has(bridgeId)) order(turn, { type: "unbridge", bridgeId });
  }
}

const isUnanswered = (turn: Turn, call: Call): boolean =>
  turn.centre.legs.get(call.callerLegId)?.dialogRef === null;

const lostInRestart: LegCause = { reason: "engineRestart", sipStatus: null };
