// Callbacks: the place is kept, the turn is waited for, the number is dialled once at a time.
import { describe, expect, it } from "vitest";
import { agentConfig, queueConfig, siteConfig } from "../../../test/support/site.ts";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld } from "../../../test/support/world.ts";
import { wallboardView } from "../view.ts";

const config = siteConfig({
  queues: [
    queueConfig("sales", {
      outbound: {
        trunkId: "trunk",
        callerIds: ["10086"],
        allow: ["1"],
        deny: [],
        ringMsMax: 30_000,
      },
      routing: {
        ageingMs: null,
        relax: [],
        lastAgent: null,
        callback: {
          key: "1",
          offerAfterMs: 60_000,
          offerPrompt: "callback-offer",
          confirmPrompt: "callback-confirm",
          donePrompt: "callback-done",
          attemptsMax: 2,
          retryMs: 600_000,
        },
        agentCallsPerDayMax: null,
        hours: null,
        closed: { kind: "release", prompt: "closed" },
        noAgent: null,
        overflow: { afterMs: 1_200_000, to: { kind: "release", prompt: "too-long" } },
        waitPrompts: [],
      },
    }),
  ],
  agents: [agentConfig("a1"), agentConfig("a2")],
});
const ticket = "c1-callback";

/** c1 waits, then c2; c1 has chosen a callback. */
function booked() {
  const world = createWorld({ config });
  world.caller("c1").dials("10086", "13900000001");
  world.runs("5s");
  world.caller("c2").dials("10086", "13900000002");
  world.runs("5s");
  world.caller("c1").presses("1#");
  world.runs("10s");
  world.mark();
  return world;
}
type World = ReturnType<typeof booked>;

/** The ticket's turn has come, the agent has answered, the number rings. */
function dialled() {
  const world = booked();
  world.agent("a1").comesIn().answers();
  world.runs("1s");
  world.mark();
  return world;
}

const ended = (world: World) =>
  world.facts.flatMap((fact) =>
    fact.type === "callbackEnded" ? [[fact.result, fact.attempts, fact.waitMs]] : [],
  );
const dials = (world: World) => world.commands.filter(({ type }) => type === "dialLeg").length;

describe("a caller in line", () => {
  it("hears the offer after the wait, once", () => {
    const world = createWorld({ config });
    world.caller("c1").dials("10086");
    world.runs("59s");
    expect(world.caller("c1").hears()).toEqual(["calm"]);
    world.runs("1s");
    expect(world.caller("c1").hears()).toEqual(["callback-offer"]);
    world.runs("2m");
    expect(world.caller("c1").hears()).toEqual(["calm"]);
  });

  it("chooses by the key, is asked for the number, and confirms the own one", () => {
    const world = createWorld({ config });
    world.caller("c1").dials("10086", "13900000001");
    world.runs("5s");
    world.caller("c1").presses("1");
    expect(world.caller("c1").hears()).toEqual(["callback-confirm"]);
    expect(stepOf(world, () => world.caller("c1").presses("#"))).toMatchInlineSnapshot(`
      [
        "queueLeft callId=c1 queueId=sales queuedAtMs=@0s waitMs=5000 sinceArrivalMs=5000 outcome={kind:flowedOut reason:callback}",
        "callbackBooked callId=c1-callback fromCallId=c1 queueId=sales number=13900000001 queuedAtMs=@0s",
        "queueEntered callId=c1-callback queueId=sales queuedAtMs=@0s returned=true",
        "> play legId=c1-caller playId=c1-play3 items=[{kind:prompt key:callback-done language:zh}] repeat=false",
      ]
    `);
  });

  it.each([
    ["another number", "113900000009#", "13900000009"],
    ["one that may not be dialled, then the own", "10044#" + "#", "13900000001"],
    ["nothing: goes on waiting", "1*#", null],
    ["another key", "2#", null],
  ])("types %s", (_, keys, number) => {
    const world = createWorld({ config });
    world.caller("c1").dials("10086", "13900000001");
    world.caller("c1").presses(keys);
    expect(world.centre().calls.get(ticket)?.ani ?? null).toBe(number);
  });

  it("whose number is withheld has to type one", () => {
    const world = createWorld({ config });
    world.caller("c1").dials("10086", "").presses("1#");
    expect(world.centre().calls.has(ticket)).toBe(false);
    world.caller("c1").presses("13900000001#");
    expect(world.centre().calls.get(ticket)?.ani).toBe("13900000001");
  });

  it("is answered meanwhile like anybody else", () => {
    const world = createWorld({ config });
    world.caller("c1").dials("10086").presses("1");
    world.agent("a1").comesIn();
    world.caller("c1").presses("#");
    world.agent("a1").answers();
    expect(world.placeOf("c1")?.kind).toBe("bridge");
    expect(world.centre().callbacks.size).toBe(0);
  });
});

