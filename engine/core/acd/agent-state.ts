// One agent's state and everything that follows from a change of it: the fact, the idle lines of the
// queues, the deadlines. The only writer of `Agent.state`.
import type { CentreConfig } from "../centre-config.ts";
import type { AgentId, Ms } from "../ids.ts";
import type { Agent, AgentState, IdlePlace } from "../state.ts";
import { agentOf, forget, nextSequence, record, remind, setAgent, type Turn } from "../turn.ts";
import { countStaff } from "./lanes.ts";
import { endHelp } from "./messages.ts";
import { isLive, seatFaultOf, standDown, standUp } from "./standing.ts";

/** Can be rung by a colleague now, whatever queues the agent serves. */
export const isFree = (agent: Agent): boolean =>
  agent.state.kind === "ready" && !agent.retired && isLive(agent);

/** The device has an address to ring. */
export const isReachable = (agent: Agent): boolean =>
  agent.config.device.kind === "fixed" || agent.contact !== null;

export const isAlwaysReady = (agent: Agent): boolean =>
  agent.config.device.kind !== "browser" && agent.config.device.alwaysReady;

export function logOutAgent(turn: Turn, agentId: AgentId): void {
  changeState(turn, agentId, { kind: "loggedOut", sinceMs: turn.nowMs });
  const agent = agentOf(turn, agentId);
  if (agent.help !== null) endHelp(turn, agent, agentId);
  const gone = { nextNotReady: null, pop: null, messages: [] };
  leaveIfRetired(turn, setAgent(turn, agentId, gone));
}

/**
 * `reason` is one that the agent chose, or `login`, `rona`, `rejected`, `unreachable`, `seatLost`,
 * `seatMicrophone`, `seatFrozen`, `seatSlow`.
 * An always-ready agent comes back by itself after a failed offer.
 */
export function makeNotReady(turn: Turn, agentId: AgentId, reason: string): void {
  changeState(turn, agentId, { kind: "notReady", sinceMs: turn.nowMs, reason });
  const agent = setAgent(turn, agentId, { nextNotReady: null, pop: null });
  if (leaveIfRetired(turn, agent)) return;
  const limitMs = notReadyLimitMs(turn.centre.config, reason);
  if (limitMs !== null) remind(turn, { kind: "notReadyLimit", agentId }, turn.nowMs + limitMs);
  const { device } = agent.config;
  if (device.kind !== "browser" && device.alwaysReady && comeBackReasons.has(reason)) {
    remind(turn, { kind: "comeBack", agentId }, turn.nowMs + device.ronaPauseMs);
  }
}

/** The reason's own limit, else the usual one; null: none. */
export function notReadyLimitMs(config: CentreConfig, reason: string): Ms | null {
  const limitMs = config.notReadyReasons.find(({ id }) => id === reason)?.limitMs;
  return limitMs === undefined ? notReadyMsMax : limitMs;
}

/** The agent has been not ready for too long: said once. */
export function notReadyTooLong(turn: Turn, agentId: AgentId): void {
  const agent = turn.centre.agents.get(agentId);
  if (agent?.state.kind !== "notReady") return;
  const { reason, sinceMs } = agent.state;
  record(turn, { type: "notReadyOverLimit", agentId, reason, limitMs: turn.nowMs - sinceMs });
}

const notReadyMsMax: Ms = 600_000;

/**
 * Ready, or what was chosen instead. A seat that has been gone for too long is not made ready.
 * `idle` is the place in the idle line to keep; without it the agent stands at its end.
 */
export function makeReady(turn: Turn, agentId: AgentId, idle?: IdlePlace): void {
  const agent = agentOf(turn, agentId);
  if (agent.nextNotReady !== null) {
    makeNotReady(turn, agentId, agent.nextNotReady);
    return;
  }
  if (!isLive(agent) && agent.graceEndsAtMs !== null && agent.graceEndsAtMs <= turn.nowMs) {
    makeNotReady(turn, agentId, goneReason(agent));
    return;
  }
  if (leaveIfRetired(turn, agent)) return;
  const place = idle ?? { sinceMs: turn.nowMs, sequence: nextSequence(turn) };
  changeState(turn, agentId, { kind: "ready", sinceMs: turn.nowMs, idle: place });
  setAgent(turn, agentId, { pop: null });
}

/** Reason of not ready for a seat that did not come back in time. */
export function goneReason(agent: Agent): string {
  if (agent.config.device.kind !== "browser") return "unreachable";
  const fault = seatFaultOf(agent);
  return fault === "microphone" || fault === "frozen" || fault === "slow"
    ? seatReasons[fault]
    : "seatLost";
}

const seatReasons = {
  microphone: "seatMicrophone",
  frozen: "seatFrozen",
  slow: "seatSlow",
} as const;

/** Replaces the state; the queues' idle lines and the agent's deadlines follow. */
export function changeState(turn: Turn, agentId: AgentId, next: AgentState): void {
  const { state } = agentOf(turn, agentId);
  for (const kind of ["wrapUp", "comeBack", "offerSeatGrace", "notReadyLimit"] as const) {
    forget(turn, { kind, agentId });
  }
  if (isSame(state, next)) return;
  standDown(turn, agentId);
  countStaff(turn, agentOf(turn, agentId), -1);
  countStaff(turn, setAgent(turn, agentId, { state: next }), 1);
  record(turn, {
    type: "agentStateChanged",
    agentId,
    from: state.kind,
    to: next.kind,
    reason: next.kind === "notReady" ? next.reason : null,
    inPreviousMs: turn.nowMs - state.sinceMs,
  });
  standUp(turn, agentId);
}

/** The same state with another end: no change of state, so no fact and no other place in line. */
export function extendState(
  turn: Turn,
  agentId: AgentId,
  state: Extract<AgentState, { kind: "wrapUp" }>,
): void {
  setAgent(turn, agentId, { state });
}

/** An agent that is no longer configured goes as soon as nothing runs. */
export function leaveIfRetired(turn: Turn, agent: Agent): boolean {
  if (!agent.retired) return false;
  changeState(turn, agent.id, { kind: "loggedOut", sinceMs: turn.nowMs });
  for (const due of agentDeadlines) {
    forget(turn, { kind: due, agentId: agent.id });
  }
  for (const queue of turn.centre.queues.values()) queue.turns.delete(agent.id);
  turn.centre.agents.delete(agent.id);
  record(turn, { type: "agentForgotten", agentId: agent.id });
  return true;
}

const agentDeadlines = [
  "seatGrace",
  "offerSeatGrace",
  "bindingExpiry",
  "comeBack",
  "newDay",
  "loanOver",
] as const;

const isSame = (a: AgentState, b: AgentState): boolean =>
  (a.kind === "loggedOut" && b.kind === "loggedOut") ||
  (a.kind === "notReady" && b.kind === "notReady" && a.reason === b.reason);

const comeBackReasons: ReadonlySet<string> = new Set([
  "rona",
  "rejected",
  "unreachable",
  "seatLost",
]);
