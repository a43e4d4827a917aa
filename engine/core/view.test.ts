// Views fit the desk protocol and say what is.
import { expect, it } from "vitest";
import { startMs } from "../../test/support/site.ts";
import { createWorld } from "../../test/support/world.ts";
import * as desk from "../wire/desk.ts";
import { targetsView } from "./targets-view.ts";
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
      ring: 0,
      keptFor: null,
      isCallback: false,
      estimateMs: null,
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

it("shows both agents of a consult who the other is", () => {
  const world = createWorld();
  const [asker, asked] = [world.agent("1001").comesIn(), world.agent("1002")];
  world.caller("c1").dials("10086");
  asker.answers();
  asked.comesIn();
  const colleagues = () =>
    ["1001", "1002"].map((agentId) => {
      const view = desk.agentView.parse(agentView(world.centre(), agentId, world.nowMs()));
      return view.state.kind === "onCall" ? view.state.colleague : undefined;
    });
  expect(colleagues()).toEqual([undefined, undefined]);
  asker.consults("1002");
  const name = (id: string) => ({ zh: `Agent ${id}`, en: `Agent ${id}` });
  const seen = (stage: string) => [
    { agentId: "1002", name: name("1002"), role: "asked", stage, sinceMs: startMs },
    { agentId: "1001", name: name("1001"), role: "asker", stage, sinceMs: startMs },
  ];
  expect(colleagues()).toEqual([seen("ringing")[0], undefined]);
  asked.answers();
  expect(colleagues()).toEqual(seen("private"));
  asker.merges();
  expect(colleagues()).toEqual(seen("conference"));
});

it("lists queues, and colleagues who are logged in, those who are free first", () => {
  const world = createWorld();
  world.agent("1001").comesIn();
  world.agent("1002").comesIn().goesNotReady();
  world.caller("c1").dials("10086");
  world.agent("1001").answers();
  world.caller("c2").dials("10086");
  world.agent("1004").registers();
  expect(desk.transferTargets.parse(targetsView(world.centre(), "1001"))).toEqual({
    queues: [
      {
        queueId: "sales",
        name: { zh: "sales", en: "sales" },
        waiting: 1,
        longestWaitSinceMs: startMs,
        agentsReady: 0,
      },
      {
        queueId: "support",
        name: { zh: "support", en: "support" },
        waiting: 0,
        longestWaitSinceMs: null,
        agentsReady: 1,
      },
    ],
    agents: [
      {
        agentId: "1004",
        name: { zh: "Agent 1004", en: "Agent 1004" },
        state: "ready",
        isFree: true,
      },
      {
        agentId: "1002",
        name: { zh: "Agent 1002", en: "Agent 1002" },
        state: "notReady",
        isFree: false,
      },
    ],
    dial: [],
  });
});
