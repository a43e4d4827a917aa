// How one of several eligible agents is chosen. A strategy only ranks: who is eligible is settled
// before, and the reservation is made by the matcher in the same step.
import type { Ms } from "../../ids.ts";
import type { Agent, Queue } from "../../state.ts";
import type { AgentDay, AgentStats } from "../../stats/agent-stats.ts";
/** What a strategy sees of an agent at the moment in which the agent becomes free. */
export type Candidate = Readonly<{
  agent: Agent;
  queue: Queue;
  today: AgentDay;
  /** Null before the agent's first change of state. */
  stats: AgentStats | null;
  nowMs: Ms;
}>;

/**
 * Ranks an agent who becomes free; the lowest is offered a call first, equals by longest idle. The
 * rank holds until the agent is offered a call or leaves, so that it costs nothing per call.
 */
export type Strategy = (candidate: Candidate) => number;
