// An agent calls a colleague. First the own device is rung, then the colleague's; either may end it.
// The colleague is reserved when rung, not before: who became busy meanwhile is simply busy.
import { changeState, isFree, makeNotReady, makeReady } from "../acd/agent-state.ts";
import { dropCauses, freeOffered, ringAgent } from "../acd/offer.ts";
import { seatRefusal } from "../acd/standing.ts";
import type { DeskRefusal, ScreenPop } from "../command.ts";
import type { LegCause } from "../event.ts";
import type { CallOutcome, ReleasedBy } from "../fact.ts";
import type { AgentId, CallId, Ms } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Agent, Call, Internal } from "../state.ts";
import type { OfferResult } from "../stats/queue-stats.ts";
import {
  agentOf,
  callOf,
  forget,
  nextId,
  order,
  record,
  remind,
  setCall,
  type Turn,
} from "../turn.ts";
import { closeCall, dropLeg, normal } from "./close.ts";
import { madeCallId, mayDial, openMadeCall, startDialling } from "./made-call.ts";

/** Rings the agent for a call to a colleague, or says why not. */
export function dialColleague(turn: Turn, agent: Agent, toId: AgentId): DeskRefusal | null {
  if (agent.state.kind === "loggedOut") return "notLoggedIn";
  if (!mayDial(agent)) return "busy";
  const unfit = seatRefusal(agent);
  if (unfit !== null) return unfit;
  const colleague = turn.centre.agents.get(toId);
  if (colleague === undefined || toId === agent.id || !isFree(colleague)) return "agentNotReady";
  const callId = madeCallId(turn);
  const [fromLegId, toLegId, bridgeId] = [`${callId}-leg1`, `${callId}-leg2`, `${callId}-bridge3`];
  const internal: Internal = {
    from: { agentId: agent.id, legId: fromLegId },
    to: { agentId: toId, legId: toLegId },
    bridgeId,
    stage: "ringingFrom",
    sinceMs: turn.nowMs,
  };
  const { name } = agent.config;
  openMadeCall(turn, callId, {
    direction: "internal",
    callerLegId: fromLegId,
    trunkId: "",
    number: {
      id: "",
      digits: agent.id,
      hotline: name,
      language: "zh",
      flowId: null,
      queueId: null,
    },
    ani: toId,
    place: { kind: "internal", internal },
    idsUsed: 3,
  });
  record(turn, {
    type: "callDialled",
    callId,
    direction: "internal",
    agentId: agent.id,
    queueId: null,
    trunkId: null,
    number: toId,
    callerId: agent.id,
    rule: null,
  });
  startDialling(turn, agent.id, callId);
  const answerByMs = turn.nowMs + ringMsMax;
  remind(turn, { kind: "dialTimeout", callId }, answerByMs);
  const pop = popOf(turn, callOf(turn, callId), answerByMs);
  ringAgent(turn, callOf(turn, callId), {
    agentId: agent.id,
    legId: fromLegId,
    pop: { ...pop, hotline: colleague.config.name },
    autoAnswer: true,
  });
  return null;
}

/** One of both picked up. */
export function internalAnswered(turn: Turn, callId: CallId): void {
  const internal = internalOf(callOf(turn, callId));
  if (internal.stage === "ringingFrom") ringColleague(turn, callId, internal);
  else joinBoth(turn, callId, internal);
}

/** What rings at the colleague ends. */
export function endInternalRinging(
  turn: Turn,
  callId: CallId,
  result: Exclude<OfferResult, "answered">,
): void {
  const end = { outcome: outcomes[result], by: "engine", cause: dropCauses[result] } as const;
  endInternal(turn, callId, { ...end, ringing: result });
}

/** Who dialled, or the colleague, is out: the call is over. */
export function internalGone(
  turn: Turn,
  callId: CallId,
  gone: Readonly<{ agentId: AgentId; isLost: boolean }>,
): void {
  const { agentId, isLost } = gone;
  const { stage } = internalOf(callOf(turn, callId));
  const unanswered = isLost ? "failed" : "cancelled";
  endInternal(turn, callId, {
    outcome: stage === "talking" ? "answered" : unanswered,
    by: isLost ? "network" : "agent",
    cause: isLost ? { reason: "mediaLost", sipStatus: null } : normal,
    ...(isLost ? { lost: agentId } : {}),
  });
}

/** Nobody picked up in time. */
export function internalTimedOut(turn: Turn, callId: CallId): void {
  const { stage } = internalOf(callOf(turn, callId));
  if (stage === "ringingTo") endInternalRinging(turn, callId, "noAnswer");
  else
    endInternal(turn, callId, { outcome: "cancelled", by: "engine", cause: dropCauses.noAnswer });
}

