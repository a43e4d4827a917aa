// A number over a group of trunks: the next one after a fault of a trunk, the books of each.
import { describe, expect, it } from "vitest";
import { agentConfig, queueConfig, siteConfig } from "../../../test/support/site.ts";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld } from "../../../test/support/world.ts";
import type { TrunkConfig } from "../centre-config.ts";
import type { LegCause } from "../event.ts";

const trunk = (id: string, channelsMax = 30): TrunkConfig => ({ id, channelsMax, watched: true });

function working(trunks: readonly TrunkConfig[] = [trunk("one"), trunk("two")]) {
  const outbound = {
    trunkId: "out",
    callerIds: ["10086"],
    allow: ["1"],
    deny: [],
    ringMsMax: 30_000,
  };
  const config = siteConfig({
    trunks,
    trunkGroups: [
      {
        id: "out",
        trunks: trunks.map(({ id }, at) => ({ trunkId: id, order: at + 1, weight: 1 })),
      },
    ],
    queues: [queueConfig("sales", { outbound })],
    agents: [agentConfig("a1")],
    numbers: [],
    flows: [],
  });
  const world = createWorld({ config });
  world.agent("a1").comesIn();
  world.runs("1s");
  world.mark();
  return world;
}

type World = ReturnType<typeof working>;

/** a1 dials; the own phone has answered. */
function dialling(trunks?: readonly TrunkConfig[]) {
  const world = working(trunks);
  world.agent("a1").dials("13900000001").answers();
  return world;
}

/** The leg of who is called fails as the shell would tell. */
function fails(world: World, cause: LegCause): void {
  const legId = [...world.centre().calls.values()][0]?.callerLegId ?? "";
  world.edge.forget(legId);
  world.post({ type: "legFailed", legId, cause });
}

const full: LegCause = { reason: "unreachable", sipStatus: 503, q850: 34 };

const endsOf = (world: World) =>
  world.facts.flatMap((fact) =>
    fact.type === "trunkAttemptEnded" ? [[fact.trunkId, fact.result, fact.cause, fact.next]] : [],
  );

const causeOf = (world: World) =>
  world.facts.flatMap((fact) => (fact.type === "callEnded" ? [[fact.outcome, fact.cause]] : []));

function isQuiet(world: World): void {
  world.runs("2m");
  expect(world.centre().trunkCalls).toEqual(new Map());
  world.auditor.checkQuiet(world.state());
}

describe("a group of trunks", () => {
  it("gives the call to the next trunk, channel and all, in one step", () => {
    const world = dialling();
    expect(world.centre().trunkCalls).toEqual(new Map([["one", 1]]));
    const step = stepOf(world, () => fails(world, full));
    expect(step.map((line) => line.replaceAll(/m[a-z0-9]{8}-\d+/g, "CALL"))).toEqual([
      "trunkAttemptEnded callId=CALL trunkId=one result=failed cause={reason:unreachable sipStatus:503 q850:34} next=two",
      "> dialLeg legId=CALL-leg5 callId=CALL trunkId=two number=13900000001 callerId=10086",
    ]);
    expect(world.centre().trunkCalls).toEqual(new Map([["two", 1]]));
    world.called().answers();
    world.runs("10s");
    expect(world.stateOf("a1")?.kind).toBe("onCall");
    world.called().hangsUp();
    expect(endsOf(world).map(([id, result]) => [id, result])).toEqual([
      ["one", "failed"],
      ["two", "answered"],
    ]);
    expect(causeOf(world).map(([outcome]) => outcome)).toEqual(["answered"]);
    isQuiet(world);
  });

  it("ends the call with the cause of the last trunk when all fail", () => {
    const world = dialling();
    fails(world, full);
    const last: LegCause = { reason: "unreachable", sipStatus: 502, q850: 38 };
    fails(world, last);
    expect(endsOf(world)).toEqual([
      ["one", "failed", full, "two"],
      ["two", "failed", last, null],
    ]);
    expect(causeOf(world)).toEqual([["failed", last]]);
    expect(world.stateOf("a1")?.kind).toBe("ready");
    const { trunks } = world.centre().stats;
    expect([...trunks].map(([id, { failed }]) => [id, [...failed]])).toEqual([
      ["one", [["34", 1]]],
      ["two", [["38", 1]]],
    ]);
    isQuiet(world);
  });

  it.each<[string, LegCause]>([
    ["busy", { reason: "busy", sipStatus: 486 }],
    ["rejected", { reason: "rejected", sipStatus: 603 }],
    ["failed", { reason: "unreachable", sipStatus: 404 }],
  ])("does not try again what is %s: %j", (outcome, cause) => {
    const world = dialling();
    fails(world, cause);
    expect(endsOf(world)).toEqual([["one", "failed", cause, null]]);
    expect(causeOf(world)).toEqual([[outcome, cause]]);
    isQuiet(world);
  });

  it("does not ring a second time where somebody was rung already", () => {
    const world = dialling();
    world.called().rings(false);
    fails(world, full);
    expect(endsOf(world)).toEqual([["one", "failed", full, null]]);
    isQuiet(world);
  });

  it("skips a trunk that is out of order, until it works", () => {
    const world = working();
    world.post({ type: "trunkStateChanged", trunkId: "one", isUp: false });
    world.post({ type: "trunkStateChanged", trunkId: "one", isUp: false });
    world.agent("a1").dials("13900000001").answers();
    expect(world.centre().trunkCalls).toEqual(new Map([["two", 1]]));
    fails(world, full);
    expect(endsOf(world)).toEqual([["two", "failed", full, null]]);
    world.post({ type: "trunkStateChanged", trunkId: "one", isUp: true });
    world.agent("a1").dials("13900000001").answers();
    expect(world.centre().trunkCalls).toEqual(new Map([["one", 1]]));
    const told = world.facts.filter(({ type }) => type === "trunkStateChanged");
    expect(told.map((fact) => "isUp" in fact && fact.isUp)).toEqual([false, true]);
    world.called().rings(false);
    fails(world, full);
    isQuiet(world);
  });

  it("is full at the channels of each trunk, and says what keeps the call back", () => {
    const world = working([trunk("one", 0), trunk("two", 0)]);
    world.agent("a1").dials("13900000001");
    expect(world.agent("a1").reply()).toBe("noLine");
    for (const trunkId of ["one", "two"]) {
      world.post({ type: "trunkStateChanged", trunkId, isUp: false });
    }
    world.agent("a1").dials("13900000001");
    expect(world.agent("a1").reply()).toBe("noTrunk");
    const why = world.facts.flatMap((fact) => (fact.type === "trunksBusy" ? [fact.why] : []));
    expect(why).toEqual(["noLine", "noTrunk"]);
    expect(world.centre().stats.totals.trunksBusy).toEqual({ noLine: 1, noTrunk: 1 });
  });

  it("forgets that a trunk is out of order when nobody watches it any more", () => {
    const world = working();
    world.post({ type: "trunkStateChanged", trunkId: "one", isUp: false });
    const { config } = world.centre();
    const trunks = config.trunks.map(({ watched: _, ...rest }) => rest);
    world.post({ type: "configured", config: { ...config, trunks } });
    expect(world.centre().trunksDown).toEqual(new Map());
    world.post({ type: "trunkStateChanged", trunkId: "one", isUp: false });
    expect(world.centre().trunksDown).toEqual(new Map());
  });
});
