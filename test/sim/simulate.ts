// A whole centre in virtual time from one seed: callers with patience, agents with habits, faults.
// The auditor judges every step.
import type { CentreConfig, QueueConfig } from "../../engine/core/centre-config.ts";
import type { Command } from "../../engine/core/command.ts";
import { agentConfig, queueConfig, siteConfig } from "../support/site.ts";
import { createWorld, type World } from "../support/world.ts";
import { createRandom, type Random } from "./random.ts";

export type SimOptions = Readonly<{
  seed: number;
  hours: number;
  /** Mean time between arrivals. */
  everyMs: number;
  /** Chance of each fault; 0 is a quiet day. */
  faults: number;
  /** Audit each n-th step; books are kept at every step. */
  auditEvery?: number;
}>;

export type SimResult = Readonly<{
  world: World;
  calls: number;
  /** Arrivals stopped, everybody left, and nothing was left. */
  quiet: boolean;
}>;

/** Throws with seed and time on the first broken invariant; `onWorld` sees the world before. */
export function simulate(options: SimOptions, onWorld?: (world: World) => void): SimResult {
  const random = createRandom(options.seed);
  let world: World | null = null;
  const created = createWorld({
    config: simSite(random),
    keep: false,
    auditEvery: options.auditEvery ?? 1,
    times: () => ({
      answerMs: random.between(0, 200),
      ringMs: random.between(5, 300),
      dropMs: random.chance(options.faults) ? random.between(1_000, 40_000) : random.between(0, 50),
      promptMs: random.between(500, 3_000),
    }),
    onCommand: (command) => {
      if (world !== null) onCommand(world, random, options, command);
    },
  });
  world = created;
  onWorld?.(created);
  const untilMs = created.nowMs() + options.hours * 3_600_000;
  startShift(created, random, untilMs, options.faults);
  const calls = scheduleCallers(created, random, options, untilMs);
  if (options.faults > 0) scheduleFaults(created, random, untilMs);
  created.runs(options.hours * 3_600_000);
  // Patience ends every wait, so an hour later everybody has gone.
  created.runs("2h");
  created.auditor.checkQuiet(created.state());
  return { world: created, calls: calls(), quiet: true };
}

function simSite(random: Random): CentreConfig {
  const agents = Array.from({ length: random.between(2, 12) }, (_, index) => {
    const skills: Record<string, number> = {};
    if (random.chance(0.8)) skills["sales"] = random.between(1, 5);
    if (random.chance(0.6)) skills["support"] = random.between(1, 5);
    const kind = random.pick(["browser", "browser", "phone", "always", "fixed"]);
    const id = `${1001 + index}`;
    const ronaPauseMs = random.between(0, 20_000);
    const reserve = random.chance(0.2) ? { reserve: "leaders" } : {};
    if (random.chance(0.5)) skills["english"] = 1;
    if (kind === "browser") return { ...agentConfig(id, skills), ...reserve };
    if (kind === "fixed") {
      const uri = `sip:${id}@127.0.0.1`;
      return agentConfig(id, skills, { kind: "fixed", uri, alwaysReady: true, ronaPauseMs });
    }
    const alwaysReady = kind === "always";
    return { ...agentConfig(id, skills, { kind: "phone", alwaysReady, ronaPauseMs }), ...reserve };
  });
  return siteConfig({
    recordShare: 0.5,
    agents,
    queueChoice: random.pick(["priority", "deadlineFirst"]),
    languageSkills: random.chance(0.5) ? { en: "english" } : {},
    queues: [
      queueConfig("sales", {
        requirements: [{ skillId: "sales", levelMin: random.between(1, 3) }],
        ringMsMax: random.between(5_000, 20_000),
        wrapUpMs: random.pick([0, 10_000, 30_000]),
        announcement: random.chance(0.5) ? { prompt: "please-wait", everyMs: 20_000 } : null,
        waitingMax: random.pick([0, 3, 20, 200]),
        waitMsMax: random.pick([null, 60_000, 300_000]),
        ...someRouting(random, "support"),
      }),
      queueConfig("support", {
        requirements: [{ skillId: "support", levelMin: 1 }],
        priority: random.between(0, 2),
        wrapUpMs: random.pick([0, 5_000]),
        ...someRouting(random, "sales"),
      }),
    ],
  });
}

