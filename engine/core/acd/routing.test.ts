// Strategies, widening, ageing, loans and reserves, and where callers go whom a queue does not serve.
import { describe, expect, it } from "vitest";
import { agentConfig, queueConfig, siteConfig, startMs } from "../../../test/support/site.ts";
import { createWorld, type World } from "../../../test/support/world.ts";
import type { AgentConfig, CentreConfig, QueueConfig, QueueRouting } from "../centre-config.ts";

const routing = (changes: Partial<QueueRouting> = {}): QueueRouting => ({
  ageingMs: null,
  relax: [],
  lastAgent: null,
  agentCallsPerDayMax: null,
  hours: null,
  closed: { kind: "release", prompt: "closed" },
  noAgent: null,
  overflow: null,
  waitPrompts: [],
  ...changes,
});

const sales = (changes: Partial<QueueConfig> & { rules?: Partial<QueueRouting> }): QueueConfig => {
  const { rules, ...rest } = changes;
  return queueConfig("sales", { wrapUpMs: 0, ...rest, routing: routing(rules) });
};

const step = (afterMs: number, more: Partial<QueueRouting["relax"][number]> = {}) => ({
  afterMs,
  levelDrop: 0,
  dropSkills: [],
  reserves: [],
  ...more,
});

const site = (
  queue: QueueConfig,
  agents: readonly AgentConfig[],
  changes: Partial<CentreConfig> = {},
) => siteConfig({ queues: [queue, queueConfig("support", { wrapUpMs: 0 })], agents, ...changes });

const agents = (...ids: readonly string[]) => ids.map((id) => agentConfig(id));
const sitsWith = (world: World, callId: string): string | null => {
  const place = world.placeOf(callId);
  return place !== undefined && "agentId" in place ? place.agentId : null;
};

/** One call after the other, each ended; gives who was offered them. */
function offered(world: World, count: number): (string | null)[] {
  return Array.from({ length: count }, (_, index) => {
    const caller = world.caller(`n${index}`).dials("10086");
    const agentId = sitsWith(world, `n${index}`);
    if (agentId !== null) world.agent(agentId).answers();
    world.runs(1_000 * (index + 1));
    caller.hangsUp();
    // The agent's phone hears of it.
    world.runs(10);
    return agentId;
  });
}

describe("a strategy", () => {
  const world = (strategy: QueueConfig["strategy"], people: readonly AgentConfig[]) => {
    const created = createWorld({ config: site(sales({ strategy }), people) });
    for (const { id } of people) {
      created.agent(id).comesIn();
      created.runs(10);
    }
    return created;
  };
  const skilled = [
    agentConfig("mid", { sales: 2 }),
    agentConfig("top", { sales: 5 }),
    agentConfig("low", { sales: 1, support: 1 }),
    agentConfig("new", { sales: 1 }),
  ];

  it.each([
    ["longestIdle", ["a", "b", "c", "a"]],
    ["roundRobin", ["a", "b", "c", "a"]],
    ["fewestCallsToday", ["a", "b", "c", "a"]],
    // Everybody starts at 0; then c, who was free for longest before the talk, has the lowest share.
    ["lowestOccupancy", ["a", "b", "c", "c"]],
  ] as const)("%s spreads calls", (strategy, expected) => {
    expect(offered(world(strategy, agents("a", "b", "c")), 4)).toEqual(expected);
  });

  it.each([
    ["mostSkilled", "top"],
    ["leastSkilled", "new"],
  ] as const)("%s prefers %s", (strategy, expected) => {
    expect(offered(world(strategy, skilled), 3)).toEqual([expected, expected, expected]);
  });

  it("fewestCallsToday gives the next one to who came late", () => {
    const day = world("fewestCallsToday", agents("a", "b"));
    day.agent("b").goesNotReady();
    offered(day, 3);
    day.agent("b").goesReady();
    expect(offered(day, 2)).toEqual(["b", "b"]);
  });

  it("roundRobin takes turns whatever became of the offer", () => {
    const day = world("roundRobin", agents("a", "b"));
    day.caller("c1").dials("10086");
    day.caller("c1").hangsUp();
    expect(offered(day, 1)).toEqual(["b"]);
  });

  it("lowestOccupancy counts from what was done, not from what is", () => {
    const day = world("lowestOccupancy", agents("a", "b"));
    day.caller("long").dials("10086");
    day.agent("a").answers();
    day.runs("5m");
    day.caller("long").hangsUp();
    day.runs("1m");
    expect(offered(day, 3)).toEqual(["b", "b", "b"]);
  });
});

