// Consult transfer (RFC 5359 2.5) and conference of three (2.10): a second agent beside a talk. The
// call stays in its bridge place; what the legs hear follows the stage of the consult. A caller is
// never released by anything that happens between agents.

import { changeState, isFree, makeNotReady, makeReady } from "../acd/agent-state.ts";
import { dropCauses, freeOffered, popOf, ringAgent } from "../acd/offer.ts";
import { startWrapUp } from "../acd/wrap-up.ts";
import type { DeskRefusal } from "../command.ts";
import type { ReleasedBy, TransferResult } from "../fact.ts";
import type { AgentId, CallId, QueueId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Agent, Consult, ConsultStage, Talk } from "../state.ts";
import {
  callOf,
  forget,
  nextId,
  order,
  queueOf,
  record,
  remind,
  setCall,
  type Turn,
} from "../turn.ts";
import { dropLeg, normal } from "./close.ts";
import { dropMonitor } from "./monitor-end.ts";
import { settleTransfer, startTransfer } from "./pending-transfer.ts";
import { bridgePlace, closeHold, directionOf, endTalk, orderBridge, startHold } from "./talk.ts";

export type ConsultEnd = Exclude<TransferResult, "completed" | "conference">;

/** The caller is put on hold and the colleague rung, for as long as the queue rings its agents. */
export function startConsult(turn: Turn, callId: CallId, agentId: AgentId): DeskRefusal | null {
  const { talk, visit } = bridgePlace(callOf(turn, callId));
  const colleague = turn.centre.agents.get(agentId);
  if (colleague === undefined || !isFree(colleague)) return "agentNotReady";
  if (!startHold(turn, callId, "consult")) takeOverHold(turn, callId);
  const legId = nextId(turn, callId, "leg");
  setConsult(turn, callId, { agentId, legId, stage: { kind: "ringing", sinceMs: turn.nowMs } });
  startTransfer(turn, callId, {
    kind: "consult",
    fromAgentId: talk.agentId,
    queueId: visit.queueId,
    target: { kind: "agent", agentId },
  });
  const offerId = nextId(turn, callId, "offer");
  const answerByMs = turn.nowMs + Math.max(1, queueOf(turn, visit.queueId).config.ringMsMax);
  const { nowMs: sinceMs } = turn;
  const { idle } = readyState(colleague);
  changeState(turn, agentId, { kind: "offered", sinceMs, idle, offerId, callId, answerByMs });
  remind(turn, { kind: "consultTimeout", callId }, answerByMs);
  const call = callOf(turn, callId);
  ringAgent(turn, call, { agentId, legId, pop: popOf(turn, call, { offerId, answerByMs, visit }) });
  playRingback(turn, callId, talk);
  return null;
}

/** The colleague answered: both agents talk, the caller hears music. */
export function consultAnswered(turn: Turn, callId: CallId): void {
  const { talk, visit } = bridgePlace(callOf(turn, callId));
  const consult = consultOf(talk);
  const { agentId, stage } = consult;
  forget(turn, { kind: "consultTimeout", callId });
  const bridgeId = nextId(turn, callId, "bridge");
  setConsult(turn, callId, {
    ...consult,
    stage: { kind: "private", sinceMs: turn.nowMs, bridgeId },
  });
  record(turn, {
    type: "consultAnswered",
    callId,
    agentId,
    fromAgentId: talk.agentId,
    ringMs: turn.nowMs - stage.sinceMs,
  });
  const { queueId } = visit;
  changeState(turn, agentId, { kind: "onCall", sinceMs: turn.nowMs, callId, queueId });
  order(turn, { type: "bridge", bridgeId, legIds: [talk.legId, consult.legId] });
}

/** The colleague goes before taking over, and the caller is back with the agent who asked. */
export function endConsult(turn: Turn, callId: CallId, result: ConsultEnd): void {
  dropConsult(turn, callId, result);
  closeHold(turn, callId);
  orderBridge(turn, callId);
}

/**
 * The colleague goes before taking over; the caller stays on hold, to be put somewhere by the caller
 * of this function.
 */
export function dropConsult(turn: Turn, callId: CallId, result: ConsultEnd): void {
  const consult = consultOf(bridgePlace(callOf(turn, callId)).talk);
  const { agentId, legId, stage } = consult;
  assert(stage.kind !== "conference", "who is in a conference leaves it");
  forget(turn, { kind: "consultTimeout", callId });
  if (stage.kind === "private") order(turn, { type: "unbridge", bridgeId: stage.bridgeId });
  setConsult(turn, callId, null);
  settleTransfer(turn, callId, result);
  setCall(turn, callId, { transferredBy: null });
  const offered = offerResult(result);
  if (turn.centre.legs.has(legId)) {
    dropLeg(turn, legId, stage.kind === "ringing" ? dropCauses[offered] : normal);
  }
  if (stage.kind === "ringing") freeOffered(turn, agentId, offered);
  else if (result === "failed" || result === "seatLost") makeNotReady(turn, agentId, "seatLost");
  else makeReady(turn, agentId);
}

/** The agent who asked goes; the colleague goes on with the caller, from a consult or conference. */
export function passOn(turn: Turn, callId: CallId, end: PartyEnd): void {
  const before = bridgePlace(callOf(turn, callId));
  const { talk, visit } = before;
  const { agentId, legId, stage } = consultOf(talk);
  assert(stage.kind !== "ringing", "only who answered can go on with a caller");
  if (stage.kind === "private") order(turn, { type: "unbridge", bridgeId: stage.bridgeId });
  endTalk(turn, callId, end.by);
  if (stage.kind === "private") {
    settleTransfer(turn, callId, "completed");
    recordTalk(turn, callId, { agentId, queueId: visit.queueId });
  } else recordConferenceEnd(turn, callId, talk, stage);
  const startedAtMs = stage.kind === "private" ? turn.nowMs : stage.sinceMs;
  const { bridgeId } = talk;
  const next: Talk = {
    agentId,
    legId,
    bridgeId,
    startedAtMs,
    holdMs: 0,
    hold: null,
    consult: null,
    // Whoever listened to the agent who goes, goes too; who listened to the other stays.
    monitor: bridgePlace(callOf(turn, callId)).talk.monitor,
  };
  setCall(turn, callId, { place: { ...before, talk: next } });
  orderBridge(turn, callId);
  leaveTalk(turn, callId, { ...end, agentId: talk.agentId, legId: talk.legId });
}

