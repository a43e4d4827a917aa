// Wrap-up by the queue's rule: how it begins, how long it lasts, what the agent may do about it.
import { describe, expect, it } from "vitest";
import { queueConfig, siteConfig } from "../../../test/support/site.ts";
import { createWorld } from "../../../test/support/world.ts";
import type { WrapUpRule } from "../centre-config.ts";
import { agentView } from "../view.ts";

/** 1001 talks with c1 for a queue with 30 s of wrap-up. */
function talking(rule: Partial<WrapUpRule>) {
  const wrapUp = { mode: "mandatory", extendMs: 20_000, msMax: 60_000, ...rule } as const;
  const queues = [queueConfig("sales", { wrapUp, wrapUpMs: 30_000 })];
  const world = createWorld({ config: siteConfig({ queues }) });
  const agent = world.agent("1001").comesIn();
  world.caller("c1").dials("10086");
  agent.answers();
  const state = () => agentView(world.centre(), "1001", world.nowMs())?.state;
  return { world, agent, state };
}

/** Milliseconds from the hang-up until the agent is ready. */
function wrapUpMs(world: ReturnType<typeof createWorld>): number | undefined {
  world.caller("c1").hangsUp();
  world.runs("10m");
  const ended = world.facts.find(({ type }) => type === "wrapUpEnded");
  return ended?.type === "wrapUpEnded" ? ended.wrapUpMs : undefined;
}

describe("wrap-up that is", () => {
  it.each([
    ["mandatory", 30_000],
    ["discretionary", 60_000],
    ["optional", undefined],
    ["none", undefined],
  ] as const)("%s lasts %s ms by itself", (mode, ms) => {
    expect(wrapUpMs(talking({ mode }).world)).toBe(ms);
  });

  it.each(["mandatory", "discretionary"] as const)("%s ends when the agent ends it", (mode) => {
    const { world, agent } = talking({ mode });
    world.caller("c1").hangsUp();
    world.runs("3s");
    expect(agent.endsWrapUp().reply()).toBeNull();
    expect(world.stateOf("1001")?.kind).toBe("ready");
  });

  it("optional comes for who asked for it, once", () => {
    const { world, agent, state } = talking({ mode: "optional" });
    expect(state()).toMatchObject({ kind: "onCall", wrapUpAfter: false });
    agent.requests({ type: "wantWrapUp", isWanted: true });
    expect(state()).toMatchObject({ wrapUpAfter: true });
    expect(wrapUpMs(world)).toBe(30_000);
    world.mark();
    world.caller("c1").dials("10086");
    agent.answers();
    expect(wrapUpMs(world)).toBeUndefined();
  });

  it("optional does not come for who took the wish back", () => {
    const { world, agent } = talking({ mode: "optional" });
    for (const isWanted of [true, false]) agent.requests({ type: "wantWrapUp", isWanted });
    expect(wrapUpMs(world)).toBeUndefined();
  });

  it("mandatory, discretionary or none is not asked for", () => {
    for (const mode of ["mandatory", "discretionary", "none"] as const) {
      const { agent, state } = talking({ mode });
      expect(agent.requests({ type: "wantWrapUp", isWanted: true }).reply()).toBe("noWrapUp");
      expect(state()).not.toHaveProperty("wrapUpAfter");
    }
  });
});

describe("an agent in wrap-up", () => {
  it("extends it step by step up to the longest time", () => {
    const { world, agent, state } = talking({});
    world.caller("c1").hangsUp();
    const startMs = world.nowMs();
    world.runs("5s");
    world.mark();
    expect(state()).toMatchObject({ endsAtMs: startMs + 30_000, extendMs: 20_000 });
    agent.requests({ type: "extendWrapUp" });
    expect(world.facts).toMatchObject([
      { type: "wrapUpExtended", agentId: "1001", endsAtMs: startMs + 50_000 },
    ]);
    expect(state()).toMatchObject({ endsAtMs: startMs + 50_000, extendMs: 10_000 });
    agent.requests({ type: "extendWrapUp" });
    expect(state()).toEqual({
      kind: "wrapUp",
      sinceMs: startMs,
      callId: "c1",
      endsAtMs: startMs + 60_000,
    });
    expect(agent.requests({ type: "extendWrapUp" }).reply()).toBe("wrapUpAtMax");
    world.runs(54_999);
    expect(world.stateOf("1001")?.kind).toBe("wrapUp");
    world.runs(1);
    expect(world.stateOf("1001")?.kind).toBe("ready");
  });

  it("without an extension, or without wrap-up, is refused", () => {
    const { world, agent, state } = talking({ extendMs: 0 });
    expect(agent.requests({ type: "extendWrapUp" }).reply()).toBe("noWrapUp");
    world.caller("c1").hangsUp();
    expect(state()).not.toHaveProperty("extendMs");
    expect(agent.requests({ type: "extendWrapUp" }).reply()).toBe("wrapUpAtMax");
  });

  it("keeps the extended end through a kill of the engine", () => {
    const { world, agent } = talking({});
    world.caller("c1").hangsUp();
    agent.requests({ type: "extendWrapUp" });
    world.restarts();
    world.agent("1001").opensDesk();
    world.runs("40s");
    expect(world.stateOf("1001")?.kind).toBe("wrapUp");
    world.runs("10s");
    expect(world.stateOf("1001")?.kind).toBe("ready");
  });
});
