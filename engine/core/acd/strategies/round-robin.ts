// In turn: the agent whose latest offer from this queue is longest ago, whatever became of it.
import type { Strategy } from "./strategy.ts";

/** Who never had one comes first. */
export const roundRobin: Strategy = ({ agent, queue }) => queue.turns.get(agent.id) ?? 0;