describe("a ticket", () => {
  it("has the place, the wait and the priority of the caller, who flowed out", () => {
    const world = booked();
    const line = world.state().queues[0]?.line.map(({ callId }) => callId);
    expect(line).toEqual([ticket, "c2"]);
    const [first] = wallboardView(world.centre(), world.nowMs()).waiting;
    expect(first).toMatchObject({ ani: "13900000001", isCallback: true, position: 1 });
    const { offered, flowedOut, flowedOutByReason, callbacks } =
      world.centre().stats.queues.get("sales") ?? {};
    expect([offered, flowedOut, flowedOutByReason?.callback, callbacks?.booked]).toEqual([
      2, 1, 1, 1,
    ]);
    expect(world.caller("c1").leg()).toBeUndefined();
  });

  it("rings an agent when its turn comes, then the number, then joins both", () => {
    const world = booked();
    const offer = stepOf(world, () => world.agent("a1").comesIn()).slice(-3);
    const dial = stepOf(world, () => world.agent("a1").answers());
    world.runs("1s");
    const talk = stepOf(world, () => world.called().answers());
    expect([offer, dial, talk]).toMatchInlineSnapshot(`
      [
        [
          "> replyToDesk agentId=a1 requestId=a1-2 refusal=null",
          "> popScreen agentId=a1 pop={callId:c1-callback offerId:c1-callback-offer1 queueId:sales ani:13900000001 dnis:10086 firstDnis:null hotline:{zh:10086 en:10086} queueName:{zh:sales en:sales} language:zh arrivedAtMs:@10s queuedAtMs:@0s answerByMs:@35s path:[] direction:callback}",
          "> ringAgentLeg legId=c1-callback-leg2 callId=c1-callback agentId=a1 target=sip:a1@127.0.0.1 media=webrtc callerId=13900000001",
        ],
        [
          "offerEnded callId=c1-callback offerId=c1-callback-offer1 queueId=sales agentId=a1 result=answered ringMs=0",
          "agentStateChanged agentId=a1 from=offered to=dialling reason=null inPreviousMs=0",
          "callbackDialled callId=c1-callback agentId=a1 number=13900000001 rule=1 attempt=1",
          "> dialLeg legId=c1-callback-leg4 callId=c1-callback trunkId=trunk number=13900000001 callerId=10086",
        ],
        [
          "trunkAttemptEnded callId=c1-callback trunkId=trunk result=answered cause={reason:normal sipStatus:null} next=null",
          "callbackEnded callId=c1-callback queueId=sales result=reached attempts=1 waitMs=21000",
          "talkStarted callId=c1-callback agentId=a1 queueId=sales direction=callback",
          "agentStateChanged agentId=a1 from=dialling to=onCall reason=null inPreviousMs=1000",
          "> bridge bridgeId=c1-callback-bridge3 legIds=[c1-callback-leg4,c1-callback-leg2]",
        ],
      ]
    `);
  });

  it("is not offered before somebody who waits longer", () => {
    const world = booked();
    world.caller("c2").presses("1#");
    world.caller("c3").dials("10086", "13900000003");
    world.agent("a1").comesIn();
    expect(world.stateOf("a1")?.callId).toBe(ticket);
    world.agent("a2").comesIn();
    expect(world.stateOf("a2")?.callId).toBe("c2-callback");
  });

  it("is one a number: who books again keeps the first place", () => {
    const world = booked();
    // From another line, for the same number.
    world.caller("c3").dials("10086", "13900000009").presses("113900000001#");
    expect([...world.centre().callbacks.values()]).toEqual([ticket]);
    world.runs("10s");
    expect(world.caller("c3").leg()).toBeUndefined();
  });

  it("that is booked again from its own line keeps the first place, too", () => {
    const world = booked();
    world.caller("c3").dials("10086", "13900000001").presses("1#");
    expect([...world.centre().callbacks.values()]).toEqual(["c3-callback"]);
    expect(world.state().queues[0]?.line.map(({ callId }) => callId)).toEqual([
      "c3-callback",
      "c2",
    ]);
  });

  it("keeps its place when the agent does not answer", () => {
    const world = booked();
    world.agent("a1").comesIn();
    world.runs("15s");
    expect(world.stateOf("a1")).toMatchObject({ kind: "notReady", reason: "rona" });
    expect(world.state().queues[0]?.line.map(({ callId }) => callId)).toEqual([ticket, "c2"]);
    expect(dials(world)).toBe(0);
  });

  it("is tried again after the pause, at its place, and is over at the limit", () => {
    const world = dialled();
    world.called().hangsUp("busy");
    expect(world.placeOf(ticket)).toMatchObject({ kind: "paused" });
    expect(world.centre().trunkCalls.get("trunk")).toBe(1);
    // The next in line is served meanwhile.
    expect(world.stateOf("a1")?.callId).toBe("c2");
    world.caller("c2").hangsUp();
    world.runs("9m");
    world.caller("c3").dials("10086", "13900000003");
    world.agent("a1").goesNotReady();
    world.runs("2m");
    expect(world.state().queues[0]?.line.map(({ callId }) => callId)).toEqual([ticket, "c3"]);
    world.agent("a1").goesReady().answers();
    world.runs("30s");
    expect(ended(world)).toEqual([["notReached", 2, 711_000]]);
    expect(world.centre().callbacks.size).toBe(0);
    world.caller("c3").hangsUp();
    world.runs("1m");
    world.auditor.checkQuiet(world.state());
  });

  it("is reached: counted apart, with the wait since the caller came", () => {
    const world = dialled();
    world.called().answers();
    expect(ended(world)).toEqual([["reached", 1, 21_000]]);
    world.runs("10s");
    world.called().hangsUp();
    const { made, ended: inbound } = world.centre().stats.totals;
    expect([made.callback, inbound]).toMatchObject([{ dialled: 1, ended: 1 }, 1]);
    world.caller("c2").hangsUp();
    world.runs("2m");
    world.auditor.checkQuiet(world.state());
  });

  it("waits in line on the phone when the agent is lost after that", () => {
    const world = dialled();
    world.called().answers();
    world.agent("a1").hangsUp("mediaLost");
    expect(world.placeOf(ticket)).toEqual({ kind: "queue", queueId: "sales" });
    expect(world.called().leg()?.play?.keys).toEqual(["calm"]);
    world.agent("a2").comesIn().answers();
    expect([world.placeOf(ticket)?.kind, dials(world)]).toEqual(["bridge", 0]);
  });

  it("survives a restart in line and in a pause", () => {
    const world = booked();
    world.restarts();
    expect(world.placeOf(ticket)?.kind).toBe("queue");
    world.agent("a1").opensDesk();
    world.agent("a1").comesIn().answers();
    world.called().hangsUp("busy");
    world.restarts();
    expect(world.placeOf(ticket)?.kind).toBe("paused");
  });

  it("that rang outside when the engine died counts as a try, and is not dialled twice at once", () => {
    const world = dialled();
    world.restarts();
    expect(world.placeOf(ticket)?.kind).toBe("paused");
    // The edge cancels what a dead engine rang; here the party that still rings is not called again.
    world.runs("9m");
    expect(dials(world)).toBe(0);
  });

  it.each([
    ["in line", booked, null, "cancelled"],
    [
      "while an agent rings",
      () => {
        const world = booked();
        world.agent("a1").comesIn();
        return world;
      },
      null,
      "cancelled",
    ],
    ["while the number rings", dialled, "busy", undefined],
  ] as const)("can be taken out by a supervisor %s: %s", (_, start, refusal, result) => {
    const world = start();
    world.supervisor("2001").requests({ type: "cancelCallback", callId: ticket });
    expect(world.supervisor("2001").reply()).toBe(refusal);
    expect(ended(world).at(0)?.at(0)).toBe(result);
  });

  it("has nothing to overflow or to announce to", () => {
    const world = booked();
    world.runs("1h");
    expect(world.placeOf(ticket)?.kind).toBe("queue");
    expect(world.commands.filter((command) => "legId" in command && command.legId === "")).toEqual(
      [],
    );
  });
});