/** The caller comes into the talk of both agents. */
export function mergeConsult(turn: Turn, callId: CallId): void {
  const { talk, visit } = bridgePlace(callOf(turn, callId));
  const consult = consultOf(talk);
  const { agentId, stage } = consult;
  assert(stage.kind === "private", "a conference begins with a talk between agents");
  order(turn, { type: "unbridge", bridgeId: stage.bridgeId });
  closeHold(turn, callId);
  setConsult(turn, callId, { ...consult, stage: { kind: "conference", sinceMs: turn.nowMs } });
  settleTransfer(turn, callId, "conference");
  const { agentId: fromAgentId } = talk;
  record(turn, { type: "conferenceStarted", callId, agentId, fromAgentId });
  recordTalk(turn, callId, { agentId, queueId: visit.queueId });
  orderBridge(turn, callId);
}

/** The colleague goes out of the conference; caller and agent talk on. */
export function leaveConference(turn: Turn, callId: CallId, end: PartyEnd): void {
  const { agentId, legId } = closeConference(turn, callId, end.by);
  orderBridge(turn, callId);
  leaveTalk(turn, callId, { ...end, agentId, legId });
}

/** The caller is gone: whatever the colleague was doing in this call is over. */
export function callerLeftConsult(turn: Turn, callId: CallId, by: ReleasedBy): void {
  const { consult } = bridgePlace(callOf(turn, callId)).talk;
  if (consult === null) return;
  if (consult.stage.kind !== "conference") dropConsult(turn, callId, "abandoned");
  else {
    const { agentId, legId } = closeConference(turn, callId, by);
    leaveTalk(turn, callId, { by, isLost: false, agentId, legId });
  }
}

/** `isLost`: the seat failed; the agent did not choose to go. */
export type PartyEnd = Readonly<{ by: ReleasedBy; isLost: boolean }>;

function closeConference(turn: Turn, callId: CallId, by: ReleasedBy): Consult {
  const { talk, visit } = bridgePlace(callOf(turn, callId));
  const consult = consultOf(talk);
  const { agentId, stage } = consult;
  const { queueId } = visit;
  dropMonitor(turn, callId, agentId);
  recordConferenceEnd(turn, callId, talk, stage);
  const talkMs = turn.nowMs - stage.sinceMs;
  record(turn, {
    type: "talkEnded",
    callId,
    agentId,
    queueId,
    talkMs,
    holdMs: 0,
    by,
    ...directionOf(callOf(turn, callId)),
  });
  setConsult(turn, callId, null);
  return consult;
}

function recordTalk(
  turn: Turn,
  callId: CallId,
  talk: Readonly<{ agentId: AgentId; queueId: QueueId }>,
): void {
  record(turn, { type: "talkStarted", callId, ...talk, ...directionOf(callOf(turn, callId)) });
}

function leaveTalk(
  turn: Turn,
  callId: CallId,
  end: PartyEnd & Readonly<{ agentId: AgentId; legId: string }>,
): void {
  const { agentId, legId, isLost } = end;
  if (turn.centre.legs.has(legId)) dropLeg(turn, legId);
  const { queueId } = bridgePlace(callOf(turn, callId)).visit;
  if (isLost) makeNotReady(turn, agentId, "seatLost");
  else startWrapUp(turn, { agentId, callId, queueId });
}

function recordConferenceEnd(turn: Turn, callId: CallId, talk: Talk, stage: ConsultStage): void {
  const { agentId } = consultOf(talk);
  record(turn, {
    type: "conferenceEnded",
    callId,
    agentId,
    fromAgentId: talk.agentId,
    conferenceMs: turn.nowMs - stage.sinceMs,
  });
}

/** A hold that ran already goes on; it ends with the consult. */
function takeOverHold(turn: Turn, callId: CallId): void {
  const place = bridgePlace(callOf(turn, callId));
  const { talk } = place;
  assert(talk.hold !== null, "a hold that is taken over runs");
  const hold = { ...talk.hold, by: "consult" } as const;
  setCall(turn, callId, { place: { ...place, talk: { ...talk, hold } } });
}

function playRingback(turn: Turn, callId: CallId, { legId }: Talk): void {
  const playId = nextId(turn, callId, "play");
  const items = [{ kind: "tone", tone: "ringback" }] as const;
  order(turn, { type: "play", legId, playId, items, repeat: true });
}

function setConsult(turn: Turn, callId: CallId, consult: Consult | null): void {
  const place = bridgePlace(callOf(turn, callId));
  setCall(turn, callId, { place: { ...place, talk: { ...place.talk, consult } } });
}

function consultOf(talk: Talk): Consult {
  assert(talk.consult !== null, "a colleague was asked in");
  return talk.consult;
}

function readyState(agent: Agent) {
  assert(agent.state.kind === "ready", "a colleague who is rung is ready");
  return agent.state;
}

/** What it means for the colleague's device and state. */
const offerResult = (result: ConsultEnd): keyof typeof dropCauses =>
  result === "abandoned" || result === "cancelled" || result === "left" ? "withdrawn" : result;
