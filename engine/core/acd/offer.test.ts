// Offers: made with the pop first, ended exactly once, and the caller keeps the place.
import { describe, expect, it } from "vitest";
import { agentConfig, queueConfig, siteConfig } from "../../../test/support/site.ts";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld } from "../../../test/support/world.ts";

const oneQueue = siteConfig({
  agents: [agentConfig("a1"), agentConfig("a2")],
  queues: [queueConfig("sales")],
});

/** One caller rings at a1, nobody else is there. */
function ringing() {
  const world = createWorld({ config: oneQueue });
  world.agent("a1").comesIn();
  world.runs("10s");
  world.caller("c1").dials("10086");
  world.runs("4s");
  return world;
}

describe("an offer", () => {
  it("reserves, pops and rings in the step in which the call comes", () => {
    const world = createWorld({ config: oneQueue });
    world.agent("a1").comesIn();
    world.runs("10s");
    expect(stepOf(world, () => world.caller("c1").dials("10086"))).toMatchInlineSnapshot(`
      [
        "callArrived callId=c1 trunkId=trunk numberId=10086 ani=13800000000 dnis=10086 firstDnis=null",
        "queueEntered callId=c1 queueId=sales queuedAtMs=@10s returned=false",
        "offerMade callId=c1 offerId=c1-offer2 queueId=sales agentId=a1 answerByMs=@25s",
        "agentStateChanged agentId=a1 from=ready to=offered reason=null inPreviousMs=10000",
        "> answerLeg legId=c1-caller",
        "> play legId=c1-caller playId=c1-play1 items=[{kind:music key:calm}] repeat=true",
        "> popScreen agentId=a1 pop={callId:c1 offerId:c1-offer2 queueId:sales ani:13800000000 dnis:10086 firstDnis:null hotline:{zh:10086 en:10086} queueName:{zh:sales en:sales} language:zh arrivedAtMs:@10s queuedAtMs:@10s answerByMs:@25s path:[]}",
        "> ringAgentLeg legId=c1-leg3 callId=c1 agentId=a1 target=sip:a1@127.0.0.1 media=webrtc callerId=13800000000",
      ]
    `);
  });

  it("asks the device to answer by itself where the queue wants that", () => {
    const queues = [queueConfig("sales", { autoAnswer: true })];
    const world = createWorld({ config: { ...oneQueue, queues } });
    world.agent("a1").comesIn();
    world.caller("c1").dials("10086");
    const rings = world.commands.filter(({ type }) => type === "ringAgentLeg");
    expect(rings).toMatchObject([{ agentId: "a1", autoAnswer: true }]);
  });

  it("goes to the agent who has been idle for longest", () => {
    const world = createWorld({ config: oneQueue });
    world.agent("a2").comesIn();
    world.runs("1s");
    world.agent("a1").comesIn();
    world.caller("c1").dials("10086");
    expect(world.stateOf("a2")?.kind).toBe("offered");
    world.runs("3s");
    world.caller("c1").hangsUp();
    // a2 did not talk, so is still idle for longest.
    world.caller("c2").dials("10086");
    expect(world.stateOf("a2")).toMatchObject({ kind: "offered", callId: "c2" });
  });

  it("is RONA one ringing time later, not a millisecond before", () => {
    const world = ringing();
    world.runs(10_999);
    expect(world.stateOf("a1")?.kind).toBe("offered");
    expect(stepOf(world, () => world.runs(1))).toMatchInlineSnapshot(`
      [
        "offerEnded callId=c1 offerId=c1-offer2 queueId=sales agentId=a1 result=noAnswer ringMs=15000",
        "agentStateChanged agentId=a1 from=offered to=notReady reason=rona inPreviousMs=15000",
        "queueEntered callId=c1 queueId=sales queuedAtMs=@10s returned=true",
        "> dropLeg legId=c1-leg3 cause={reason:noAnswer sipStatus:null}",
      ]
    `);
  });

  it("is made again at once to another agent, with the old place and wait", () => {
    const world = ringing();
    world.caller("c2").dials("10086");
    world.runs("1s");
    expect(world.state().queues[0]?.line.map(({ callId }) => callId)).toEqual(["c1", "c2"]);
    expect(
      stepOf(world, () => world.agent("a1").rejects()).filter((line) => !line.startsWith(">")),
    ).toMatchInlineSnapshot(`
      [
        "offerEnded callId=c1 offerId=c1-offer2 queueId=sales agentId=a1 result=rejected ringMs=5000",
        "agentStateChanged agentId=a1 from=offered to=notReady reason=rejected inPreviousMs=5000",
        "queueEntered callId=c1 queueId=sales queuedAtMs=@10s returned=true",
      ]
    `);
    world.agent("a2").comesIn();
    expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "a2" });
    expect(world.placeOf("c2")).toMatchObject({ kind: "queue" });
  });

  it.each([
    ["busy", "rejected", "rejected"],
    ["rejected", "rejected", "rejected"],
    ["edgeLost", "failed", "unreachable"],
  ] as const)("ended by the device with %s is %s", (cause, result, reason) => {
    const world = ringing();
    world.agent("a1").hangsUp(cause);
    expect(world.facts.find(({ type }) => type === "offerEnded")).toMatchObject({ result });
    expect(world.stateOf("a1")).toMatchObject({ kind: "notReady", reason });
    expect(world.placeOf("c1")).toMatchObject({ kind: "queue" });
  });

  it("answered after the caller left is dropped: 200 crossing CANCEL (RFC 5407 3.1.2)", () => {
    const world = ringing();
    const legId = world.agent("a1").leg()?.legId ?? "";
    expect(stepOf(world, () => world.caller("c1").hangsUp())).toMatchInlineSnapshot(`
      [
        "offerEnded callId=c1 offerId=c1-offer2 queueId=sales agentId=a1 result=withdrawn ringMs=4000",
        "agentStateChanged agentId=a1 from=offered to=ready reason=null inPreviousMs=4000",
        "queueLeft callId=c1 queueId=sales queuedAtMs=@10s waitMs=4000 sinceArrivalMs=4000 outcome={kind:abandoned stage:ringing}",
        "callEnded callId=c1 outcome=abandonedRinging by=caller cause={reason:normal sipStatus:null}",
        "> dropLeg legId=c1-leg3 cause={reason:cancelled sipStatus:null}",
      ]
    `);
    expect(
      stepOf(world, () => world.post({ type: "legAnswered", legId, dialogRef: "late" })),
    ).toEqual([
      "eventIgnored event=legAnswered why=crossedDrop",
      `> dropLeg legId=${legId} cause={reason:cancelled sipStatus:null}`,
    ]);
    expect(world.stateOf("a1")?.kind).toBe("ready");
  });

  it("is withdrawn at once when the page says good-bye", () => {
    const world = ringing();
    world.agent("a1").closesDesk();
    expect(world.stateOf("a1")).toMatchObject({ kind: "notReady", reason: "seatLost" });
    expect(world.placeOf("c1")).toMatchObject({ kind: "queue" });
  });

  it("is withdrawn two seconds after the desk was lost, and not when it is back before", () => {
    const world = ringing();
    world.agent("a1").losesDesk();
    world.runs(1_999);
    world.agent("a1").opensDesk();
    world.runs("1s");
    expect(world.stateOf("a1")?.kind).toBe("offered");
    world.agent("a1").losesDesk();
    world.runs("2s");
    expect(world.stateOf("a1")).toMatchObject({ kind: "notReady", reason: "seatLost" });
  });

  it("that fails lets an always-ready agent come back after the pause", () => {
    const device = {
      kind: "fixed",
      uri: "sip:b@127.0.0.1",
      alwaysReady: true,
      ronaPauseMs: 7_000,
    } as const;
    const config = siteConfig({
      agents: [agentConfig("b", { sales: 1 }, device)],
      queues: [queueConfig("sales")],
    });
    const world = createWorld({ config });
    expect(world.stateOf("b")?.kind).toBe("ready");
    world.caller("c1").dials("10086");
    world.runs("15s");
    expect(world.stateOf("b")).toMatchObject({ kind: "notReady", reason: "rona" });
    world.runs("7s");
    expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "b" });
  });

  it.each([
    ["another id", { type: "rejectOffer", offerId: "old" }, "staleOffer"],
    ["log out", { type: "logOut" }, "busy"],
    ["release", { type: "release" }, "noCall"],
  ] as const)("does not end by %s", (_, request, refusal) => {
    const world = ringing();
    const agent = world.agent("a1").requests(request);
    expect(agent.reply()).toBe(refusal);
    expect(world.stateOf("a1")?.kind).toBe("offered");
  });
});
