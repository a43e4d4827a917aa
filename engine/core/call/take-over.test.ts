// A supervisor takes a caller over: who is told what, and that the caller is never lost by it.
import { describe, expect, it } from "vitest";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld } from "../../../test/support/world.ts";

function listening() {
  const world = createWorld();
  world.agent("1001").comesIn();
  world.supervisor("2001").comesIn();
  world.caller("c1").dials("10086");
  world.agent("1001").answers();
  world.runs("10s");
  world.supervisor("2001").monitors("1001").answers();
  world.runs("5s");
  world.mark();
  return world;
}
type World = ReturnType<typeof listening>;

function taken() {
  const world = listening();
  world.supervisor("2001").takesOver();
  world.runs("20s");
  world.mark();
  return world;
}

const typesOf = (world: World) => world.facts.map(({ type }) => type);

function endsWell(world: World): void {
  world.caller("c1").hangsUp();
  world.runs("2m");
  world.auditor.checkQuiet(world.state());
}

describe("taking over", () => {
  it("puts the supervisor in the agent's place in one step", () => {
    const world = listening();
    expect(stepOf(world, () => world.supervisor("2001").takesOver())).toMatchInlineSnapshot(`
      [
        "monitorEnded callId=c1 agentId=1001 supervisorId=2001 monitorMs=5000",
        "talkEnded callId=c1 agentId=1001 queueId=sales talkMs=15000 holdMs=0 by=supervisor",
        "takenOver callId=c1 agentId=1001 supervisorId=2001 queueId=sales",
        "agentStateChanged agentId=1001 from=onCall to=wrapUp reason=null inPreviousMs=15000",
        "> dropLeg legId=c1-leg3 cause={reason:normal sipStatus:null}",
        "> bridge bridgeId=c1-bridge4 legIds=[c1-caller,c1-leg5]",
        "> replyToDesk agentId=2001 requestId=2001-1 refusal=null",
      ]
    `);
    expect(world.stateOf("1001")?.kind).toBe("wrapUp");
    endsWell(world);
  });

  it.each([
    ["who does not listen", createWorld, "notMonitoring"],
    [
      "whose phone rings",
      () => {
        const world = listening();
        world.supervisor("2001").requests({ type: "monitorStop" }).monitors("1001");
        return world;
      },
      "notAnswered",
    ],
    [
      "while a colleague is asked",
      () => {
        const world = listening();
        world.agent("1002").comesIn();
        world.agent("1001").consults("1002");
        return world;
      },
      "inConsult",
    ],
  ])("is refused to a supervisor %s", (_, start, refusal) => {
    const world = start();
    world.supervisor("2001").takesOver();
    expect(world.supervisor("2001").reply()).toBe(refusal);
  });

  it("ends a hold: the caller hears the supervisor", () => {
    const world = listening();
    world.agent("1001").requests({ type: "hold" });
    world.supervisor("2001").takesOver();
    const { bridgedTo, play } = world.caller("c1").leg() ?? {};
    expect([typeof bridgedTo, play]).toEqual(["string", null]);
    endsWell(world);
  });

  it("ends when the caller hangs up", () => {
    const world = taken();
    world.caller("c1").hangsUp();
    expect(world.facts).toMatchObject([
      { type: "takeOverEnded", supervisorId: "2001", talkMs: 20_000, by: "caller" },
      { type: "callEnded", outcome: "answered", by: "caller" },
    ]);
    endsWell(world);
  });

  it.each([
    [
      "on the desk",
      (world: World) => world.supervisor("2001").requests({ type: "endTakeOver", toQueue: null }),
    ],
    ["on the phone", (world: World) => world.supervisor("2001").hangsUp()],
  ])("ends when the supervisor releases %s", (_, ends) => {
    const world = taken();
    ends(world);
    expect(world.facts).toMatchObject([
      { type: "takeOverEnded", by: "supervisor" },
      { type: "callEnded", outcome: "answered", by: "supervisor" },
    ]);
    endsWell(world);
  });

  it("can be handed to a queue", () => {
    const world = taken();
    world.supervisor("2001").requests({ type: "endTakeOver", toQueue: "support" });
    expect(world.placeOf("c1")).toEqual({ kind: "queue", queueId: "support" });
    endsWell(world);
  });

  it("leaves the caller at the old place when the supervisor is lost", () => {
    const world = taken();
    world.supervisor("2001").hangsUp("mediaLost");
    expect(typesOf(world)).toEqual(["takeOverEnded", "queueEntered"]);
    expect(world.placeOf("c1")).toEqual({ kind: "queue", queueId: "sales" });
    endsWell(world);
  });

  it("goes on over a restart", () => {
    const world = taken();
    world.restarts();
    expect([world.placeOf("c1")?.kind, world.commands]).toEqual(["takenOver", []]);
    endsWell(world);
  });

  it("goes on when the supervisor is taken out of the configuration", () => {
    const world = taken();
    world.post({ type: "configured", config: { ...world.centre().config, supervisors: [] } });
    expect(world.placeOf("c1")?.kind).toBe("takenOver");
    endsWell(world);
  });
});
