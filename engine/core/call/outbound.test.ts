// Calls to numbers: who may be dialled, in which order legs are rung, and every way it ends.
import { describe, expect, it } from "vitest";
import { agentConfig, queueConfig, siteConfig } from "../../../test/support/site.ts";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld } from "../../../test/support/world.ts";

const config = siteConfig({
  queues: [
    queueConfig("sales", {
      outbound: {
        trunkId: "trunk",
        callerIds: ["10086", "4008001234"],
        allow: ["1", "010"],
        deny: ["190"],
        ringMsMax: 30_000,
      },
    }),
    queueConfig("support"),
  ],
  agents: [agentConfig("a1"), agentConfig("a2"), agentConfig("s1", { support: 1 })],
});

function working() {
  const world = createWorld({ config });
  world.agent("a1").comesIn();
  world.runs("1s");
  world.mark();
  return world;
}

/** a1 dials 13900000001; the own phone has answered. */
function dialling() {
  const world = working();
  world.agent("a1").dials("139-0000 0001").answers();
  world.runs("2s");
  world.mark();
  return world;
}

function talking() {
  const world = dialling();
  world.called().answers();
  world.runs("10s");
  world.mark();
  return world;
}

const outcomeOf = (world: ReturnType<typeof working>) =>
  world.facts.flatMap((fact) =>
    fact.type === "callEnded" ? [[fact.outcome, fact.by, fact.cause.reason, fact.direction]] : [],
  );

function isAsBefore(world: ReturnType<typeof working>): void {
  world.runs("2m");
  expect(world.stateOf("a1")?.kind).toBe("ready");
  world.auditor.checkQuiet(world.state());
}

