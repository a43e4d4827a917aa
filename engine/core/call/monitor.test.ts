// A supervisor in an agent's talk: what each mode joins, and that caller and agent never notice when
// it fails or ends.
import { describe, expect, it } from "vitest";
import { siteConfig } from "../../../test/support/site.ts";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld } from "../../../test/support/world.ts";

/** 1001 talks with c1; supervisor 2001 is there. */
function talking() {
  const world = createWorld();
  world.agent("1001").comesIn();
  world.supervisor("2001").comesIn();
  world.caller("c1").dials("10086");
  world.runs("4s");
  world.agent("1001").answers();
  world.runs("10s");
  return world;
}

type World = ReturnType<typeof talking>;

function listening(mode: "monitor" | "whisper" | "barge" = "monitor") {
  const world = talking();
  world.supervisor("2001").monitors("1001", mode).answers();
  world.runs("5s");
  return world;
}

const lastBridge = (world: World) => world.commands.filter(({ type }) => type === "bridge").at(-1);

function theTalkGoesOn(world: World): void {
  world.runs("100ms");
  expect(world.supervisor("2001").leg()).toBeUndefined();
  expect(world.placeOf("c1")).toMatchObject({ kind: "bridge", agentId: "1001", monitor: null });
  const bridge = world.caller("c1").leg()?.bridgedTo;
  expect(bridge).not.toBeNull();
  expect(world.agent("1001").leg()?.bridgedTo).toBe(bridge);
}

function endsWell(world: World): void {
  world.caller("c1").hangsUp();
  world.runs("1m");
  world.auditor.checkQuiet(world.state());
}

describe("a supervisor", () => {
  it("is rung on the own browser, and joins as a listener with the answer", () => {
    const world = talking();
    const supervisor = world.supervisor("2001");
    expect(stepOf(world, () => supervisor.monitors("1001"))).toMatchInlineSnapshot(`
      [
        "> ringAgentLeg legId=c1-leg5 callId=c1 agentId=2001 target=sip:2001@127.0.0.1 media=webrtc callerId=1001",
        "> replyToDesk agentId=2001 requestId=2001-1 refusal=null",
      ]
    `);
    expect(stepOf(world, () => supervisor.answers())).toMatchInlineSnapshot(`
      [
        "monitorStarted callId=c1 agentId=1001 supervisorId=2001 mode=monitor",
        "> bridge bridgeId=c1-bridge4 legIds=[c1-caller,c1-leg3,c1-leg5] roles=[{legId:c1-leg5 role:listener}]",
      ]
    `);
  });

  it.each([
    ["monitor", [{ legId: "c1-leg5", role: "listener" }]],
    ["whisper", [{ legId: "c1-leg5", role: "whisperer", whisperTo: "c1-leg3" }]],
    ["barge", []],
  ] as const)("in mode %s joins with its role", (mode, roles) => {
    expect(lastBridge(listening(mode))).toEqual({
      type: "bridge",
      bridgeId: "c1-bridge4",
      legIds: ["c1-caller", "c1-leg3", "c1-leg5"],
      roles,
    });
  });

  it("changes the mode", () => {
    const world = listening();
    const supervisor = world.supervisor("2001");
    expect(
      stepOf(world, () => supervisor.requests({ type: "monitorMode", mode: "barge" })),
    ).toMatchInlineSnapshot(`
      [
        "monitorModeChanged callId=c1 agentId=1001 supervisorId=2001 mode=barge",
        "> bridge bridgeId=c1-bridge4 legIds=[c1-caller,c1-leg3,c1-leg5] roles=[]",
        "> replyToDesk agentId=2001 requestId=2001-1 refusal=null",
      ]
    `);
    expect(
      stepOf(world, () => supervisor.requests({ type: "monitorMode", mode: "barge" })),
    ).toEqual(["> replyToDesk agentId=2001 requestId=2001-2 refusal=null"]);
  });

  it("is not in a held call, and is again when it is taken back", () => {
    const world = listening();
    world.agent("1001").requests({ type: "hold" });
    expect(world.supervisor("2001").leg()?.bridgedTo).toBeNull();
    world.agent("1001").requests({ type: "unhold" });
    expect(world.supervisor("2001").leg()?.bridgedTo).toBe("c1-bridge4");
  });

  it("goes with the caller and with the agent", () => {
    for (const end of ["caller", "agent"]) {
      const world = listening();
      if (end === "caller") world.caller("c1").hangsUp();
      else world.agent("1001").requests({ type: "release" });
      world.runs("1m");
      expect(world.supervisor("2001").leg()).toBeUndefined();
      expect(world.facts.find(({ type }) => type === "monitorEnded")).toMatchObject({
        monitorMs: 5_000,
      });
      world.auditor.checkQuiet(world.state());
    }
  });

  it("goes when the agent hands the caller over, and stays when the colleague leaves", () => {
    const world = listening();
    world.agent("1002").comesIn();
    world.agent("1001").consults("1002");
    world.agent("1002").answers();
    world.agent("1001").merges();
    expect(lastBridge(world)).toMatchObject({ legIds: { length: 4 } });
    world.agent("1002").requests({ type: "release" });
    expect(world.supervisor("2001").leg()?.bridgedTo).toBe("c1-bridge4");
    world.runs("1m");
    world.agent("1002").goesReady();
    world.agent("1001").transfers({ agentId: "1002" });
    world.runs("1s");
    expect(world.supervisor("2001").leg()).toBeUndefined();
    endsWell(world);
  });

  it("who listens to the colleague stays when the asking agent goes", () => {
    const world = talking();
    world.agent("1002").comesIn();
    world.agent("1001").consults("1002");
    world.agent("1002").answers();
    expect(world.supervisor("2001").monitors("1002").reply()).toBe("noCall");
    world.agent("1001").merges();
    world.supervisor("2001").monitors("1002").answers();
    world.agent("1001").completes();
    expect(world.supervisor("2001").leg()?.bridgedTo).toBe("c1-bridge4");
    endsWell(world);
  });
});

