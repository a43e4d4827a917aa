// One call presented to one agent: made, and ended exactly once. The caller keeps the place in the
// line whatever becomes of it.
import { dropLeg } from "../call/close.ts";
import { settleTransfer } from "../call/pending-transfer.ts";
import type { ScreenPop } from "../command.ts";
import type { LegCause } from "../event.ts";
import type { AgentId, CallId, LegId, Ms, OfferId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Agent, Call, Offer, PlaceOf, Queue, QueueVisit } from "../state.ts";
import type { OfferResult } from "../stats/queue-stats.ts";
import {
  agentOf,
  callOf,
  forget,
  nextId,
  nextSequence,
  order,
  queueOf,
  record,
  remind,
  setAgent,
  setCall,
  type Turn,
} from "../turn.ts";
import { changeState, makeNotReady, makeReady } from "./agent-state.ts";
import { returnToQueue, startRinging, stopRinging } from "./queue.ts";

/** Reserves the agent and rings: the screen pop leaves before the leg. */
export function makeOffer(
  turn: Turn,
  callId: CallId,
  agentId: AgentId,
  ranking: Offer["ranking"] = [],
): void {
  const { place } = callOf(turn, callId);
  assert(place.kind === "queue", "only a call in line is offered");
  const { visit, hearing } = place;
  const answerByMs = turn.nowMs + Math.max(1, queueOf(turn, visit.queueId).config.ringMsMax);
  startRinging(turn, callId, visit);
  const ring = { agentId, madeAtMs: turn.nowMs, answerByMs, visit };
  const offer = { ...ringForOffer(turn, callId, ring), ranking };
  setCall(turn, callId, { place: { kind: "offer", visit, hearing, offer } });
  remind(turn, { kind: "ringTimeout", callId }, answerByMs);
}

/** Offers a call to a ready agent and rings; the call's place is up to the caller of this function. */
export function ringForOffer(
  turn: Turn,
  callId: CallId,
  ring: Readonly<{ agentId: AgentId; madeAtMs: Ms; answerByMs: Ms; visit: QueueVisit }>,
): Offer {
  const { agentId, madeAtMs, answerByMs, visit } = ring;
  const { state } = agentOf(turn, agentId);
  assert(state.kind === "ready", "calls are offered to ready agents only");
  const offerId = nextId(turn, callId, "offer");
  const legId = nextId(turn, callId, "leg");
  const call = callOf(turn, callId);
  const queue = queueOf(turn, visit.queueId);
  const { strategy, autoAnswer } = queue.config;
  const { queueId } = visit;
  if (strategy === "roundRobin") queue.turns.set(agentId, nextSequence(turn));
  record(turn, {
    type: "offerMade",
    callId,
    offerId,
    queueId,
    agentId,
    answerByMs,
    ...(call.transfer === null ? {} : { source: "transfer" }),
    ...(isTogether(queue, call) ? { together: true } : {}),
  });
  const { idle } = state;
  const offered = { kind: "offered", idle, offerId, callId, answerByMs } as const;
  changeState(turn, agentId, { ...offered, sinceMs: turn.nowMs });
  const pop = popOf(turn, call, { offerId, answerByMs, visit });
  const isAuto = autoAnswer === true;
  ringAgent(turn, call, { agentId, legId, pop, ...(isAuto ? { autoAnswer: true } : {}) });
  return { offerId, agentId, legId, madeAtMs, answerByMs, ranking: [] };
}

/** Callbacks ring at one agent, since one dials; so does what was handed to a certain agent. */
export const isTogether = ({ config }: Queue, { callback, transfer }: Call): boolean =>
  config.strategy === "ringAll" && callback === null && transfer === null;

/** Rings an agent's device for a call: the screen pop leaves before the leg. */
export function ringAgent(
  turn: Turn,
  call: Call,
  ring: Readonly<{ agentId: AgentId; legId: LegId; pop: ScreenPop; autoAnswer?: true }>,
): void {
  const { agentId, legId, pop, autoAnswer } = ring;
  const agent = setAgent(turn, agentId, { pop });
  turn.centre.legs.set(legId, {
    id: legId,
    callId: call.id,
    role: "agent",
    agentId,
    dialogRef: null,
    media: "flowing",
  });
  order(turn, { type: "popScreen", agentId, pop });
  order(turn, {
    type: "ringAgentLeg",
    legId,
    callId: call.id,
    agentId,
    target: targetOf(agent),
    media: agent.config.device.kind === "browser" ? "webrtc" : "rtp",
    callerId: pop.ani,
    ...(autoAnswer === undefined ? {} : { autoAnswer }),
  });
}

/**
 * Ends an offer that was not answered, and puts the call back at its place. `failed` is a device
 * that could not be rung. A withdrawn offer costs the agent nothing.
 */
