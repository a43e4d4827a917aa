// A small centre drawn from the seed: devices, skills, strategies and any mixture of routing rules.
import type { CallbackRule, CentreConfig, QueueConfig } from "../../engine/core/centre-config.ts";
import { agentConfig, queueConfig, siteConfig } from "../support/site.ts";
import type { Random } from "./random.ts";
import { supervisorId } from "./supervisors.ts";

export function simSite(random: Random): CentreConfig {
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
    rejoinMs: 10_000,
    agents,
    supervisors: [supervisorId],
    queueChoice: random.pick(["priority", "deadlineFirst"]),
    languageSkills: random.chance(0.5) ? { en: "english" } : {},
    queues: someQueues(random),
  });
}

function someQueues(random: Random): readonly QueueConfig[] {
  return [
    queueConfig("sales", {
      outbound: someOutbound(random),
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
      // Else its callbacks fail at the toll check.
      ...(random.chance(0.5) ? { outbound: someOutbound(random) } : {}),
      ...someRouting(random, "sales"),
    }),
  ];
}

/** Other rules and other skills for the same people in the same queues. */
export function otherRules(random: Random, base: CentreConfig): CentreConfig {
  return {
    ...base,
    queueChoice: random.pick(["priority", "deadlineFirst"]),
    queues: someQueues(random),
    agents: base.agents.map((agent) =>
      random.chance(0.7)
        ? agent
        : { ...agent, skills: { sales: random.between(0, 5), support: random.between(0, 2) } },
    ),
  };
}

const someOutbound = (random: Random): NonNullable<QueueConfig["outbound"]> => ({
  trunkId: "trunk",
  callerIds: ["4008001"],
  allow: ["0", "1"],
  deny: ["00"],
  ringMsMax: random.between(5_000, 30_000),
});

/** The key that chooses a callback, where a queue has them. */
export const callbackKey = "8";

const someCallback = (random: Random): CallbackRule => ({
  key: callbackKey,
  offerAfterMs: random.pick([null, 1, 20_000]),
  offerPrompt: "callback-offer",
  confirmPrompt: "callback-confirm",
  donePrompt: "callback-done",
  attemptsMax: random.between(1, 3),
  retryMs: random.between(1, 120_000),
});

/** A strategy, and any mixture of the rules that widen, age, close and overflow a queue. */
function someRouting(random: Random, other: string): Partial<QueueConfig> {
  const strategy = random.pick([
    "longestIdle",
    "fewestCallsToday",
    "lowestOccupancy",
    "mostSkilled",
    "leastSkilled",
    "roundRobin",
    "ringAll",
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
      callback: random.chance(0.6) ? someCallback(random) : null,
    },
  };
}
