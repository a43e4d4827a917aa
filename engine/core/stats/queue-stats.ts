// What is counted for one queue. Offered = answered + abandoned + short abandoned + flowed out +
// still waiting, in total and for every interval of arrival into the queue.
import type { CallbackResult, FlowOutReason, TransferKind, TransferResult } from "../fact.ts";
import type { Ms, QueueId } from "../ids.ts";
import { createForecasts, type Forecasts } from "./forecasts.ts";
import { createHistogram, type Histogram, observe } from "./histogram.ts";

/** Length of a cohort, and for how long cohorts are kept. */
export const cohortMs: Ms = 15 * 60_000;
const cohortsKeptMs: Ms = 48 * 3_600_000;

export type OfferResult =
  | "answered"
  | "noAnswer"
  | "rejected"
  | "failed"
  | "seatLost"
  | "withdrawn";

export type QueueCounts = {
  /** Entries into the queue; a return to the same place is not a new one. */
  offered: number;
  answered: number;
  answeredWithinTarget: number;
  /** Left after the short-abandon threshold or later. */
  abandoned: number;
  /** Left before it. Not part of `abandoned`. */
  shortAbandoned: number;
  /** Left within the target; counts short abandons too. */
  abandonedWithinTarget: number;
  flowedOut: number;
};

/** Calls that entered the queue in one interval, whenever they left it. */
export type Cohort = QueueCounts & { waitMsSum: Ms; waitMsMax: Ms };

export type QueueStats = QueueCounts & {
  queueId: QueueId;
  targetMs: Ms;
  shortAbandonMs: Ms;
  abandonedByStage: Record<"queue" | "ringing", number>;
  shortAbandonedByStage: Record<"queue" | "ringing", number>;
  flowedOutByReason: Record<FlowOutReason, number>;
  offers: Record<OfferResult, number>;
  /** Callers who hung up for a callback (they flowed out), and what became of it. */
  callbacks: { booked: number } & Record<CallbackResult, number>;
  /** Part of `offered`: callers whom an agent handed over to this queue. */
  transferredIn: number;
  /** Transfers out of talks of this queue that are settled. */
  transfers: Record<TransferKind, Record<TransferResult, number>>;
  waitAnswered: Histogram;
  waitAbandoned: Histogram;
  /** Arrival at the trunk until an agent answers, announcements included. */
  response: Histogram;
  ring: Histogram;
  talk: Histogram;
  hold: Histogram;
  wrapUp: Histogram;
  forecasts: Forecasts;
  /** By start of the interval, ascending. */
  cohorts: Map<Ms, Cohort>;
};

export type QueueThresholds = Readonly<{ id: QueueId; targetMs: Ms; shortAbandonMs: Ms }>;

const createCounts = (): QueueCounts => ({
  offered: 0,
  answered: 0,
  answeredWithinTarget: 0,
  abandoned: 0,
  shortAbandoned: 0,
  abandonedWithinTarget: 0,
  flowedOut: 0,
});

const createTransferCounts = (): Record<TransferResult, number> => ({
  completed: 0,
  noAnswer: 0,
  rejected: 0,
  failed: 0,
  seatLost: 0,
  withdrawn: 0,
  abandoned: 0,
  cancelled: 0,
  left: 0,
  conference: 0,
});

export const createQueueStats = (queue: QueueThresholds): QueueStats => ({
  ...createCounts(),
  queueId: queue.id,
  targetMs: queue.targetMs,
  shortAbandonMs: queue.shortAbandonMs,
  abandonedByStage: { queue: 0, ringing: 0 },
  shortAbandonedByStage: { queue: 0, ringing: 0 },
  flowedOutByReason: {
    full: 0,
    waitTooLong: 0,
    closed: 0,
    noAgent: 0,
    overflow: 0,
    callback: 0,
    exitKey: 0,
  },
  callbacks: { booked: 0, reached: 0, notReached: 0, cancelled: 0 },
  offers: { answered: 0, noAnswer: 0, rejected: 0, failed: 0, seatLost: 0, withdrawn: 0 },
  transferredIn: 0,
  transfers: { blind: createTransferCounts(), consult: createTransferCounts() },
  waitAnswered: createHistogram(),
  waitAbandoned: createHistogram(),
  response: createHistogram(),
  ring: createHistogram(),
  talk: createHistogram(),
  hold: createHistogram(),
  wrapUp: createHistogram(),
  forecasts: createForecasts(),
  cohorts: new Map(),
});

