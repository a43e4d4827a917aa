import { describe, expect, it } from "vitest";
import type { AgentRow, WallboardView } from "../../engine/wire/desk.ts";
import { type DeskState, initialDeskState } from "./desk-store.ts";
import { listeningActions, monitoredBy } from "./listening.ts";

const name = { zh: "李", en: "Li" };

const row = (agentId: string, monitor?: AgentRow["monitor"]): AgentRow => ({
  agentId,
  name,
  state: { kind: "onCall", sinceMs: 0, callId: "c", heldSinceMs: null },
  skills: {},
  withCaller: "138",
  deviceReachable: true,
  mediaSilent: false,
  isOverLimit: false,
  nextNotReady: null,
  unread: 0,
  answered: 1,
  handleMsMean: null,
  ...(monitor === undefined ? {} : { monitor }),
});

const boardOf = (...agents: AgentRow[]): WallboardView => ({
  queues: [],
  waiting: [],
  agents,
  callsLive: 1,
  callsInFlow: 0,
  callsTalking: 1,
  taken: [],
  reserves: [],
});

const hello: NonNullable<DeskState["hello"]> = {
  type: "hello",
  seq: 1,
  version: 1,
  serverNowMs: 0,
  user: { id: "2001", name, role: "supervisor" },
  sip: null,
  notReadyReasons: [],
  wrapUpCodes: [],
};

function actionsWith(given: Partial<DeskState>, status: "registered" | "lost" = "registered") {
  const done: unknown[] = [];
  const desk = { ...initialDeskState, link: { kind: "open" } as const, hello, ...given };
  const actions = listeningActions(
    { desk, phone: { status } },
    { ask: (ask) => done.push(ask), openMicrophone: () => done.push("microphone") },
  );
  return { actions, done };
}

const mine = boardOf(row("1001", { supervisorId: "2001", mode: "monitor", stage: "joined" }));
const others = boardOf(row("1001", { supervisorId: "2002", mode: "monitor", stage: "joined" }));

describe("what a supervisor may do", () => {
  it.each([
    ["nobody is listened to", { board: boardOf(row("1001")) }, ["start"]],
    ["somebody else listens", { board: others }, ["start"]],
    ["listening", { board: mine }, ["setMode", "stop"]],
    ["listening, stop asked", { board: mine, pending: { r1: "monitorStop" } }, ["setMode"]],
    ["asked and not yet answered", { pending: { r1: "monitorStart" } }, []],
    ["desk away", { board: mine, link: { kind: "waiting", attempt: 1 } as const }, []],
  ])("%s", (_when, given, allowed) => {
    const { actions } = actionsWith(given);
    const names = Object.entries(actions).flatMap(([key, action]) =>
      action === null ? [] : [key],
    );
    expect(names).toEqual(allowed);
  });

  it("needs a registered phone", () => {
    expect(actionsWith({}, "lost").actions.start).toBeNull();
  });

  it("opens the microphone in the click that begins, and asks", () => {
    const { actions, done } = actionsWith({});
    actions.start?.("1001");
    expect(done).toEqual([
      "microphone",
      { type: "monitorStart", agentId: "1001", mode: "monitor" },
    ]);
    const later = actionsWith({ board: mine });
    later.actions.setMode?.("whisper");
    later.actions.stop?.();
    expect(later.done).toEqual([{ type: "monitorMode", mode: "whisper" }, { type: "monitorStop" }]);
  });
});

it("finds the talk that a supervisor is in", () => {
  expect(monitoredBy(mine, "2001")?.agentId).toBe("1001");
  expect(monitoredBy(others, "2001")).toBeNull();
  expect(monitoredBy(null, "2001")).toBeNull();
});
