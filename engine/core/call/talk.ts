// Caller and agent in one bridge: answer, hold, and the ways in which talking ends. A caller is
// never released because the agent's side failed.
import { changeState, makeNotReady, makeReady } from "../acd/agent-state.ts";
import { recordOfferEnd } from "../acd/offer.ts";
import { rememberAgent } from "../acd/preferred.ts";
import { recordLeft, returnToQueue, stopWaiting } from "../acd/queue.ts";
import { startWrapUp } from "../acd/wrap-up.ts";
import type { BridgeRole } from "../command.ts";
import type { LegCause } from "../event.ts";
import type { Direction, HoldBy, ReleasedBy } from "../fact.ts";
import type { AgentId, CallId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Call, Monitor, PlaceOf, Talk } from "../state.ts";
import { agentOf, callOf, nextId, order, queueOf, record, setCall, type Turn } from "../turn.ts";
import { closeCall, dropLeg, normal, releaseCall } from "./close.ts";
import { playMusic } from "./hearing.ts";
import { dropMonitor } from "./monitor-end.ts";
import { beginRecording } from "./recording.ts";
import { stopWaitingForAgent } from "./rejoin-end.ts";

/** The agent whom the call rings at answered: join both, whatever the caller hears. */
export function startTalk(turn: Turn, callId: CallId): void {
  const call = callOf(turn, callId);
  assert(call.place.kind === "offer", "only an offered call is answered by an agent");
  const { visit, offer } = call.place;
  const { agentId, legId } = offer;
  recordOfferEnd(turn, callId, "answered");
  stopWaiting(turn, callId);
  recordLeft(turn, call, visit, { kind: "answered", agentId });
  const talk: Talk = {
    agentId,
    legId,
    bridgeId: nextId(turn, callId, "bridge"),
    startedAtMs: turn.nowMs,
    holdMs: 0,
    hold: null,
    consult: null,
    monitor: null,
  };
  const isFirst = !call.talked;
  setCall(turn, callId, { talked: true, visitLeft: true, place: { kind: "bridge", visit, talk } });
  rememberAgent(turn, call, { agentId, queueId: visit.queueId });
  record(turn, {
    type: "talkStarted",
    callId,
    agentId,
    queueId: visit.queueId,
    ...directionOf(call),
  });
  changeState(turn, agentId, {
    kind: "onCall",
    sinceMs: turn.nowMs,
    callId,
    queueId: visit.queueId,
  });
  orderBridge(turn, callId);
  if (isFirst) beginRecording(turn, callId, visit.queueId);
}

/** Joins the caller with who talks now (again): one agent, or two in a conference. */
export function orderBridge(turn: Turn, callId: CallId): void {
  const call = callOf(turn, callId);
  const { talk } = bridgePlace(call);
  // They are joined when the agent is back.
  if (talk.rejoin !== undefined) return;
  const legIds = [call.callerLegId, talk.legId];
  if (talk.consult?.stage.kind === "conference") legIds.push(talk.consult.legId);
  const { monitor, bridgeId } = talk;
  if (monitor?.stage !== "joined") {
    order(turn, { type: "bridge", bridgeId, legIds });
    return;
  }
  legIds.push(monitor.legId);
  order(turn, { type: "bridge", bridgeId, legIds, roles: rolesOf(talk, monitor) });
}

function rolesOf(talk: Talk, { agentId, legId, mode }: Monitor): readonly BridgeRole[] {
  if (mode === "barge") return [];
  if (mode === "monitor") return [{ legId, role: "listener" }];
  const { consult } = talk;
  const whisperTo = consult?.agentId === agentId ? consult.legId : talk.legId;
  return [{ legId, role: "whisperer", whisperTo }];
}

/** The caller hears music and the agent nothing (RFC 5359 2.1). False when held already. */
export function startHold(turn: Turn, callId: CallId, by: HoldBy): boolean {
  const place = bridgePlace(callOf(turn, callId));
  const { talk, visit } = place;
  if (talk.hold !== null) return false;
  order(turn, { type: "unbridge", bridgeId: talk.bridgeId });
  const playId = playMusic(turn, callId, queueOf(turn, visit.queueId).config.music);
  const hold = { sinceMs: turn.nowMs, by, playId };
  setCall(turn, callId, { place: { ...place, talk: { ...talk, hold } } });
  record(turn, { type: "holdStarted", callId, agentId: talk.agentId, by });
  return true;
}

/** Joins both again. False when not held by this side. */
export function endHold(turn: Turn, callId: CallId, by: HoldBy): boolean {
  if (bridgePlace(callOf(turn, callId)).talk.hold?.by !== by) return false;
  closeHold(turn, callId);
  orderBridge(turn, callId);
  return true;
}

