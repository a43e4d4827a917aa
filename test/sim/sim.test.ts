// A few dozen simulated days, small enough for each commit; `npm run sim` runs more.
import { describe, expect, it } from "vitest";
import { simulate } from "./simulate.ts";

describe("the simulator", () => {
  it.each(Array.from({ length: 24 }, (_, index) => index + 1))(
    "seed %i keeps every invariant",
    (seed) => {
      const { world, calls } = simulate({ seed, hours: 1, everyMs: 20_000, faults: 0.1 });
      expect(calls).toBeGreaterThan(100);
      expect(world.auditor.counts.get("callEnded")).toBe(calls);
    },
  );

  it("meets the rare cases that it is there for", () => {
    const counts = new Map<string, number>();
    for (let seed = 100; seed < 106; seed += 1) {
      const { world } = simulate({ seed, hours: 1, everyMs: 20_000, faults: 0.2 });
      for (const [kind, count] of world.auditor.counts)
        counts.set(kind, (counts.get(kind) ?? 0) + count);
    }
    for (const kind of [
      "seatLostInTalk",
      "engineRestarted",
      "holdStarted",
      "mediaSilent",
      "wrapUpEnded",
    ]) {
      expect(counts.get(kind), kind).toBeGreaterThan(0);
    }
  });

  it("gives the same day again for the same seed", () => {
    const day = () => simulate({ seed: 7, hours: 1, everyMs: 30_000, faults: 0.1 }).world.centre();
    expect(day()).toEqual(day());
  });
});
