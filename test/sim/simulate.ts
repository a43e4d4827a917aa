// A whole centre in virtual time from one seed: callers, agents, a supervisor and faults around the
// real core. The auditor judges every step.
import type { handle } from "../../engine/core/centre.ts";
import type { Command } from "../../engine/core/command.ts";
import { createWorld, type World } from "../support/world.ts";
import { outsideRings, phoneRings, startShifts } from "./agents.ts";
import { callerHearsRinging, scheduleCallers } from "./callers.ts";
import type { SimContext } from "./context.ts";
import { scheduleFaults } from "./faults.ts";
import { createRandom } from "./random.ts";
import { simSite } from "./sim-site.ts";
import { startSupervision, supervisorId } from "./supervisors.ts";

export type SimOptions = Readonly<{
  seed: number;
  hours: number;
  /** Mean time between arrivals. */
  everyMs: number;
  /** Chance of each fault; 0 is a quiet day. */
  faults: number;
  /** Judge the whole state at each n-th step; facts and commands are judged at every one. */
  auditEvery?: number;
  /** Keep the whole journal. */
  keep?: boolean;
  /** The core, or one with a planted fault. */
  handle?: typeof handle;
}>;

export type SimResult = Readonly<{ world: World; calls: number }>;

/** Hours that a day is longer than its arrivals: until then everybody has gone. */
export const quietHours = 2;

/** Throws on the first broken invariant; `onWorld` sees the world before. */
export function simulate(options: SimOptions, onWorld?: (world: World) => void): SimResult {
  const random = createRandom(options.seed);
  let sim: SimContext | null = null;
  const world = createWorld({
    config: simSite(random),
    keep: options.keep ?? false,
    auditEvery: options.auditEvery ?? 1,
    ...(options.handle === undefined ? {} : { handle: options.handle }),
    times: () => ({
      answerMs: random.between(0, 200),
      ringMs: random.between(5, 300),
      dropMs: random.chance(options.faults) ? random.between(1_000, 40_000) : random.between(0, 50),
      promptMs: random.between(500, 3_000),
    }),
    onCommand: (command) => {
      if (sim !== null) onCommand(sim, command);
    },
  });
  const context: SimContext = {
    world,
    random,
    faults: options.faults,
    untilMs: world.nowMs() + options.hours * 3_600_000,
    later: (ms, run) => world.schedule.at(world.nowMs() + ms, run),
  };
  sim = context;
  onWorld?.(world);
  startShifts(context);
  startSupervision(context);
  const calls = scheduleCallers(context, options);
  scheduleFaults(context);
  world.runs((options.hours + quietHours) * 3_600_000);
  world.auditor.checkQuiet(world.state());
  const legs = [...world.edge.legs.keys()];
  if (legs.length > 0) throw new Error(`[35] the edge is left with legs: ${legs.join(" ")}`);
  return { world, calls: calls() };
}

/** Somebody notices what the engine does. */
function onCommand(sim: SimContext, command: Command): void {
  if (command.type === "dialLeg") outsideRings(sim, command.legId);
  if (command.type !== "ringAgentLeg" || command.agentId === supervisorId) return;
  phoneRings(sim, command.agentId, command.legId);
  callerHearsRinging(sim, command.callId);
}
