// What breaks: the engine at any moment, the edge, the clock, the configuration, and input that fits
// nothing.
import { repeatedly, type SimContext, someAgent } from "./context.ts";
import { otherRules } from "./sim-site.ts";

export function scheduleFaults(sim: SimContext): void {
  if (sim.faults === 0) return;
  const base = sim.world.centre().config;
  repeatedly(sim, 300_000, () => {
    const happen = sim.random.pick([
      engineDies,
      engineDies,
      engineDiesInAStep,
      edgeDies,
      clockJumps,
      hoursChange,
      strangeInput,
      (context) => reload(context, base),
      (context) => fewer(context, base),
      (context) => rulesChange(context, base),
    ] as [Fault, ...Fault[]]);
    happen(sim);
  });
}

type Fault = (sim: SimContext) => void;
type Config = ReturnType<SimContext["world"]["centre"]>["config"];

/** Killed between two inputs; some legs end while nobody listens. */
function engineDies(sim: SimContext): void {
  const { world, random } = sim;
  if (random.chance(0.5)) {
    for (const legId of [...world.edge.legs.keys()]) {
      if (random.chance(0.2)) world.edge.forget(legId);
    }
  }
  world.edge.engineDied();
  world.restarts(random.between(0, 5_000));
  pagesComeBack(sim);
}

/** The input is in the journal, its commands never leave. */
function engineDiesInAStep(sim: SimContext): void {
  const { world, random } = sim;
  const legIds = [...world.edge.legs.keys()];
  const legId = legIds[random.between(0, Math.max(0, legIds.length - 1))];
  const agentId = someAgent(sim);
  world.diesDuring(
    () => {
      if (legId !== undefined && random.chance(0.6)) {
        if (!world.edge.answer(legId)) world.edge.hangUp(legId);
      } else if (random.chance(0.5)) world.agent(agentId).requests({ type: "release" });
      else world.agent(agentId).transfers({ queueId: random.pick(["sales", "support"]) });
    },
    random.between(0, 5_000),
  );
  pagesComeBack(sim);
}

function pagesComeBack({ world, random, later }: SimContext): void {
  for (const { agentId } of world.state().agents) {
    if (random.chance(0.9))
      later(random.between(500, 20_000), () => world.agent(agentId).opensDesk());
  }
}

function edgeDies({ world }: SimContext): void {
  world.edge.restarts();
}

function clockJumps({ world, random }: SimContext): void {
  if (random.chance(0.5)) world.jumps(random.between(1_000, 600_000));
  else world.post({ type: "timeAdvanced" }, -random.between(1, 3_600_000));
}

function hoursChange({ world, random }: SimContext): void {
  const fromMs = world.nowMs() + random.between(-600_000, 600_000);
  const lunch = [{ fromMs, toMs: fromMs + random.between(1, 1_800_000) }];
  world.post({ type: "calendarsUpdated", calendars: { ...world.centre().calendars, lunch } });
}

/** In mid-call, everything as before. */
const reload = ({ world }: SimContext, base: Config): void =>
  world.post({ type: "configured", config: base });

/** In mid-call other skills, strategies and rules, for good. */
const rulesChange = ({ world, random }: SimContext, base: Config): void =>
  world.post({ type: "configured", config: otherRules(random, base) });

/** Agents and a queue go in mid-call, and come again. */
function fewer({ world, random, later }: SimContext, base: Config): void {
  const agents = base.agents.filter(() => random.chance(0.7));
  world.post({ type: "configured", config: { ...base, agents, queues: base.queues.slice(0, 1) } });
  later(random.between(1_000, 120_000), () => world.post({ type: "configured", config: base }));
}

function strangeInput({ world, random }: SimContext): void {
  const cause = { reason: "normal", sipStatus: null } as const;
  const skewMs = -random.between(0, 10_000);
  world.post({ type: "legReleased", legId: "nobody", cause }, skewMs);
  world.post({ type: "legAnswered", legId: "nobody", dialogRef: "x" }, skewMs);
  world.post({ type: "deskChanged", agentId: "nobody", desk: "open" });
  world.post({ type: "playFinished", legId: "nobody", playId: "x", outcome: "failed" });
  world.post({ type: "digitPressed", legId: "nobody", digit: "1" });
  world.agent("nobody").goesReady();
}
