// An agent's browser that goes away in talk: the caller keeps the agent for a while, whatever broke.
import { describe, expect, it } from "vitest";
import { siteConfig } from "../../../test/support/site.ts";
import { createWorld, type World } from "../../../test/support/world.ts";

const recordShare = 1;

function talking(): World {
  const world = createWorld({ config: siteConfig({ rejoinMs: 20_000, recordShare }) });
  world.agent("1001").comesIn();
  world.caller("c1").dials("10086");
  world.runs("4s");
  world.agent("1001").answers();
  world.runs("10s");
  world.mark();
  return world;
}

const types = (world: World): string[] => world.facts.map(({ type }) => type);
const heardBy = (world: World): readonly string[] =>
  world.edge.bridges.get(world.caller("c1").leg()?.bridgedTo ?? "") ?? [];
const isJoined = (world: World): boolean =>
  heardBy(world).includes(world.agent("1001").leg()?.legId ?? "none");

function away(world: World): void {
  expect(world.caller("c1").hears()).toEqual(["calm"]);
  expect(heardBy(world)).toEqual([]);
  expect(world.stateOf("1001")?.kind).toBe("onCall");
  expect(world.placeOf("c1")).toMatchObject({ kind: "bridge", agentId: "1001" });
}

describe("an agent in talk", () => {
  it("who refreshes the page is rung at once and talks on, recording and talk unbroken", () => {
    const world = talking();
    const agent = world.agent("1001");
    const before = agent.leg()?.legId;
    agent.closesDesk();
    expect(isJoined(world)).toBe(true);
    world.runs(700);
    agent.opensDesk().registers().requests({ type: "rejoin" });
    expect(agent.reply()).toBeNull();
    away(world);
    expect(world.commands.filter(({ type }) => type === "ringAgentLeg")).toMatchObject([
      { agentId: "1001", autoAnswer: true },
    ]);
    world.runs(10);
    expect(agent.leg()?.legId).not.toBe(before);
    agent.answers();
    expect(isJoined(world)).toBe(true);
    expect(types(world)).toEqual(["agentAway", "agentBack"]);
    expect(world.facts[1]).toMatchObject({ result: "rejoined", awayMs: 10 });
    expect(world.edge.recordings.size).toBe(1);
    world.runs("5s");
    agent.requests({ type: "release" });
    const ended = world.facts.find(({ type }) => type === "talkEnded");
    expect(ended).toMatchObject({ by: "agent", talkMs: 15_710, holdMs: 0 });
  });

  it("whose browser is killed is away when its audio stops, and is rung when it is back", () => {
    const world = talking();
    const agent = world.agent("1001").losesDesk();
    world.post({ type: "deviceUnbound", agentId: "1001" });
    expect(isJoined(world)).toBe(true);
    agent.mediaBecomes("silent");
    away(world);
    world.runs("8s");
    agent.mediaBecomes("failed");
    world.runs("2s");
    expect(agent.leg()).toBeUndefined();
    agent.opensDesk();
    expect(agent.leg()).toBeUndefined();
    agent.registers().answers();
    expect(isJoined(world)).toBe(true);
  });

  it("whose laptop slept is joined again by the old leg", () => {
    const world = talking();
    const agent = world.agent("1001").losesDesk().mediaBecomes("silent");
    const legId = agent.leg()?.legId;
    away(world);
    world.runs("10s");
    agent.mediaBecomes("flowing");
    expect(agent.leg()?.legId).toBe(legId);
    expect(isJoined(world)).toBe(true);
    world.runs("1m");
    expect(types(world).filter((type) => type !== "mediaSilent")).toEqual([
      "agentAway",
      "agentBack",
    ]);
  });

  it("who does not come back in time loses the caller to the head of the queue", () => {
    const world = talking();
    world.caller("c2").dials("10086");
    world.agent("1001").closesDesk().hangsUp("mediaLost");
    away(world);
    world.runs(19_999);
    away(world);
    world.runs(1);
    expect(world.stateOf("1001")).toMatchObject({ kind: "notReady", reason: "seatLost" });
    expect(types(world)).toContain("seatLostInTalk");
    world.agent("1002").comesIn();
    expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "1002" });
    expect(world.edge.recordings.size).toBe(1);
  });

  it("with the caller on hold finds him on hold", () => {
    const world = talking();
    const agent = world.agent("1001").requests({ type: "hold" });
    agent.hangsUp("mediaLost");
    expect(agent.leg()).toBeDefined();
    agent.answers();
    expect(isJoined(world)).toBe(false);
    expect(world.caller("c1").hears()).toEqual(["calm"]);
    expect(agent.requests({ type: "unhold" }).reply()).toBeNull();
    expect(isJoined(world)).toBe(true);
  });

  it("whose device fails when rung is rung again at the next sign of life", () => {
    const world = talking();
    const agent = world.agent("1001").hangsUp("mediaLost").hangsUp("edgeLost");
    away(world);
    expect(agent.leg()).toBeUndefined();
    world.runs("2s");
    agent.registers();
    away(world);
    agent.answers();
    expect(isJoined(world)).toBe(true);
  });
});

