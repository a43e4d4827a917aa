// Consult transfer (RFC 5359 2.5) and conference of three (2.10): told as stories. Whatever happens
// between the agents, the caller is never hung up on.
import { describe, expect, it } from "vitest";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld } from "../../../test/support/world.ts";

/** 1001 talks with c1 since ten seconds, 1002 is ready. */
function talking() {
  const world = createWorld();
  world.agent("1001").comesIn();
  world.caller("c1").dials("10086");
  world.runs("4s");
  world.agent("1001").answers();
  world.runs("10s");
  world.agent("1002").comesIn();
  return world;
}

type World = ReturnType<typeof talking>;

function ringing() {
  const world = talking();
  world.agent("1001").consults("1002");
  world.runs("2s");
  return world;
}

function asking() {
  const world = ringing();
  world.agent("1002").answers();
  world.runs("5s");
  return world;
}

function conference() {
  const world = asking();
  world.agent("1001").merges();
  world.runs("20s");
  return world;
}

const bridgeOf = (world: World, who: "c1" | "1001" | "1002") =>
  (who === "c1" ? world.caller("c1") : world.agent(who)).leg()?.bridgedTo ?? null;

const together = (world: World, ...who: ("c1" | "1001" | "1002")[]): boolean => {
  const bridges = new Set(who.map((one) => bridgeOf(world, one)));
  return bridges.size === 1 && !bridges.has(null);
};

function callerIsBackWith1001(world: World): void {
  world.runs("100ms");
  expect(together(world, "c1", "1001")).toBe(true);
  expect(world.agent("1002").leg()).toBeUndefined();
  expect(world.placeOf("c1")).toMatchObject({ kind: "bridge", agentId: "1001", consult: null });
}

function endsWell(world: World): void {
  world.caller("c1").hangsUp();
  world.runs("1m");
  world.auditor.checkQuiet(world.state());
  expect(world.factsOf("c1").filter(({ type }) => type === "callEnded")).toHaveLength(1);
}

describe("consult", () => {
  it("holds the caller, lets the agent hear ringback and rings the colleague", () => {
    const world = talking();
    expect(stepOf(world, () => world.agent("1001").consults("1002"))).toMatchInlineSnapshot(`
      [
        "holdStarted callId=c1 agentId=1001 by=consult",
        "transferStarted callId=c1 kind=consult fromAgentId=1001 queueId=sales target={kind:agent agentId:1002}",
        "agentStateChanged agentId=1002 from=ready to=offered reason=null inPreviousMs=0",
        "> unbridge bridgeId=c1-bridge4",
        "> play legId=c1-caller playId=c1-play5 items=[{kind:music key:calm}] repeat=true",
        "> popScreen agentId=1002 pop={callId:c1 offerId:c1-offer7 queueId:sales ani:13800000000 dnis:10086 firstDnis:null hotline:{zh:10086 en:10086} queueName:{zh:sales en:sales} language:zh arrivedAtMs:@0s queuedAtMs:@0s answerByMs:@29s path:[] transferredBy:{agentId:1001 name:{zh:Agent 1001 en:Agent 1001}}}",
        "> ringAgentLeg legId=c1-leg6 callId=c1 agentId=1002 target=sip:1002@127.0.0.1 media=webrtc callerId=13800000000",
        "> play legId=c1-leg3 playId=c1-play8 items=[{kind:tone tone:ringback}] repeat=true",
        "> replyToDesk agentId=1001 requestId=1001-1 refusal=null",
      ]
    `);
    expect(world.caller("c1").hears()).toEqual(["calm"]);
  });

  it("joins the agents when the colleague answers, and the caller goes on hearing music", () => {
    const world = ringing();
    expect(stepOf(world, () => world.agent("1002").answers())).toMatchInlineSnapshot(`
      [
        "consultAnswered callId=c1 agentId=1002 fromAgentId=1001 ringMs=2000",
        "agentStateChanged agentId=1002 from=offered to=onCall reason=null inPreviousMs=2000",
        "> bridge bridgeId=c1-bridge9 legIds=[c1-leg3,c1-leg6]",
      ]
    `);
    expect(together(world, "1001", "1002")).toBe(true);
    expect(world.caller("c1").hears()).toEqual(["calm"]);
  });

  it("is complete when the agent says so: the caller goes on with the colleague", () => {
    const world = asking();
    expect(stepOf(world, () => world.agent("1001").completes())).toMatchInlineSnapshot(`
      [
        "holdEnded callId=c1 agentId=1001 holdMs=7000",
        "talkEnded callId=c1 agentId=1001 queueId=sales talkMs=10000 holdMs=7000 by=agent",
        "transferEnded callId=c1 kind=consult fromAgentId=1001 queueId=sales target={kind:agent agentId:1002} result=completed",
        "talkStarted callId=c1 agentId=1002 queueId=sales",
        "agentStateChanged agentId=1001 from=onCall to=wrapUp reason=null inPreviousMs=17000",
        "> unbridge bridgeId=c1-bridge9",
        "> bridge bridgeId=c1-bridge4 legIds=[c1-caller,c1-leg6]",
        "> dropLeg legId=c1-leg3 cause={reason:normal sipStatus:null}",
        "> replyToDesk agentId=1001 requestId=1001-1 refusal=null",
      ]
    `);
    expect(together(world, "c1", "1002")).toBe(true);
    world.runs("30s");
    world.agent("1002").requests({ type: "release" });
    expect(world.factsOf("c1").filter(({ type }) => type === "talkEnded")).toMatchObject([
      { agentId: "1001", talkMs: 10_000, holdMs: 7_000 },
      { agentId: "1002", talkMs: 30_000, holdMs: 0 },
    ]);
    expect(world.stateOf("1002")?.kind).toBe("wrapUp");
    expect(world.centre().stats.queues.get("sales")?.transfers.consult.completed).toBe(1);
  });

  it("is cancelled: the caller is back with the agent, the colleague is free", () => {
    const world = asking();
    expect(stepOf(world, () => world.agent("1001").cancels())).toMatchInlineSnapshot(`
      [
        "transferEnded callId=c1 kind=consult fromAgentId=1001 queueId=sales target={kind:agent agentId:1002} result=cancelled",
        "agentStateChanged agentId=1002 from=onCall to=ready reason=null inPreviousMs=5000",
        "holdEnded callId=c1 agentId=1001 holdMs=7000",
        "> unbridge bridgeId=c1-bridge9",
        "> dropLeg legId=c1-leg6 cause={reason:normal sipStatus:null}",
        "> bridge bridgeId=c1-bridge4 legIds=[c1-caller,c1-leg3]",
        "> replyToDesk agentId=1001 requestId=1001-1 refusal=null",
      ]
    `);
    callerIsBackWith1001(world);
    expect(world.stateOf("1002")?.kind).toBe("ready");
    endsWell(world);
  });

  it("goes on from a hold, which ends with it", () => {
    const world = talking();
    world.agent("1001").requests({ type: "hold" });
    world.runs("3s");
    world.agent("1001").consults("1002");
    world.agent("1002").answers();
    world.runs("4s");
    world.agent("1001").cancels();
    expect(world.facts.filter(({ type }) => type === "holdEnded")).toMatchObject([
      { holdMs: 7_000 },
    ]);
    callerIsBackWith1001(world);
  });
});