/**
 * The agent hung up, on the desk or on the device, or a supervisor did: the caller is released,
 * wrap-up begins.
 */
export function agentHungUp(
  turn: Turn,
  callId: CallId,
  by: "agent" | "supervisor" = "agent",
): void {
  const { talk } = bridgePlace(callOf(turn, callId));
  if (turn.centre.legs.has(talk.legId)) dropLeg(turn, talk.legId);
  const { agentId, queueId } = endTalk(turn, callId, by);
  releaseCall(turn, callId, { outcome: "answered", by, cause: normal });
  startWrapUp(turn, { agentId, callId, queueId });
}

/** The caller's leg is over while talking: the agent goes into wrap-up. */
export function callerHungUp(turn: Turn, callId: CallId, by: ReleasedBy, cause: LegCause): void {
  const { talk } = bridgePlace(callOf(turn, callId));
  if (turn.centre.legs.has(talk.legId)) dropLeg(turn, talk.legId);
  const { agentId, queueId } = endTalk(turn, callId, by);
  closeCall(turn, callId, { outcome: "answered", by, cause });
  startWrapUp(turn, { agentId, callId, queueId });
}

/** The agent's side failed: the caller stands at the old place in the line again. */
export function loseSeatInTalk(turn: Turn, callId: CallId): void {
  const { visit, talk } = bridgePlace(callOf(turn, callId));
  const { agentId, legId, bridgeId } = talk;
  if (talk.rejoin === undefined) order(turn, { type: "unbridge", bridgeId });
  if (turn.centre.legs.has(legId)) dropLeg(turn, legId, { reason: "mediaLost", sipStatus: null });
  endTalk(turn, callId, "network");
  record(turn, { type: "seatLostInTalk", callId, agentId, queueId: visit.queueId });
  makeNotReady(turn, agentId, "seatLost");
  returnToQueue(turn, callId, visit);
}

/** Wrap-up is over, by the agent or by its deadline. */
export function endWrapUp(
  turn: Turn,
  agentId: AgentId,
  result: Readonly<{ code: string | null; notes: string }>,
): void {
  recordWrapUp(turn, agentId, result);
  makeReady(turn, agentId);
}

/** Books the end of wrap-up; what the agent does next is up to the caller of this function. */
export function recordWrapUp(
  turn: Turn,
  agentId: AgentId,
  result: Readonly<{ code: string | null; notes: string }>,
): void {
  const { state } = agentOf(turn, agentId);
  assert(state.kind === "wrapUp", "wrap-up ends for who is in it");
  const { callId, queueId, sinceMs } = state;
  const wrapUpMs = turn.nowMs - sinceMs;
  record(turn, { type: "wrapUpEnded", callId, agentId, queueId, wrapUpMs, ...result });
}

/** Books the end of the talk; where caller and agent go is up to the caller of this function. */
export function endTalk(turn: Turn, callId: CallId, by: ReleasedBy) {
  stopWaitingForAgent(turn, callId);
  if (bridgePlace(callOf(turn, callId)).talk.hold !== null) closeHold(turn, callId);
  dropMonitor(turn, callId, bridgePlace(callOf(turn, callId)).talk.agentId);
  const { visit, talk } = bridgePlace(callOf(turn, callId));
  const { agentId, startedAtMs, holdMs } = talk;
  const { queueId } = visit;
  const talkMs = turn.nowMs - startedAtMs - holdMs;
  record(turn, {
    type: "talkEnded",
    callId,
    agentId,
    queueId,
    talkMs,
    holdMs,
    by,
    ...directionOf(callOf(turn, callId)),
  });
  return { agentId, queueId };
}

/** Books the end of a hold; who is joined again is up to the caller of this function. */
export function closeHold(turn: Turn, callId: CallId): void {
  const place = bridgePlace(callOf(turn, callId));
  const { talk } = place;
  assert(talk.hold !== null, "a hold that ends was running");
  const holdMs = turn.nowMs - talk.hold.sinceMs;
  const after: Talk = { ...talk, hold: null, holdMs: talk.holdMs + holdMs };
  setCall(turn, callId, { place: { ...place, talk: after } });
  record(turn, { type: "holdEnded", callId, agentId: talk.agentId, holdMs });
}

/** For facts of calls that did not come in. */
export const directionOf = ({ direction }: Call): Readonly<{ direction?: Direction }> =>
  direction === null ? {} : { direction };

export function bridgePlace(call: Call): PlaceOf<"bridge"> {
  assert(call.place.kind === "bridge", `call ${call.id} is talking`);
  return call.place;
}