describe("a need relaxes", () => {
  const steps = [
    step(10_000, { levelDrop: 2 }),
    step(20_000, { dropSkills: ["sales"] }),
    step(30_000, { reserves: ["leaders"] }),
  ];
  const people = [
    agentConfig("low", { sales: 2 }),
    agentConfig("none", {}),
    { ...agentConfig("leader", { sales: 9 }), reserve: "leaders" },
  ];

  it.each([
    ["low", 9_999, 10_000],
    ["none", 19_999, 20_000],
    ["leader", 29_999, 30_000],
  ] as const)("to %s, and not a millisecond before", (id, before, at) => {
    const queue = sales({
      requirements: [{ skillId: "sales", levelMin: 4 }],
      rules: { relax: steps },
    });
    const world = createWorld({ config: site(queue, people) });
    world.agent(id).comesIn();
    world.caller("c1").dials("10086");
    world.runs(before);
    expect(sitsWith(world, "c1")).toBeNull();
    world.runs(at - before);
    expect(sitsWith(world, "c1")).toBe(id);
  });

  it("while it rings, and keeps place and steps when the offer comes to nothing", () => {
    const queue = sales({
      requirements: [{ skillId: "sales", levelMin: 2 }],
      ringMsMax: 15_000,
      rules: { relax: [step(10_000, { dropSkills: ["sales"] })] },
    });
    const world = createWorld({ config: site(queue, people) });
    world.agent("low").comesIn();
    world.caller("c1").dials("10086");
    world.runs("1s");
    world.caller("c2").dials("10086");
    world.agent("none").comesIn();
    world.runs("10s");
    // c2 has waited for 10 s and rings at the one without skills; c1 still rings.
    expect([sitsWith(world, "c1"), sitsWith(world, "c2")]).toEqual(["low", "none"]);
    world.agent("none").rejects();
    world.agent("none").goesReady();
    expect(sitsWith(world, "c2")).toBe("none");
    world.agent("none").rejects();
    world.runs("4s");
    world.agent("none").goesReady();
    expect(sitsWith(world, "c1")).toBe("none");
  });

  it("anew when the configuration changes", () => {
    const queue = sales({ requirements: [{ skillId: "sales", levelMin: 4 }] });
    const world = createWorld({ config: site(queue, people) });
    world.agent("low").comesIn();
    world.caller("c1").dials("10086");
    world.runs("15s");
    const relaxing = { ...queue, routing: routing({ relax: steps }) };
    world.post({ type: "configured", config: site(relaxing, people) });
    expect(sitsWith(world, "c1")).toBe("low");
  });
});

describe("a call may need more than its queue", () => {
  const people = [agentConfig("zh", { sales: 5 }), agentConfig("en", { sales: 1, english: 1 })];
  const withLanguage = site(sales({}), people, { languageSkills: { en: "english" } });

  it("its language", () => {
    const world = createWorld({ config: withLanguage });
    for (const { id } of people) world.agent(id).comesIn();
    world.caller("c1").dials("12345").presses("21");
    world.runs("3s");
    expect(sitsWith(world, "c1")).toBe("en");
    world.caller("c2").dials("12345").presses("21");
    world.runs("3s");
    // The one without English stays free for others.
    expect(world.placeOf("c2")?.kind).toBe("queue");
    world.caller("c3").dials("10086");
    expect(sitsWith(world, "c3")).toBe("zh");
  });

  it("what its number asks for", () => {
    const [first, second] = siteConfig().numbers;
    const requirements = [{ skillId: "sales", levelMin: 3 }];
    const numbers = [first, second].flatMap((number) =>
      number === undefined ? [] : [{ ...number, requirements }],
    );
    const world = createWorld({ config: { ...withLanguage, numbers } });
    for (const { id } of people) world.agent(id).comesIn();
    world.caller("c1").dials("10086");
    world.caller("c2").dials("10086");
    expect([sitsWith(world, "c1"), sitsWith(world, "c2")]).toEqual(["zh", null]);
  });

  it("that nobody can meet: it waits and harms nobody", () => {
    const world = createWorld({
      config: site(sales({}), [agentConfig("zh", { sales: 1 })], {
        languageSkills: { en: "english" },
      }),
    });
    world.agent("zh").comesIn();
    world.caller("c1").dials("12345").presses("21");
    world.runs("1h");
    expect(world.placeOf("c1")?.kind).toBe("queue");
    world.caller("c2").dials("10086");
    expect(sitsWith(world, "c2")).toBe("zh");
  });
});

