// 200 short simulated days for each commit; `npm run sim` prints more about them, `--long` runs on.
import { afterAll, describe, expect, it } from "vitest";
import { plants } from "./plants.ts";
import { runSeeds } from "./run-seeds.ts";
import { type SimOptions, simulate } from "./simulate.ts";
import { replaySlice } from "./slice.ts";

const day = { hours: 0.5, everyMs: 15_000, faults: 0.1, auditEvery: 4 } as const;
const reached = new Map<string, number>();

describe("the simulator", () => {
  const groups = Array.from({ length: 40 }, (_, index) => 1 + index * 5);

  it.each(groups)("five seeds from %i keep every invariant", (first) => {
    const lines: string[] = [];
    const print = (line: string) => lines.push(line);
    const held = runSeeds({ first, seeds: 5, callsMin: 0, day, plant: null, print });
    expect(held, lines.join("\n")).toBe(true);
    const counted = lines.find((line) => line.startsWith("facts: ")) ?? "";
    for (const [, type = "", count] of counted.matchAll(/(\w+) (\d+)/g)) {
      reached.set(type, (reached.get(type) ?? 0) + Number(count));
    }
  });

  it("gives the same day again for the same seed", () => {
    const again = () => simulate({ ...day, seed: 7 }).world.centre();
    expect(again()).toEqual(again());
  });
});

describe("a fault in the core", () => {
  /** By the number of the invariant that it breaks. */
  const expected: Readonly<Record<keyof typeof plants, string>> = {
    lostFact: "[29]",
    doubleRing: "[10]",
    keptLeg: "[10]",
    miscount: "[27]",
    deafToTime: "[20]",
    forgotten: "[5]",
    chance: "[34]",
  };

  it.each(Object.keys(plants))("is found: %s", (name) => {
    const planted = (): Pick<SimOptions, "handle"> => {
      const plant = plants[name];
      if (plant === undefined) throw new Error(`no fault ${name}`);
      return { handle: plant() };
    };
    let journal: Parameters<typeof replaySlice>[0] = [];
    const run = () => {
      // The rarer ones need more than one day.
      for (let seed = 1; seed <= 8; seed += 1) {
        simulate({ ...day, auditEvery: 1, keep: true, seed, ...planted() }, (world) => {
          journal = world.journal;
        });
      }
    };
    expect(run).toThrow(expected[name]);
    if (name === "chance") return;
    const broken = replaySlice(journal, planted().handle);
    expect(broken?.seq).toBe(journal.length);
    expect(broken?.error.message).toContain(expected[name]);
  });
});

afterAll(() => {
  // Days without the rare cases would prove nothing about them.
  for (const type of [
    "seatLostInTalk",
    "engineRestarted",
    "holdStarted",
    "mediaSilent",
    "wrapUpEnded",
    "consultAnswered",
    "conferenceEnded",
    "transferEnded",
    "monitorEnded",
    "agentLent",
    "reserveSwitched",
    "recordingEnded",
    "callDialled",
    "dialRefused",
    "internalAnswered",
    "takenOver",
    "takeOverEnded",
    "callbackBooked",
    "callbackDialled",
    "callbackPaused",
    "callbackEnded",
    "supervisorActed",
  ]) {
    expect([type, (reached.get(type) ?? 0) > 0]).toEqual([type, true]);
  }
});
