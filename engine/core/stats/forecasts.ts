// How well waits are forecast: the mean handling time and the impatience that forecasts rest on, and
// their error.
import type { Ms } from "../ids.ts";

export type Forecasts = {
  /** Talks, hold included, and wrap-ups: how many, and their recent mean. */
  talk: Mean;
  wrapUp: Mean;
  /** Recent waits: their sum, and how many ended without an agent. Absent: none yet. */
  leaving?: Readonly<{ count: number; waitMs: Ms }>;
  /** Forecasts whose call was answered; waits that were given up have no true length. */
  measured: number;
  /** Sum of answered wait − forecast; above 0 when callers waited longer than forecast. */
  errorMsSum: Ms;
  absoluteErrorMsSum: Ms;
  /** Recent mean of |error| ÷ the longer of forecast and wait (never less than 10 s). */
  relativeError: number;
};
type Mean = { count: number; ms: Ms };

export const createForecasts = (): Forecasts => ({
  talk: { count: 0, ms: 0 },
  wrapUp: { count: 0, ms: 0 },
  measured: 0,
  errorMsSum: 0,
  absoluteErrorMsSum: 0,
  relativeError: 0,
});

/** The first ones weigh alike, later ones fade. */
export function learn(mean: Mean, ms: Ms): void {
  mean.count += 1;
  mean.ms += Math.max(weight, 1 / mean.count) * (ms - mean.ms);
}

/** Talk, hold and wrap-up of one call; null while too few were seen to say. */
export const handleMsOf = ({ talk, wrapUp }: Forecasts): Ms | null =>
  talk.count < handledMin ? null : talk.ms + wrapUp.ms;

/** A wait is over, with an agent or without one. */
export function learnLeaving(forecasts: Forecasts, waitMs: Ms, isAnswered: boolean): void {
  const { count, waitMs: sumMs } = forecasts.leaving ?? { count: 0, waitMs: 0 };
  forecasts.leaving = {
    count: count * (1 - leavingWeight) + Number(!isAnswered),
    waitMs: sumMs * (1 - leavingWeight) + waitMs,
  };
}

/** Calls that leave a line without an agent, for each that waits and millisecond. */
export const leavingRateOf = ({ leaving }: Forecasts): number =>
  leaving === undefined || leaving.waitMs <= 0 ? 0 : leaving.count / leaving.waitMs;

export function measureForecast(
  forecasts: Forecasts,
  seen: Readonly<{ forecastMs: Ms; waitMs: Ms }>,
): void {
  const error = seen.waitMs - seen.forecastMs;
  forecasts.measured += 1;
  forecasts.errorMsSum += error;
  forecasts.absoluteErrorMsSum += Math.abs(error);
  const relative = Math.abs(error) / Math.max(seen.waitMs, seen.forecastMs, smallestMs);
  const share = Math.max(weight, 1 / forecasts.measured);
  forecasts.relativeError += share * (relative - forecasts.relativeError);
}

/** Forecasts were measured, and lately were off by no more than half. */
export const isReliable = ({ measured, relativeError }: Forecasts): boolean =>
  measured >= measuredMin && relativeError <= relativeErrorMax;

const weight = 0.05;
/** Of each wait among the recent ones: the last hundred or so count. */
const leavingWeight = 0.01;
const handledMin = 20;
const smallestMs: Ms = 10_000;
const measuredMin = 10;
const relativeErrorMax = 0.5;
