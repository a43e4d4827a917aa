// Input that fits nothing: one defined answer each, counted, never an exception, nothing changed.
import { describe, expect, it } from "vitest";
import { agentConfig, queueConfig, siteConfig } from "../../test/support/site.ts";
import { createWorld } from "../../test/support/world.ts";
import type { AgentRequest, CentreEvent, SupervisorRequest } from "./event.ts";
import { explainCall } from "./explain.ts";

const cause = { reason: "normal", sipStatus: null } as const;
const ended = "c1-caller";
const never = "x-caller";

/** c1 came, waited and left a while ago. */
function afterACall() {
  const world = createWorld();
  world.caller("c1").dials("10086");
  world.runs("5s");
  world.caller("c1").hangsUp();
  world.runs("5s");
  world.mark();
  return world;
}

/** Everything but the time and what counts the ignored event. */
const stateOf = (world: ReturnType<typeof afterACall>) => ({
  ...world.state(),
  nowMs: 0,
  factSeq: 0,
  counters: null,
});

/** What comes from a leg that is over, or never was; the answer is why it was ignored. */
const legEvents: readonly (readonly [CentreEvent, string])[] = [ended, never].flatMap((legId) => [
  [{ type: "legRinging", legId }, "unknownLeg"],
  [{ type: "legAnswered", legId, dialogRef: "d" }, "unknownLeg"],
  [{ type: "legFailed", legId, cause }, "unknownLeg"],
  [{ type: "legReleased", legId, cause }, "unknownLeg"],
  [{ type: "legHeld", legId, held: true }, "unknownLeg"],
  [{ type: "legMediaChanged", legId, media: "failed" }, "unknownLeg"],
  [{ type: "digitPressed", legId, digit: "1" }, "unknownLeg"],
  [{ type: "legToneHeard", legId, tone: "busy" }, "unknownLeg"],
  [{ type: "playFinished", legId, playId: "p", outcome: "completed" }, "unknownLeg"],
]);

const others: readonly (readonly [CentreEvent, string])[] = [
  [{ type: "deskChanged", agentId: "x", desk: "open" }, "unknownAgent"],
  [{ type: "deviceBound", agentId: "x", contact: "sip:x@h", expiresAtMs: 9e15 }, "unknownAgent"],
  [{ type: "deviceUnbound", agentId: "x" }, "unknownAgent"],
  [{ type: "agentLent", agentId: "x", skills: {}, untilMs: 9e15 }, "unknownAgent"],
  [{ type: "agentLent", agentId: "1001", skills: {}, untilMs: 0 }, "noChange"],
  [{ type: "reserveSwitched", groupId: "x", isOn: true, untilMs: null }, "noMembers"],
  [{ type: "reserveSwitched", groupId: "x", isOn: false, untilMs: null }, "noChange"],
];

describe("an event that fits nothing", () => {
  it.each([...legEvents, ...others])("%j is ignored: %s", (event, why) => {
    const world = afterACall();
    const before = stateOf(world);
    world.post(event);
    expect(world.facts).toMatchObject([{ type: "eventIgnored", event: event.type, why }]);
    // An answer nobody waits for must not stay connected; anything else moves nothing.
    const expected = event.type === "legAnswered" ? [{ type: "dropLeg", legId: event.legId }] : [];
    expect(world.commands).toMatchObject(expected);
    expect(stateOf(world)).toEqual(before);
  });

  it("is the second arrival of a call or leg, during the call", () => {
    const world = createWorld();
    world.caller("c1").dials("10086");
    world.mark();
    const [ani, dnis] = ["1", "10086"];
    const call = { type: "callArrived", trunkId: "trunk", ani, dnis, firstDnis: null } as const;
    world.post({ ...call, callId: "c1", legId: "another" });
    world.post({ ...call, callId: "another", legId: "c1-caller" });
    expect(world.facts.map((fact) => "why" in fact && fact.why)).toEqual([
      "duplicate",
      "duplicate",
    ]);
    expect(world.commands).toEqual([]);
  });
});

describe("a request that comes too late or twice", () => {
  const requests: readonly (readonly [AgentRequest, string | null])[] = [
    [{ type: "hold" }, "noCall"],
    [{ type: "unhold" }, "noCall"],
    [{ type: "release" }, "noCall"],
    [{ type: "sendDigits", digits: "1" }, "noCall"],
    [{ type: "rejectOffer", offerId: "gone" }, "noOffer"],
    [{ type: "endWrapUp", code: null, notes: "" }, "noWrapUp"],
    [{ type: "transferBlind", target: { kind: "queue", queueId: "sales" } }, "noCall"],
    [{ type: "consultStart", agentId: "1002" }, "noCall"],
    [{ type: "consultComplete" }, "noCall"],
    [{ type: "pauseRecording" }, "noCall"],
    [{ type: "acknowledge", messageId: "gone" }, "noMessage"],
    [{ type: "endHelp" }, "noHelp"],
    [{ type: "logIn" }, null],
    [{ type: "goReady" }, null],
  ];
  it.each(requests)("%j of a ready agent is answered %s and changes nothing", (request, reply) => {
    const world = createWorld();
    world.agent("1001").comesIn();
    world.mark();
    world.agent("1001").requests(request);
    expect([world.agent("1001").reply(), world.facts]).toEqual([reply, []]);
    expect(world.stateOf("1001")?.kind).toBe("ready");
  });

  it.each<readonly [SupervisorRequest, string]>([
    [{ type: "monitorStop" }, "notMonitoring"],
    [{ type: "monitorMode", mode: "barge" }, "notMonitoring"],
    [{ type: "monitorStart", agentId: "x", mode: "monitor" }, "noCall"],
    [{ type: "takeOver" }, "notMonitoring"],
    [{ type: "endTakeOver", toQueue: null }, "noCall"],
    [{ type: "cancelCallback", callId: "x" }, "noCall"],
  ])("%j of a supervisor is answered %s", (request, reply) => {
    const world = createWorld();
    world.supervisor("2001").comesIn().requests(request);
    expect(world.supervisor("2001").reply()).toBe(reply);
  });

  it("of somebody who is no agent is answered so", () => {
    const world = createWorld();
    world.agent("x").requests({ type: "goReady" });
    expect(world.agent("x").reply()).toBe("unknownAgent");
  });
});

describe("a site that cannot work", () => {
  it("offers an agent without skills nothing, and says why", () => {
    const world = createWorld({ config: siteConfig({ agents: [agentConfig("a1", {})] }) });
    world.agent("a1").comesIn();
    world.caller("c1").dials("10086");
    expect(world.stateOf("a1")?.kind).toBe("ready");
    expect(explainCall(world.centre(), "c1")?.line?.byRule).toEqual({ skill: 1 });
  });

  it("lets a call wait whose requirements nobody can meet, to its limit", () => {
    const requirements = [{ skillId: "sales", levelMin: 99 }];
    const queues = [queueConfig("sales", { requirements, waitMsMax: 60_000 })];
    const world = createWorld({ config: siteConfig({ queues }) });
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    world.runs("59s");
    expect(world.placeOf("c1")?.kind).toBe("queue");
    world.runs("10s");
    expect(world.facts.at(-1)).toMatchObject({ type: "callEnded", outcome: "flowedOut" });
  });
});