describe("priority", () => {
  // Through the flow a call comes with priority 1.
  const line = (ageingMs: number | null, waitMs: number) => {
    const world = createWorld({ config: site(sales({ rules: { ageingMs } }), agents("a")) });
    world.caller("plain").dials("10086");
    world.runs(waitMs);
    world.caller("vip").dials("12345").presses("11");
    world.runs("5s");
    world.agent("a").comesIn();
    return sitsWith(world, "plain") === null ? "vip" : "plain";
  };

  it("is strict without ageing, and worth a fixed wait with it", () => {
    expect([line(null, 600_000), line(60_000, 50_000), line(60_000, 70_000)]).toEqual([
      "vip",
      "vip",
      "plain",
    ]);
  });

  it("of a queue ages with the wait of its head: nobody starves", () => {
    const config = siteConfig({
      queues: [
        sales({ priority: 0, rules: { ageingMs: 60_000 } }),
        queueConfig("support", { priority: 2, routing: routing({ ageingMs: 60_000 }) }),
      ],
      agents: [agentConfig("both", { sales: 1, support: 1 })],
    });
    for (const [waitMs, first] of [
      [100_000, "support"],
      [130_000, "sales"],
    ] as const) {
      const world = createWorld({ config });
      world.caller("sales").dials("10086");
      world.runs(waitMs);
      world.caller("support").dials("12345").presses("12");
      world.runs("5s");
      world.agent("both").comesIn();
      expect(sitsWith(world, first)).toBe("both");
    }
  });

  it("gives way to the earliest deadline where deadlines rule", () => {
    for (const [queueChoice, first] of [
      ["priority", "support"],
      ["deadlineFirst", "sales"],
    ] as const) {
      const config = siteConfig({
        queueChoice,
        queues: [
          sales({ targetMs: 20_000 }),
          queueConfig("support", { priority: 2, targetMs: 60_000 }),
        ],
        agents: [agentConfig("both", { sales: 1, support: 1 })],
      });
      const world = createWorld({ config });
      world.caller("support").dials("12345").presses("12");
      world.runs("10s");
      world.caller("sales").dials("10086");
      world.agent("both").comesIn();
      expect(sitsWith(world, first)).toBe("both");
    }
  });
});

describe("who helps", () => {
  const people = [{ ...agentConfig("leader"), reserve: "leaders" }, agentConfig("guest", {})];
  const waiting = () => {
    const world = createWorld({ config: site(sales({}), people) });
    for (const { id } of people) world.agent(id).comesIn();
    world.caller("c1").dials("10086");
    expect(sitsWith(world, "c1")).toBeNull();
    return world;
  };
  const untilMs = startMs + 60_000;

  it("a reserve group, until its time is over", () => {
    const world = waiting();
    world.post({ type: "reserveSwitched", groupId: "leaders", isOn: true, untilMs });
    expect(sitsWith(world, "c1")).toBe("leader");
    world.caller("c1").hangsUp();
    world.runs("1m");
    world.caller("c2").dials("10086");
    expect(sitsWith(world, "c2")).toBeNull();
    world.post({ type: "reserveSwitched", groupId: "leaders", isOn: true, untilMs: null });
    expect(sitsWith(world, "c2")).toBe("leader");
    world.post({ type: "reserveSwitched", groupId: "leaders", isOn: false, untilMs: null });
    expect(sitsWith(world, "c2")).toBe("leader");
  });

  it("an agent lent out, until the loan is over; the running call goes on", () => {
    const world = waiting();
    world.post({ type: "agentLent", agentId: "guest", skills: { sales: 1 }, untilMs });
    expect(sitsWith(world, "c1")).toBe("guest");
    world.agent("guest").answers();
    world.runs("2m");
    expect(world.stateOf("guest")?.kind).toBe("onCall");
    world.caller("c1").hangsUp();
    world.caller("c2").dials("10086");
    expect(sitsWith(world, "c2")).toBeNull();
  });

  it.each([
    [{ type: "reserveSwitched", groupId: "nobody", isOn: true, untilMs: null }, "noMembers"],
    [{ type: "reserveSwitched", groupId: "leaders", isOn: false, untilMs: null }, "noChange"],
    [{ type: "reserveSwitched", groupId: "leaders", isOn: true, untilMs: 5 }, "alreadyOver"],
    [{ type: "agentLent", agentId: "x", skills: {}, untilMs }, "unknownAgent"],
    [{ type: "agentLent", agentId: "guest", skills: {}, untilMs: 5 }, "noChange"],
  ] as const)("%j is ignored: %s", (event, why) => {
    const world = waiting();
    world.mark();
    world.post(event);
    expect(
      world.facts.map((fact) => (fact.type === "eventIgnored" ? fact.why : fact.type)),
    ).toEqual([why]);
  });
});