describe("a call to a number", () => {
  it("rings the agent first, and is recorded with the rule that let it through", () => {
    const world = working();
    expect(stepOf(world, () => world.agent("a1").dials("139-0000 0001"))).toMatchInlineSnapshot(`
      [
        "callDialled callId=mmm8h22js-2 direction=outbound agentId=a1 queueId=sales trunkId=trunk number=13900000001 callerId=10086 rule=1",
        "agentStateChanged agentId=a1 from=ready to=dialling reason=null inPreviousMs=1000",
        "> popScreen agentId=a1 pop={callId:mmm8h22js-2 offerId:mmm8h22js-2-offer4 queueId:sales ani:13900000001 dnis:10086 firstDnis:null hotline:{zh:10086 en:10086} queueName:{zh:sales en:sales} language:zh arrivedAtMs:@1s queuedAtMs:@1s answerByMs:@21s path:[] direction:outbound}",
        "> ringAgentLeg legId=mmm8h22js-2-leg2 callId=mmm8h22js-2 agentId=a1 target=sip:a1@127.0.0.1 media=webrtc callerId=13900000001 autoAnswer=true",
        "> replyToDesk agentId=a1 requestId=a1-1 refusal=null",
      ]
    `);
  });

  it("rings who is called with the agent's answer, and joins both with theirs", () => {
    const world = working();
    world.agent("a1").dials("13900000001", "sales", "4008001234");
    const answer = stepOf(world, () => world.agent("a1").answers());
    const ringing = stepOf(world, () => world.runs("1s"));
    const talk = stepOf(world, () => world.called().answers());
    expect([answer, ringing, talk]).toMatchInlineSnapshot(`
      [
        [
          "> dialLeg legId=mmm8h22js-2-leg1 callId=mmm8h22js-2 trunkId=trunk number=13900000001 callerId=4008001234",
        ],
        [
          "> play legId=mmm8h22js-2-leg2 playId=mmm8h22js-2-play5 items=[{kind:tone tone:ringback}] repeat=true",
        ],
        [
          "trunkAttemptEnded callId=mmm8h22js-2 trunkId=trunk result=answered cause={reason:normal sipStatus:null} next=null",
          "talkStarted callId=mmm8h22js-2 agentId=a1 queueId=sales direction=outbound",
          "agentStateChanged agentId=a1 from=dialling to=onCall reason=null inPreviousMs=1000",
          "> bridge bridgeId=mmm8h22js-2-bridge3 legIds=[mmm8h22js-2-leg1,mmm8h22js-2-leg2]",
        ],
      ]
    `);
  });

  it("lets the agent hear what the network says, once", () => {
    const world = dialling();
    const early = stepOf(world, () => world.called().rings(true));
    expect([early, stepOf(world, () => world.called().rings(true))]).toMatchInlineSnapshot(`
      [
        [
          "> bridge bridgeId=mmm8h22js-2-bridge3 legIds=[mmm8h22js-2-leg1,mmm8h22js-2-leg2]",
        ],
        [],
      ]
    `);
  });

  it.each([
    ["busy", "busy", "network"],
    ["noAnswer", "noAnswer", "network"],
    ["rejected", "rejected", "network"],
    ["edgeLost", "failed", "network"],
  ] as const)("that ends by %s was %s", (reason, outcome, by) => {
    const world = dialling();
    world.called().hangsUp(reason);
    expect(outcomeOf(world)).toEqual([[outcome, by, reason, "outbound"]]);
    expect(world.centre().agents.get("a1")?.lastDial?.outcome).toBe(outcome);
    isAsBefore(world);
  });

  it.each([
    ["busy", "busy", "busy"],
    ["congestion", "failed", "unreachable"],
  ] as const)("ends at the network's %s tone", (tone, outcome, reason) => {
    const world = dialling();
    world.called().rings(true);
    world.called().sounds("ringback");
    expect(outcomeOf(world)).toEqual([]);
    world.called().sounds(tone);
    expect(outcomeOf(world)).toEqual([[outcome, "network", reason, "outbound"]]);
    isAsBefore(world);
  });

  it("lets the agent hear an announcement out, and was then not reached", () => {
    const world = dialling();
    world.called().rings(true);
    world.called().sounds("specialInformation");
    expect(outcomeOf(world)).toEqual([]);
    expect(stepOf(world, () => world.called().rings(true))).toEqual([]);
    world.runs("30s");
    expect(outcomeOf(world)).toEqual([["failed", "network", "unreachable", "outbound"]]);
    isAsBefore(world);
  });

  it("does not mind tones that are not the network's, before early media and after the answer", () => {
    const world = dialling();
    world.called().sounds("busy");
    world.called().rings(true);
    world.called().answers();
    world.called().sounds("busy");
    expect([outcomeOf(world), world.stateOf("a1")?.kind]).toEqual([[], "onCall"]);
  });

  it("is given up when nobody answers in time", () => {
    const world = dialling();
    world.runs("30s");
    expect(outcomeOf(world)).toEqual([["noAnswer", "engine", "noAnswer", "outbound"]]);
    isAsBefore(world);
  });

  it("is given up when the agent's own phone is not answered", () => {
    const world = working();
    world.agent("a1").dials("13900000001");
    world.runs("20s");
    expect(outcomeOf(world)).toEqual([["cancelled", "engine", "noAnswer", "outbound"]]);
    isAsBefore(world);
  });

  it.each([
    [
      "on the desk",
      (world: ReturnType<typeof working>) => world.agent("a1").requests({ type: "release" }),
    ],
    ["on the phone", (world: ReturnType<typeof working>) => world.agent("a1").hangsUp()],
  ])("is cancelled %s by the agent", (_, gives) => {
    const world = dialling();
    gives(world);
    expect(outcomeOf(world)).toEqual([["cancelled", "agent", "cancelled", "outbound"]]);
    isAsBefore(world);
  });

  it("ends in wrap-up when who was called hangs up, and is counted apart", () => {
    const world = talking();
    world.called().hangsUp();
    expect(outcomeOf(world)).toEqual([["answered", "caller", "normal", "outbound"]]);
    expect(world.stateOf("a1")?.kind).toBe("wrapUp");
    const { totals } = world.centre().stats;
    expect([totals.arrived, totals.ended, totals.made.outbound]).toMatchObject([
      0,
      0,
      { dialled: 1, ended: 1, byOutcome: { answered: 1 } },
    ]);
    const today = world.centre().stats.agents.get("a1")?.today;
    expect(today).toMatchObject({ answered: 0, dialled: 1, reached: 1, talkMs: 10_000 });
    isAsBefore(world);
  });

  it("can be held and handed to a queue like any other", () => {
    const world = talking();
    world.agent("a1").requests({ type: "hold" });
    expect(world.called().leg()?.play?.keys).toEqual(["calm"]);
    world.agent("a1").requests({ type: "unhold" }).transfers({ queueId: "support" });
    const { offered, transferredIn } = world.centre().stats.queues.get("support") ?? {};
    expect([offered, transferredIn]).toEqual([1, 1]);
    world.agent("s1").comesIn().answers();
    world.runs("5s");
    world.called().hangsUp();
    expect(outcomeOf(world)).toEqual([["answered", "caller", "normal", "outbound"]]);
    isAsBefore(world);
  });

  it("waits in the queue of the call when the agent's seat is lost in talk", () => {
    const world = talking();
    world.agent("a1").hangsUp("mediaLost");
    const [call] = world.state().calls;
    expect(call?.place.kind).toBe("queue");
    world.agent("a2").comesIn();
    expect(world.stateOf("a2")?.kind).toBe("offered");
  });

  it("gives back the reason for which the agent was not ready", () => {
    const world = working();
    world.agent("a1").goesNotReady("meal").dials("13900000001").answers();
    world.runs("1s");
    world.called().hangsUp("busy");
    expect(world.stateOf("a1")).toMatchObject({ kind: "notReady", reason: "meal" });
  });

  it("crosses an answer with the agent's giving up: the late one is dropped", () => {
    const world = dialling();
    const legId = world.called().leg()?.legId ?? "";
    world.agent("a1").requests({ type: "release" });
    world.mark();
    world.post({ type: "legAnswered", legId, dialogRef: "late" });
    expect(world.commands).toMatchObject([{ type: "dropLeg", legId }]);
    expect(world.facts).toMatchObject([{ type: "eventIgnored", why: "crossedDrop" }]);
  });

  it("that was ringing when the engine died is given up", () => {
    const world = dialling();
    world.restarts();
    expect(outcomeOf(world)).toEqual([["failed", "network", "engineRestart", "outbound"]]);
    expect(world.stateOf("a1")?.kind).toBe("ready");
  });

  it("goes on talking over a restart", () => {
    const world = talking();
    world.restarts();
    expect(world.commands).toEqual([]);
    expect(world.state().calls[0]?.place.kind).toBe("bridge");
  });
});