describe("a consult that comes to nothing brings the caller back", () => {
  const one = (world: World) => world.agent("1001");
  const two = (world: World) => world.agent("1002");
  it.each<[string, () => World, (world: World) => unknown, string, string]>([
    ["no answer", ringing, (world) => world.runs("13s"), "noAnswer", "notReady"],
    ["rejected", ringing, (world) => two(world).rejects(), "rejected", "notReady"],
    [
      "rejected on the device",
      ringing,
      (world) => two(world).hangsUp("busy"),
      "rejected",
      "notReady",
    ],
    [
      "page closed while ringing",
      ringing,
      (world) => two(world).closesDesk(),
      "seatLost",
      "notReady",
    ],
    ["device fails", ringing, (world) => two(world).hangsUp("edgeLost"), "failed", "notReady"],
    [
      "media fail while ringing",
      ringing,
      (world) => two(world).mediaBecomes("failed"),
      "failed",
      "notReady",
    ],
    ["cancelled while ringing", ringing, (world) => one(world).cancels(), "cancelled", "ready"],
    [
      "released while ringing",
      ringing,
      (world) => one(world).requests({ type: "release" }),
      "cancelled",
      "ready",
    ],
    [
      "released while asking",
      asking,
      (world) => one(world).requests({ type: "release" }),
      "cancelled",
      "ready",
    ],
    ["the colleague hangs up", asking, (world) => two(world).hangsUp(), "left", "ready"],
    [
      "the colleague releases",
      asking,
      (world) => two(world).requests({ type: "release" }),
      "left",
      "ready",
    ],
    [
      "the colleague is lost",
      asking,
      (world) => two(world).hangsUp("mediaLost"),
      "failed",
      "notReady",
    ],
    ["the engine dies while it rings", ringing, (world) => world.restarts(), "withdrawn", "ready"],
  ])("%s", (_why, begin, happens, result, state) => {
    const world = begin();
    world.mark();
    happens(world);
    expect(world.facts.filter(({ type }) => type === "transferEnded")).toMatchObject([
      { kind: "consult", result },
    ]);
    callerIsBackWith1001(world);
    expect(world.stateOf("1002")?.kind).toBe(state);
    endsWell(world);
  });

  it("an answer that crosses the end of ringing is dropped", () => {
    const world = ringing();
    const legId = world.agent("1002").leg()?.legId ?? "";
    world.agent("1001").cancels();
    world.post({ type: "legAnswered", legId, dialogRef: "late" });
    expect(world.commands.at(-1)).toMatchObject({ type: "dropLeg", legId });
    callerIsBackWith1001(world);
  });

  it("a colleague who was lost by a silent page goes, too", () => {
    const world = asking();
    world.agent("1002").closesDesk();
    world.runs("10s");
    expect(together(world, "1001", "1002")).toBe(true);
    world.agent("1002").mediaBecomes("silent");
    callerIsBackWith1001(world);
  });
});

