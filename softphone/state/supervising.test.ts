import { describe, expect, it } from "vitest";
import type { AgentRow, WallboardView } from "../../engine/wire/desk.ts";
import { type DeskState, initialDeskState } from "./desk-store.ts";
import { helpRows, skillsOf, supervisorActions, takenBy } from "./supervising.ts";

const name = { zh: "李", en: "Li" };
const row = (
  agentId: string,
  state: AgentRow["state"],
  more: Partial<AgentRow> = {},
): AgentRow => ({
  agentId,
  name,
  state,
  skills: {},
  withCaller: null,
  deviceReachable: true,
  mediaSilent: false,
  isOverLimit: false,
  nextNotReady: null,
  unread: 0,
  answered: 0,
  handleMsMean: null,
  ...more,
});
const states = {
  loggedOut: { kind: "loggedOut", sinceMs: 0 },
  notReady: { kind: "notReady", sinceMs: 0, reason: "meal" },
  ready: { kind: "ready", sinceMs: 0 },
  onCall: { kind: "onCall", sinceMs: 0, callId: "c1", heldSinceMs: null },
  wrapUp: { kind: "wrapUp", sinceMs: 0, callId: "c1", endsAtMs: 9 },
} satisfies Record<string, AgentRow["state"]>;

const board = (...agents: AgentRow[]): WallboardView => ({
  queues: [],
  waiting: [],
  agents,
  callsLive: 0,
  callsInFlow: 0,
  callsTalking: 0,
  taken: [],
  reserves: [],
});

function world(given: Partial<DeskState> = {}, role: "supervisor" | "admin" = "supervisor") {
  const done: unknown[] = [];
  const hello: NonNullable<DeskState["hello"]> = {
    type: "hello",
    seq: 1,
    version: 1,
    serverNowMs: 0,
    user: { id: "2001", name, role },
    sip: null,
    notReadyReasons: [],
    wrapUpCodes: [],
  };
  const desk = { ...initialDeskState, link: { kind: "open" } as const, hello, ...given };
  return { actions: supervisorActions(desk, (ask) => done.push(ask)), done };
}

const allowed = (actions: object) =>
  Object.entries(actions).flatMap(([key, action]) => (action === null ? [] : [key]));

describe("what a supervisor may do to an agent", () => {
  const { loggedOut, notReady, ready, onCall, wrapUp } = states;
  const help = { sinceMs: 0, text: "" };
  const loan = { skills: { tax: 3 }, untilMs: 9 };
  it.each([
    ["logged out", row("1", loggedOut), ["lend"]],
    ["not ready", row("1", notReady), ["forceReady", "forceNotReady", "logOut", "message", "lend"]],
    ["ready", row("1", ready), ["forceNotReady", "logOut", "message", "lend"]],
    ["on a call", row("1", onCall), ["forceNotReady", "disconnect", "message", "lend"]],
    [
      "on a call, a pause to follow",
      row("1", onCall, { nextNotReady: "meal" }),
      ["forceReady", "forceNotReady", "disconnect", "message", "lend"],
    ],
    ["in wrap-up", row("1", wrapUp), ["forceNotReady", "endWrapUp", "logOut", "message", "lend"]],
    [
      "ready, lent, asking for help",
      row("1", ready, { help, loan }),
      ["forceNotReady", "logOut", "message", "endHelp", "lend", "endLoan"],
    ],
  ])("%s", (_when, of, expected) => {
    expect(allowed(world().actions.ofAgent(of))).toEqual(expected);
  });

  it("nothing as administrator, nor while the desk is away, nor twice at once", () => {
    const of = row("1", onCall);
    const away = { kind: "waiting", attempt: 1 } as const;
    expect(allowed(world({}, "admin").actions.ofAgent(of))).toEqual([]);
    expect(allowed(world({ link: away }).actions.ofAgent(of))).toEqual([]);
    const asked = world({ pending: { r1: "disconnect" } }).actions.ofAgent(of);
    expect(allowed(asked)).toEqual(["forceNotReady", "message", "lend"]);
  });

  it("asks for what was chosen", () => {
    const { actions, done } = world();
    const acts = actions.ofAgent(row("1001", wrapUp, { nextNotReady: "x", help, loan }));
    acts.forceReady?.();
    acts.forceNotReady?.("meal");
    acts.endWrapUp?.();
    acts.logOut?.();
    acts.message?.("hi");
    acts.endHelp?.();
    acts.lend?.({ skills: { tax: 3 }, forMs: 60_000 });
    acts.endLoan?.();
    actions.ofAgent(row("1001", onCall)).disconnect?.();
    actions.messageAll?.("all");
    actions.switchReserve?.({ groupId: "g", isOn: true, forMs: null });
    const agentId = "1001";
    expect(done).toEqual([
      { type: "forceReady", agentId },
      { type: "forceNotReady", agentId, reason: "meal" },
      { type: "endAgentWrapUp", agentId },
      { type: "logOutAgent", agentId },
      { type: "sendMessage", to: ["1001"], text: "hi" },
      { type: "endAgentHelp", agentId },
      { type: "lendAgent", agentId, skills: { tax: 3 }, forMs: 60_000 },
      { type: "lendAgent", agentId, skills: {}, forMs: 0 },
      { type: "disconnect", agentId },
      { type: "sendMessage", to: null, text: "all" },
      { type: "switchReserve", groupId: "g", isOn: true, forMs: null },
    ]);
  });
});

describe("taking over", () => {
  const monitored = (stage: "ringing" | "joined") =>
    board(
      row("1001", states.onCall, { monitor: { supervisorId: "2001", mode: "monitor", stage } }),
    );
  const taken = { callId: "c1", supervisorId: "2001", ani: "138", sinceMs: 5 };
  const after = { ...board(), taken: [{ ...taken, supervisorId: "2002" }, taken] };
  it("is possible from within the talk, and ends with a release or a queue", () => {
    expect(world({ board: monitored("ringing") }).actions.takeOver).toBeNull();
    const before = world({ board: monitored("joined") });
    before.actions.takeOver?.();
    expect(before.done).toEqual([{ type: "takeOver" }]);
    expect(before.actions.endTakeOver).toBeNull();
    const { actions, done } = world({ board: after });
    actions.endTakeOver?.(null);
    actions.endTakeOver?.("tax");
    expect(done).toEqual([
      { type: "endTakeOver", toQueue: null },
      { type: "endTakeOver", toQueue: "tax" },
    ]);
    expect([takenBy(after, "2001"), takenBy(after, "2003"), takenBy(null, "2001")]).toEqual([
      taken,
      null,
      null,
    ]);
  });
});

it("lists who asks for help, the first first, and the skills that there are", () => {
  const late = row("1", states.ready, { help: { sinceMs: 9, text: "b" }, skills: { tax: 1 } });
  const early = row("2", states.ready, {
    help: { sinceMs: 3, text: "a" },
    skills: { english: 2, tax: 5 },
  });
  const view = board(late, row("3", states.ready), early);
  expect(helpRows(view)).toEqual([
    { row: early, help: { sinceMs: 3, text: "a" } },
    { row: late, help: { sinceMs: 9, text: "b" } },
  ]);
  expect(skillsOf(view)).toEqual(["english", "tax"]);
});
