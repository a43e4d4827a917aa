// The simulator against queueing theory, small enough for each commit; `npm run sim -- --oracle` runs
// more.
import { describe, expect, it } from "vitest";
import { erlang } from "./erlang.ts";
import { compare, settings } from "./oracle.ts";

describe("the theory", () => {
  it("gives the published figures: 10 erlangs at 12 agents wait with 44.9 %", () => {
    const setting = { arrivalRate: 10 / 180, talkSeconds: 180, agents: 12, patienceSeconds: null };
    const figures = erlang(setting, 1e-6);
    expect(1 - figures.serviceLevel).toBeCloseTo(0.449, 3);
    // Mean wait = P(wait) × talk ÷ (agents − load).
    expect(figures.waitSeconds).toBeCloseTo(40.4, 1);
  });

  it("of Erlang A tends to Erlang C when nobody gives up", () => {
    const setting = { arrivalRate: 1 / 30, talkSeconds: 180, agents: 8 };
    const patient = erlang({ ...setting, patienceSeconds: 1e9 }, 20);
    const never = erlang({ ...setting, patienceSeconds: null }, 20);
    expect(patient.serviceLevel).toBeCloseTo(never.serviceLevel, 6);
    expect(patient.waitSeconds).toBeCloseTo(never.waitSeconds, 4);
  });
});

describe("the simulator", () => {
  it.each(settings.filter((_, index) => [0, 3, 4].includes(index)))("agrees: %j", (setting) => {
    expect(compare(setting, { seed: 1, runs: 10, callsPerRun: 500 })).toMatchObject({
      agrees: true,
    });
  });
});
