// A lost BYE holds nobody: a silent leg is asked, and only its answer ends it.
import { describe, expect, it } from "vitest";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld, type World } from "../../../test/support/world.ts";

const caller = "c1-caller";

function talking() {
  const world = createWorld();
  world.agent("1001").comesIn();
  world.caller("c1").dials("10086");
  world.runs("4s");
  world.agent("1001").answers();
  world.runs("10s");
  return world;
}

const agentLeg = (world: World) => world.agent("1001").leg()?.legId ?? "";
const becomes = (world: World, legId: string, media: "silent" | "flowing") =>
  world.post({ type: "legMediaChanged", legId, media });

describe("a leg without audio", () => {
  it("is asked after the time, and every time again, and is never ended by silence alone", () => {
    const world = talking();
    becomes(world, caller, "silent");
    expect(stepOf(world, () => world.runs(19_999))).toEqual([]);
    expect(stepOf(world, () => world.runs(1))).toEqual([`> probeLeg legId=${caller}`]);
    expect(stepOf(world, () => world.runs("1m"))).toEqual([
      `> probeLeg legId=${caller}`,
      `> probeLeg legId=${caller}`,
      `> probeLeg legId=${caller}`,
    ]);
    expect(world.placeOf("c1")?.kind).toBe("bridge");
  });

  it("is not asked when audio is back", () => {
    const world = talking();
    becomes(world, caller, "silent");
    world.runs("15s");
    becomes(world, caller, "flowing");
    expect(stepOf(world, () => world.runs("1m"))).toEqual([]);
  });

  it("is not asked when the call is over", () => {
    const world = talking();
    becomes(world, caller, "silent");
    becomes(world, agentLeg(world), "silent");
    world.caller("c1").hangsUp();
    world.mark();
    world.runs("1m");
    expect(world.commands).toEqual([]);
  });

  it("of a caller who is gone ends the talk, by the network, and frees the agent", () => {
    const world = talking();
    world.edge.losesBye(caller);
    becomes(world, caller, "silent");
    const lines = stepOf(world, () => world.runs("21s"));
    expect(lines).toEqual([
      "talkEnded callId=c1 agentId=1001 queueId=sales talkMs=30005 holdMs=0 by=network",
      "callEnded callId=c1 outcome=answered by=network cause={reason:legDead sipStatus:481}",
      "agentStateChanged agentId=1001 from=onCall to=wrapUp reason=null inPreviousMs=30005",
      `> probeLeg legId=${caller}`,
      "> dropLeg legId=c1-leg3 cause={reason:normal sipStatus:null}",
    ]);
  });

  it("of a caller who is gone on hold ends too", () => {
    const world = talking();
    world.agent("1001").requests({ type: "hold" });
    world.edge.losesBye(caller);
    becomes(world, caller, "silent");
    world.runs("21s");
    expect(world.stateOf("1001")?.kind).toBe("wrapUp");
  });

  it("of a caller who waits ends the wait", () => {
    const world = createWorld();
    world.caller("c1").dials("10086");
    world.runs("4s");
    world.edge.losesBye(caller);
    becomes(world, caller, "silent");
    world.runs("21s");
    expect(world.factsOf("c1").at(-1)).toMatchObject({
      type: "callEnded",
      outcome: "abandonedInQueue",
      by: "network",
      cause: { reason: "legDead", sipStatus: 481 },
    });
  });

  it("of an agent who is gone gives the caller back to the queue", () => {
    const world = talking();
    const legId = agentLeg(world);
    world.edge.losesBye(legId);
    becomes(world, legId, "silent");
    world.runs("21s");
    expect(world.placeOf("c1")?.kind).toBe("queue");
    expect(world.stateOf("1001")).toMatchObject({ kind: "notReady", reason: "seatLost" });
  });

  it("is asked by the next engine, when the question was lost with one that died", () => {
    const world = talking();
    becomes(world, caller, "silent");
    world.runs("20s");
    world.restarts(500);
    expect(stepOf(world, () => world.runs("20s"))).toContain(`> probeLeg legId=${caller}`);
    expect(world.placeOf("c1")?.kind).toBe("bridge");
  });

  it("of a supervisor who took the caller over gives the caller back to the queue", () => {
    const world = talking();
    const supervisor = world.supervisor("2001").comesIn().monitors("1001").answers().takesOver();
    const legId = supervisor.leg()?.legId ?? "";
    world.edge.losesBye(legId);
    becomes(world, legId, "silent");
    world.runs("21s");
    expect(world.placeOf("c1")).toMatchObject({ kind: "queue", queueId: "sales" });
    expect(world.edge.legs.has(legId)).toBe(false);
  });
});
