// Blind transfer (RFC 5359 2.4): the caller goes to a queue or a colleague, and is never hung up on.
import { describe, expect, it } from "vitest";
import { queueConfig, siteConfig } from "../../../test/support/site.ts";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld } from "../../../test/support/world.ts";

/** 1001 talks with c1 since ten seconds. */
function talking(support: Parameters<typeof queueConfig>[1] = {}) {
  const queues = [queueConfig("sales"), queueConfig("support", support)];
  const world = createWorld({ config: siteConfig({ queues }) });
  world.agent("1001").comesIn();
  world.caller("c1").dials("10086");
  world.runs("4s");
  world.agent("1001").answers();
  world.runs("10s");
  return world;
}

describe("blind transfer to a queue", () => {
  it("gives the caller a place of its own there and the agent wrap-up", () => {
    const world = talking();
    const lines = stepOf(world, () => world.agent("1001").transfers({ queueId: "support" }));
    expect(lines).toMatchInlineSnapshot(`
      [
        "talkEnded callId=c1 agentId=1001 queueId=sales talkMs=10000 holdMs=0 by=agent",
        "transferStarted callId=c1 kind=blind fromAgentId=1001 queueId=sales target={kind:queue queueId:support}",
        "queueEntered callId=c1 queueId=support queuedAtMs=@14s returned=false source=transfer",
        "transferEnded callId=c1 kind=blind fromAgentId=1001 queueId=sales target={kind:queue queueId:support} result=completed",
        "agentStateChanged agentId=1001 from=onCall to=wrapUp reason=null inPreviousMs=10000",
        "> unbridge bridgeId=c1-bridge4",
        "> dropLeg legId=c1-leg3 cause={reason:normal sipStatus:null}",
        "> play legId=c1-caller playId=c1-play5 items=[{kind:music key:calm}] repeat=true",
        "> replyToDesk agentId=1001 requestId=1001-1 refusal=null",
      ]
    `);
    expect(world.caller("c1").hears()).toEqual(["calm"]);
    expect(world.placeOf("c1")).toMatchObject({ kind: "queue", queueId: "support" });
  });

  it("is answered there by an agent who sees who handed the caller over", () => {
    const world = talking();
    world.agent("1001").transfers({ queueId: "support" });
    world.runs("3s");
    world.agent("1003").comesIn();
    expect(world.pops.get("1003")?.transferredBy).toEqual({
      agentId: "1001",
      name: { zh: "Agent 1001", en: "Agent 1001" },
    });
    world.agent("1003").answers();
    world.runs("5s");
    world.caller("c1").hangsUp();
    const counters = world.state().counters.queues;
    expect(counters.map(({ queueId, offered, answered }) => [queueId, offered, answered])).toEqual([
      ["sales", 1, 1],
      ["support", 1, 1],
    ]);
    expect(world.centre().stats.queues.get("sales")?.transfers.blind.completed).toBe(1);
    expect(world.centre().stats.queues.get("support")?.transferredIn).toBe(1);
  });

  it("is an abandon of that queue, and an answered call, when the caller leaves it", () => {
    const world = talking();
    world.agent("1001").transfers({ queueId: "support" });
    world.runs("20s");
    world.caller("c1").hangsUp();
    expect(world.factsOf("c1").slice(-2)).toMatchObject([
      { type: "queueLeft", queueId: "support", waitMs: 20_000, outcome: { kind: "abandoned" } },
      { type: "callEnded", outcome: "answered", by: "caller" },
    ]);
  });

  it("never ends in a turning away: no longest wait for who spoke with an agent", () => {
    const world = talking({ waitMsMax: 5_000 });
    world.agent("1001").transfers({ queueId: "support" });
    world.runs("10m");
    expect(world.placeOf("c1")?.kind).toBe("queue");
  });

  it("works while the caller is on hold", () => {
    const world = talking();
    world.agent("1001").requests({ type: "hold" });
    world.runs("2s");
    world.agent("1001").transfers({ queueId: "support" });
    expect(world.agent("1001").reply()).toBeNull();
    expect(world.facts.find(({ type }) => type === "talkEnded")).toMatchObject({ holdMs: 2_000 });
    expect(world.caller("c1").hears()).toEqual(["calm"]);
  });

  it.each([
    ["an unknown queue", { queueId: "nowhere" }, {}, "unknownQueue"],
    ["a full queue", { queueId: "support" }, { waitingMax: 0 }, "queueFull"],
    ["an unknown agent", { agentId: "9999" }, {}, "agentNotReady"],
    ["an agent who is not there", { agentId: "1002" }, {}, "agentNotReady"],
    ["the agent himself", { agentId: "1001" }, {}, "agentNotReady"],
  ] as const)("to %s is refused, and the talk goes on", (_why, target, support, refusal) => {
    const world = talking(support);
    const before = world.state().calls;
    expect(world.agent("1001").transfers(target).reply()).toBe(refusal);
    expect(world.state().calls).toEqual(before);
    expect(world.agent("1001").leg()?.bridgedTo).toBe(world.caller("c1").leg()?.bridgedTo);
  });

  it("without a call is refused: the caller left in the same moment", () => {
    const world = talking();
    world.caller("c1").hangsUp();
    expect(world.agent("1001").transfers({ queueId: "support" }).reply()).toBe("noCall");
  });
});

