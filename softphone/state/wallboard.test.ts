import { describe, expect, it } from "vitest";
import type { AgentRow, QueueView } from "../../engine/wire/desk.ts";
import {
  agentRows,
  longestWaitAlert,
  serviceLevelAlert,
  waitingAlert,
  waitingRows,
  wallboardTiles,
} from "./wallboard.ts";

const queue = (given: Partial<QueueView>): QueueView => ({
  queueId: "q1",
  name: { zh: "队列", en: "Queue" },
  waiting: 0,
  longestWaitSinceMs: null,
  offered: 0,
  answered: 0,
  answeredInTarget: 0,
  abandoned: 0,
  shortAbandoned: 0,
  flowedOut: 0,
  targetMs: 15_000,
  targetRatio: 0.8,
  serviceLevel: null,
  agentsReady: 0,
  agentsOnCall: 0,
  agentsStaffed: 2,
  ...given,
});

const agent = (given: Partial<AgentRow> & { agentId: string }): AgentRow => ({
  name: { zh: "甲", en: "A" },
  state: { kind: "ready", sinceMs: 0 },
  skills: {},
  withCaller: null,
  deviceReachable: true,
  mediaSilent: false,
  isOverLimit: false,
  nextNotReady: null,
  unread: 0,
  answered: 0,
  handleMsMean: null,
  ...given,
});

const board = (given: { queues?: QueueView[]; agents?: AgentRow[] }) => ({
  queues: given.queues ?? [],
  waiting: [],
  agents: given.agents ?? [],
  callsLive: 0,
  callsInFlow: 0,
  callsTalking: 0,
  taken: [],
  reserves: [],
});

describe("tiles", () => {
  it("add the queues up and divide sums, not average ratios", () => {
    const tiles = wallboardTiles(
      board({
        queues: [
          queue({
            waiting: 1,
            longestWaitSinceMs: 80_000,
            offered: 1,
            answeredInTarget: 1,
            answered: 1,
          }),
          queue({
            queueId: "q2",
            waiting: 3,
            longestWaitSinceMs: 60_000,
            offered: 99,
            answeredInTarget: 66,
            answered: 80,
            abandoned: 9,
            shortAbandoned: 2,
            targetMs: 20_000,
            targetRatio: 0.7,
          }),
        ],
        agents: [
          agent({ agentId: "1" }),
          agent({ agentId: "2", state: { kind: "wrapUp", sinceMs: 0, callId: "c", endsAtMs: 1 } }),
        ],
      }),
      100_000,
    );
    expect(tiles).toEqual({
      waiting: 4,
      waitingAlert: "warning",
      longestWaitSinceMs: 60_000,
      longestWaitAlert: "warning",
      serviceLevel: { inTarget: 67, offered: 100, ratio: 0.67, alert: "warning" },
      targetsMs: [15_000, 20_000],
      targetRatio: (0.8 + 99 * 0.7) / 100,
      offered: 100,
      answered: 81,
      abandoned: 9,
      shortAbandoned: 2,
      agents: {
        loggedOut: 0,
        notReady: 0,
        ready: 1,
        offered: 0,
        dialling: 0,
        onCall: 0,
        wrapUp: 1,
      },
    });
  });

  it("show no service level while nothing was offered", () => {
    expect(wallboardTiles(board({ queues: [queue({})] }), 0).serviceLevel).toEqual({
      inTarget: 0,
      offered: 0,
      ratio: null,
      alert: "calm",
    });
  });
});

describe("alerts of a queue", () => {
  it.each([
    { title: "nobody waits", given: { waiting: 0, agentsStaffed: 0 }, expected: "calm" },
    { title: "few wait", given: { waiting: 2 }, expected: "calm" },
    { title: "more wait than are staffed", given: { waiting: 3 }, expected: "warning" },
    { title: "nobody is staffed", given: { waiting: 1, agentsStaffed: 0 }, expected: "critical" },
  ])("waiting: $title", ({ given, expected }) => {
    expect(waitingAlert(queue(given))).toBe(expected);
  });

  it.each([
    { since: null, expected: "calm" },
    { since: 85_000, expected: "calm" },
    { since: 84_999, expected: "warning" },
    { since: 70_000, expected: "warning" },
    { since: 69_999, expected: "critical" },
  ])("longest wait since $since is $expected", ({ since, expected }) => {
    expect(longestWaitAlert(queue({ longestWaitSinceMs: since }), 100_000)).toBe(expected);
  });

  it.each([
    { serviceLevel: null, expected: "calm" },
    { serviceLevel: 0.8, expected: "calm" },
    { serviceLevel: 0.79, expected: "warning" },
    { serviceLevel: 0.69, expected: "critical" },
  ])("service level $serviceLevel is $expected", ({ serviceLevel, expected }) => {
    expect(serviceLevelAlert(queue({ serviceLevel }))).toBe(expected);
  });
});

describe("agent rows", () => {
  const agents = [
    agent({ agentId: "1010", name: { zh: "王", en: "Wang" }, answered: 3 }),
    agent({ agentId: "1002", name: { zh: "李", en: "Li" }, answered: 3, handleMsMean: 9 }),
    agent({
      agentId: "1001",
      name: { zh: "张", en: "Zhang" },
      answered: 7,
      state: { kind: "notReady", sinceMs: 50, reason: "break" },
    }),
  ];
  const view = {
    filter: "",
    textOf: (row: AgentRow) => `${row.agentId} ${row.name.en} ${row.state.kind}`,
    language: "en" as const,
  };
  const ids = (rows: readonly AgentRow[]) => rows.map((row) => row.agentId);

  it.each([
    { by: "name", order: "ascending", expected: ["1002", "1010", "1001"] },
    { by: "answered", order: "ascending", expected: ["1002", "1010", "1001"] },
    { by: "answered", order: "descending", expected: ["1001", "1002", "1010"] },
    { by: "state", order: "ascending", expected: ["1002", "1010", "1001"] },
    { by: "sinceMs", order: "ascending", expected: ["1001", "1002", "1010"] },
    { by: "handleMsMean", order: "descending", expected: ["1002", "1001", "1010"] },
  ] as const)("by $by $order, equal rows by id", ({ by, order, expected }) => {
    expect(ids(agentRows(agents, { ...view, sort: { by, order } }))).toEqual(expected);
  });

  it("keep what holds every word", () => {
    const sort = { by: "name", order: "ascending" } as const;
    expect(ids(agentRows(agents, { ...view, filter: "  NOTready 10", sort }))).toEqual(["1001"]);
    expect(ids(agentRows(agents, { ...view, filter: "nobody", sort }))).toEqual([]);
  });
});

describe("waiting rows", () => {
  it("go by queue, then by place", () => {
    const waiting = (callId: string, queueId: string, position: number) => ({
      callId,
      queueId,
      position,
      ani: "1",
      queuedAtMs: 0,
      priority: 0,
      language: "zh" as const,
      offeredTo: null,
      ring: 0,
      keptFor: null,
      isCallback: false,
      estimateMs: null,
    });
    const rows = waitingRows({
      ...board({ queues: [queue({ queueId: "q2" }), queue({ queueId: "q1" })] }),
      waiting: [waiting("a", "q1", 2), waiting("b", "q1", 1), waiting("c", "q2", 1)],
    });
    expect(rows.map((row) => row.callId)).toEqual(["c", "b", "a"]);
  });
});
