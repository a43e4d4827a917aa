// Every number that anybody reads, folded from the facts: the same facts give the same numbers.
import type { CallOutcome, Direction, Fact } from "../fact.ts";
import type { AgentId, Ms, QueueId, TrunkId } from "../ids.ts";
import { type AgentDay, type AgentStats, createAgentDay, createAgentStats } from "./agent-stats.ts";
import { configureQueue } from "./configured-queues.ts";
import { type Forecasts, learn, learnLeaving, measureForecast } from "./forecasts.ts";
import { observe } from "./histogram.ts";
import {
  countDeparture,
  countEntry,
  type QueueStats,
  type QueueThresholds,
  sumCohorts,
  waitingOf,
} from "./queue-stats.ts";
import { countAttempt, type TrunkStats } from "./trunk-stats.ts";

export type Stats = {
  /** Minutes that the site's day is ahead of UTC. */
  dayOffsetMinutes: number;
  queues: Map<QueueId, QueueStats>;
  agents: Map<AgentId, AgentStats>;
  trunks: Map<TrunkId, TrunkStats>;
  totals: Totals;
};

type Totals = {
  arrived: number;
  /** Our 200 OK went out. */
  accepted: number;
  ended: number;
  byOutcome: Record<CallOutcome, number>;
  /** Calls that agents made, apart from those that came in: `ended` and `byOutcome` have none. */
  /** For callbacks `dialled` is the number of tickets. */
  made: Record<
    Direction,
    { dialled: number; ended: number; byOutcome: Record<CallOutcome, number> }
  >;
  dialsRefused: number;
  /** Calls that were not begun since all trunks were full, or none worked. */
  trunksBusy: Record<"noLine" | "noTrunk", number>;
  seatsLostInTalk: number;
  eventsIgnored: number;
  engineRestarts: number;
};

export type StatsOptions = Readonly<{
  queues: readonly QueueThresholds[];
  dayOffsetMinutes: number;
}>;

export function createStats(options: StatsOptions): Stats {
  const stats: Stats = {
    dayOffsetMinutes: options.dayOffsetMinutes,
    queues: new Map(),
    agents: new Map(),
    trunks: new Map(),
    totals: {
      arrived: 0,
      accepted: 0,
      ended: 0,
      byOutcome: noOutcomes(),
      made: { outbound: noMade(), internal: noMade(), callback: noMade() },
      dialsRefused: 0,
      trunksBusy: { noLine: 0, noTrunk: 0 },
      seatsLostInTalk: 0,
      eventsIgnored: 0,
      engineRestarts: 0,
    },
  };
  for (const queue of options.queues) configureQueue(stats.queues, queue);
  return stats;
}