describe("a caller who has a callback and calls by himself", () => {
  it("gets the place of the ticket, which is over, before who came later", () => {
    const world = booked();
    world.caller("c3").dials("10086", "13900000001");
    expect(world.facts.map(({ type }) => type)).toEqual([
      "callArrived",
      "callbackEnded",
      "callEnded",
      "queueEntered",
    ]);
    expect(world.facts).toMatchObject([
      { callId: "c3" },
      { callId: ticket, result: "cancelled", attempts: 0 },
      { callId: ticket, outcome: "cancelled", by: "caller" },
      { callId: "c3", returned: false },
    ]);
    const waiting = wallboardView(world.centre(), world.nowMs()).waiting;
    expect(waiting.map(({ callId }) => callId)).toEqual(["c3", "c2"]);
    expect(world.centre().callbacks.size).toBe(0);
  });

  it("speaks with the agent whom the ticket was ringing at", () => {
    const world = booked();
    world.agent("a1").comesIn();
    expect(world.placeOf(ticket)?.kind).toBe("offer");
    world.caller("c3").dials("10086", "13900000001");
    expect(world.placeOf(ticket)).toBeUndefined();
    expect(world.placeOf("c3")).toMatchObject({ kind: "offer", agentId: "a1" });
  });

  it("waits like everybody while the number is being dialled", () => {
    const world = dialled();
    world.caller("c3").dials("10086", "13900000001");
    expect(world.placeOf(ticket)?.kind).toBe("dialling");
    expect(world.placeOf("c3")?.kind).toBe("queue");
  });
});

