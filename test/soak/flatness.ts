// Does a series of measurements grow? Theil-Sen: the median of the slopes between all pairs, so that
// single outliers (a burst of calls at the moment of the sample) do not count.

export type Point = Readonly<{ atMs: number; value: number }>;

export type Flatness = Readonly<{
  /** Median of the values. */
  level: number;
  /** By the slope, in one hour; negative when it shrinks. */
  growthPerHour: number;
  minutes: number;
  samples: number;
}>;

const hourMs = 3_600_000;

/** Null without two points. */
export function flatness(points: readonly Point[]): Flatness | null {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first === last) return null;
  const slopes: number[] = [];
  for (const [index, a] of points.entries()) {
    for (const b of points.slice(index + 1)) slopes.push((b.value - a.value) / (b.atMs - a.atMs));
  }
  return {
    level: median(points.map(({ value }) => value)),
    growthPerHour: median(slopes) * hourMs,
    minutes: (last.atMs - first.atMs) / 60_000,
    samples: points.length,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