export function endOffer(
  turn: Turn,
  callId: CallId,
  result: Exclude<OfferResult, "answered">,
): void {
  const { visit, hearing } = settleOffer(turn, callId, result);
  returnToQueue(turn, callId, visit, hearing);
}

/**
 * Takes the offer away from the agent and leaves the call in no place: the caller of this function
 * puts it into one.
 */
export function settleOffer(
  turn: Turn,
  callId: CallId,
  result: Exclude<OfferResult, "answered">,
): PlaceOf<"offer"> {
  const place = offerPlace(callOf(turn, callId));
  const { agentId, legId } = place.offer;
  recordOfferEnd(turn, callId, result);
  if (turn.centre.legs.has(legId)) dropLeg(turn, legId, dropCauses[result]);
  for (const offer of place.others ?? []) endRing(turn, callId, { offer, result });
  freeOffered(turn, agentId, result);
  return place;
}

/** Ends one of several rings of a call, which goes on as its place says. */
export function endRing(
  turn: Turn,
  callId: CallId,
  ended: Readonly<{
    offer: Offer;
    result: Exclude<OfferResult, "answered">;
    cause?: LegCause;
  }>,
): void {
  const { offer, result, cause } = ended;
  const { offerId, agentId, legId, madeAtMs } = offer;
  const { queueId } = offerPlace(callOf(turn, callId)).visit;
  const ringMs = turn.nowMs - madeAtMs;
  record(turn, { type: "offerEnded", callId, offerId, queueId, agentId, result, ringMs });
  if (turn.centre.legs.has(legId)) dropLeg(turn, legId, cause ?? dropCauses[result]);
  freeOffered(turn, agentId, result);
}

/** The agent of an offer that was not answered: as before, or not ready when it was his doing. */
export function freeOffered(
  turn: Turn,
  agentId: AgentId,
  result: Exclude<OfferResult, "answered">,
): void {
  const { state } = agentOf(turn, agentId);
  assert(state.kind === "offered", "the agent of an offer is offered it");
  if (result === "withdrawn") makeReady(turn, agentId, state.idle);
  else makeNotReady(turn, agentId, notReadyReasons[result]);
}

/** Books the end of an offer; the call is no longer ringing. */
export function recordOfferEnd(turn: Turn, callId: CallId, result: OfferResult): void {
  const { visit, offer } = offerPlace(callOf(turn, callId));
  const { offerId, agentId, madeAtMs } = offer;
  forget(turn, { kind: "ringTimeout", callId });
  stopRinging(turn, callId, visit.queueId);
  record(turn, {
    type: "offerEnded",
    callId,
    offerId,
    queueId: visit.queueId,
    agentId,
    result,
    ringMs: turn.nowMs - madeAtMs,
  });
  settleTransfer(turn, callId, result === "answered" ? "completed" : result);
}

export function offerPlace(call: Call): PlaceOf<"offer"> {
  assert(call.place.kind === "offer", `call ${call.id} is offered`);
  return call.place;
}

function targetOf(agent: Agent): string {
  const { device } = agent.config;
  const target = device.kind === "fixed" ? device.uri : agent.contact;
  assert(target !== null, "an eligible agent's device has an address");
  return target;
}

export function popOf(
  turn: Turn,
  call: Call,
  offer: Readonly<{ offerId: OfferId; answerByMs: Ms; visit: QueueVisit }>,
): ScreenPop {
  const { visit } = offer;
  return {
    callId: call.id,
    offerId: offer.offerId,
    queueId: visit.queueId,
    ani: call.ani,
    dnis: call.dnis,
    firstDnis: call.firstDnis,
    hotline: call.number.hotline,
    queueName: queueOf(turn, visit.queueId).config.name,
    language: call.language,
    arrivedAtMs: call.arrivedAtMs,
    queuedAtMs: visit.queuedAtMs,
    answerByMs: offer.answerByMs,
    path: call.path,
    ...(call.direction === null ? {} : { direction: call.direction }),
    ...transferredByOf(turn, call),
  };
}

function transferredByOf(turn: Turn, call: Call): Pick<ScreenPop, "transferredBy"> {
  const { transferredBy } = call;
  if (transferredBy === null) return {};
  const name = turn.centre.agents.get(transferredBy)?.config.name;
  return name === undefined ? {} : { transferredBy: { agentId: transferredBy, name } };
}

const notReadyReasons = {
  noAnswer: "rona",
  rejected: "rejected",
  failed: "unreachable",
  seatLost: "seatLost",
} as const;

const cancelled: LegCause = { reason: "cancelled", sipStatus: null };
export const dropCauses: Readonly<Record<Exclude<OfferResult, "answered">, LegCause>> = {
  noAnswer: { reason: "noAnswer", sipStatus: null },
  rejected: { reason: "rejected", sipStatus: null },
  failed: cancelled,
  seatLost: cancelled,
  withdrawn: cancelled,
};