describe("an agent's calls of a queue", () => {
  it("end at the day's limit and go on the next day", () => {
    const queue = sales({ rules: { agentCallsPerDayMax: 2 } });
    const world = createWorld({ config: site(queue, agents("a")) });
    world.agent("a").comesIn();
    expect(offered(world, 3)).toEqual(["a", "a", null]);
    world.runs("14h");
    world.caller("c1").dials("10086");
    expect(sitsWith(world, "c1")).toBeNull();
    // Midnight at UTC+8 is 15 hours after the start.
    world.runs("1h");
    expect(sitsWith(world, "c1")).toBe("a");
  });
});

describe("the agent who talked last with a number", () => {
  const queue = sales({ rules: { lastAgent: { withinMs: 600_000, patienceMs: 20_000 } } });
  const again = (pauseMs: number) => {
    const world = createWorld({ config: site(queue, agents("a", "b")) });
    for (const id of ["a", "b"]) world.agent(id).comesIn();
    expect(offered(world, 1)).toEqual(["a"]);
    world.runs(pauseMs);
    return world;
  };

  it("is preferred to who is idle for longer", () => {
    const world = again(60_000);
    world.caller("c2").dials("10086");
    expect(sitsWith(world, "c2")).toBe("a");
  });

  it("is waited for, but not for longer than the patience", () => {
    const world = again(1_000);
    world.caller("other").dials("10086", "13900000000");
    world.caller("more").dials("10086", "13900000001");
    expect([sitsWith(world, "other"), sitsWith(world, "more")]).toEqual(["b", "a"]);
    world.agent("a").answers();
    world.caller("other").hangsUp();
    world.caller("c2").dials("10086");
    world.runs(19_999);
    expect(sitsWith(world, "c2")).toBeNull();
    world.runs(1);
    expect(sitsWith(world, "c2")).toBe("b");
  });

  it("is nobody after a while, or when not at work", () => {
    const late = again(600_001);
    late.caller("c2").dials("10086");
    expect(sitsWith(late, "c2")).toBe("b");
    const gone = again(1_000);
    gone.agent("a").goesNotReady();
    gone.caller("c2").dials("10086");
    expect(sitsWith(gone, "c2")).toBe("b");
  });
});