describe("a monitor that ends leaves the talk alone", () => {
  const one = (world: World) => world.supervisor("2001");
  it.each<[string, (world: World) => unknown]>([
    ["stopped", (world) => one(world).requests({ type: "monitorStop" })],
    ["hung up", (world) => one(world).hangsUp()],
    ["lost", (world) => one(world).hangsUp("edgeLost")],
    ["page gone", (world) => one(world).losesDesk()],
    [
      "media failed",
      (world) => {
        const legId = one(world).leg()?.legId ?? "";
        world.post({ type: "legMediaChanged", legId, media: "failed" });
      },
    ],
    [
      "no supervisor any more",
      (world) => world.post({ type: "configured", config: siteConfig({ supervisors: [] }) }),
    ],
    [
      "gone while the engine was dead",
      (world) => {
        world.edge.forget(one(world).leg()?.legId ?? "");
        world.restarts(500);
      },
    ],
  ])("%s", (_how, ends) => {
    const world = listening();
    ends(world);
    theTalkGoesOn(world);
    endsWell(world);
  });

  it.each<[string, (world: World) => unknown]>([
    ["nobody answers", (world) => world.runs("10s")],
    ["rejected", (world) => one(world).hangsUp("busy")],
    ["stopped", (world) => one(world).requests({ type: "monitorStop" })],
    ["the engine dies", (world) => world.restarts()],
  ])("while the supervisor's browser is rung: %s", (_how, ends) => {
    const world = talking();
    one(world).monitors("1001");
    ends(world);
    theTalkGoesOn(world);
    expect(world.facts.some(({ type }) => type === "monitorStarted")).toBe(false);
    endsWell(world);
  });

  it("survives an engine's death with the mode it had", () => {
    const world = listening("whisper");
    const kept = new Map(world.edge.bridges);
    world.restarts(500);
    expect(new Map(world.edge.bridges)).toEqual(kept);
    expect(one(world).requests({ type: "monitorMode", mode: "barge" }).reply()).toBeNull();
    endsWell(world);
  });
});

describe("requests that do not fit are refused", () => {
  it.each<[string, () => World, string, string]>([
    ["an agent who does not talk", talking, "1002", "noCall"],
    ["an unknown agent", talking, "9999", "noCall"],
    ["a second talk", listening, "1001", "busy"],
    [
      "a browser that is not registered",
      () => {
        const world = talking();
        world.post({ type: "deviceUnbound", agentId: "2001" });
        return world;
      },
      "1001",
      "deviceUnreachable",
    ],
  ])("%s", (_what, begin, agentId, refusal) => {
    expect(begin().supervisor("2001").monitors(agentId).reply()).toBe(refusal);
  });

  it("of nobody's supervisor, and without a monitor", () => {
    const world = talking();
    expect(world.supervisor("1002").monitors("1001").reply()).toBe("notAllowed");
    expect(world.supervisor("2001").requests({ type: "monitorStop" }).reply()).toBe(
      "notMonitoring",
    );
  });
});