/** A strategy, and any mixture of the rules that widen, age, close and overflow a queue. */
function someRouting(random: Random, other: string): Partial<QueueConfig> {
  const strategy = random.pick([
    "longestIdle",
    "fewestCallsToday",
    "lowestOccupancy",
    "mostSkilled",
    "leastSkilled",
    "roundRobin",
  ] as const);
  if (random.chance(0.3)) return { strategy };
  const elsewhere = random.chance(0.5)
    ? ({ kind: "queue", queueId: other } as const)
    : ({ kind: "release", prompt: "closed" } as const);
  const relax = [
    { afterMs: random.between(0, 30_000), levelDrop: 2, dropSkills: [], reserves: [] },
    {
      afterMs: random.between(31_000, 60_000),
      levelDrop: 0,
      dropSkills: ["english"],
      reserves: [],
    },
    {
      afterMs: random.between(61_000, 90_000),
      levelDrop: 0,
      dropSkills: [],
      reserves: ["leaders"],
    },
  ];
  return {
    strategy,
    routing: {
      ageingMs: random.pick([null, 60_000]),
      relax: random.chance(0.6) ? relax : [],
      lastAgent: random.chance(0.3) ? { withinMs: 600_000, patienceMs: 20_000 } : null,
      agentCallsPerDayMax: random.pick([null, null, 20]),
      hours: random.pick([null, "office", "lunch"]),
      closed: elsewhere,
      noAgent: random.chance(0.3) ? elsewhere : null,
      overflow: random.chance(0.4) ? { afterMs: random.between(1, 120_000), to: elsewhere } : null,
      waitPrompts: [{ withinMs: 600_000, prompt: "wait" }],
    },
  };
}

function startShift(world: World, random: Random, untilMs: number, faults: number): void {
  for (const { agentId } of world.state().agents) {
    const { schedule } = world;
    schedule.at(world.nowMs() + random.between(0, 600_000), () => world.agent(agentId).comesIn());
    const habit = () => {
      if (world.nowMs() > untilMs) return;
      agentHabit(world, random, agentId, faults);
      schedule.at(world.nowMs() + random.exponential(300_000), habit);
    };
    schedule.at(world.nowMs() + random.exponential(300_000), habit);
  }
}

function agentHabit(world: World, random: Random, agentId: string, faults: number): void {
  const agent = world.agent(agentId);
  const later = (ms: number, run: () => void) => world.schedule.at(world.nowMs() + ms, run);
  if (random.chance(faults)) {
    const fault = random.pick(["close", "lose", "unbind", "log out", "double"]);
    if (fault === "close") agent.closesDesk();
    if (fault === "lose") agent.losesDesk();
    if (fault === "unbind") world.post({ type: "deviceUnbound", agentId });
    if (fault === "log out") agent.requests({ type: "logOut" });
    if (fault === "double") agent.goesReady().goesReady().logsIn();
    if (random.chance(0.5)) agent.mediaBecomes("silent");
    later(random.between(100, 60_000), () => agent.comesIn().mediaBecomes("flowing"));
    return;
  }
  const mood = random.pick(["break", "ready", "ready", "hold", "digits", "nothing"]);
  if (mood === "break") {
    agent.goesNotReady();
    later(random.between(10_000, 600_000), () => agent.goesReady());
  } else if (mood === "ready") agent.comesIn();
  else if (mood === "hold") {
    agent.requests({ type: "hold" });
    later(random.between(1_000, 60_000), () => agent.requests({ type: "unhold" }));
  } else if (mood === "digits") agent.requests({ type: "sendDigits", digits: "12#" });
}

/** A phone rings: the agent behind it does something. */
function onCommand(world: World, random: Random, options: SimOptions, command: Command): void {
  if (command.type !== "ringAgentLeg") return;
  const { agentId, legId } = command;
  const agent = world.agent(agentId);
  const later = (ms: number, run: () => void) => world.schedule.at(world.nowMs() + ms, run);
  if (random.chance(0.06)) return;
  if (random.chance(0.04)) {
    later(random.between(500, 5_000), () => agent.rejects());
    return;
  }
  if (random.chance(options.faults)) {
    later(random.between(10, 4_000), () =>
      world.edge.hangUp(legId, random.pick(["busy", "rejected", "edgeLost"])),
    );
    return;
  }
  // Some answers cross the end of ringing.
  later(random.exponential(random.chance(0.1) ? 15_000 : 2_500), () => {
    if (!world.edge.answer(legId)) {
      if (random.chance(options.faults)) {
        world.post({ type: "legAnswered", legId, dialogRef: "late" });
      }
      return;
    }
    talk(world, random, options, agentId);
  });
}

function talk(world: World, random: Random, options: SimOptions, agentId: string): void {
  const agent = world.agent(agentId);
  const legId = agent.leg()?.legId;
  world.schedule.at(world.nowMs() + random.exponential(120_000), () => {
    if (legId === undefined || !world.edge.legs.has(legId)) return;
    const end = random.pick(["desk", "device", "caller", "caller"]);
    if (random.chance(options.faults)) {
      if (random.chance(0.5)) agent.mediaBecomes("failed");
      else agent.hangsUp("mediaLost");
    } else if (end === "desk") agent.requests({ type: "release" });
    else if (end === "device") agent.hangsUp();
    else {
      const bridge = world.edge.legs.get(legId)?.bridgedTo;
      const other = [...world.edge.legs.values()].find(
        (leg) => leg.role === "caller" && leg.bridgedTo === bridge && bridge !== null,
      );
      if (other !== undefined) world.edge.hangUp(other.legId);
      else agent.requests({ type: "release" });
    }
    world.schedule.at(world.nowMs() + random.exponential(15_000), () => agent.endsWrapUp());
  });
}

