import { expect, it } from "vitest";
import { createAdmission } from "./admission.ts";
import { createFailureLimiter } from "./failure-limiter.ts";

const limits = { callsPerSecondMax: 2, legsMax: 10, loopDelayMsMax: 100 };
const calm = { loopDelayMs: 0, legsCount: 0 };

it("lets in one second of calls at once, then as many as come back", () => {
  const admission = createAdmission(limits);
  const at = (nowMs: number) => admission.admit({ nowMs, ...calm });
  expect([0, 0, 0, 499, 500, 501, 1_000, 9_000, 9_000, 9_000].map(at)).toEqual([
    ...[null, null, "rate"],
    ...["rate", null, "rate"],
    ...[null],
    ...[null, null, "rate"],
  ]);
});

it("refuses by legs and by delay without taking a token", () => {
  const admission = createAdmission({ ...limits, callsPerSecondMax: 1 });
  expect([
    admission.admit({ nowMs: 0, loopDelayMs: 0, legsCount: 10 }),
    admission.admit({ nowMs: 0, loopDelayMs: 101, legsCount: 9 }),
    admission.admit({ nowMs: 0, loopDelayMs: 100, legsCount: 9 }),
  ]).toEqual(["legs", "load", null]);
});

it("takes a new rate at once", () => {
  const admission = createAdmission({ ...limits, callsPerSecondMax: 100 });
  admission.configure({ callsPerSecondMax: 1 });
  expect([1, 2].map(() => admission.admit({ nowMs: 0, ...calm }))).toEqual([null, "rate"]);
});

it("counts failures per key and window, in bounded memory", () => {
  const limiter = createFailureLimiter({ failuresMax: 2, windowMs: 100, keysMax: 2 });
  const fail = (key: string, nowMs: number) => limiter.fail(key, nowMs);
  fail("a", 0);
  expect(limiter.isBlocked("a", 1)).toBe(false);
  fail("a", 1);
  fail("b", 1);
  expect([limiter.isBlocked("a", 99), limiter.isBlocked("b", 99)]).toEqual([true, false]);
  expect(limiter.isBlocked("a", 100)).toBe(false);
  fail("a", 100);
  fail("a", 100);
  // The oldest window makes room.
  fail("c", 100);
  fail("c", 100);
  expect(["a", "b", "c"].map((key) => limiter.isBlocked(key, 101))).toEqual([true, false, true]);
  limiter.forget("c");
  expect(limiter.isBlocked("c", 101)).toBe(false);
});