describe("the agent who asks goes", () => {
  it("after the answer, on the device: the caller goes on with the colleague", () => {
    const world = asking();
    world.agent("1001").hangsUp();
    expect(together(world, "c1", "1002")).toBe(true);
    expect(world.stateOf("1001")?.kind).toBe("wrapUp");
    endsWell(world);
  });

  it("after the answer, by a fault: the same, and the seat is not ready", () => {
    const world = asking();
    world.agent("1001").hangsUp("mediaLost");
    expect(together(world, "c1", "1002")).toBe(true);
    expect(world.stateOf("1001")).toMatchObject({ kind: "notReady", reason: "seatLost" });
    endsWell(world);
  });

  it.each([
    ["normal", "wrapUp"],
    ["mediaLost", "notReady"],
  ] as const)("while it rings (%s): the caller waits at the old place", (reason, state) => {
    const world = ringing();
    world.agent("1001").hangsUp(reason);
    expect(world.stateOf("1001")?.kind).toBe(state);
    // The colleague is free again, so the caller rings there at once, as from the queue.
    expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "1002" });
    world.runs("100ms");
    world.agent("1002").answers();
    expect(together(world, "c1", "1002")).toBe(true);
    endsWell(world);
  });
});

describe("the caller goes", () => {
  it.each<[string, () => World, readonly string[]]>([
    ["while it rings", ringing, ["wrapUp", "ready"]],
    ["while the agents talk", asking, ["wrapUp", "ready"]],
    ["in the conference", conference, ["wrapUp", "wrapUp"]],
  ])("%s: both agents are free of the call", (_when, begin, states) => {
    const world = begin();
    world.caller("c1").hangsUp();
    expect([world.stateOf("1001")?.kind, world.stateOf("1002")?.kind]).toEqual(states);
    world.runs("1s");
    expect([world.agent("1001").leg(), world.agent("1002").leg()]).toEqual([undefined, undefined]);
    world.runs("1m");
    world.auditor.checkQuiet(world.state());
  });
});

describe("conference", () => {
  it("joins all three", () => {
    const world = asking();
    expect(stepOf(world, () => world.agent("1001").merges())).toMatchInlineSnapshot(`
      [
        "holdEnded callId=c1 agentId=1001 holdMs=7000",
        "transferEnded callId=c1 kind=consult fromAgentId=1001 queueId=sales target={kind:agent agentId:1002} result=conference",
        "conferenceStarted callId=c1 agentId=1002 fromAgentId=1001",
        "talkStarted callId=c1 agentId=1002 queueId=sales",
        "> unbridge bridgeId=c1-bridge9",
        "> bridge bridgeId=c1-bridge4 legIds=[c1-caller,c1-leg3,c1-leg6]",
        "> replyToDesk agentId=1001 requestId=1001-1 refusal=null",
      ]
    `);
    expect(together(world, "c1", "1001", "1002")).toBe(true);
  });

  it.each<[string, (world: World) => unknown]>([
    ["releases", (world) => world.agent("1001").requests({ type: "release" })],
    ["hands over", (world) => world.agent("1001").completes()],
    ["hangs up on the device", (world) => world.agent("1001").hangsUp()],
  ])("goes on without the agent who asked: %s", (_how, happens) => {
    const world = conference();
    happens(world);
    expect(together(world, "c1", "1002")).toBe(true);
    expect(world.stateOf("1001")?.kind).toBe("wrapUp");
    world.runs("10s");
    world.agent("1002").requests({ type: "hold" });
    expect(world.caller("c1").hears()).toEqual(["calm"]);
    world.agent("1002").requests({ type: "unhold" });
    world.agent("1002").requests({ type: "release" });
    expect(world.factsOf("c1").filter(({ type }) => type === "talkEnded")).toMatchObject([
      { agentId: "1001", talkMs: 30_000 },
      { agentId: "1002", talkMs: 30_000 },
    ]);
  });

  it.each<[string, (world: World) => unknown, string]>([
    ["releases", (world) => world.agent("1002").requests({ type: "release" }), "wrapUp"],
    ["hangs up on the device", (world) => world.agent("1002").hangsUp(), "wrapUp"],
    ["is put out", (world) => world.agent("1001").cancels(), "wrapUp"],
    ["is lost", (world) => world.agent("1002").hangsUp("mediaLost"), "notReady"],
  ])("goes on without the colleague: %s", (_how, happens, state) => {
    const world = conference();
    happens(world);
    expect(together(world, "c1", "1001")).toBe(true);
    expect(world.stateOf("1002")?.kind).toBe(state);
    expect(world.facts.find(({ type }) => type === "conferenceEnded")).toMatchObject({
      conferenceMs: 20_000,
    });
    endsWell(world);
  });
});

