import type { AgentRow, QueueView, WaitingView, WallboardView } from "../../engine/wire/desk.ts";

/** How urgent a figure is; each level has its own word on the screen. */
export type Alert = "calm" | "warning" | "critical";

export const staleAfterMs = 3_000;

type ServiceLevel = Readonly<{
  inTarget: number;
  offered: number;
  ratio: number | null;
  alert: Alert;
}>;

export type Tiles = Readonly<{
  waiting: number;
  waitingAlert: Alert;
  longestWaitSinceMs: number | null;
  longestWaitAlert: Alert;
  serviceLevel: ServiceLevel;
  /** Ascending distinct thresholds T of the queues, ms, for the definition. */
  targetsMs: readonly number[];
  /** Target share of all queues together: their targets weighted by the calls offered. */
  targetRatio: number | null;
  offered: number;
  answered: number;
  abandoned: number;
  shortAbandoned: number;
  agents: Readonly<Record<AgentRow["state"]["kind"], number>>;
}>;

/** Totals over all queues. Service level is a quotient of sums, never a mean of ratios. */
export function wallboardTiles(board: WallboardView, serverNowMs: number): Tiles {
  const queues = board.queues;
  const inTarget = sum(queues, (queue) => queue.answeredInTarget);
  const offered = sum(queues, (queue) => queue.offered);
  const wanted = sum(queues, (queue) => queue.offered * queue.targetRatio);
  const targetRatio = offered === 0 ? null : wanted / offered;
  const ratio = offered === 0 ? null : inTarget / offered;
  const waits = queues.flatMap((queue) => queue.longestWaitSinceMs ?? []);
  return {
    waiting: sum(queues, (queue) => queue.waiting),
    waitingAlert: worst(queues.map(waitingAlert)),
    longestWaitSinceMs: waits.length === 0 ? null : Math.min(...waits),
    longestWaitAlert: worst(queues.map((queue) => longestWaitAlert(queue, serverNowMs))),
    serviceLevel: { inTarget, offered, ratio, alert: ratioAlert(ratio, targetRatio ?? 0) },
    targetsMs: [...new Set(queues.map((queue) => queue.targetMs))].sort((a, b) => a - b),
    targetRatio,
    offered,
    answered: sum(queues, (queue) => queue.answered),
    abandoned: sum(queues, (queue) => queue.abandoned),
    shortAbandoned: sum(queues, (queue) => queue.shortAbandoned),
    agents: countByState(board.agents),
  };
}

/** More callers wait than agents are staffed: amber; callers wait and nobody is staffed: red. */
export function waitingAlert(queue: QueueView): Alert {
  if (queue.waiting === 0) {
    return "calm";
  }
  if (queue.agentsStaffed === 0) {
    return "critical";
  }
  return queue.waiting > queue.agentsStaffed ? "warning" : "calm";
}

/** Past the target T: amber; past twice T: red. */
export function longestWaitAlert(queue: QueueView, serverNowMs: number): Alert {
  if (queue.longestWaitSinceMs === null) {
    return "calm";
  }
  return waitAlert({ waitMs: serverNowMs - queue.longestWaitSinceMs, targetMs: queue.targetMs });
}

export function waitAlert(wait: { waitMs: number; targetMs: number }): Alert {
  if (wait.waitMs > 2 * wait.targetMs) {
    return "critical";
  }
  return wait.waitMs > wait.targetMs ? "warning" : "calm";
}

/** Below the target share: amber; more than ten points below: red. */
export function serviceLevelAlert(queue: QueueView): Alert {
  return ratioAlert(queue.serviceLevel, queue.targetRatio);
}

function ratioAlert(ratio: number | null, target: number): Alert {
  if (ratio === null || ratio >= target) {
    return "calm";
  }
  return ratio < target - 0.1 ? "critical" : "warning";
}

function worst(alerts: readonly Alert[]): Alert {
  if (alerts.includes("critical")) {
    return "critical";
  }
  return alerts.includes("warning") ? "warning" : "calm";
}

function countByState(agents: readonly AgentRow[]): Record<AgentRow["state"]["kind"], number> {
  const counts = {
    loggedOut: 0,
    notReady: 0,
    ready: 0,
    offered: 0,
    dialling: 0,
    onCall: 0,
    wrapUp: 0,
  };
  for (const agent of agents) {
    counts[agent.state.kind] += 1;
  }
  return counts;
}

const sum = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((total, item) => total + value(item), 0);

export type AgentSort = Readonly<{
  by: "name" | "state" | "sinceMs" | "answered" | "handleMsMean";
  order: "ascending" | "descending";
}>;

const stateRank: Readonly<Record<AgentRow["state"]["kind"], number>> = {
  offered: 0,
  dialling: 1,
  onCall: 1,
  wrapUp: 2,
  ready: 3,
  notReady: 4,
  loggedOut: 5,
};

/** Rows that hold every word of the filter, in a total order: equal rows never swap places. */
export function agentRows(
  agents: readonly AgentRow[],
  view: {
    filter: string;
    sort: AgentSort;
    textOf: (row: AgentRow) => string;
    language: "zh" | "en";
  },
): readonly AgentRow[] {
  const words = view.filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const matching = agents.filter((row) => {
    const text = view.textOf(row).toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const direction = view.sort.order === "ascending" ? 1 : -1;
  return matching.toSorted(
    (a, b) =>
      direction * compareAgents(a, b, view) ||
      a.agentId.localeCompare(b.agentId, "en", { numeric: true }),
  );
}

function compareAgents(
  a: AgentRow,
  b: AgentRow,
  view: { sort: AgentSort; language: "zh" | "en" },
): number {
  switch (view.sort.by) {
    case "name":
      return a.name[view.language].localeCompare(b.name[view.language], view.language);
    case "state":
      return stateRank[a.state.kind] - stateRank[b.state.kind];
    case "sinceMs":
      // Ascending duration: who changed last comes first.
      return b.state.sinceMs - a.state.sinceMs;
    case "answered":
      return a.answered - b.answered;
    case "handleMsMean":
      return (a.handleMsMean ?? -1) - (b.handleMsMean ?? -1);
  }
}

/** Waiting callers by queue in the engine's order, then by place. */
export function waitingRows(board: WallboardView): readonly WaitingView[] {
  const order = new Map(board.queues.map((queue, index) => [queue.queueId, index]));
  return board.waiting.toSorted(
    (a, b) =>
      (order.get(a.queueId) ?? 0) - (order.get(b.queueId) ?? 0) ||
      a.position - b.position ||
      a.callId.localeCompare(b.callId),
  );
}
