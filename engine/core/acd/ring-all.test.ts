// One call that rings at everybody: one winner, whatever crosses.
import { describe, expect, it } from "vitest";
import { agentConfig, queueConfig, siteConfig } from "../../../test/support/site.ts";
import { createWorld } from "../../../test/support/world.ts";

const people = ["a", "b", "c"] as const;

function ringing(agentIds: readonly string[] = people) {
  const queues = [queueConfig("sales", { strategy: "ringAll", wrapUpMs: 0 })];
  const agents = agentIds.map((id) => agentConfig(id));
  const world = createWorld({ config: siteConfig({ queues, agents }) });
  for (const id of agentIds) {
    world.agent(id).comesIn();
    world.runs(1);
  }
  world.mark();
  world.caller("c1").dials("10086");
  const states = () => agentIds.map((id) => world.stateOf(id)?.kind);
  return { world, states };
}

/** Facts by what they say, without numbers and times. */
const said = (world: ReturnType<typeof createWorld>) =>
  world.facts.map((fact) => {
    const who = "agentId" in fact ? ` ${fact.agentId}` : "";
    const what = "result" in fact ? ` ${fact.result}` : "to" in fact ? ` ${fact.to}` : "";
    return `${fact.type}${who}${what}`;
  });

const ordered = (world: ReturnType<typeof createWorld>) =>
  world.commands.flatMap((command) => {
    if (command.type === "ringAgentLeg") return [`ring ${command.agentId}`];
    if (command.type === "dropLeg") return [`drop ${command.legId} ${command.cause.reason}`];
    return command.type === "bridge" ? [`bridge ${command.legIds.join(" ")}`] : [];
  });

describe("ring-all", () => {
  it("rings at everybody in one step, the longest idle first, each after the screen pop", () => {
    const { world, states } = ringing();
    expect(states()).toEqual(["offered", "offered", "offered"]);
    expect(ordered(world)).toEqual(["ring a", "ring b", "ring c"]);
    expect(world.facts.filter(({ type }) => type === "offerMade")).toMatchObject(
      people.map((agentId) => ({ callId: "c1", agentId, together: true })),
    );
  });

  it("has one winner: everybody else is released as answered elsewhere and stands where he stood", () => {
    const { world, states } = ringing();
    world.runs("1s");
    world.mark();
    world.agent("b").answers();
    world.runs(10);
    expect(said(world)).toEqual([
      "offerEnded a withdrawn",
      "agentStateChanged a ready",
      "offerEnded c withdrawn",
      "agentStateChanged c ready",
      "offerEnded b answered",
      "queueLeft",
      "talkStarted b",
      "agentStateChanged b onCall",
    ]);
    expect(ordered(world)).toEqual([
      "drop c1-leg3 answeredElsewhere",
      "drop c1-leg7 answeredElsewhere",
      "bridge c1-caller c1-leg5",
    ]);
    expect(states()).toEqual(["ready", "onCall", "ready"]);
    expect(world.state().queues[0]?.ready).toEqual(["a", "c"]);
  });

  it("releases an answer that crosses the winner's (RFC 5407 3.1.2)", () => {
    const { world, states } = ringing();
    world.agent("b").answers();
    world.mark();
    world.post({ type: "legAnswered", legId: "c1-leg3", dialogRef: "late" });
    expect(said(world)).toEqual(["eventIgnored"]);
    expect(world.facts).toMatchObject([{ why: "crossedDrop" }]);
    expect(ordered(world)).toEqual(["drop c1-leg3 cancelled"]);
    expect(states()).toEqual(["ready", "onCall", "ready"]);
  });

  it("rings on at the others when one rejects, fails or is gone, also the first", () => {
    const { world, states } = ringing();
    world.agent("a").rejects();
    expect(states()).toEqual(["notReady", "offered", "offered"]);
    world.agent("c").closesDesk();
    expect(states()).toEqual(["notReady", "offered", "notReady"]);
    expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "b" });
    world.mark();
    world.agent("b").rejects();
    expect(said(world)).toEqual([
      "offerEnded b rejected",
      "agentStateChanged b notReady",
      "queueEntered",
    ]);
    expect(world.placeOf("c1")?.kind).toBe("queue");
  });

  it("gives the call to who answers after others rejected", () => {
    const { world, states } = ringing();
    world.agent("a").rejects();
    world.agent("c").answers();
    expect(states()).toEqual(["notReady", "ready", "onCall"]);
    expect(world.placeOf("c1")).toMatchObject({ kind: "bridge", agentId: "c" });
  });

  it("makes everybody not ready who let it ring to the end; the caller keeps the place", () => {
    const { world, states } = ringing();
    world.runs("15s");
    expect(states()).toEqual(["notReady", "notReady", "notReady"]);
    expect(world.stateOf("c")).toMatchObject({ reason: "rona" });
    expect(world.placeOf("c1")?.kind).toBe("queue");
    world.agent("c").goesReady();
    expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "c" });
  });

  it("frees everybody when the caller hangs up", () => {
    const { world, states } = ringing();
    world.caller("c1").hangsUp();
    world.runs(50);
    expect(states()).toEqual(["ready", "ready", "ready"]);
    expect(world.state().legs).toEqual([]);
    expect(world.state().queues[0]?.ready).toEqual(["a", "b", "c"]);
  });

  it("rings the next caller at the losers in the step in which one wins", () => {
    const { world, states } = ringing();
    world.caller("c2").dials("10086");
    expect(world.placeOf("c2")?.kind).toBe("queue");
    world.agent("a").answers();
    expect(states()).toEqual(["onCall", "offered", "offered"]);
    expect(world.placeOf("c2")).toMatchObject({ kind: "offer", agentId: "b" });
  });

  it("rings at no more than twenty", () => {
    const { states } = ringing(Array.from({ length: 25 }, (_, index) => `p${index}`));
    expect(states().filter((kind) => kind === "offered")).toHaveLength(20);
  });

  it("goes back to the place after a kill of the engine, with nobody left ringing", () => {
    const { world } = ringing();
    world.runs("1s");
    world.restarts();
    world.runs(50);
    expect(world.placeOf("c1")?.kind).toBe("queue");
    expect(world.state().legs.map(({ id }) => id)).toEqual(["c1-caller"]);
    for (const id of people) world.agent(id).opensDesk();
    expect(world.placeOf("c1")?.kind).toBe("offer");
  });

  it("loses one who is no longer configured, and goes on", () => {
    const { world } = ringing();
    const queues = [queueConfig("sales", { strategy: "ringAll", wrapUpMs: 0 })];
    const agents = ["b", "c"].map((id) => agentConfig(id));
    world.post({ type: "configured", config: siteConfig({ queues, agents }) });
    expect(world.stateOf("a")).toBeUndefined();
    world.agent("c").answers();
    expect(world.placeOf("c1")).toMatchObject({ kind: "bridge", agentId: "c" });
  });
});