describe("a callback that is too old", () => {
  const aged = (maxAgeMs: number) => {
    const [queue] = config.queues;
    const routing = queue?.routing;
    const callback = routing?.callback ?? null;
    if (queue === undefined || routing === undefined || callback === null) throw new Error("none");
    const old = { ...queue, routing: { ...routing, callback: { ...callback, maxAgeMs } } };
    const world = createWorld({ config: { ...config, queues: [old] } });
    world.caller("c1").dials("10086", "13900000001");
    world.runs("5s");
    world.caller("c1").presses("1#");
    return world;
  };

  it("is over, and is not dialled", () => {
    const world = aged(3_600_000);
    world.runs("59m");
    expect(world.placeOf(ticket)?.kind).toBe("queue");
    world.mark();
    world.runs("2m");
    expect(world.facts).toMatchObject([
      { type: "callbackEnded", callId: ticket, result: "notReached", attempts: 0 },
      { type: "callEnded", callId: ticket, outcome: "cancelled", by: "engine" },
    ]);
    expect(world.state().calls).toEqual([]);
  });

  it("is over after the try that is under way", () => {
    const world = aged(60_000);
    world.runs("50s");
    world.agent("a1").comesIn().answers();
    world.runs("20s");
    expect(world.placeOf(ticket)?.kind).toBe("dialling");
    world.runs("20s");
    expect(world.placeOf(ticket)).toBeUndefined();
    expect(world.stateOf("a1")?.kind).toBe("ready");
  });
});
