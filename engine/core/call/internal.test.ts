// Calls between agents: both are taken and freed again, whoever ends it and how.
import { expect, it } from "vitest";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld } from "../../../test/support/world.ts";

function working() {
  const world = createWorld();
  world.agent("1001").comesIn();
  world.agent("1002").comesIn();
  world.runs("1s");
  world.mark();
  return world;
}
type World = ReturnType<typeof working>;

const calls = (world: World) =>
  world.agent("1001").requests({ type: "dialAgent", agentId: "1002" });

function ringing() {
  const world = working();
  calls(world).answers();
  world.runs("2s");
  return world;
}

function talking() {
  const world = ringing();
  world.agent("1002").answers();
  world.runs("5s");
  return world;
}

const kinds = (world: World) => ["1001", "1002"].map((id) => world.stateOf(id)?.kind);
const ends = (world: World) =>
  world.facts.flatMap((fact) => (fact.type === "callEnded" ? [[fact.outcome, fact.by]] : []));

function isQuiet(world: World): void {
  world.runs("1m");
  world.auditor.checkQuiet(world.state());
}

it("rings first the one, then the other, then joins both", () => {
  const world = working();
  const steps = [
    stepOf(world, () => calls(world)),
    stepOf(world, () => world.agent("1001").answers()),
    stepOf(world, () => world.agent("1002").answers()),
  ];
  expect(steps).toMatchInlineSnapshot(`
    [
      [
        "callDialled callId=mmm8h22js-3 direction=internal agentId=1001 queueId=null trunkId=null number=1002 callerId=1001 rule=null",
        "agentStateChanged agentId=1001 from=ready to=dialling reason=null inPreviousMs=1000",
        "> popScreen agentId=1001 pop={callId:mmm8h22js-3 offerId: queueId: ani:1002 dnis:1001 firstDnis:null hotline:{zh:Agent 1002 en:Agent 1002} queueName:{zh: en:} language:zh arrivedAtMs:@1s queuedAtMs:@1s answerByMs:@21s path:[] direction:internal}",
        "> ringAgentLeg legId=mmm8h22js-3-leg1 callId=mmm8h22js-3 agentId=1001 target=sip:1001@127.0.0.1 media=webrtc callerId=1002 autoAnswer=true",
        "> replyToDesk agentId=1001 requestId=1001-1 refusal=null",
      ],
      [
        "agentStateChanged agentId=1002 from=ready to=offered reason=null inPreviousMs=1000",
        "> play legId=mmm8h22js-3-leg1 playId=mmm8h22js-3-play5 items=[{kind:tone tone:ringback}] repeat=true",
        "> popScreen agentId=1002 pop={callId:mmm8h22js-3 offerId:mmm8h22js-3-offer4 queueId: ani:1001 dnis:1001 firstDnis:null hotline:{zh:Agent 1001 en:Agent 1001} queueName:{zh: en:} language:zh arrivedAtMs:@1s queuedAtMs:@1s answerByMs:@21s path:[] direction:internal}",
        "> ringAgentLeg legId=mmm8h22js-3-leg2 callId=mmm8h22js-3 agentId=1002 target=sip:1002@127.0.0.1 media=webrtc callerId=1001",
      ],
      [
        "internalAnswered callId=mmm8h22js-3 agentId=1002 fromAgentId=1001 ringMs=0",
        "agentStateChanged agentId=1001 from=dialling to=onCall reason=null inPreviousMs=0",
        "agentStateChanged agentId=1002 from=offered to=onCall reason=null inPreviousMs=0",
        "> bridge bridgeId=mmm8h22js-3-bridge3 legIds=[mmm8h22js-3-leg1,mmm8h22js-3-leg2]",
      ],
    ]
  `);
  expect(kinds(world)).toEqual(["onCall", "onCall"]);
});

it.each([
  ["1001 releases", (world: World) => world.agent("1001").requests({ type: "release" })],
  ["1002 releases", (world: World) => world.agent("1002").requests({ type: "release" })],
  ["1001 hangs up", (world: World) => world.agent("1001").hangsUp()],
  ["1002 hangs up", (world: World) => world.agent("1002").hangsUp()],
])("%s: both are ready again, without wrap-up", (_, end) => {
  const world = talking();
  end(world);
  expect([kinds(world), ends(world)]).toEqual([["ready", "ready"], [["answered", "agent"]]]);
  isQuiet(world);
});

it.each([
  ["does not answer", (world: World) => world.runs("20s"), "noAnswer", "notReady"],
  ["rejects", (world: World) => world.agent("1002").rejects(), "rejected", "notReady"],
  [
    "'s phone fails",
    (world: World) => world.agent("1002").hangsUp("edgeLost"),
    "failed",
    "notReady",
  ],
])("who is called %s", (_, end, outcome, kind) => {
  const world = ringing();
  end(world);
  expect([kinds(world), ends(world)]).toEqual([["ready", kind], [[outcome, "engine"]]]);
  isQuiet(world);
});

it("the caller gives up: the other is ready at the old place", () => {
  const world = ringing();
  world.agent("1001").requests({ type: "release" });
  expect([kinds(world), ends(world)]).toEqual([["ready", "ready"], [["cancelled", "agent"]]]);
  isQuiet(world);
});

it("who became busy meanwhile is busy", () => {
  const world = working();
  calls(world);
  world.caller("c1").dials("10086");
  world.agent("1001").answers();
  expect(ends(world)).toEqual([["busy", "engine"]]);
  expect(kinds(world)).toEqual(["ready", "offered"]);
});

it("a lost seat ends it for both, and only the lost one is not ready", () => {
  const world = talking();
  world.agent("1002").hangsUp("mediaLost");
  expect(kinds(world)).toEqual(["ready", "notReady"]);
  isQuiet(world);
});

it("goes on over a restart, and is given up when it only rang", () => {
  const world = talking();
  world.restarts();
  expect(kinds(world)).toEqual(["onCall", "onCall"]);
  const other = ringing();
  other.restarts();
  expect([kinds(other), ends(other)]).toEqual([["ready", "ready"], [["failed", "engine"]]]);
});

it.each([
  ["oneself", "1001"],
  ["who is not there", "1003"],
  ["nobody", "x"],
])("to %s is refused", (_, agentId) => {
  const world = working();
  world.agent("1001").requests({ type: "dialAgent", agentId });
  expect(world.agent("1001").reply()).toBe("agentNotReady");
});

it.each(["hold", "unhold", "consultCancel"] as const)("%s is refused", (type) => {
  const world = talking();
  world.agent("1001").requests({ type });
  expect(world.agent("1001").reply()).toBe("notAnswered");
});

it("is not listened to by a supervisor, who is told that there is no call", () => {
  const world = talking();
  const supervisor = world.supervisor("2001").comesIn().monitors("1001");
  expect(supervisor.reply()).toBe("noCall");
  expect(kinds(world)).toEqual(["onCall", "onCall"]);
});