/** Calls in the queue that were not answered yet, ringing ones included. */
export const waitingOf = (counts: QueueCounts): number =>
  counts.offered - counts.answered - counts.abandoned - counts.shortAbandoned - counts.flowedOut;

export function countEntry(stats: QueueStats, queuedAtMs: Ms): void {
  stats.offered += 1;
  cohortOf(stats, queuedAtMs).offered += 1;
}

export type Departure = Readonly<{
  queuedAtMs: Ms;
  waitMs: Ms;
  sinceArrivalMs: Ms;
  outcome: Readonly<
    | { kind: "answered" }
    | { kind: "abandoned"; stage: "queue" | "ringing" }
    | { kind: "flowedOut"; reason: FlowOutReason }
  >;
}>;

export function countDeparture(stats: QueueStats, left: Departure): void {
  const { outcome, waitMs } = left;
  const cohort = cohortOf(stats, left.queuedAtMs);
  cohort.waitMsSum += waitMs;
  cohort.waitMsMax = Math.max(cohort.waitMsMax, waitMs);
  const short = waitMs < stats.shortAbandonMs;
  for (const counts of [stats, cohort]) {
    if (outcome.kind === "answered") {
      counts.answered += 1;
      if (waitMs <= stats.targetMs) counts.answeredWithinTarget += 1;
    } else if (outcome.kind === "abandoned") {
      counts[short ? "shortAbandoned" : "abandoned"] += 1;
      if (waitMs <= stats.targetMs) counts.abandonedWithinTarget += 1;
    } else counts.flowedOut += 1;
  }
  if (outcome.kind === "answered") {
    observe(stats.waitAnswered, waitMs);
    observe(stats.response, left.sinceArrivalMs);
  } else if (outcome.kind === "abandoned") {
    observe(stats.waitAbandoned, waitMs);
    stats[short ? "shortAbandonedByStage" : "abandonedByStage"][outcome.stage] += 1;
  } else stats.flowedOutByReason[outcome.reason] += 1;
}

/** Adds up the cohorts that begin in `[fromMs, toMs)`. */
export function sumCohorts(stats: QueueStats, range: Readonly<{ fromMs: Ms; toMs: Ms }>): Cohort {
  const sum: Cohort = { ...createCounts(), waitMsSum: 0, waitMsMax: 0 };
  for (const [startMs, cohort] of stats.cohorts) {
    if (startMs < range.fromMs || startMs >= range.toMs) continue;
    for (const name of countNames) sum[name] += cohort[name];
    sum.waitMsSum += cohort.waitMsSum;
    sum.waitMsMax = Math.max(sum.waitMsMax, cohort.waitMsMax);
  }
  return sum;
}

function cohortOf(stats: QueueStats, queuedAtMs: Ms): Cohort {
  const startMs = Math.floor(queuedAtMs / cohortMs) * cohortMs;
  const known = stats.cohorts.get(startMs);
  if (known !== undefined) return known;
  const cohort: Cohort = { ...createCounts(), waitMsSum: 0, waitMsMax: 0 };
  stats.cohorts.set(startMs, cohort);
  for (const old of stats.cohorts.keys()) {
    if (old < startMs - cohortsKeptMs) stats.cohorts.delete(old);
  }
  return cohort;
}

const countNames = Object.keys(createCounts()) as readonly (keyof QueueCounts)[];
