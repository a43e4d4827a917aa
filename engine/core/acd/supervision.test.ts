// What supervisors do to agents, said and refused; messages and calls for help.
import { describe, expect, it } from "vitest";
import { createWorld } from "../../../test/support/world.ts";
import type { SupervisorRequest } from "../event.ts";
import { agentView, wallboardView } from "../view.ts";

type World = ReturnType<typeof createWorld>;
type Situation = "loggedOut" | "notReady" | "ready" | "offered" | "onCall" | "wrapUp";

function agentIn(situation: Situation): World {
  const world = createWorld();
  world.supervisor("2001").comesIn();
  const agent = world.agent("1001").opensDesk().registers();
  if (situation !== "loggedOut") agent.logsIn();
  if (situation === "notReady" || situation === "loggedOut") return world;
  agent.goesReady();
  if (situation === "ready") return world;
  world.caller("c1").dials("10086");
  if (situation === "offered") return world;
  agent.answers();
  world.runs("10s");
  if (situation === "wrapUp") world.caller("c1").hangsUp();
  return world;
}

const agentId = "1001";
const requests = {
  forceReady: { type: "forceReady", agentId },
  forceNotReady: { type: "forceNotReady", agentId, reason: "meal" },
  endAgentWrapUp: { type: "endAgentWrapUp", agentId },
  logOutAgent: { type: "logOutAgent", agentId },
  disconnect: { type: "disconnect", agentId },
} as const satisfies Record<string, SupervisorRequest>;

/** State afterwards, or the refusal. */
const table: Readonly<Record<keyof typeof requests, Readonly<Record<Situation, string>>>> = {
  forceReady: {
    loggedOut: "!notLoggedIn",
    notReady: "ready",
    ready: "ready",
    offered: "offered",
    onCall: "onCall",
    wrapUp: "wrapUp",
  },
  forceNotReady: {
    loggedOut: "!notLoggedIn",
    notReady: "notReady meal",
    ready: "notReady meal",
    offered: "notReady meal",
    onCall: "onCall, then meal",
    wrapUp: "wrapUp, then meal",
  },
  endAgentWrapUp: {
    loggedOut: "!noWrapUp",
    notReady: "!noWrapUp",
    ready: "!noWrapUp",
    offered: "!noWrapUp",
    onCall: "!noWrapUp",
    wrapUp: "ready",
  },
  logOutAgent: {
    loggedOut: "!notLoggedIn",
    notReady: "loggedOut",
    ready: "loggedOut",
    offered: "loggedOut",
    onCall: "!busy",
    wrapUp: "loggedOut",
  },
  disconnect: {
    loggedOut: "!noCall",
    notReady: "!noCall",
    ready: "!noCall",
    offered: "!noCall",
    onCall: "wrapUp",
    wrapUp: "!noCall",
  },
};

const rows = Object.entries(table).flatMap(([name, results]) =>
  Object.entries(results).map(
    ([situation, result]) =>
      [name as keyof typeof requests, situation as Situation, result] as const,
  ),
);

describe("a supervisor", () => {
  it.each(rows)("%s for an agent who is %s: %s", (name, situation, result) => {
    const world = agentIn(situation);
    world.mark();
    world.supervisor("2001").requests(requests[name]);
    const refusal = world.supervisor("2001").reply();
    const state = world.centre().agents.get(agentId);
    const acted = world.facts.filter(({ type }) => type === "supervisorActed");
    if (result.startsWith("!")) {
      expect([`!${refusal}`, acted, world.facts]).toEqual([result, [], []]);
      return;
    }
    const next = state?.nextNotReady ?? null;
    const reason = state?.state.kind === "notReady" ? ` ${state.state.reason}` : "";
    expect(`${state?.state.kind}${reason}${next === null ? "" : `, then ${next}`}`).toBe(result);
    expect(acted).toMatchObject([{ supervisorId: "2001", agentId }]);
  });

  it("disconnects the caller too, and the record says by whom", () => {
    const world = agentIn("onCall");
    world.supervisor("2001").requests(requests.disconnect);
    expect(world.facts).toContainEqual(
      expect.objectContaining({ type: "callEnded", outcome: "answered", by: "supervisor" }),
    );
    world.runs("1m");
    world.auditor.checkQuiet(world.state());
  });

  it("who is none may do nothing", () => {
    const world = agentIn("ready");
    world.supervisor("3001").requests(requests.forceNotReady);
    expect(world.supervisor("3001").reply()).toBe("notAllowed");
    expect(world.stateOf(agentId)?.kind).toBe("ready");
  });

  it.each([
    [{ type: "forceReady", agentId: "x" }, "unknownAgent"],
    [{ type: "forceNotReady", agentId, reason: "x" }, "unknownReason"],
    [{ type: "switchReserve", groupId: "x", isOn: true, forMs: null }, "unknownGroup"],
    [{ type: "lendAgent", agentId, skills: {}, forMs: 0 }, "noChange"],
    [{ type: "sendMessage", to: ["1002"], text: "hello" }, "nobodyThere"],
    [{ type: "sendMessage", to: null, text: "  " }, "noText"],
    [{ type: "endAgentHelp", agentId }, "noHelp"],
  ] as const)("%j is refused: %s", (request, refusal) => {
    const world = agentIn("ready");
    world.supervisor("2001").requests(request);
    expect(world.supervisor("2001").reply()).toBe(refusal);
  });

  it("lends an agent for a time", () => {
    const world = agentIn("ready");
    world.supervisor("2001").requests({
      ...{ type: "lendAgent", agentId, skills: { support: 3 }, forMs: 60_000 },
    });
    expect(world.centre().agents.get(agentId)?.serves).toEqual(["sales", "support"]);
    world.runs("1m");
    expect(world.centre().agents.get(agentId)?.serves).toEqual(["sales"]);
  });
});

