// One turn of the centre: the event's time, and what comes out of it. Everything that a rule may do
// to the world or to the books goes through here.
import type { Command } from "./command.ts";
import { clearDeadline, type Due, setDeadline } from "./deadlines.ts";
import type { Fact, FactBody } from "./fact.ts";
import type { AgentId, CallId, LegId, Ms, QueueId } from "./ids.ts";
import { assert } from "./invariant.ts";
import type { Agent, Call, Centre, Queue } from "./state.ts";
import { applyFact } from "./stats/stats.ts";

export type Turn = {
  readonly centre: Centre;
  readonly nowMs: Ms;
  readonly commands: Command[];
  readonly facts: Fact[];
  /** Queues whose calls or agents changed: the matcher looks at them before the turn ends. */
  readonly touched: Set<QueueId>;
};

export function record(turn: Turn, body: FactBody): void {
  turn.centre.factSeq += 1;
  const fact: Fact = { seq: turn.centre.factSeq, atMs: turn.nowMs, ...body };
  turn.facts.push(fact);
  applyFact(turn.centre.stats, fact);
}

export function order(turn: Turn, command: Command): void {
  turn.commands.push(command);
}

/** Says that input had no effect, and why. */
export function ignore(turn: Turn, event: string, why: string): void {
  record(turn, { type: "eventIgnored", event, why });
}

/** Forgets a leg that is over. */
export function forgetLeg(turn: Turn, legId: LegId): void {
  turn.centre.legs.delete(legId);
  forget(turn, { kind: "silentLeg", legId });
  forget(turn, { kind: "failedLeg", legId });
}

/** Ends a leg and forgets it; the report of its end, and what crosses it, is then expected. */
export function endLeg(turn: Turn, legId: LegId, command: Command): void {
  const { droppedLegs } = turn.centre;
  forgetLeg(turn, legId);
  droppedLegs.set(legId, turn.nowMs);
  for (const [oldest, droppedAtMs] of droppedLegs) {
    if (droppedLegs.size <= droppedLegsMax && droppedAtMs > turn.nowMs - dropReportMsMax) break;
    droppedLegs.delete(oldest);
  }
  order(turn, command);
}

/** A deadline is always in the future, so that firing the due ones comes to an end. */
export function remind(turn: Turn, due: Due, atMs: Ms): void {
  setDeadline(turn.centre.deadlines, due, Math.max(atMs, turn.nowMs + 1));
}

export function forget(turn: Turn, due: Due): void {
  clearDeadline(turn.centre.deadlines, due);
}

export function nextSequence(turn: Turn): number {
  turn.centre.sequence += 1;
  return turn.centre.sequence;
}

export function callOf(turn: Turn, callId: CallId): Call {
  const call = turn.centre.calls.get(callId);
  assert(call !== undefined, `call ${callId} is live`);
  return call;
}

export function agentOf(turn: Turn, agentId: AgentId): Agent {
  const agent = turn.centre.agents.get(agentId);
  assert(agent !== undefined, `agent ${agentId} is known`);
  return agent;
}

export function queueOf(turn: Turn, queueId: QueueId): Queue {
  const queue = turn.centre.queues.get(queueId);
  assert(queue !== undefined, `queue ${queueId} is known`);
  return queue;
}

/** Replaces the call's record by one with these changes. */
export function setCall(turn: Turn, callId: CallId, changes: Partial<Call>): Call {
  const call: Call = { ...callOf(turn, callId), ...changes };
  turn.centre.calls.set(callId, call);
  return call;
}

export function setAgent(turn: Turn, agentId: AgentId, changes: Partial<Agent>): Agent {
  const agent: Agent = { ...agentOf(turn, agentId), ...changes };
  turn.centre.agents.set(agentId, agent);
  return agent;
}

/** A new id of this call, the same ones again in a replay. */
export function nextId(
  turn: Turn,
  callId: CallId,
  kind: "play" | "offer" | "leg" | "bridge" | "lookUp",
): string {
  const { idsUsed } = setCall(turn, callId, { idsUsed: callOf(turn, callId).idsUsed + 1 });
  return `${callId}-${kind}${idsUsed}`;
}

/** Longer than SIP takes to give up on a CANCEL or BYE (RFC 3261 17.1: 64 * T1 = 32 s). */
const dropReportMsMax = 60_000;
const droppedLegsMax = 10_000;