function scheduleCallers(
  world: World,
  random: Random,
  options: SimOptions,
  untilMs: number,
): () => number {
  let calls = 0;
  const arrive = () => {
    if (world.nowMs() > untilMs) return;
    calls += 1;
    callIn(world, random, `${options.seed}-${calls}`, options.faults);
    world.schedule.at(world.nowMs() + random.exponential(options.everyMs), arrive);
  };
  world.schedule.at(world.nowMs() + random.exponential(options.everyMs), arrive);
  return () => calls;
}

function callIn(world: World, random: Random, callId: string, faults: number): void {
  const caller = world.caller(callId).dials(random.pick(["12345", "12345", "10086", "999"]));
  const later = (ms: number, run: () => void) => world.schedule.at(world.nowMs() + ms, run);
  // Everybody gives up at some time, in whatever place.
  later(random.chance(0.1) ? random.between(0, 3_000) : random.exponential(180_000), () => {
    const talking = caller.leg()?.bridgedTo ?? null;
    if (talking === null || random.chance(0.3)) caller.hangsUp();
    else later(1_800_000, () => caller.hangsUp());
  });
  later(3_600_000, () => caller.hangsUp());
  for (let key = random.between(0, 5); key > 0; key -= 1) {
    const digit = random.pick(["1", "1", "2", "2", "9", "7", "*"]);
    later(random.between(0, 30_000), () => {
      if (caller.leg() !== undefined) caller.presses(digit);
    });
  }
  if (random.chance(faults)) {
    later(random.between(0, 60_000), () => {
      const leg = caller.leg();
      if (leg === undefined) return;
      world.post({ type: "legMediaChanged", legId: leg.legId, media: "silent" });
      world.post({ type: "legAnswered", legId: leg.legId, dialogRef: "again" });
      if (random.chance(0.5)) caller.hangsUp("edgeLost");
    });
  }
}

function scheduleFaults(world: World, random: Random, untilMs: number): void {
  const base = world.centre().config;
  const happen = () => {
    if (world.nowMs() > untilMs) return;
    const fault = random.pick([
      "kill",
      "reload",
      "strange",
      "fewer agents",
      "edge loses",
      "reserve",
      "loan",
      "hours",
    ]);
    if (fault === "edge loses") {
      // Legs that end while the engine is dead are reported to nobody.
      for (const legId of [...world.edge.legs.keys()])
        if (random.chance(0.2)) world.edge.forget(legId);
    }
    if (fault === "kill" || fault === "edge loses") {
      world.restarts(random.between(0, 5_000));
      for (const { agentId } of world.state().agents) {
        if (random.chance(0.9)) {
          const back = world.nowMs() + random.between(500, 20_000);
          world.schedule.at(back, () => world.agent(agentId).opensDesk());
        }
      }
    } else if (fault === "reserve") {
      const untilMs = random.chance(0.5) ? null : world.nowMs() + random.between(-5, 600_000);
      const isOn = random.chance(0.7);
      world.post({ type: "reserveSwitched", groupId: "leaders", isOn, untilMs });
    } else if (fault === "loan") {
      const agentId = `${random.between(1_001, 1_012)}`;
      const untilMs = world.nowMs() + random.between(-5, 600_000);
      const skills = { sales: random.between(1, 5), support: 1 };
      world.post({ type: "agentLent", agentId, skills, untilMs });
    } else if (fault === "hours") {
      const fromMs = world.nowMs() + random.between(-600_000, 600_000);
      const lunch = [{ fromMs, toMs: fromMs + random.between(1, 1_800_000) }];
      world.post({ type: "calendarsUpdated", calendars: { ...world.centre().calendars, lunch } });
    } else if (fault === "reload") world.post({ type: "configured", config: base });
    else if (fault === "fewer agents") {
      const agents = base.agents.filter(() => random.chance(0.7));
      world.post({
        type: "configured",
        config: { ...base, agents, queues: base.queues.slice(0, 1) },
      });
      world.schedule.at(world.nowMs() + random.between(1_000, 120_000), () =>
        world.post({ type: "configured", config: base }),
      );
    } else {
      world.post({
        type: "legReleased",
        legId: "nobody",
        cause: { reason: "normal", sipStatus: null },
      });
      world.post({ type: "deskChanged", agentId: "nobody", desk: "open" });
      world.post({ type: "playFinished", legId: "nobody", playId: "x", outcome: "failed" });
    }
    world.schedule.at(world.nowMs() + random.exponential(900_000), happen);
  };
  world.schedule.at(world.nowMs() + random.exponential(900_000), happen);
}
