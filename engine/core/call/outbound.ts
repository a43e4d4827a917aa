// A call that an agent makes on behalf of a queue. First the agent's own device is rung, then who is
// called; with the answer it is a talk like any other. What is late: an answer after the end crosses
// our CANCEL and is dropped as unknown (RFC 5407 3.1.2); ringing after the answer changes nothing.

import { changeState, makeReady } from "../acd/agent-state.ts";
import { popOf, ringAgent } from "../acd/offer.ts";
import { seatRefusal } from "../acd/standing.ts";
import type { NumberConfig } from "../centre-config.ts";
import type { DeskRefusal } from "../command.ts";
import type { AgentRequest, LegCause, NetworkTone } from "../event.ts";
import type { CallOutcome, ReleasedBy } from "../fact.ts";
import type { CallId, TrunkId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Agent, Call, Dial, PlaceOf, Queue, QueueVisit, Talk } from "../state.ts";
import {
  callOf,
  forget,
  forgetLeg,
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
import { callbackReached, tryFailed } from "./callback.ts";
import { closeCall, dropLeg, normal } from "./close.ts";
import { madeCallId, mayDial, openMadeCall, startDialling } from "./made-call.ts";
import { beginRecording } from "./recording.ts";
import { directionOf, orderBridge } from "./talk.ts";
import { type Passed, tollCheck } from "./toll-check.ts";
import { endAttempt, moveToNextTrunk } from "./trunk-attempt.ts";
import { chooseTrunk } from "./trunk-choice.ts";

type DialRequest = Extract<AgentRequest, { type: "dial" }>;

/** Rings the agent for a call to a number, or says why not. */
export function dialNumber(turn: Turn, agent: Agent, request: DialRequest): DeskRefusal | null {
  if (agent.state.kind === "loggedOut") return "notLoggedIn";
  if (!mayDial(agent)) return "busy";
  const unfit = seatRefusal(agent);
  if (unfit !== null) return unfit;
  const passed = tollCheck(turn, agent, request);
  if (typeof passed === "string") return passed;
  const { calls, config } = turn.centre;
  if (calls.size >= config.limits.callsMax) return "noLine";
  const callId = madeCallId(turn);
  const choice = chooseTrunk(turn.centre, passed.rule.trunkId, { callId, tried: [] });
  if (!choice.ok) {
    const { why } = choice;
    record(turn, { type: "trunksBusy", agentId: agent.id, queueId: request.queueId, why });
    return why;
  }
  const { trunkId } = choice;
  startDial(turn, agent, { ...passed, callId, trunkId, queue: queueOf(turn, request.queueId) });
  return null;
}

/** The agent picked up, or another trunk tries: who is called is rung. */
export function dialOther(turn: Turn, callId: CallId): void {
  const call = callOf(turn, callId);
  const place = dialPlace(call);
  const { id, callerLegId: legId, trunkId, ani: number, dnis: callerId } = call;
  const stage = { kind: "ringingOther", sinceMs: turn.nowMs, hears: "nothing" } as const;
  setDial(turn, callId, { ...place.dial, stage });
  turn.centre.legs.set(legId, {
    id: legId,
    callId: id,
    role: "caller",
    agentId: null,
    dialogRef: null,
    media: "flowing",
  });
  const ringMs = queueOf(turn, place.visit.queueId).config.outbound?.ringMsMax ?? ringMsDefault;
  remind(turn, { kind: "dialTimeout", callId }, turn.nowMs + ringMs);
  order(turn, { type: "dialLeg", legId, callId, trunkId, number, callerId });
}

/** The far end rings: the agent hears it, or a tone of ours. */
export function otherRings(turn: Turn, callId: CallId, earlyMedia: boolean): void {
  const call = callOf(turn, callId);
  if (call.place.kind !== "dialling") return;
  const { dial } = call.place;
  const { stage, legId, bridgeId } = dial;
  if (stage.kind !== "ringingOther" || hasEarlyMedia(stage.hears)) return;
  if (earlyMedia) {
    order(turn, { type: "bridge", bridgeId, legIds: [call.callerLegId, legId] });
    setDial(turn, callId, { ...dial, stage: { ...stage, hears: "earlyMedia" } });
  } else if (stage.hears === "nothing") {
    const playId = nextId(turn, callId, "play");
    const items = [{ kind: "tone", tone: "ringback" }] as const;
    order(turn, { type: "play", legId, playId, items, repeat: true });
    setDial(turn, callId, { ...dial, stage: { ...stage, hears: "ringback" } });
  }
}

const hasEarlyMedia = (hears: string): boolean =>
  hears === "earlyMedia" || hears === "announcement";

/**
 * What the network says in early media. A busy or congestion tone ends the attempt for its true cause;
 * after the special information tone the agent hears the announcement, and who then does not answer
 * was never reached. False: no effect.
 */
export function otherSounds(turn: Turn, callId: CallId, tone: NetworkTone): boolean {
  const { place } = callOf(turn, callId);
  if (place.kind !== "dialling") return false;
  const { dial } = place;
  const { stage } = dial;
  if (stage.kind !== "ringingOther" || stage.hears !== "earlyMedia") return false;
  if (tone === "specialInformation") {
    setDial(turn, callId, { ...dial, stage: { ...stage, hears: "announcement" } });
    return true;
  }
  if (tone === "ringback") return false;
  const reason = tone === "busy" ? "busy" : "unreachable";
  const outcome = outcomes[reason] ?? "failed";
  endDial(turn, callId, { outcome, by: "network", cause: { reason, sipStatus: null } });
  return true;
}

/** Who is called answered: a talk, as if the caller had come in. */
export function otherAnswered(turn: Turn, callId: CallId): void {
  const call = callOf(turn, callId);
  const { dial, visit } = dialPlace(call);
  const { agentId, legId, bridgeId } = dial;
  const { queueId } = visit;
  forget(turn, { kind: "dialTimeout", callId });
  endAttempt(turn, call, { result: "answered", cause: normal });
  const talk: Talk = {
    agentId,
    legId,
    bridgeId,
    startedAtMs: turn.nowMs,
    holdMs: 0,
    hold: null,
    consult: null,
    monitor: null,
  };
  setCall(turn, callId, { talked: true, place: { kind: "bridge", visit, talk } });
  noteDial(turn, call, { outcome: "answered", cause: normal });
  callbackReached(turn, callOf(turn, callId));
  record(turn, {
    type: "talkStarted",
    callId,
    agentId,
    queueId,
    ...directionOf(call),
  });
  changeState(turn, agentId, { kind: "onCall", sinceMs: turn.nowMs, callId, queueId });
  orderBridge(turn, callId);
  beginRecording(turn, callId, queueId);
}

export type DialEnd = Readonly<{ outcome: CallOutcome; by: ReleasedBy; cause: LegCause }>;

/** The call came to nothing, by whoever's doing. The agent is as before. */
export function endDial(turn: Turn, callId: CallId, end: DialEnd): void {
  const call = callOf(turn, callId);
  const { dial } = dialPlace(call);
  endAttempt(turn, call, { result: "failed", cause: end.cause });
  if (call.callback !== null) {
    noteDial(turn, call, end);
    tryFailed(turn, callId, end);
    return;
  }
  for (const legId of [call.callerLegId, dial.legId]) {
    if (turn.centre.legs.has(legId)) dropLeg(turn, legId, end.cause);
  }
  noteDial(turn, call, end);
  closeCall(turn, callId, end);
  setAgent(turn, dial.agentId, { pop: null });
  makeReady(turn, dial.agentId);
}

/** The leg of who is called ended before it was answered: another trunk tries, or it was all. */
export function otherUnreached(turn: Turn, callId: CallId, cause: LegCause): void {
  forgetLeg(turn, callOf(turn, callId).callerLegId);
  if (moveToNextTrunk(turn, callId, cause)) {
    dialOther(turn, callId);
    return;
  }
  endDial(turn, callId, { outcome: outcomes[cause.reason] ?? "failed", by: "network", cause });
}

/** Nobody picked up: the agent, or who is called. */
export function dialTimedOut(turn: Turn, callId: CallId): void {
  const { stage } = dialPlace(callOf(turn, callId)).dial;
  if (stage.kind === "ringingOther" && stage.hears === "announcement") {
    const cause = { reason: "unreachable", sipStatus: null } as const;
    endDial(turn, callId, { outcome: "failed", by: "network", cause });
    return;
  }
  const outcome = stage.kind === "ringingAgent" ? "cancelled" : "noAnswer";
  endDial(turn, callId, { outcome, by: "engine", cause: { reason: "noAnswer", sipStatus: null } });
}

/** The agent's own leg is over, or the agent gave up. */
export function diallerGone(turn: Turn, callId: CallId, isLost: boolean): void {
  const reason = isLost ? "mediaLost" : "cancelled";
  endDial(turn, callId, {
    outcome: isLost ? "failed" : "cancelled",
    by: isLost ? "network" : "agent",
    cause: { reason, sipStatus: null },
  });
}

function startDial(
  turn: Turn,
  agent: Agent,
  passed: Passed & Readonly<{ callId: CallId; trunkId: TrunkId; queue: Queue }>,
): void {
  const { callId, trunkId, queue, number, callerId, prefix } = passed;
  const visit = visitOf(turn, queue);
  const [callerLegId, legId, bridgeId] = [`${callId}-leg1`, `${callId}-leg2`, `${callId}-bridge3`];
  const dial: Dial = { agentId: agent.id, legId, bridgeId, stage: { kind: "ringingAgent" } };
  openMadeCall(turn, callId, {
    direction: "outbound",
    callerLegId,
    trunkId,
    number: numberOf(turn, queue, callerId),
    ani: number,
    place: { kind: "dialling", visit, dial },
    idsUsed: 3,
  });
  record(turn, {
    type: "callDialled",
    callId,
    direction: "outbound",
    agentId: agent.id,
    queueId: queue.config.id,
    trunkId,
    number,
    callerId,
    rule: prefix,
  });
  startDialling(turn, agent.id, callId);
  const answerByMs = turn.nowMs + ringAgentMsMax;
  remind(turn, { kind: "dialTimeout", callId }, answerByMs);
  const call = callOf(turn, callId);
  const pop = popOf(turn, call, { offerId: nextId(turn, callId, "offer"), answerByMs, visit });
  ringAgent(turn, call, { agentId: agent.id, legId, pop, autoAnswer: true });
}

/** The number whose name people know, when the shown one is dialled here too. */
function numberOf(turn: Turn, queue: Queue, callerId: string): NumberConfig {
  const known = turn.centre.config.numbers.find(({ digits }) => digits === callerId);
  const { id, name } = queue.config;
  return {
    id: callerId,
    digits: callerId,
    hotline: known?.hotline ?? name,
    language: known?.language ?? "zh",
    flowId: null,
    queueId: id,
  };
}

/** Who is called has no place in line; this is the one for when the agent is lost in talk. */
const visitOf = (turn: Turn, queue: Queue): QueueVisit => ({
  queueId: queue.config.id,
  priority: 0,
  queuedAtMs: turn.nowMs,
  sequence: nextSequence(turn),
  level: 0,
  fromMs: turn.nowMs,
  extra: [],
  ring: 0,
  needSinceMs: turn.nowMs,
  only: null,
  hops: 0,
  forecastMs: null,
});

function noteDial(
  turn: Turn,
  call: Call,
  end: Readonly<{ outcome: CallOutcome; cause: LegCause }>,
): void {
  const { agentId } = dialPlace(call).dial;
  const { outcome, cause } = end;
  const { sipStatus } = cause;
  const lastDial = { callId: call.id, number: call.ani, outcome, sipStatus, atMs: turn.nowMs };
  setAgent(turn, agentId, { lastDial });
}

function setDial(turn: Turn, callId: CallId, dial: Dial): void {
  setCall(turn, callId, { place: { ...dialPlace(callOf(turn, callId)), dial } });
}

function dialPlace(call: Call): PlaceOf<"dialling"> {
  assert(call.place.kind === "dialling", `call ${call.id} is being dialled`);
  return call.place;
}

const outcomes: Readonly<Partial<Record<LegCause["reason"], CallOutcome>>> = {
  busy: "busy",
  noAnswer: "noAnswer",
  rejected: "rejected",
};

/** The own device, which mostly answers by itself. */
const ringAgentMsMax = 20_000;
const ringMsDefault = 45_000;
