// A talk whose agent's browser went away: by a refresh, a crash, a change of network, a laptop that
// slept. The caller hears music and keeps the agent for `rejoinMs`; talk and recording go on. The seat
// that is back is rung anew and answers by itself; a leg whose audio comes back is simply joined again.
// Who does not come back in time loses the caller to the old place in line.
import { ringAgent } from "../acd/offer.ts";
import type { DeskRefusal } from "../command.ts";
import type { LegCause } from "../event.ts";
import type { AgentId, CallId, LegId } from "../ids.ts";
import type { Agent, Leg, Place, Talk } from "../state.ts";
import {
  agentOf,
  callOf,
  nextId,
  order,
  queueOf,
  record,
  remind,
  setCall,
  type Turn,
} from "../turn.ts";
import { dropLeg } from "./close.ts";
import { playMusic } from "./hearing.ts";
import { ringingLeg, withoutRejoin } from "./rejoin-end.ts";
import { bridgePlace, loseSeatInTalk, orderBridge } from "./talk.ts";

/** Only who talks alone with a caller, from a browser, is waited for. */
export function mayRejoin(turn: Turn, place: Place, agentId: AgentId): boolean {
  if (place.kind !== "bridge" || place.talk.consult !== null) return false;
  if (place.talk.agentId !== agentId) return false;
  const { rejoinMs } = turn.centre.config;
  const agent = agentOf(turn, agentId);
  return rejoinMs !== undefined && rejoinMs > 0 && agent.config.device.kind === "browser";
}

/** The agent's leg is over, and not by the agent's will. */
export function legLostInTalk(turn: Turn, callId: CallId): void {
  const { place } = callOf(turn, callId);
  const { talk } = bridgePlace(callOf(turn, callId));
  if (!mayRejoin(turn, place, talk.agentId)) {
    loseSeatInTalk(turn, callId);
    return;
  }
  if (turn.centre.legs.has(talk.legId)) dropLeg(turn, talk.legId, mediaLost);
  agentAway(turn, callId);
  ringAgain(turn, callId);
}

/** Nothing is heard of the agent: the caller hears music until the agent is back. */
export function agentAway(turn: Turn, callId: CallId): void {
  const { talk, visit } = bridgePlace(callOf(turn, callId));
  if (talk.rejoin !== undefined) return;
  if (talk.hold === null) {
    order(turn, { type: "unbridge", bridgeId: talk.bridgeId });
    playMusic(turn, callId, queueOf(turn, visit.queueId).config.music);
  }
  const untilMs = turn.nowMs + (turn.centre.config.rejoinMs ?? 0);
  setTalk(turn, callId, { ...talk, rejoin: { sinceMs: turn.nowMs, untilMs, legId: null } });
  remind(turn, { kind: "rejoin", callId }, untilMs);
  record(turn, { type: "agentAway", callId, agentId: talk.agentId });
}

/** The page says that it has no call: its leg is dead, whatever the network still believes. */
export function rejoinRequested(turn: Turn, agentId: AgentId, callId: CallId): DeskRefusal | null {
  const { place } = callOf(turn, callId);
  if (!mayRejoin(turn, place, agentId)) return "noCall";
  const { talk } = bridgePlace(callOf(turn, callId));
  // A page that lost its leg while the new one rings asks again: that one answers, or its end is told.
  if (ringingLeg(talk) === null) legLostInTalk(turn, callId);
  return null;
}

/** The seat's desk or device is there (again). */
export function seatIsBack(turn: Turn, { state }: Agent): void {
  if (state.kind !== "onCall") return;
  const { place } = callOf(turn, state.callId);
  if (place.kind === "bridge" && place.talk.rejoin !== undefined) ringAgain(turn, state.callId);
}

/** A leg that was rung to bring the agent back into the talk. */
export function isRejoinLeg(turn: Turn, leg: Leg): boolean {
  const { place } = callOf(turn, leg.callId);
  return place.kind === "bridge" && ringingLeg(place.talk) === leg.id;
}

/** It could not be rung, or was lost at once: the seat's next sign of life rings it again. */
export function rejoinLegGone(turn: Turn, callId: CallId): void {
  const { talk } = bridgePlace(callOf(turn, callId));
  if (talk.rejoin === undefined) return;
  const { legId } = talk.rejoin;
  if (legId !== null && turn.centre.legs.has(legId)) dropLeg(turn, legId, mediaLost);
  setTalk(turn, callId, { ...talk, rejoin: { ...talk.rejoin, legId: null } });
}

/** Caller and agent are joined again, over this leg; a hold goes on. */
export function rejoined(turn: Turn, callId: CallId, legId: LegId): void {
  const { talk } = bridgePlace(callOf(turn, callId));
  const other = ringingLeg(talk);
  if (other !== null && other !== legId) dropLeg(turn, other, mediaLost);
  setTalk(turn, callId, withoutRejoin(turn, callId, { ...talk, legId }, "rejoined"));
  if (talk.hold === null) orderBridge(turn, callId);
}

function ringAgain(turn: Turn, callId: CallId): void {
  const call = callOf(turn, callId);
  const { talk } = bridgePlace(call);
  const { agentId, rejoin } = talk;
  const { desk, contact, pop } = agentOf(turn, agentId);
  if (rejoin === undefined || rejoin.legId !== null || turn.centre.legs.has(talk.legId)) return;
  if (desk !== "open" || contact === null || pop === null) return;
  const legId = nextId(turn, callId, "leg");
  setTalk(turn, callId, { ...talk, rejoin: { ...rejoin, legId } });
  ringAgent(turn, callOf(turn, callId), { agentId, legId, pop, autoAnswer: true });
}

function setTalk(turn: Turn, callId: CallId, talk: Talk): void {
  setCall(turn, callId, { place: { ...bridgePlace(callOf(turn, callId)), talk } });
}

const mediaLost: LegCause = { reason: "mediaLost", sipStatus: null };
