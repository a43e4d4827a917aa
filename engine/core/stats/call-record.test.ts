// Records: whole, once at the end, and once more when wrap-up has ended.
import { expect, it } from "vitest";
import { startMs } from "../../../test/support/site.ts";
import { createWorld, type World } from "../../../test/support/world.ts";
import { applyToRecords, createCallRecords } from "./call-record.ts";

const recordsOf = (world: World) => {
  const records = createCallRecords();
  return { records, stored: world.facts.flatMap((fact) => applyToRecords(records, fact) ?? []) };
};

it("tells the whole call, and leaves nothing open", () => {
  const world = createWorld();
  world.caller("c1").dials("12345", "111").presses("21");
  world.runs("5s");
  world.agent("1001").comesIn();
  world.runs("15s");
  world.agent("1002").comesIn();
  world.runs("2s");
  world.agent("1002").answers();
  world.runs("10s");
  world.agent("1002").requests({ type: "hold" });
  world.runs("4s");
  world.agent("1002").requests({ type: "unhold" }).requests({ type: "release" });
  world.runs("9s");
  world.agent("1002").requests({ type: "endWrapUp", code: "solved", notes: "fine" });
  const { records, stored } = recordsOf(world);
  expect(stored).toHaveLength(2);
  expect(stored[0]).toMatchObject({ outcome: "answered", wrapUpMs: null });
  expect(stored[1]).toEqual({
    callId: "c1",
    trunkId: "trunk",
    numberId: "12345",
    ani: "111",
    dnis: "12345",
    firstDnis: null,
    queueId: "sales",
    agentId: "1002",
    arrivedAtMs: startMs,
    answeredAtMs: startMs + 10,
    queuedAtMs: startMs + 2_000,
    agentAnsweredAtMs: startMs + 22_000,
    endedAtMs: startMs + 36_000,
    waitMs: 20_000,
    sinceArrivalMs: 22_000,
    ringMs: 17_000,
    talkMs: 10_000,
    holdMs: 4_000,
    wrapUpMs: 9_000,
    wrapUpCode: "solved",
    notes: "fine",
    outcome: "answered",
    releasedBy: "agent",
    cause: { reason: "normal", sipStatus: null },
    path: [
      { name: "language", value: "2" },
      { name: "menu", value: "1" },
      { name: "customer", value: "vip" },
    ],
    returnedCount: 1,
  });
  expect(records).toEqual(createCallRecords());
});

it("has one record for each call that arrived, refused ones too", () => {
  const world = createWorld();
  world.caller("c1").dials("999");
  world.caller("c2").dials("10086").hangsUp();
  const { stored } = recordsOf(world);
  expect(stored.map(({ callId, outcome }) => [callId, outcome])).toEqual([
    ["c1", "rejected"],
    ["c2", "abandonedInQueue"],
  ]);
});
