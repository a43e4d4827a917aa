// Histograms with fixed bounds, as Prometheus keeps them (not cumulative here).
import type { Ms } from "../ids.ts";

/** Upper bounds in seconds, inclusive; they contain the usual service-level thresholds. */
export const waitBoundsSeconds: readonly number[] = [
  1, 2, 3, 5, 8, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200,
];

/** `counts[i]` are values up to `waitBoundsSeconds[i]`; the last one is everything above. */
export type Histogram = { counts: number[]; sumMs: Ms; count: number };

export const createHistogram = (): Histogram => ({
  counts: new Array<number>(waitBoundsSeconds.length + 1).fill(0),
  sumMs: 0,
  count: 0,
});

export function observe(histogram: Histogram, valueMs: Ms): void {
  const at = waitBoundsSeconds.findIndex((bound) => valueMs <= bound * 1000);
  const bucket = at === -1 ? waitBoundsSeconds.length : at;
  histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
  histogram.sumMs += valueMs;
  histogram.count += 1;
}