describe("messages", () => {
  it("wait at the desk until they are acknowledged, once", () => {
    const world = agentIn("ready");
    world
      .supervisor("2001")
      .requests({ type: "sendMessage", to: null, text: "Storm in the south" });
    const view = () => agentView(world.centre(), agentId, world.nowMs())?.messages ?? [];
    const [message] = view();
    expect(message).toMatchObject({ fromId: "2001", text: "Storm in the south" });
    const messageId = message?.messageId ?? "";
    const row = () =>
      wallboardView(world.centre(), world.nowMs()).agents.find((one) => one.agentId === agentId);
    expect(row()?.unread).toBe(1);
    world.agent(agentId).requests({ type: "acknowledge", messageId });
    expect([view(), row()?.unread]).toEqual([[], 0]);
    world.agent(agentId).requests({ type: "acknowledge", messageId });
    expect(world.agent(agentId).reply()).toBe("noMessage");
  });

  it("never fill the memory: the newest twenty stay", () => {
    const world = agentIn("ready");
    for (let i = 0; i < 30; i += 1) {
      world.supervisor("2001").requests({ type: "sendMessage", to: [agentId], text: `${i}` });
    }
    const texts = world
      .centre()
      .agents.get(agentId)
      ?.messages.map(({ text }) => text);
    expect(texts).toEqual(Array.from({ length: 20 }, (_, i) => `${i + 10}`));
  });
});

describe("a call for help", () => {
  it("stands until a supervisor ends it, with the wait in the fact", () => {
    const world = agentIn("onCall");
    world.agent(agentId).requests({ type: "askHelp", text: "refund" });
    world.runs("7s");
    world.supervisor("2001").requests({ type: "endAgentHelp", agentId });
    expect(world.facts).toContainEqual(
      expect.objectContaining({ type: "helpEnded", byId: "2001", waitMs: 7_000 }),
    );
  });

  it("ends with the shift", () => {
    const world = agentIn("ready");
    world.agent(agentId).requests({ type: "askHelp", text: "" }).requests({ type: "logOut" });
    expect(world.centre().agents.get(agentId)?.help).toBeNull();
  });
});

describe("not ready for too long", () => {
  it("is said once, ten minutes after it began, and shows on the wallboard", () => {
    const world = agentIn("notReady");
    world.agent(agentId).goesNotReady("meal");
    const row = () =>
      wallboardView(world.centre(), world.nowMs()).agents.find((one) => one.agentId === agentId);
    world.runs(599_999);
    const said = () => world.facts.filter(({ type }) => type === "notReadyOverLimit");
    expect([said(), row()?.isOverLimit]).toEqual([[], false]);
    world.runs("1h");
    expect(said()).toMatchObject([{ agentId, reason: "meal", limitMs: 600_000 }]);
    expect(row()?.isOverLimit).toBe(true);
  });

  it("has the reason's own limit, or none", () => {
    const world = agentIn("notReady");
    const { config } = world.centre();
    const notReadyReasons = config.notReadyReasons.map((reason) => ({
      ...reason,
      limitMs: reason.id === "meal" ? null : 60_000,
    }));
    world.post({ type: "configured", config: { ...config, notReadyReasons } });
    world.agent(agentId).goesNotReady("meal");
    world.runs("2h");
    world.agent(agentId).goesNotReady("break");
    world.runs("1m");
    expect(world.facts.filter(({ type }) => type === "notReadyOverLimit")).toMatchObject([
      { reason: "break", limitMs: 60_000 },
    ]);
  });
});
