// What a simulated day comes to, and the same over many seeds with confidence intervals.
import type { Centre } from "../../engine/core/centre.ts";
import { estimate } from "./statistics.ts";

/** Shares from 0 to 1, times in seconds; null where nothing was measured. */
export type DayFigures = Readonly<Record<FigureName, number | null>>;
type FigureName = keyof typeof names;

const names = {
  serviceLevel: "service level (answered within target ÷ offered), %",
  abandoned: "abandoned ÷ offered, %",
  waitSeconds: "mean wait of the answered, s",
  occupancy: "occupancy (call and wrap-up ÷ at work), %",
  forecastBias: "estimated wait: wait − forecast, mean, s",
  forecastError: "estimated wait: |wait − forecast|, mean, s",
} as const;

export function figuresOf({ stats }: Centre): DayFigures {
  const queues = [...stats.queues.values()];
  const sum = (of: (queue: (typeof queues)[number]) => number) =>
    queues.reduce((total, queue) => total + of(queue), 0);
  const offered = sum((queue) => queue.offered);
  const answered = sum((queue) => queue.answered);
  const forecasts = sum((queue) => queue.forecasts.measured);
  const agents = [...stats.agents.values()].map(({ stateMs }) => stateMs);
  const busyMs = agents.reduce((total, ms) => total + ms.onCall + ms.wrapUp, 0);
  const workMs = agents.reduce((total, ms) => total + ms.ready + ms.offered, busyMs);
  return {
    serviceLevel: ratio(
      sum((queue) => queue.answeredWithinTarget),
      offered,
    ),
    abandoned: ratio(
      sum((queue) => queue.abandoned + queue.shortAbandoned),
      offered,
    ),
    waitSeconds: ratio(sum((queue) => queue.waitAnswered.sumMs) / 1_000, answered),
    occupancy: ratio(busyMs, workMs),
    forecastBias: ratio(sum((queue) => queue.forecasts.errorMsSum) / 1_000, forecasts),
    forecastError: ratio(sum((queue) => queue.forecasts.absoluteErrorMsSum) / 1_000, forecasts),
  };
}

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** One line a figure: the mean of the seeds' means, and half of its 99 % interval. */
export function figureLines(days: readonly DayFigures[]): string[] {
  return (Object.keys(names) as FigureName[]).map((name) => {
    const values = days.flatMap((day) => day[name] ?? []);
    const scale = names[name].endsWith("%") ? 100 : 1;
    const { mean, half } = estimate(values.map((value) => value * scale));
    return `  ${names[name].padEnd(52)} ${mean.toFixed(1).padStart(7)} ± ${half.toFixed(1)} (${values.length} seeds)`;
  });
}
