// Which calls are recorded, and that each recording's end finds its call, be the call over or not.
import { describe, expect, it } from "vitest";
import { queueConfig, siteConfig } from "../../../test/support/site.ts";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld } from "../../../test/support/world.ts";
import { agentView } from "../view.ts";

const everything = siteConfig({ recordShare: 1 });

function talking(config = everything) {
  const world = createWorld({ config });
  world.agent("1001").comesIn();
  world.caller("c1").dials("10086");
  world.runs("4s");
  world.agent("1001").answers();
  return world;
}

describe("a recording", () => {
  it("begins with the first answer and ends with the call's leg, told after the call's end", () => {
    const world = createWorld({ config: everything });
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    world.runs("4s");
    expect(stepOf(world, () => world.agent("1001").answers()).slice(-3)).toMatchInlineSnapshot(`
      [
        "recordingStarted callId=c1 recordingId=c1-recording",
        "> bridge bridgeId=c1-bridge4 legIds=[c1-caller,c1-leg3]",
        "> startRecording recordingId=c1-recording callId=c1 legId=c1-caller startedAtMs=@4s",
      ]
    `);
    world.runs("10s");
    world.caller("c1").hangsUp();
    expect(stepOf(world, () => world.runs("1s"))).toMatchInlineSnapshot(`
      [
        "recordingEnded callId=c1 recordingId=c1-recording file=c1-recording.wav outcome=complete durationMs=1 bytes=74 sha256=0",
        "> forgetRecording recordingId=c1-recording",
      ]
    `);
    expect(world.state().recordings).toEqual([]);
  });

  it("goes on through a transfer; the second agent begins none", () => {
    const world = talking();
    world.agent("1002").comesIn();
    world.agent("1001").transfers({ agentId: "1002" });
    world.runs("3s");
    world.agent("1002").answers();
    world.runs("3s");
    world.caller("c1").hangsUp();
    world.runs("1s");
    const told = world.factsOf("c1").filter(({ type }) => type.startsWith("recording"));
    expect(told.map(({ type }) => type)).toEqual(["recordingStarted", "recordingEnded"]);
  });

  it("is paused and resumed by the agent, who sees it", () => {
    const world = talking();
    const agent = world.agent("1001");
    const seen = () => {
      const state = agentView(world.centre(), "1001", world.nowMs())?.state;
      return state?.kind === "onCall" ? state.recording : undefined;
    };
    expect(seen()).toBe("on");
    expect(stepOf(world, () => agent.requests({ type: "pauseRecording" }))).toMatchInlineSnapshot(`
      [
        "recordingPaused callId=c1 recordingId=c1-recording",
        "> pauseRecording recordingId=c1-recording legId=c1-caller",
        "> replyToDesk agentId=1001 requestId=1001-1 refusal=null",
      ]
    `);
    expect(seen()).toBe("paused");
    expect(stepOf(world, () => agent.requests({ type: "pauseRecording" }))).toMatchInlineSnapshot(`
      [
        "> replyToDesk agentId=1001 requestId=1001-2 refusal=null",
      ]
    `);
    expect(stepOf(world, () => agent.requests({ type: "resumeRecording" }))).toMatchInlineSnapshot(`
      [
        "recordingResumed callId=c1 recordingId=c1-recording",
        "> resumeRecording recordingId=c1-recording legId=c1-caller",
        "> replyToDesk agentId=1001 requestId=1001-3 refusal=null",
      ]
    `);
    expect(seen()).toBe("on");
  });

  it("that does not exist cannot be paused", () => {
    const world = talking(siteConfig());
    expect(world.agent("1001").requests({ type: "pauseRecording" }).reply()).toBe("notRecorded");
    expect(world.commands.filter(({ type }) => type === "startRecording")).toEqual([]);
  });

  it("is drawn by lot: the share is met, and a replay draws the same", () => {
    const config = siteConfig({
      recordShare: 0.3,
      queues: [queueConfig("sales", { wrapUpMs: 0 })],
    });
    const world = createWorld({ config });
    world.agent("1001").comesIn();
    for (let i = 0; i < 400; i += 1) {
      world.caller(`call-${i}`).dials("10086");
      world.agent("1001").answers();
      world.caller(`call-${i}`).hangsUp();
      world.runs("1s");
    }
    const started = world.facts.filter(({ type }) => type === "recordingStarted");
    expect(started.length).toBeGreaterThan(90);
    expect(started.length).toBeLessThan(150);
  });

  it.each([
    ["the queue's share first", { queue: 0, number: 1, site: 1 }, 0],
    ["then the number's", { number: 0, site: 1 }, 0],
    ["then the site's", { site: 1 }, 1],
    ["and none without any", {}, 0],
  ])(
    "is chosen by %s",
    (_name, share: { queue?: number; number?: number; site?: number }, count) => {
      const of = (recordShare?: number) => (recordShare === undefined ? {} : { recordShare });
      const config = siteConfig();
      const world = talking({
        ...config,
        ...of(share.site),
        numbers: config.numbers.map((number) => ({ ...number, ...of(share.number) })),
        queues: config.queues.map((queue) => ({ ...queue, ...of(share.queue) })),
      });
      expect(world.state().recordings.length).toBe(count);
    },
  );
});

describe("after a new link to the media server", () => {
  const end = { outcome: "repaired", durationMs: 9, bytes: 202, sha256: "00" } as const;

  it("what it does not know is lost, what ended is noted, a stranger is stopped", () => {
    const world = talking();
    world.agent("1002").comesIn();
    world.caller("c2").dials("10086");
    world.agent("1002").answers();
    const recordings = [
      { recordingId: "c2-recording", file: "c2.wav", end },
      { recordingId: "old-recording", file: "old.wav", end },
      { recordingId: "odd-recording", file: "odd.wav", end: null },
    ];
    expect(
      stepOf(world, () => world.post({ type: "recordingsFound", recordings })),
    ).toMatchInlineSnapshot(`
      [
        "recordingEnded callId=c1 recordingId=c1-recording file=null outcome=lost durationMs=0 bytes=0 sha256=null",
        "recordingEnded callId=c2 recordingId=c2-recording file=c2.wav outcome=repaired durationMs=9 bytes=202 sha256=00",
        "eventIgnored event=recordingEnded why=unknownRecording",
        "> forgetRecording recordingId=c2-recording",
        "> forgetRecording recordingId=old-recording",
        "> stopRecording recordingId=odd-recording",
      ]
    `);
    world.caller("c1").hangsUp();
    world.caller("c2").hangsUp();
    world.runs("1m");
  });

  it("what goes on goes on, also over a restart of the engine", () => {
    const world = talking();
    world.restarts(2_000);
    const recordings = [{ recordingId: "c1-recording", file: "c1.wav", end: null }];
    expect(stepOf(world, () => world.post({ type: "recordingsFound", recordings }))).toEqual([]);
    world.caller("c1").hangsUp();
    world.runs("1s");
    expect(world.factsOf("c1").at(-1)).toMatchObject({
      type: "recordingEnded",
      outcome: "complete",
    });
  });

  it("trouble is a fact", () => {
    const world = talking();
    const trouble = { what: "diskLow", recordingId: null, message: "5 MiB free" } as const;
    expect(
      stepOf(world, () => world.post({ type: "recordingTrouble", ...trouble })),
    ).toMatchInlineSnapshot(`
      [
        "recordingTrouble recordingId=null what=diskLow message=5 MiB free",
      ]
    `);
  });
});
