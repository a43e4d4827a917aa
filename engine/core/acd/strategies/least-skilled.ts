// Keeps experts free: the lowest sum of levels in the queue's skills, then who has least besides.
import { skillsOf } from "../need.ts";
import { levelsFor } from "./most-skilled.ts";
import type { Strategy } from "./strategy.ts";

export const leastSkilled: Strategy = ({ agent, queue }) => {
  const all = Object.values(skillsOf(agent)).reduce((sum, level) => sum + level, 0);
  return levelsFor(agent, queue.config) * levelsMax + Math.min(all, levelsMax - 1);
};

/** More than all levels of one agent add up to. */
const levelsMax = 100_000;
