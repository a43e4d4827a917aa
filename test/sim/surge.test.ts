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