describe("blind transfer to an agent", () => {
  /** 1004 serves another queue only; being chosen does not depend on skills. */
  function ringing(agentId: string) {
    const world = talking();
    world.agent(agentId).comesIn();
    world.agent("1001").transfers({ agentId });
    return world;
  }

  it("rings there in the same step, whatever the skills", () => {
    const world = talking();
    world.agent("1004").comesIn();
    const lines = stepOf(world, () => world.agent("1001").transfers({ agentId: "1004" }));
    expect(lines).toMatchInlineSnapshot(`
      [
        "talkEnded callId=c1 agentId=1001 queueId=sales talkMs=10000 holdMs=0 by=agent",
        "transferStarted callId=c1 kind=blind fromAgentId=1001 queueId=sales target={kind:agent agentId:1004}",
        "queueEntered callId=c1 queueId=sales queuedAtMs=@0s returned=true",
        "offerMade callId=c1 offerId=c1-offer6 queueId=sales agentId=1004 answerByMs=@29s source=transfer",
        "agentStateChanged agentId=1004 from=ready to=offered reason=null inPreviousMs=0",
        "agentStateChanged agentId=1001 from=onCall to=wrapUp reason=null inPreviousMs=10000",
        "> unbridge bridgeId=c1-bridge4",
        "> dropLeg legId=c1-leg3 cause={reason:normal sipStatus:null}",
        "> play legId=c1-caller playId=c1-play5 items=[{kind:music key:calm}] repeat=true",
        "> popScreen agentId=1004 pop={callId:c1 offerId:c1-offer6 queueId:sales ani:13800000000 dnis:10086 firstDnis:null hotline:{zh:10086 en:10086} queueName:{zh:sales en:sales} language:zh arrivedAtMs:@0s queuedAtMs:@0s answerByMs:@29s path:[] transferredBy:{agentId:1001 name:{zh:Agent 1001 en:Agent 1001}}}",
        "> ringAgentLeg legId=c1-leg7 callId=c1 agentId=1004 target=sip:1004@127.0.0.1 media=rtp callerId=13800000000",
        "> replyToDesk agentId=1001 requestId=1001-1 refusal=null",
      ]
    `);
  });

  it("is complete when the agent answers", () => {
    const world = ringing("1002");
    world.runs("3s");
    expect(stepOf(world, () => world.agent("1002").answers())).toMatchInlineSnapshot(`
      [
        "offerEnded callId=c1 offerId=c1-offer6 queueId=sales agentId=1002 result=answered ringMs=3000",
        "transferEnded callId=c1 kind=blind fromAgentId=1001 queueId=sales target={kind:agent agentId:1002} result=completed",
        "talkStarted callId=c1 agentId=1002 queueId=sales",
        "agentStateChanged agentId=1002 from=offered to=onCall reason=null inPreviousMs=3000",
        "> bridge bridgeId=c1-bridge8 legIds=[c1-caller,c1-leg7]",
      ]
    `);
    expect(world.agent("1002").leg()?.bridgedTo).toBe(world.caller("c1").leg()?.bridgedTo);
  });

  it.each([
    ["does not answer", (world: ReturnType<typeof talking>) => world.runs("15s"), "noAnswer"],
    ["rejects", (world: ReturnType<typeof talking>) => world.agent("1002").rejects(), "rejected"],
    [
      "has a phone that fails",
      (world: ReturnType<typeof talking>) => world.agent("1002").hangsUp("edgeLost"),
      "failed",
    ],
    [
      "closes the page",
      (world: ReturnType<typeof talking>) => world.agent("1002").closesDesk(),
      "seatLost",
    ],
    [
      "is rung by an engine that dies",
      (world: ReturnType<typeof talking>) => world.restarts(),
      "withdrawn",
    ],
  ] as const)("gives the caller back to the queue when the agent %s", (_why, happens, result) => {
    const world = ringing("1002");
    happens(world);
    expect(world.facts.find(({ type }) => type === "transferEnded")).toMatchObject({ result });
    expect(world.placeOf("c1")).toMatchObject({ kind: "queue", queueId: "sales" });
    world.runs("1m");
    world.caller("c1").hangsUp();
    world.runs("1m");
    world.auditor.checkQuiet(world.state());
  });

  it("ends with a caller who hangs up while it rings", () => {
    const world = ringing("1002");
    world.runs("2s");
    expect(stepOf(world, () => world.caller("c1").hangsUp())).toMatchInlineSnapshot(`
      [
        "transferEnded callId=c1 kind=blind fromAgentId=1001 queueId=sales target={kind:agent agentId:1002} result=abandoned",
        "offerEnded callId=c1 offerId=c1-offer6 queueId=sales agentId=1002 result=withdrawn ringMs=2000",
        "agentStateChanged agentId=1002 from=offered to=ready reason=null inPreviousMs=2000",
        "callEnded callId=c1 outcome=answered by=caller cause={reason:normal sipStatus:null}",
        "> dropLeg legId=c1-leg7 cause={reason:cancelled sipStatus:null}",
      ]
    `);
  });

  it("drops an answer that comes too late, and keeps the caller in the queue", () => {
    const world = ringing("1002");
    const legId = world.agent("1002").leg()?.legId ?? "";
    world.runs("15s");
    world.post({ type: "legAnswered", legId, dialogRef: "late" });
    expect(world.placeOf("c1")?.kind).toBe("queue");
    expect(world.commands.at(-1)).toMatchObject({ type: "dropLeg", legId });
  });
});