/** Folds one fact into the numbers. Facts of unknown queues are of none. */
export function applyFact(stats: Stats, fact: Fact): void {
  switch (fact.type) {
    case "queueConfigured":
      configureQueue(stats.queues, { ...fact, id: fact.queueId });
      return;
    case "dayOffsetChanged":
      stats.dayOffsetMinutes = fact.dayOffsetMinutes;
      return;
    case "callArrived":
      stats.totals.arrived += 1;
      return;
    case "callAnswered":
      stats.totals.accepted += 1;
      return;
    case "callDialled":
    case "callbackBooked":
    case "callbackDialled":
    case "callbackEnded":
    case "dialRefused":
    case "trunkAttemptEnded":
    case "trunksBusy":
      foldDialling(stats, fact);
      return;
    case "callEnded": {
      const ended = fact.direction === undefined ? stats.totals : stats.totals.made[fact.direction];
      ended.ended += 1;
      ended.byOutcome[fact.outcome] += 1;
      return;
    }
    case "queueEntered": {
      const queue = stats.queues.get(fact.queueId);
      if (queue === undefined || fact.returned) return;
      countEntry(queue, fact.queuedAtMs);
      if (fact.source === "transfer") queue.transferredIn += 1;
      return;
    }
    case "transferEnded": {
      const queue = stats.queues.get(fact.queueId);
      if (queue !== undefined) queue.transfers[fact.kind][fact.result] += 1;
      return;
    }
    case "queueLeft": {
      const queue = stats.queues.get(fact.queueId);
      if (queue === undefined) return;
      countDeparture(queue, fact);
      learnWait(queue.forecasts, fact);
      return;
    }
    case "offerEnded":
      foldOfferEnded(stats, fact);
      return;
    // However the caller came: by an offer of the queue, or from a colleague.
    case "talkStarted": {
      const today = agentDay(stats, fact.agentId, fact.atMs);
      if (fact.direction !== undefined) {
        today.reached += 1;
        return;
      }
      today.answered += 1;
      today.byQueue[fact.queueId] = (today.byQueue[fact.queueId] ?? 0) + 1;
      return;
    }
    case "talkEnded":
      foldTalkEnded(stats, fact);
      return;
    case "wrapUpEnded":
      foldWrapUp(stats, fact);
      return;
    case "agentStateChanged": {
      const agent = agentStats(stats, fact.agentId, fact.atMs);
      agent.stateMs[fact.from] += fact.inPreviousMs;
      agent.state = fact.to;
      agent.sinceMs = fact.atMs;
      return;
    }
    case "agentForgotten":
      stats.agents.delete(fact.agentId);
      return;
    case "seatLostInTalk":
      stats.totals.seatsLostInTalk += 1;
      return;
    case "eventIgnored":
      stats.totals.eventsIgnored += 1;
      return;
    case "engineRestarted":
      stats.totals.engineRestarts += 1;
      return;
    default:
      return;
  }
}

type DialFact = Extract<
  Fact,
  {
    type:
      | "callDialled"
      | "callbackBooked"
      | "callbackDialled"
      | "callbackEnded"
      | "dialRefused"
      | "trunkAttemptEnded"
      | "trunksBusy";
  }
>;

/** Calls out, until they are talks. */
function foldDialling(stats: Stats, fact: DialFact): void {
  const { totals } = stats;
  switch (fact.type) {
    case "callDialled":
      totals.made[fact.direction].dialled += 1;
      if (fact.direction === "outbound") agentDay(stats, fact.agentId, fact.atMs).dialled += 1;
      return;
    case "callbackBooked":
      totals.made.callback.dialled += 1;
      countCallback(stats, fact.queueId, "booked");
      return;
    case "callbackDialled":
      agentDay(stats, fact.agentId, fact.atMs).dialled += 1;
      return;
    case "callbackEnded":
      countCallback(stats, fact.queueId, fact.result);
      return;
    case "dialRefused":
      totals.dialsRefused += 1;
      return;
    case "trunkAttemptEnded":
      countAttempt(stats.trunks, fact);
      return;
    case "trunksBusy":
      totals.trunksBusy[fact.why] += 1;
      return;
  }
}

function learnWait(forecasts: Forecasts, fact: Extract<Fact, { type: "queueLeft" }>): void {
  const { forecastMs, waitMs, outcome } = fact;
  const isAnswered = outcome.kind === "answered";
  // Who was turned away at once never waited.
  if (waitMs > 0) learnLeaving(forecasts, waitMs, isAnswered);
  if (forecastMs !== undefined && isAnswered) measureForecast(forecasts, { forecastMs, waitMs });
}

/** Queues whose books do not balance against calls counted otherwise; empty when all is well. */
export function unbalancedQueues(
  stats: Stats,
  waiting: ReadonlyMap<QueueId, number>,
): readonly Readonly<{ queueId: QueueId; expected: number; counted: number }>[] {
  return [...stats.queues.values()]
    .map((queue) => ({
      queueId: queue.queueId,
      expected: waitingOf(queue),
      counted: waiting.get(queue.queueId) ?? 0,
    }))
    .filter(({ expected, counted }) => expected !== counted);
}

