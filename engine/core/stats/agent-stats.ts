// What is counted for one agent: seconds by state for ever, and today's calls.
import type { AgentStateKind } from "../fact.ts";
import type { AgentId, Ms, QueueId } from "../ids.ts";

export type AgentDay = {
  /** Number of the day that these counters belong to. */
  day: number;
  answered: number;
  /** Calls that the agent made to numbers, and those of them that were answered. */
  dialled: number;
  reached: number;
  /** Answered calls by queue. */
  byQueue: Record<QueueId, number>;
  talkMs: Ms;
  holdMs: Ms;
  wrapUpMs: Ms;
  /** Offers that the agent did not take: no answer, rejected, device failed, seat lost. */
  missed: number;
};

export type AgentStats = {
  agentId: AgentId;
  state: AgentStateKind;
  sinceMs: Ms;
  /** Time in states that are over; the present one runs since `sinceMs`. */
  stateMs: Record<AgentStateKind, Ms>;
  today: AgentDay;
};

export const createAgentDay = (day: number): AgentDay => ({
  day,
  answered: 0,
  dialled: 0,
  reached: 0,
  byQueue: {},
  talkMs: 0,
  holdMs: 0,
  wrapUpMs: 0,
  missed: 0,
});

export const createAgentStats = (
  agentId: AgentId,
  at: Readonly<{ nowMs: Ms; day: number }>,
): AgentStats => ({
  agentId,
  state: "loggedOut",
  sinceMs: at.nowMs,
  stateMs: { loggedOut: 0, notReady: 0, ready: 0, offered: 0, dialling: 0, onCall: 0, wrapUp: 0 },
  today: createAgentDay(at.day),
});

/** Time in each state up to now. */
export const stateMsAt = (stats: AgentStats, nowMs: Ms): Record<AgentStateKind, Ms> => ({
  ...stats.stateMs,
  [stats.state]: stats.stateMs[stats.state] + (nowMs - stats.sinceMs),
});
