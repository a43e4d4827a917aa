// What everybody in a simulated centre acts through.
import type { World } from "../support/world.ts";
import type { Random } from "./random.ts";

export type SimContext = Readonly<{
  world: World;
  random: Random;
  /** Chance of each fault; 0 is a quiet day. */
  faults: number;
  /** Arrivals and habits end here. */
  untilMs: number;
  later(ms: number, run: () => void): void;
}>;

/** Again and again after times around the mean, until the day is over. */
export function repeatedly(sim: SimContext, meanMs: number, run: () => void): void {
  const again = () => {
    if (sim.world.nowMs() > sim.untilMs) return;
    run();
    sim.later(sim.random.exponential(meanMs), again);
  };
  sim.later(sim.random.exponential(meanMs), again);
}

/** One of those who are configured now. */
export function someAgent({ world, random }: SimContext): string {
  const { agents } = world.centre();
  return [...agents.keys()][random.between(0, agents.size - 1)] ?? "nobody";
}
