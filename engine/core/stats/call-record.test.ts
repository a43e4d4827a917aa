// Records: whole at the end of the call, and once more when wrap-up has ended.
import { expect, it } from "vitest";
import { startMs } from "../../../test/support/site.ts";
import { createWorld, type World } from "../../../test/support/world.ts";
import { wallboardView } from "../view.ts";
import { type CallRecord, foldCallRecord } from "./call-record.ts";

/** The record after each fact that ends something. */
const recordsOf = (world: World, callId: string) => {
  let record: CallRecord | null = null;
  const stored: CallRecord[] = [];
  for (const fact of world.facts) {
    // Facts of other calls must change nothing, so all are folded but their beginnings.
    if (fact.type === "callArrived" && fact.callId !== callId) continue;
    record = foldCallRecord(record, fact);
    const ends = fact.type === "callEnded" || fact.type === "wrapUpEnded";
    if (ends && fact.callId === callId && record !== null) stored.push(record);
  }
  return stored;
};

it("tells the whole call", () => {
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
  const stored = recordsOf(world, "c1");
  expect(stored).toHaveLength(2);
  expect(stored[0]).toMatchObject({ outcome: "answered", wrapUpMs: null });
  expect(stored[1]).toEqual({
    callId: "c1",
    direction: "inbound",
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
    transferCount: 0,
    quality: { caller: null, agent: null },
    recording: null,
    talks: [
      {
        agentId: "1002",
        queueId: "sales",
        endedAtMs: startMs + 36_000,
        talkMs: 10_000,
        holdMs: 4_000,
      },
    ],
  });
});

it("keeps the times of each agent apart after a transfer", () => {
  const world = createWorld();
  world.agent("1001").comesIn();
  world.caller("c1").dials("10086");
  world.agent("1001").answers();
  world.runs("10s");
  world.agent("1002").comesIn();
  world.agent("1001").transfers({ agentId: "1002" });
  world.runs("3s");
  world.agent("1002").answers();
  world.runs("1h");
  world.caller("c1").hangsUp();
  expect(recordsOf(world, "c1").at(-1)).toMatchObject({
    transferCount: 1,
    talks: [
      { agentId: "1001", talkMs: 10_000 },
      { agentId: "1002", talkMs: 3_600_000 },
    ],
    talkMs: 3_610_000,
  });
});

it.each([
  ["c1", "rejected"],
  ["c2", "abandonedInQueue"],
])("%s has one record, %s", (callId, outcome) => {
  const world = createWorld();
  world.caller("c1").dials("999");
  world.caller("c2").dials("10086").hangsUp();
  expect(recordsOf(world, callId).map((record) => record.outcome)).toEqual([outcome]);
});

it("keeps the worst that was told of each side's audio; the wallboard shows the last", () => {
  const world = createWorld();
  world.agent("1001").comesIn();
  world.caller("c1").dials("10086");
  world.agent("1001").answers();
  const agentLeg = world.agent("1001").leg()?.legId ?? "";
  const heard = (mos: number | null, oneWay = false) => ({
    ...{ mos, lossShare: 0, jitterMs: 1, roundTripMs: null, oneWay },
  });
  for (const mos of [4.3, 3.2, 4.1]) {
    const quality = heard(mos);
    world.post({ type: "legQualityChanged", legId: "c1-caller", quality });
  }
  for (const quality of [heard(4.2), heard(null, true), heard(2)]) {
    world.post({ type: "legQualityChanged", legId: agentLeg, quality });
  }
  const rows = wallboardView(world.centre(), world.nowMs()).agents;
  expect(rows.find(({ agentId }) => agentId === "1001")?.quality).toEqual({
    mos: 2,
    oneWay: false,
  });
  world.caller("c1").hangsUp();
  expect(recordsOf(world, "c1").at(-1)?.quality).toEqual({
    caller: heard(3.2),
    agent: heard(null, true),
  });
});