/** The counters of a queue's calls that arrived on the day of `nowMs`. */
export function queueToday(
  stats: Stats,
  queue: QueueStats,
  nowMs: Ms,
): ReturnType<typeof sumCohorts> {
  const fromMs = startOfDayMs(stats, nowMs);
  return sumCohorts(queue, { fromMs, toMs: fromMs + dayMs });
}

/** An agent's counters of the day of `nowMs`; zeros when nothing happened yet. */
export function agentToday(stats: Stats, agentId: AgentId, nowMs: Ms): Readonly<AgentDay> {
  const day = dayOf(stats, nowMs);
  const today = stats.agents.get(agentId)?.today;
  return today?.day === day ? today : createAgentDay(day);
}

const noOutcomes = (): Record<CallOutcome, number> => ({
  answered: 0,
  abandonedInFlow: 0,
  abandonedInQueue: 0,
  abandonedRinging: 0,
  servedByFlow: 0,
  flowedOut: 0,
  rejected: 0,
  failed: 0,
  noAnswer: 0,
  busy: 0,
  cancelled: 0,
});

const noMade = () => ({ dialled: 0, ended: 0, byOutcome: noOutcomes() });

const dayMs: Ms = 86_400_000;

const dayOf = (stats: Stats, atMs: Ms): number =>
  Math.floor((atMs + stats.dayOffsetMinutes * 60_000) / dayMs);

/** When the site's next day begins. */
export const nextDayMs = (stats: Stats, atMs: Ms): Ms => startOfDayMs(stats, atMs) + dayMs;

const startOfDayMs = (stats: Stats, atMs: Ms): Ms =>
  dayOf(stats, atMs) * dayMs - stats.dayOffsetMinutes * 60_000;

function countCallback(stats: Stats, queueId: QueueId, what: keyof QueueStats["callbacks"]): void {
  const queue = stats.queues.get(queueId);
  if (queue !== undefined) queue.callbacks[what] += 1;
}

function foldOfferEnded(stats: Stats, fact: Extract<Fact, { type: "offerEnded" }>): void {
  const queue = stats.queues.get(fact.queueId);
  if (queue !== undefined) {
    queue.offers[fact.result] += 1;
    observe(queue.ring, fact.ringMs);
  }
  const today = agentDay(stats, fact.agentId, fact.atMs);
  if (fact.result !== "answered" && fact.result !== "withdrawn") today.missed += 1;
}

function foldTalkEnded(stats: Stats, fact: Extract<Fact, { type: "talkEnded" }>): void {
  const queue = stats.queues.get(fact.queueId);
  // Waits are forecast from how long calls take that came in.
  if (queue !== undefined && fact.direction === undefined) {
    observe(queue.talk, fact.talkMs);
    observe(queue.hold, fact.holdMs);
    learn(queue.forecasts.talk, fact.talkMs + fact.holdMs);
  }
  const today = agentDay(stats, fact.agentId, fact.atMs);
  today.talkMs += fact.talkMs;
  today.holdMs += fact.holdMs;
}

function foldWrapUp(stats: Stats, fact: Extract<Fact, { type: "wrapUpEnded" }>): void {
  const queue = stats.queues.get(fact.queueId);
  if (queue !== undefined) {
    observe(queue.wrapUp, fact.wrapUpMs);
    learn(queue.forecasts.wrapUp, fact.wrapUpMs);
  }
  agentDay(stats, fact.agentId, fact.atMs).wrapUpMs += fact.wrapUpMs;
}

function agentStats(stats: Stats, agentId: AgentId, atMs: Ms): AgentStats {
  const known = stats.agents.get(agentId);
  if (known !== undefined) return known;
  const agent = createAgentStats(agentId, { nowMs: atMs, day: dayOf(stats, atMs) });
  stats.agents.set(agentId, agent);
  return agent;
}

function agentDay(stats: Stats, agentId: AgentId, atMs: Ms): AgentDay {
  const agent = agentStats(stats, agentId, atMs);
  const day = dayOf(stats, atMs);
  if (agent.today.day !== day) agent.today = createAgentDay(day);
  return agent.today;
}
