// The strategies by their names in the configuration.
import type { StrategyName } from "../../centre-config.ts";
import { fewestCallsToday } from "./fewest-calls-today.ts";
import { leastSkilled } from "./least-skilled.ts";
import { longestIdle } from "./longest-idle.ts";
import { lowestOccupancy } from "./lowest-occupancy.ts";
import { mostSkilled } from "./most-skilled.ts";
import { ringAll } from "./ring-all.ts";
import { roundRobin } from "./round-robin.ts";
import type { Strategy } from "./strategy.ts";

export const strategies: Readonly<Record<StrategyName, Strategy>> = {
  longestIdle,
  fewestCallsToday,
  lowestOccupancy,
  mostSkilled,
  leastSkilled,
  roundRobin,
  ringAll,
};
