// Numbers: service-level variants with both numbers, histograms, cohorts, days, and balanced books.
import { describe, expect, it } from "vitest";
import { startMs } from "../../../test/support/site.ts";
import { createWorld } from "../../../test/support/world.ts";
import { createHistogram, observe } from "./histogram.ts";
import { cohortMs, sumCohorts } from "./queue-stats.ts";
import {
  serviceLevelAbandonIgnored,
  serviceLevelAbandonNegative,
  serviceLevelAbandonPositive,
  serviceLevelHandledOnly,
} from "./service-level.ts";
import { agentToday, applyFact, createStats, unbalancedQueues } from "./stats.ts";

describe("service level", () => {
  const counts = {
    offered: 100,
    answered: 80,
    answeredWithinTarget: 60,
    abandonedWithinTarget: 10,
  };
  const none = { offered: 0, answered: 0, answeredWithinTarget: 0, abandonedWithinTarget: 0 };

  it.each([
    ["handled only", serviceLevelHandledOnly, 60, 80],
    ["abandon ignored", serviceLevelAbandonIgnored, 60, 90],
    ["abandon positive", serviceLevelAbandonPositive, 70, 100],
    ["abandon negative", serviceLevelAbandonNegative, 60, 100],
  ] as const)("%s is %s of %s", (_, variant, numerator, denominator) => {
    expect(variant(counts)).toEqual({ numerator, denominator, ratio: numerator / denominator });
    expect(variant(none)).toEqual({ numerator: 0, denominator: 0, ratio: null });
  });
});

it("puts a value on a bound into that bound's bucket", () => {
  const histogram = createHistogram();
  for (const ms of [0, 1_000, 1_001, 15_000, 1_200_000, 1_200_001]) observe(histogram, ms);
  expect(histogram.counts).toEqual([2, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  expect(histogram).toMatchObject({ count: 6, sumMs: 2_417_002 });
});

describe("folded from facts", () => {
  it("counts answered and abandoned calls in the interval in which they entered the queue", () => {
    const world = createWorld();
    world.caller("c1").dials("10086");
    world.caller("c2").dials("10086");
    world.runs(cohortMs);
    world.caller("c2").hangsUp();
    world.agent("1001").comesIn().answers();
    world.caller("c3").dials("10086");
    const queue = world.centre().stats.queues.get("sales");
    if (queue === undefined) throw new Error("the queue is counted");
    const cohort = (index: number) =>
      sumCohorts(queue, {
        fromMs: startMs + index * cohortMs,
        toMs: startMs + (index + 1) * cohortMs,
      });
    expect(cohort(0)).toMatchObject({
      offered: 2,
      answered: 1,
      abandoned: 1,
      answeredWithinTarget: 0,
    });
    expect(cohort(1)).toMatchObject({ offered: 1, answered: 0, abandoned: 0 });
    expect(unbalancedQueues(world.centre().stats, new Map([["sales", 1]]))).toEqual([]);
    expect(unbalancedQueues(world.centre().stats, new Map())).toEqual([
      { queueId: "sales", expected: 1, counted: 0 },
    ]);
  });

  it.each([
    [15_000, 1],
    [15_001, 0],
  ])("counts an answer after %i ms within the target of 15 s: %i", (waitMs, within) => {
    const world = createWorld();
    world.caller("c1").dials("10086");
    world.runs(waitMs);
    world.agent("1001").comesIn().answers();
    const { answered, answeredWithinTarget } = world.state().counters.queues[0] ?? {};
    expect([answered, answeredWithinTarget]).toEqual([1, within]);
  });

  it("keeps intervals for two days", () => {
    const world = createWorld();
    for (let hour = 0; hour < 60; hour += 1) {
      world.caller(`c${hour}`).dials("10086").hangsUp();
      world.runs("1h");
    }
    expect(world.centre().stats.queues.get("sales")?.cohorts.size).toBe(49);
  });

  it("begins an agent's day at the site's midnight", () => {
    const world = createWorld();
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    world.runs("3s");
    world.agent("1001").answers();
    world.runs("20s");
    world.caller("c1").hangsUp();
    world.agent("1001").endsWrapUp();
    const today = (nowMs: number) => agentToday(world.centre().stats, "1001", nowMs);
    expect(today(world.nowMs())).toMatchObject({ answered: 1, talkMs: 20_000, missed: 0 });
    // The test starts at nine in the morning in China.
    expect(today(startMs + 15 * 3_600_000 - 1)).toMatchObject({ answered: 1 });
    expect(today(startMs + 15 * 3_600_000)).toMatchObject({ answered: 0, talkMs: 0 });
  });

  it("is the same when folded again", () => {
    const world = createWorld();
    world.agent("1001").comesIn();
    for (let call = 0; call < 5; call += 1) {
      world.caller(`c${call}`).dials("10086");
      world.runs("3s");
      world.agent("1001").answers();
      world.runs("3s");
      world.caller(`c${call}`).hangsUp();
      world.agent("1001").endsWrapUp();
    }
    const { queues } = world.centre().config;
    const again = createStats({ queues, dayOffsetMinutes: 480 });
    for (const fact of world.facts) applyFact(again, fact);
    expect(again).toEqual(world.centre().stats);
  });
});
