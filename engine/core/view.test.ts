// Views fit the desk protocol and say what is.
import { expect, it } from "vitest";
import { startMs } from "../../test/support/site.ts";
import { createWorld } from "../../test/support/world.ts";
import * as desk from "../wire/desk.ts";
import { type AgentView, agentView, type WallboardView, wallboardView } from "./view.ts";

// Fails to compile when a view and the protocol part.
const toWire: (view: AgentView, board: WallboardView) => [desk.AgentView, desk.WallboardView] = (
  view,
  board,
) => [view, board];

it("fits the desk protocol in every state of an agent", () => {
  const world = createWorld();
  const kinds = new Set<string>();
  const look = () => {
    const { centre, nowMs } = world;
    for (const id of ["1001", "1003"]) {
      const view = agentView(centre(), id, nowMs());
      const board = wallboardView(centre(), nowMs());
      if (view === null) throw new Error("an agent has a view");
      const [wireView, wireBoard] = toWire(view, board);
      kinds.add(desk.agentView.parse(wireView).state.kind);
      desk.wallboardView.parse(wireBoard);
    }
  };
  look();
  const agent = world.agent("1001").comesIn();
  look();
  world.caller("c1").dials("12345").presses("11");
  world.runs("5s");
  look();
  agent.answers();
  look();
  world.caller("c1").hangsUp();
  look();
  agent.endsWrapUp().goesNotReady();
  look();
  expect([...kinds].sort()).toEqual([
    "loggedOut",
    "notReady",
    "offered",
    "onCall",
    "ready",
    "wrapUp",
  ]);
  expect(agentView(world.centre(), "nobody", 0)).toBeNull();
});

it("shows the wallboard", () => {
  const world = createWorld();
  const agent = world.agent("1001").comesIn();
  world.caller("c1").dials("10086", "111");
  world.runs("4s");
  agent.answers();
  world.caller("c2").dials("10086", "222");
  world.runs("6s");
  world.caller("c3").dials("12345", "333");
  world.agent("1002").comesIn();
  world.agent("1001").requests({ type: "hold" }).mediaBecomes("silent");
  const board = wallboardView(world.centre(), world.nowMs());
  expect(board.queues[0]).toMatchObject({
    queueId: "sales",
    waiting: 1,
    longestWaitSinceMs: startMs + 4_000,
    offered: 2,
    answered: 1,
    answeredInTarget: 1,
    serviceLevel: 0.5,
    agentsReady: 0,
    agentsOnCall: 1,
    agentsStaffed: 2,
  });
  expect(board.waiting).toEqual([
    {
      callId: "c2",
      queueId: "sales",
      ani: "222",
      position: 1,
      queuedAtMs: startMs + 4_000,
      priority: 0,
      language: "zh",
      offeredTo: "1002",
    },
  ]);
  expect(board.agents[0]).toMatchObject({
    agentId: "1001",
    state: { kind: "onCall", heldSinceMs: startMs + 10_000 },
    withCaller: "111",
    mediaSilent: true,
    answered: 1,
  });
  expect([board.callsLive, board.callsInFlow, board.callsTalking]).toEqual([3, 1, 1]);
});