describe("requests that do not fit are refused and change nothing", () => {
  it.each<
    [
      string,
      () => World,
      "1001" | "1002",
      Parameters<ReturnType<World["agent"]>["requests"]>[0],
      string,
    ]
  >([
    [
      "a colleague who is not there",
      talking,
      "1001",
      { type: "consultStart", agentId: "1003" },
      "agentNotReady",
    ],
    ["oneself", talking, "1001", { type: "consultStart", agentId: "1001" }, "agentNotReady"],
    ["completing nothing", talking, "1001", { type: "consultComplete" }, "noConsult"],
    ["cancelling nothing", talking, "1001", { type: "consultCancel" }, "noConsult"],
    ["merging nothing", talking, "1001", { type: "consultMerge" }, "noConsult"],
    ["completing before the answer", ringing, "1001", { type: "consultComplete" }, "notAnswered"],
    ["merging before the answer", ringing, "1001", { type: "consultMerge" }, "notAnswered"],
    ["a second consult", ringing, "1001", { type: "consultStart", agentId: "1003" }, "inConsult"],
    ["hold", asking, "1001", { type: "hold" }, "inConsult"],
    ["unhold", asking, "1001", { type: "unhold" }, "inConsult"],
    [
      "digits to a caller on hold",
      asking,
      "1001",
      { type: "sendDigits", digits: "1" },
      "inConsult",
    ],
    [
      "blind transfer",
      asking,
      "1001",
      { type: "transferBlind", target: { kind: "queue", queueId: "sales" } },
      "inConsult",
    ],
    ["completing by the colleague", asking, "1002", { type: "consultComplete" }, "inConsult"],
    ["merging by the colleague", asking, "1002", { type: "consultMerge" }, "inConsult"],
    ["merging twice", conference, "1001", { type: "consultMerge" }, "inConsult"],
  ])("%s", (_what, begin, agentId, request, refusal) => {
    const world = begin();
    const before = world.state().calls;
    expect(world.agent(agentId).requests(request).reply()).toBe(refusal);
    expect(world.state().calls).toEqual(before);
  });
});

describe("an engine that dies and comes back", () => {
  it.each([
    ["asking", asking, ["1001", "1002"]],
    ["in conference", conference, ["c1", "1001", "1002"]],
  ] as const)("while %s: nothing is heard of it", (_when, begin, who) => {
    const world = begin();
    const before = world.edge.bridges;
    const kept = new Map(before);
    world.restarts(500);
    expect(new Map(world.edge.bridges)).toEqual(kept);
    expect(together(world, ...who)).toBe(true);
    endsWell(world);
  });

  it.each<[string, () => World, readonly ("1001" | "1002")[], "bridge" | "queue"]>([
    ["the colleague's leg, asking", asking, ["1002"], "bridge"],
    ["the asker's leg, asking", asking, ["1001"], "bridge"],
    ["both legs, asking", asking, ["1001", "1002"], "queue"],
    ["the colleague's leg, in conference", conference, ["1002"], "bridge"],
    ["the asker's leg, in conference", conference, ["1001"], "bridge"],
    ["both legs, in conference", conference, ["1001", "1002"], "queue"],
    ["the asker's leg, ringing", ringing, ["1001", "1002"], "queue"],
  ])("without %s: the caller is kept", (_what, begin, lost, place) => {
    const world = begin();
    for (const agentId of lost) world.edge.forget(world.agent(agentId).leg()?.legId ?? "");
    world.restarts(500);
    expect(world.placeOf("c1")?.kind).toBe(place);
    if (place === "bridge")
      expect(together(world, "c1", lost[0] === "1001" ? "1002" : "1001")).toBe(true);
    endsWell(world);
  });
});