describe("a number that may not be dialled", () => {
  it.each([
    ["another prefix", "00441234", "sales", null, "numberNotAllowed"],
    ["a denied prefix", "190123", "sales", null, "numberNotAllowed"],
    ["a SIP address", "1@evil.example", "sales", null, "invalidNumber"],
    ["a header", "1\r\nRoute: x", "sales", null, "invalidNumber"],
    ["nothing", "", "sales", null, "invalidNumber"],
    ["a number that is not ours to show", "13900000001", "sales", "12345", "callerIdNotAllowed"],
    ["a queue without a way out", "13900000001", "support", null, "notAllowed"],
    ["a queue that is not there", "13900000001", "none", null, "unknownQueue"],
  ] as const)("%s is refused and recorded", (_, number, queueId, callerId, refusal) => {
    const world = working();
    world.agent("a1").dials(number, queueId, callerId);
    expect(world.agent("a1").reply()).toBe(refusal);
    expect(world.facts).toEqual([
      expect.objectContaining({ type: "dialRefused", agentId: "a1", why: refusal }),
    ]);
    expect(world.stateOf("a1")?.kind).toBe("ready");
  });

  it("is one for a queue that the agent does not serve", () => {
    const world = createWorld({ config });
    world.agent("s1").comesIn().dials("13900000001");
    expect(world.agent("s1").reply()).toBe("notAllowed");
  });

  it.each([
    ["while a call rings", "busy"],
    ["without a login", "notLoggedIn"],
    ["without a phone", "deviceUnreachable"],
    ["without a free channel", "noLine"],
  ] as const)("is refused %s", (why, refusal) => {
    const full = { ...config, trunks: [{ id: "trunk", channelsMax: 0 }] };
    const world = createWorld({ config: why.includes("channel") ? full : config });
    const agent = world.agent("a1");
    if (why === "without a phone") agent.logsIn();
    else if (why !== "without a login") agent.comesIn();
    if (why === "while a call rings") world.caller("c1").dials("10086");
    agent.dials("13900000001");
    expect(agent.reply()).toBe(refusal);
  });
});
