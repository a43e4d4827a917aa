// Which trunk takes a call to a number: order, weight, channels, what is out of order, and faults.
import { describe, expect, it } from "vitest";
import { siteConfig } from "../../../test/support/site.ts";
import { createCentre } from "../centre.ts";
import type { LegCause } from "../event.ts";
import { chooseTrunk, isTrunkFault } from "./trunk-choice.ts";

const config = siteConfig({
  trunks: ["first", "heavy", "light", "alone"].map((id) => ({ id, channelsMax: 2, watched: true })),
  trunkGroups: [
    {
      id: "out",
      trunks: [
        { trunkId: "heavy", order: 2, weight: 3 },
        { trunkId: "first", order: 1, weight: 1 },
        { trunkId: "light", order: 2, weight: 1 },
      ],
    },
  ],
});

type Now = { busy?: Record<string, number>; down?: string[]; tried?: string[]; callId?: string };

function choice(route: string, { busy = {}, down = [], tried = [], callId = "c1" }: Now) {
  const centre = createCentre();
  centre.config = config;
  centre.trunkCalls = new Map(Object.entries(busy));
  centre.trunksDown = new Map(down.map((id) => [id, 0]));
  const chosen = chooseTrunk(centre, route, { callId, tried });
  return chosen.ok ? chosen.trunkId : chosen.why;
}

describe("the trunk for a call", () => {
  it.each<[string, string, Now, string]>([
    ["one trunk", "alone", {}, "alone"],
    ["one trunk with its last channel", "alone", { busy: { alone: 1 } }, "alone"],
    ["one trunk, full", "alone", { busy: { alone: 2 } }, "noLine"],
    ["one trunk, out of order", "alone", { down: ["alone"] }, "noTrunk"],
    ["a trunk that is not there", "gone", {}, "noTrunk"],
    ["a group: the lowest order", "out", {}, "first"],
    ["a group: full goes on", "out", { busy: { first: 2, heavy: 2 } }, "light"],
    ["a group: out of order goes on", "out", { down: ["first", "light"] }, "heavy"],
    ["a group: tried goes on", "out", { tried: ["first", "heavy"] }, "light"],
    ["a group: all full", "out", { busy: { first: 2, heavy: 2, light: 2 } }, "noLine"],
    [
      "a group: full or out of order",
      "out",
      { busy: { first: 2 }, down: ["heavy", "light"] },
      "noLine",
    ],
    ["a group: all out of order", "out", { down: ["first", "heavy", "light"] }, "noTrunk"],
    ["a group: all tried", "out", { tried: ["first", "heavy", "light"] }, "noTrunk"],
  ])("%s", (_name, route, now, expected) => {
    expect(choice(route, now)).toBe(expected);
  });

  it("is drawn by weight among equals", () => {
    const drawn = Array.from({ length: 4_000 }, (_, n) =>
      choice("out", { down: ["first"], callId: `call-${n}` }),
    );
    const heavy = drawn.filter((id) => id === "heavy").length;
    expect(new Set(drawn)).toEqual(new Set(["heavy", "light"]));
    expect(heavy / drawn.length).toBeCloseTo(0.75, 1);
  });
});

describe("a fault of the trunk", () => {
  it.each<[LegCause, boolean]>([
    [{ reason: "unreachable", sipStatus: null }, true],
    [{ reason: "unreachable", sipStatus: 408 }, true],
    [{ reason: "unreachable", sipStatus: 503 }, true],
    [{ reason: "error", sipStatus: 500 }, true],
    [{ reason: "noAnswer", sipStatus: 480, q850: 34 }, true],
    [{ reason: "noAnswer", sipStatus: 480, q850: 38 }, true],
    [{ reason: "noAnswer", sipStatus: 480, q850: 41 }, true],
    [{ reason: "noAnswer", sipStatus: 480, q850: 42 }, true],
    [{ reason: "unreachable", sipStatus: 503, q850: 47 }, true],
    [{ reason: "unreachable", sipStatus: 503, q850: 31 }, true],
    [{ reason: "busy", sipStatus: 503, q850: 17 }, false],
    [{ reason: "busy", sipStatus: 486, q850: 34 }, false],
    [{ reason: "rejected", sipStatus: 603 }, false],
    [{ reason: "unreachable", sipStatus: 404 }, false],
    [{ reason: "noAnswer", sipStatus: 480 }, false],
    [{ reason: "rejected", sipStatus: 403 }, false],
    [{ reason: "error", sipStatus: 401 }, false],
    [{ reason: "cancelled", sipStatus: 487 }, false],
    [{ reason: "edgeLost", sipStatus: null }, false],
    [{ reason: "error", sipStatus: null }, false],
    [{ reason: "engineRestart", sipStatus: null }, false],
  ])("%j: %s", (cause, expected) => {
    expect(isTrunkFault(cause)).toBe(expected);
  });
});
