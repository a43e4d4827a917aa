// A tenth of the surge day: who helps makes the difference, and every caller is counted.
import { expect, it } from "vitest";
import { type SurgeDay, surgeDay, surgeRules } from "./surge.ts";

const sums = ({ halfHours }: SurgeDay) => ({
  offered: halfHours.reduce((sum, { offered }) => sum + offered, 0),
  inTarget: halfHours.reduce((sum, { inTarget }) => sum + inTarget, 0),
});

it("reserves lift the service level of the same callers", () => {
  const [plain, reserves] = surgeRules
    .slice(0, 2)
    .map((rules) => sums(surgeDay(rules, { seed: 1, scale: 0.1 })));
  expect(reserves?.offered).toBe(plain?.offered);
  expect(reserves?.inTarget).toBeGreaterThan((plain?.inTarget ?? 0) * 1.2);
});

it("prefers the own site: more talks there than its share of the agents, and others elsewhere", () => {
  const [plain] = surgeRules;
  if (plain === undefined) throw new Error("there are rules");
  const { bySite } = surgeDay(plain, { seed: 1, scale: 0.1 });
  const staffShares = { north: 0.7, south: 0.3 };
  for (const [site, staffShare] of Object.entries(staffShares)) {
    const { talks = 0, atHome = 0 } = bySite[site] ?? {};
    expect(atHome / talks).toBeGreaterThan(staffShare);
    expect(atHome).toBeLessThan(talks);
  }
});

it("callbacks take callers off the line, and most are reached", () => {
  const dayOf = (wanted: string) => {
    const rules = surgeRules.find(({ name }) => name === wanted);
    if (rules === undefined) throw new Error(`there are rules ${wanted}`);
    return surgeDay(rules, { seed: 1, scale: 0.1 });
  };
  const [plain, callbacks] = [dayOf("plain"), dayOf("callbacks")];
  expect(sums(callbacks).offered).toBe(sums(plain).offered);
  const { booked, reached } = callbacks.callbacks;
  expect(booked).toBeGreaterThan(0);
  expect(reached / booked).toBeGreaterThan(0.7);
});
