// Talking: joined at the answer, held by desk or device, ended by either side, and never ended for
// the caller by a fault on the agent's side.
import { describe, expect, it } from "vitest";
import { queueConfig, siteConfig } from "../../../test/support/site.ts";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld } from "../../../test/support/world.ts";
import type { QueueConfig } from "../centre-config.ts";

function talking(wrapUpMs = 30_000, changes: Partial<QueueConfig> = {}) {
  const config = siteConfig({
    queues: [queueConfig("sales", { wrapUpMs, ...changes }), queueConfig("support")],
  });
  const world = createWorld({ config });
  world.agent("1001").comesIn();
  world.caller("c1").dials("10086");
  world.runs("4s");
  world.agent("1001").answers();
  world.runs("10s");
  return world;
}

describe("talk", () => {
  it("begins in the step of the answer", () => {
    const world = createWorld();
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    world.runs("4s");
    expect(stepOf(world, () => world.agent("1001").answers())).toMatchInlineSnapshot(`
      [
        "offerEnded callId=c1 offerId=c1-offer2 queueId=sales agentId=1001 result=answered ringMs=4000",
        "queueLeft callId=c1 queueId=sales queuedAtMs=@0s waitMs=4000 sinceArrivalMs=4000 outcome={kind:answered agentId:1001}",
        "talkStarted callId=c1 agentId=1001 queueId=sales",
        "agentStateChanged agentId=1001 from=offered to=onCall reason=null inPreviousMs=4000",
        "> bridge bridgeId=c1-bridge4 legIds=[c1-caller,c1-leg3]",
      ]
    `);
  });

  it("is held and taken back by the desk", () => {
    const world = talking();
    const agent = world.agent("1001");
    expect(stepOf(world, () => agent.requests({ type: "hold" }))).toMatchInlineSnapshot(`
      [
        "holdStarted callId=c1 agentId=1001 by=desk",
        "> unbridge bridgeId=c1-bridge4",
        "> play legId=c1-caller playId=c1-play5 items=[{kind:music key:calm}] repeat=true",
        "> replyToDesk agentId=1001 requestId=1001-1 refusal=null",
      ]
    `);
    expect(world.caller("c1").hears()).toEqual(["calm"]);
    expect(agent.requests({ type: "hold" }).reply()).toBe("alreadyHeld");
    world.runs("5s");
    expect(stepOf(world, () => agent.requests({ type: "unhold" }))).toMatchInlineSnapshot(`
      [
        "holdEnded callId=c1 agentId=1001 holdMs=5000",
        "> bridge bridgeId=c1-bridge4 legIds=[c1-caller,c1-leg3]",
        "> replyToDesk agentId=1001 requestId=1001-3 refusal=null",
      ]
    `);
    expect(agent.requests({ type: "unhold" }).reply()).toBe("notHeld");
  });

  it("is held by the device (RFC 5359 2.1) and not taken back by the desk", () => {
    const world = talking();
    const legId = world.agent("1001").leg()?.legId ?? "";
    world.post({ type: "legHeld", legId, held: true });
    expect(world.caller("c1").hears()).toEqual(["calm"]);
    expect(world.agent("1001").requests({ type: "unhold" }).reply()).toBe("notHeld");
    world.post({ type: "legHeld", legId, held: false });
    expect(world.caller("c1").leg()?.bridgedTo).not.toBeNull();
  });

  it("ended by the caller while held counts hold apart from talk", () => {
    const world = talking();
    world.agent("1001").requests({ type: "hold" });
    world.runs("7s");
    expect(stepOf(world, () => world.caller("c1").hangsUp())).toMatchInlineSnapshot(`
      [
        "holdEnded callId=c1 agentId=1001 holdMs=7000",
        "talkEnded callId=c1 agentId=1001 queueId=sales talkMs=10000 holdMs=7000 by=caller",
        "callEnded callId=c1 outcome=answered by=caller cause={reason:normal sipStatus:null}",
        "agentStateChanged agentId=1001 from=onCall to=wrapUp reason=null inPreviousMs=17000",
        "> dropLeg legId=c1-leg3 cause={reason:normal sipStatus:null}",
      ]
    `);
  });

  it("ended on the desk releases both, by the agent", () => {
    const world = talking();
    expect(
      stepOf(world, () => world.agent("1001").requests({ type: "release" })),
    ).toMatchInlineSnapshot(`
      [
        "talkEnded callId=c1 agentId=1001 queueId=sales talkMs=10000 holdMs=0 by=agent",
        "callEnded callId=c1 outcome=answered by=agent cause={reason:normal sipStatus:null}",
        "agentStateChanged agentId=1001 from=onCall to=wrapUp reason=null inPreviousMs=10000",
        "> dropLeg legId=c1-leg3 cause={reason:normal sipStatus:null}",
        "> dropLeg legId=c1-caller cause={reason:normal sipStatus:null}",
        "> replyToDesk agentId=1001 requestId=1001-1 refusal=null",
      ]
    `);
  });

  it("ended on the device releases the caller, by the agent", () => {
    const world = talking();
    world.agent("1001").hangsUp();
    expect(world.factsOf("c1").at(-1)).toMatchObject({
      type: "callEnded",
      outcome: "answered",
      by: "agent",
    });
    expect(world.stateOf("1001")?.kind).toBe("wrapUp");
  });

  it("goes without wrap-up straight to ready when the queue has none", () => {
    const world = talking(0);
    world.caller("c1").hangsUp();
    expect(world.stateOf("1001")?.kind).toBe("ready");
  });

  it("is followed by wrap-up until its deadline, then ready", () => {
    const world = talking();
    world.caller("c1").hangsUp();
    world.runs(29_999);
    expect(
      world.agent("1001").requests({ type: "endWrapUp", code: "nonsense", notes: "" }).reply(),
    ).toBe("unknownCode");
    expect(stepOf(world, () => world.runs(1))).toMatchInlineSnapshot(`
      [
        "wrapUpEnded callId=c1 agentId=1001 queueId=sales wrapUpMs=30000 code=null notes=",
        "agentStateChanged agentId=1001 from=wrapUp to=ready reason=null inPreviousMs=30000",
      ]
    `);
  });

  it("is followed by what the agent chose meanwhile", () => {
    const world = talking();
    world.agent("1001").goesNotReady("meal");
    expect(world.state().agents[0]).toMatchObject({
      nextNotReady: "meal",
      state: { kind: "onCall" },
    });
    world.caller("c1").hangsUp();
    world.agent("1001").endsWrapUp();
    expect(world.stateOf("1001")).toMatchObject({ kind: "notReady", reason: "meal" });
  });

  it.each(["mediaLost", "edgeLost"] as const)(
    "lost on the agent's side by %s puts the caller back at the head",
    (cause) => {
      const world = talking();
      world.caller("c2").dials("10086");
      world.runs("2s");
      const lines = stepOf(world, () => world.agent("1001").hangsUp(cause));
      expect(lines).toContain("queueEntered callId=c1 queueId=sales queuedAtMs=@0s returned=true");
      expect(lines).toContain("seatLostInTalk callId=c1 agentId=1001 queueId=sales");
      expect(world.state().queues[0]?.line.map(({ callId }) => callId)).toEqual(["c1", "c2"]);
      expect(world.stateOf("1001")).toMatchObject({ kind: "notReady", reason: "seatLost" });
      expect(world.caller("c1").hears()).toEqual(["calm"]);
      // The books count the first answer only.
      world.agent("1002").comesIn().answers();
      world.runs("1s");
      expect(world.state().counters.queues[0]).toMatchObject({
        offered: 2,
        answered: 1,
        waiting: 1,
      });
    },
  );

  it("lost on the agent's side gives the whole step, and never turns the caller away", () => {
    const world = talking(30_000, { waitMsMax: 12_000 });
    const lost = () => {
      world.agent("1001").mediaBecomes("failed");
      expect(world.placeOf("c1")?.kind).toBe("bridge");
      world.runs("1s");
    };
    expect(stepOf(world, lost)).toMatchInlineSnapshot(`
      [
        "mediaSilent callId=c1 leg=agent silent=true",
        "talkEnded callId=c1 agentId=1001 queueId=sales talkMs=11000 holdMs=0 by=network",
        "seatLostInTalk callId=c1 agentId=1001 queueId=sales",
        "agentStateChanged agentId=1001 from=onCall to=notReady reason=seatLost inPreviousMs=11000",
        "queueEntered callId=c1 queueId=sales queuedAtMs=@0s returned=true",
        "> unbridge bridgeId=c1-bridge4",
        "> dropLeg legId=c1-leg3 cause={reason:mediaLost sipStatus:null}",
        "> play legId=c1-caller playId=c1-play5 items=[{kind:music key:calm}] repeat=true",
      ]
    `);
    world.runs("1h");
    expect(world.placeOf("c1")?.kind).toBe("queue");
    world.caller("c1").hangsUp();
    expect(world.factsOf("c1").at(-1)).toMatchObject({ outcome: "answered", by: "caller" });
  });

  it("is released by an agent whose audio ends just before the BYE comes", () => {
    const world = talking();
    world.agent("1001").mediaBecomes("failed");
    world.runs("500ms");
    world.agent("1001").hangsUp();
    expect(world.factsOf("c1").at(-1)).toMatchObject({ outcome: "answered", by: "agent" });
    world.runs("1h");
    expect(world.factsOf("c1").map(({ type }) => type)).not.toContain("seatLostInTalk");
  });

  it("goes on without its desk while audio flows, and is lost when it is silent too", () => {
    const world = talking();
    world.agent("1001").closesDesk();
    world.runs("30s");
    expect(world.placeOf("c1")?.kind).toBe("bridge");
    world.agent("1001").mediaBecomes("silent");
    expect(world.placeOf("c1")?.kind).toBe("queue");
  });

  it("survives silence while the desk is there", () => {
    const world = talking();
    world.agent("1001").mediaBecomes("silent");
    world.runs("30s");
    expect(world.placeOf("c1")?.kind).toBe("bridge");
    world.agent("1001").losesDesk();
    world.runs(4_999);
    expect(world.placeOf("c1")?.kind).toBe("bridge");
    world.runs(1);
    expect(world.placeOf("c1")?.kind).toBe("queue");
  });
});