describe("while the agent is away", () => {
  it("the caller may hang up", () => {
    const world = talking();
    world.agent("1001").hangsUp("mediaLost");
    world.caller("c1").hangsUp();
    world.runs("1s");
    expect(world.stateOf("1001")?.kind).toBe("wrapUp");
    expect(world.edge.legs.size).toBe(0);
    expect(world.facts.find(({ type }) => type === "callEnded")).toMatchObject({
      outcome: "answered",
      by: "caller",
    });
  });

  it("the agent may release, and nothing else", () => {
    const world = talking();
    const agent = world.agent("1001").hangsUp("mediaLost");
    expect(agent.requests({ type: "hold" }).reply()).toBe("notAnswered");
    expect(agent.transfers({ queueId: "support" }).reply()).toBe("notAnswered");
    expect(agent.consults("1002").reply()).toBe("notAnswered");
    expect(agent.requests({ type: "rejoin" }).reply()).toBeNull();
    expect(agent.requests({ type: "release" }).reply()).toBeNull();
    world.runs("1s");
    expect(world.edge.legs.size).toBe(0);
    expect(world.stateOf("1001")?.kind).toBe("wrapUp");
  });

  it("another engine may take over, and rings the agent when the page is back", () => {
    const world = talking();
    const agent = world.agent("1001").closesDesk().hangsUp("mediaLost");
    world.runs("1s");
    world.edge.engineDied();
    world.restarts(2_000);
    away(world);
    agent.opensDesk().answers();
    expect(isJoined(world)).toBe(true);
  });
});

describe("another engine", () => {
  it("that finds the agent's leg gone waits for the agent", () => {
    const world = talking();
    world.edge.forget(world.agent("1001").leg()?.legId ?? "");
    world.restarts(2_000);
    away(world);
    world.agent("1001").opensDesk().answers();
    expect(isJoined(world)).toBe(true);
  });
});

describe("nobody is waited for", () => {
  it("where the site does not want it, and where a colleague has the caller already", () => {
    const world = createWorld({ config: siteConfig({ rejoinMs: 0 }) });
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    world.runs("4s");
    world.agent("1001").answers().hangsUp("mediaLost");
    expect(world.placeOf("c1")?.kind).toBe("queue");
    const consulting = talking();
    consulting.agent("1002").comesIn();
    consulting.agent("1001").consults("1002");
    consulting.agent("1002").answers();
    consulting.agent("1001").hangsUp("mediaLost");
    expect(consulting.placeOf("c1")).toMatchObject({ kind: "bridge", agentId: "1002" });
  });

  it("who has no call", () => {
    const world = createWorld({ config: siteConfig({ rejoinMs: 20_000 }) });
    expect(world.agent("1001").comesIn().requests({ type: "rejoin" }).reply()).toBe("noCall");
  });
});
