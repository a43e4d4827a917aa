// The best one for the queue: the highest sum of levels in the skills that the queue asks for.
import type { QueueConfig } from "../../centre-config.ts";
import type { Agent } from "../../state.ts";
import { skillsOf } from "../need.ts";
import type { Strategy } from "./strategy.ts";

export const mostSkilled: Strategy = ({ agent, queue }) => -levelsFor(agent, queue.config);

/** Sum of the agent's levels in the skills that the queue asks for. */
export function levelsFor(agent: Agent, queue: QueueConfig): number {
  const skills = skillsOf(agent);
  return queue.requirements.reduce((sum, { skillId }) => sum + (skills[skillId] ?? 0), 0);
}