type InternalEnd = Readonly<{
  outcome: CallOutcome;
  by: ReleasedBy;
  cause: LegCause;
  /** What became of the ringing at the colleague; withdrawn when absent. */
  ringing?: Exclude<OfferResult, "answered">;
  /** Whose seat failed. */
  lost?: AgentId;
}>;

/** Ends the call for both. */
export function endInternal(turn: Turn, callId: CallId, end: InternalEnd): void {
  const { from, to, bridgeId, stage } = internalOf(callOf(turn, callId));
  const { outcome, by, cause, ringing, lost } = end;
  if (stage === "talking") order(turn, { type: "unbridge", bridgeId });
  for (const { legId } of [from, to]) {
    if (turn.centre.legs.has(legId)) dropLeg(turn, legId, cause);
  }
  closeCall(turn, callId, { outcome, by, cause });
  if (stage === "ringingTo") freeOffered(turn, to.agentId, ringing ?? "withdrawn");
  const freed = stage === "talking" ? [from, to] : [from];
  for (const { agentId } of freed) {
    if (agentId === lost) makeNotReady(turn, agentId, "seatLost");
    else makeReady(turn, agentId);
  }
}

function ringColleague(turn: Turn, callId: CallId, internal: Internal): void {
  const { from, to } = internal;
  const colleague = turn.centre.agents.get(to.agentId);
  if (colleague === undefined || !isFree(colleague) || colleague.state.kind !== "ready") {
    endInternal(turn, callId, {
      outcome: "busy",
      by: "engine",
      cause: { reason: "busy", sipStatus: null },
    });
    return;
  }
  const { nowMs: sinceMs } = turn;
  setInternal(turn, callId, { ...internal, stage: "ringingTo", sinceMs });
  const offerId = nextId(turn, callId, "offer");
  const answerByMs = sinceMs + ringMsMax;
  const { idle } = colleague.state;
  changeState(turn, to.agentId, { kind: "offered", sinceMs, idle, offerId, callId, answerByMs });
  remind(turn, { kind: "dialTimeout", callId }, answerByMs);
  const playId = nextId(turn, callId, "play");
  const items = [{ kind: "tone", tone: "ringback" }] as const;
  order(turn, { type: "play", legId: from.legId, playId, items, repeat: true });
  const call = callOf(turn, callId);
  const pop = { ...popOf(turn, call, answerByMs), offerId, ani: from.agentId };
  ringAgent(turn, call, { agentId: to.agentId, legId: to.legId, pop });
}

function joinBoth(turn: Turn, callId: CallId, internal: Internal): void {
  const { from, to, bridgeId, sinceMs } = internal;
  forget(turn, { kind: "dialTimeout", callId });
  setInternal(turn, callId, { ...internal, stage: "talking", sinceMs: turn.nowMs });
  setCall(turn, callId, { talked: true });
  record(turn, {
    type: "internalAnswered",
    callId,
    agentId: to.agentId,
    fromAgentId: from.agentId,
    ringMs: turn.nowMs - sinceMs,
  });
  for (const { agentId } of [from, to]) {
    changeState(turn, agentId, { kind: "onCall", sinceMs: turn.nowMs, callId, queueId: null });
  }
  order(turn, { type: "bridge", bridgeId, legIds: [from.legId, to.legId] });
}

/** `hotline` is who calls, for the colleague's screen. */
function popOf(turn: Turn, call: Call, answerByMs: Ms): ScreenPop {
  const { from, to } = internalOf(call);
  const { name } = agentOf(turn, from.agentId).config;
  return {
    callId: call.id,
    offerId: "",
    queueId: "",
    ani: to.agentId,
    dnis: from.agentId,
    firstDnis: null,
    hotline: name,
    queueName: { zh: "", en: "" },
    language: call.language,
    arrivedAtMs: call.arrivedAtMs,
    queuedAtMs: call.arrivedAtMs,
    answerByMs,
    path: [],
    direction: "internal",
  };
}

function setInternal(turn: Turn, callId: CallId, internal: Internal): void {
  setCall(turn, callId, { place: { kind: "internal", internal } });
}

function internalOf({ id, place }: Call): Internal {
  assert(place.kind === "internal", `call ${id} is between agents`);
  return place.internal;
}

const outcomes = {
  noAnswer: "noAnswer",
  rejected: "rejected",
  failed: "failed",
  seatLost: "failed",
  withdrawn: "cancelled",
} as const;

const ringMsMax = 20_000;
