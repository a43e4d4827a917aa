// The line: order, limits, what the waiting hear, and agents of several queues.
import { describe, expect, it } from "vitest";
import { agentConfig, queueConfig, siteConfig } from "../../../test/support/site.ts";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld } from "../../../test/support/world.ts";
import type { QueueConfig } from "../centre-config.ts";

const withQueue = (changes: Partial<QueueConfig>) =>
  createWorld({
    config: siteConfig({ queues: [queueConfig("sales", changes), queueConfig("support")] }),
  });

describe("the line", () => {
  it("serves the higher priority first, then who waits longer", () => {
    const world = createWorld();
    world.caller("plain").dials("10086");
    world.runs("1s");
    // Through the flow a call comes with priority 1.
    world.caller("vip").dials("12345").presses("11");
    world.runs("5s");
    world.caller("last").dials("10086");
    expect(world.state().queues[0]?.line.map(({ callId }) => callId)).toEqual([
      "vip",
      "plain",
      "last",
    ]);
    world.agent("1001").comesIn();
    expect(world.placeOf("vip")).toMatchObject({ kind: "offer", agentId: "1001" });
    world.agent("1002").comesIn();
    expect(world.placeOf("plain")).toMatchObject({ kind: "offer", agentId: "1002" });
  });

  it("takes the queue of the higher priority for an agent of both, then the longest wait", () => {
    const world = createWorld();
    world.caller("sales").dials("10086");
    world.runs("1s");
    world.caller("support").dials("12345").presses("12");
    world.runs("5s");
    world.agent("1003").comesIn();
    expect(world.placeOf("support")).toMatchObject({ kind: "offer", agentId: "1003" });
  });

  it("tells the caller that the queue is full and releases", () => {
    const world = withQueue({ waitingMax: 1 });
    world.caller("c1").dials("10086");
    expect(stepOf(world, () => world.caller("c2").dials("10086"))).toMatchInlineSnapshot(`
      [
        "callArrived callId=c2 trunkId=trunk numberId=10086 ani=13800000000 dnis=10086 firstDnis=null",
        "queueEntered callId=c2 queueId=sales queuedAtMs=@0s returned=false",
        "queueLeft callId=c2 queueId=sales queuedAtMs=@0s waitMs=0 sinceArrivalMs=0 outcome={kind:flowedOut reason:full}",
        "> answerLeg legId=c2-caller",
        "> play legId=c2-caller playId=c2-play1 items=[{kind:prompt key:queue-full language:zh}] repeat=false",
      ]
    `);
    expect(stepOf(world, () => world.runs("3s"))).toMatchInlineSnapshot(`
      [
        "callAnswered callId=c1",
        "callAnswered callId=c2",
        "callEnded callId=c2 outcome=flowedOut by=engine cause={reason:normal sipStatus:null}",
        "> dropLeg legId=c2-caller cause={reason:normal sipStatus:null}",
      ]
    `);
  });

  it("is never full for a call that an agent can take at once", () => {
    const world = withQueue({ waitingMax: 0 });
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    expect(world.placeOf("c1")?.kind).toBe("offer");
  });

  it("lets nobody wait longer than the limit, but lets a ringing agent answer", () => {
    const world = withQueue({ waitMsMax: 20_000 });
    world.caller("c1").dials("10086");
    world.runs(19_999);
    expect(world.placeOf("c1")?.kind).toBe("queue");
    world.runs(1);
    expect(world.placeOf("c1")?.kind).toBe("ending");
    world.caller("c2").dials("10086");
    world.runs("15s");
    world.agent("1001").comesIn();
    world.runs("10s");
    world.agent("1001").answers();
    expect(world.placeOf("c2")?.kind).toBe("bridge");
  });

  it("plays music, an announcement in turn, and music again", () => {
    const world = withQueue({ announcement: { prompt: "please-wait", everyMs: 20_000 } });
    const caller = world.caller("c1").dials("10086");
    const heard = [];
    for (let second = 0; second < 45; second += 5) {
      heard.push(caller.hears().join());
      world.runs("5s");
    }
    expect(heard).toEqual([
      "calm",
      "calm",
      "calm",
      "calm",
      "please-wait",
      "calm",
      "calm",
      "calm",
      "please-wait",
    ]);
  });

  it("counts an abandon as short below the threshold", () => {
    const world = createWorld();
    world.caller("c1").dials("10086");
    world.runs(4_999);
    world.caller("c1").hangsUp();
    world.caller("c2").dials("10086");
    world.runs(5_000);
    world.caller("c2").hangsUp();
    expect(world.state().counters.queues[0]).toMatchObject({
      offered: 2,
      abandoned: 1,
      shortAbandoned: 1,
    });
  });

  it("needs the level, not just the skill", () => {
    const config = siteConfig({
      queues: [queueConfig("sales", { requirements: [{ skillId: "sales", levelMin: 3 }] })],
      agents: [
        agentConfig("low", { sales: 2 }),
        agentConfig("high", { sales: 3 }),
        agentConfig("none", {}),
      ],
    });
    const world = createWorld({ config });
    for (const id of ["low", "none", "high"]) world.agent(id).comesIn();
    world.caller("c1").dials("10086");
    world.caller("c2").dials("10086");
    expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "high" });
    expect(world.placeOf("c2")).toMatchObject({ kind: "queue" });
  });
});
