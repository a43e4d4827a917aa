// An engine that dies at any moment: who talks goes on, who waits keeps place and clock.
import { describe, expect, it } from "vitest";
import { stepOf } from "../../test/support/step-text.ts";
import { createWorld } from "../../test/support/world.ts";

describe("after a restart", () => {
  it("talking pairs go on without any command", () => {
    const world = createWorld();
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    world.agent("1001").answers();
    world.runs("5s");
    expect(stepOf(world, () => world.restarts(4_000))).toEqual([
      "engineRestarted callsKept=1 callsLost=0",
    ]);
    world.runs("10s");
    expect(world.placeOf("c1")?.kind).toBe("bridge");
  });

  it("a pair that the edge no longer joins is joined again", () => {
    const world = createWorld();
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    world.agent("1001").answers();
    world.runs("1s");
    world.edge.perform({ type: "unbridge", bridgeId: world.state().bridges[0]?.bridgeId ?? "" });
    expect(stepOf(world, () => world.restarts())).toContain(
      "> bridge bridgeId=c1-bridge4 legIds=[c1-caller,c1-leg3]",
    );
  });

  it("callers keep place and wait clock, and hear music again where it stopped", () => {
    const world = createWorld();
    world.caller("c1").dials("10086");
    world.runs("2s");
    world.caller("c2").dials("10086");
    world.runs("2s");
    const before = world.state().queues;
    const leg = world.caller("c2").leg();
    if (leg !== undefined) leg.play = null;
    const lines = stepOf(world, () => world.restarts(3_000));
    expect(lines).toEqual([
      "engineRestarted callsKept=2 callsLost=0",
      "> play legId=c2-caller playId=c2-play2 items=[{kind:music key:calm}] repeat=true",
    ]);
    expect(world.state().queues).toEqual(before);
  });

  it("a caller who left meanwhile is ended with that cause", () => {
    const world = createWorld();
    world.caller("c1").dials("10086");
    world.runs("2s");
    world.edge.forget("c1-caller");
    world.restarts();
    expect(world.factsOf("c1").at(-1)).toMatchObject({
      type: "callEnded",
      outcome: "abandonedInQueue",
      by: "network",
      cause: { reason: "engineRestart" },
    });
  });

  it("an agent who is gone gives the caller back to the queue", () => {
    const world = createWorld();
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    world.agent("1001").answers();
    world.runs("5s");
    world.edge.forget(world.agent("1001").leg()?.legId ?? "");
    world.restarts();
    expect(world.placeOf("c1")?.kind).toBe("queue");
    expect(world.stateOf("1001")).toMatchObject({ kind: "notReady", reason: "seatLost" });
  });

  it("a ringing offer is made again when the desk is back", () => {
    const world = createWorld();
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    world.runs("2s");
    world.restarts();
    expect(world.placeOf("c1")?.kind).toBe("queue");
    expect(world.stateOf("1001")?.kind).toBe("ready");
    world.runs("14s");
    world.agent("1001").opensDesk();
    expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "1001" });
  });

  it("a desk that does not come back is lost after fifteen seconds", () => {
    const world = createWorld();
    world.agent("1001").comesIn();
    world.restarts();
    world.runs(14_999);
    expect(world.stateOf("1001")?.kind).toBe("ready");
    world.runs(1);
    expect(world.stateOf("1001")).toMatchObject({ kind: "notReady", reason: "seatLost" });
  });

  it("a flow enters its node again", () => {
    const world = createWorld();
    const caller = world.caller("c1").dials("12345");
    world.runs("3s");
    world.restarts();
    expect(caller.hears()).toEqual(["choose-language"]);
    expect(world.caller("c1").presses("1").hears()).toEqual(["main-menu"]);
  });

  it("deadlines that passed meanwhile fire afterwards", () => {
    const world = createWorld();
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    world.agent("1001").answers();
    world.runs("1s");
    world.caller("c1").hangsUp();
    world.restarts(60_000);
    expect(world.stateOf("1001")?.kind).toBe("wrapUp");
    world.runs(0);
    expect(world.stateOf("1001")?.kind).toBe("ready");
  });

  it("legs and bridges that no call knows are ended", () => {
    const world = createWorld();
    expect(
      stepOf(world, () =>
        world.post({
          type: "engineRestarted",
          liveLegs: ["stranger"],
          liveBridges: [{ bridgeId: "b", legIds: ["stranger"] }],
          livePlays: [],
        }),
      ),
    ).toEqual([
      "engineRestarted callsKept=0 callsLost=0",
      "> dropLeg legId=stranger cause={reason:engineRestart sipStatus:null}",
      "> unbridge bridgeId=b",
    ]);
  });
});