describe("a caller whom the queue does not serve", () => {
  const toSupport = { kind: "queue", queueId: "support" } as const;

  it.each([
    ["closed", { hours: "never", closed: toSupport }],
    ["noAgent", { noAgent: toSupport }],
  ] as const)("%s goes to another queue and is counted there", (reason, rules) => {
    const world = createWorld({
      config: site(sales({ rules }), [agentConfig("s", { support: 1 })]),
    });
    world.post({ type: "calendarsUpdated", calendars: { never: [] } });
    world.agent("s").comesIn();
    world.caller("c1").dials("10086");
    expect(sitsWith(world, "c1")).toBe("s");
    const left = world.facts.find(({ type }) => type === "queueLeft");
    expect(left).toMatchObject({ queueId: "sales", outcome: { kind: "flowedOut", reason } });
    expect(world.state().counters.queues).toMatchObject([
      { queueId: "sales", offered: 1, flowedOut: 1 },
      { queueId: "support", offered: 1, waiting: 1 },
    ]);
  });

  it("hears why and is released when there is no other queue", () => {
    const world = createWorld({ config: site(sales({ rules: { hours: "never" } }), []) });
    world.post({ type: "calendarsUpdated", calendars: { never: [] } });
    const caller = world.caller("c1").dials("10086");
    world.runs(100);
    expect(caller.hears()).toEqual(["closed"]);
    world.runs("3s");
    expect(world.placeOf("c1")).toBeUndefined();
  });

  it("waits in an open queue while its calendar is not known", () => {
    const world = createWorld({ config: site(sales({ rules: { hours: "lost" } }), []) });
    world.caller("c1").dials("10086");
    expect(world.placeOf("c1")?.kind).toBe("queue");
  });

  it("overflows after a time, once, and stands before who came later", () => {
    const queue = sales({ rules: { overflow: { afterMs: 30_000, to: toSupport } } });
    const world = createWorld({ config: site(queue, []) });
    world.caller("c1").dials("10086");
    world.runs("20s");
    world.caller("late").dials("12345").presses("12");
    world.runs(9_999);
    expect(world.placeOf("c1")).toMatchObject({ kind: "queue", queueId: "sales" });
    world.runs(1);
    expect(world.state().queues[1]?.line.map(({ callId }) => callId)).toEqual(["c1", "late"]);
  });

  it("stays somewhere when queues overflow into each other", () => {
    const back = { afterMs: 1_000, to: { kind: "queue", queueId: "sales" } } as const;
    const config = siteConfig({
      queues: [
        sales({ rules: { overflow: { afterMs: 1_000, to: toSupport } } }),
        queueConfig("support", { routing: routing({ overflow: back }) }),
      ],
    });
    const world = createWorld({ config });
    world.caller("c1").dials("10086");
    world.runs("1h");
    expect(world.facts.filter(({ type }) => type === "queueEntered").length).toBe(6);
    expect(world.placeOf("c1")?.kind).toBe("queue");
  });
});

describe("the estimated wait", () => {
  const queue = sales({
    announcement: { prompt: "please-wait", everyMs: 10_000 },
    rules: {
      waitPrompts: [
        { withinMs: 60_000, prompt: "wait-1" },
        { withinMs: 180_000, prompt: "wait-3" },
      ],
    },
  });
  /** Calls of a minute, one after the other, each in line as the one before is answered. */
  const day = (calls: number, talkMs: (index: number) => number) => {
    const world = createWorld({ config: site(queue, agents("a")) });
    world.agent("a").comesIn();
    world.caller("n0").dials("10086");
    for (let index = 0; index < calls; index += 1) {
      world.agent("a").answers();
      world.caller(`n${index + 1}`).dials("10086");
      world.runs(talkMs(index));
      world.caller(`n${index}`).hangsUp();
      world.runs(10);
    }
    world.agent("a").answers();
    return world;
  };
  const heardBy = (world: World, callId: string) => {
    const caller = world.caller(callId).dials("10086");
    world.runs(10_500);
    return caller.hears();
  };

  it("is told, rounded up, once forecasts have proved right", () => {
    const world = day(40, () => 60_000);
    expect(heardBy(world, "x")).toEqual(["wait-1", "please-wait"]);
    expect(heardBy(world, "y")).toEqual(["wait-3", "please-wait"]);
    const forecasts = world.centre().stats.queues.get("sales")?.forecasts;
    expect(forecasts?.measured).toBeGreaterThan(10);
    expect(forecasts?.relativeError).toBeLessThan(0.1);
  });

  it("is not told before enough calls were handled, nor while forecasts are wrong", () => {
    expect(
      heardBy(
        day(10, () => 60_000),
        "x",
      ),
    ).toEqual(["please-wait"]);
    expect(
      heardBy(
        day(60, (index) => (index % 2 === 0 ? 600_000 : 2_000)),
        "x",
      ),
    ).toEqual(["please-wait"]);
  });

  it("is not told while nobody is at work", () => {
    const world = day(40, () => 60_000);
    world.caller("n40").hangsUp();
    world.agent("a").goesNotReady();
    expect(heardBy(world, "x")).toEqual(["please-wait"]);
  });
});
