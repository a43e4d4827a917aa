// A report over queue visits: counts and every variant of the service level, with thresholds chosen
// when it is read, so that a changed target counts for the past too.
import type { Ms } from "../ids.ts";
import {
  type Ratio,
  type ServiceLevelCounts,
  serviceLevelAbandonIgnored,
  serviceLevelAbandonNegative,
  serviceLevelAbandonPositive,
  serviceLevelGenesys,
  serviceLevelHandledOnly,
} from "./service-level.ts";

/** Visits that belong together, by arrival: whatever became of them later is counted here. */
export type VisitCounts = ServiceLevelCounts &
  Readonly<{
    abandoned: number;
    shortAbandoned: number;
    flowedOut: number;
    waiting: number;
    waitMsAnswered: Ms;
    responseMsAnswered: Ms;
  }>;

export type ReportRow = VisitCounts &
  Readonly<{
    key: string;
    serviceLevels: Readonly<Record<ServiceLevelName, Ratio>>;
    answerRate: Ratio;
    abandonRate: Ratio;
    /** Mean wait of answered calls from queue entry; null without any. */
    meanWaitMs: Ms | null;
    /** The same from arrival at the trunk, announcements included. */
    meanResponseMs: Ms | null;
    /** Why a service level of 100 % should be questioned; null when it is not 100 % or convinces. */
    doubt: Doubt | null;
    /** Offered − everything that became of it: 0, or the row is wrong. */
    unexplained: number;
  }>;

export type ServiceLevelName =
  | "abandonNegative"
  | "abandonPositive"
  | "abandonIgnored"
  | "handledOnly"
  | "genesys";

type Doubt = "smallSample" | "definitionGap";

/** Fewer calls prove no rate of 100 %: one bad call in 30 is 3 %. */
const sampleMin = 30;
/** Calls outside a rate's denominator that could change it by more than this. */
const gapMax = 0.05;

export function reportRow(key: string, counts: VisitCounts): ReportRow {
  const { offered, answered, abandoned, shortAbandoned, flowedOut, waiting } = counts;
  const ratio = (numerator: number): Ratio => ({
    numerator,
    denominator: offered,
    ratio: offered === 0 ? null : numerator / offered,
  });
  const mean = (sumMs: Ms) => (answered === 0 ? null : sumMs / answered);
  const serviceLevels = {
    abandonNegative: serviceLevelAbandonNegative(counts),
    abandonPositive: serviceLevelAbandonPositive(counts),
    abandonIgnored: serviceLevelAbandonIgnored(counts),
    handledOnly: serviceLevelHandledOnly(counts),
    genesys: serviceLevelGenesys(counts),
  };
  return {
    ...counts,
    key,
    serviceLevels,
    answerRate: ratio(answered),
    abandonRate: ratio(abandoned),
    meanWaitMs: mean(counts.waitMsAnswered),
    meanResponseMs: mean(counts.responseMsAnswered),
    doubt: doubtOf(counts, Object.values(serviceLevels)),
    unexplained: offered - answered - abandoned - shortAbandoned - flowedOut - waiting,
  };
}

function doubtOf({ offered }: VisitCounts, levels: readonly Ratio[]): Doubt | null {
  const perfect = levels.filter(({ ratio }) => ratio === 1);
  if (perfect.length === 0) return null;
  if (offered < sampleMin) return "smallSample";
  // One variant says 100 % because it looks away from calls that another one counts.
  const least = Math.min(...levels.map(({ ratio }) => ratio ?? 1));
  return least < 1 - gapMax ? "definitionGap" : null;
}

/** Of several groups together; ratios are made from the sums afterwards, never averaged. */
export function addCounts(one: VisitCounts, other: VisitCounts): VisitCounts {
  return {
    offered: one.offered + other.offered,
    answered: one.answered + other.answered,
    answeredWithinTarget: one.answeredWithinTarget + other.answeredWithinTarget,
    abandonedWithinTarget: one.abandonedWithinTarget + other.abandonedWithinTarget,
    abandoned: one.abandoned + other.abandoned,
    shortAbandoned: one.shortAbandoned + other.shortAbandoned,
    flowedOut: one.flowedOut + other.flowedOut,
    waiting: one.waiting + other.waiting,
    waitMsAnswered: one.waitMsAnswered + other.waitMsAnswered,
    responseMsAnswered: one.responseMsAnswered + other.responseMsAnswered,
  };
}

export const emptyCounts: VisitCounts = {
  offered: 0,
  answered: 0,
  answeredWithinTarget: 0,
  abandonedWithinTarget: 0,
  abandoned: 0,
  shortAbandoned: 0,
  flowedOut: 0,
  waiting: 0,
  waitMsAnswered: 0,
  responseMsAnswered: 0,
};
