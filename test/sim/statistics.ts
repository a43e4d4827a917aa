// Means of independent runs with their 99 % confidence intervals.

export type Estimate = Readonly<{ mean: number; half: number }>;

/** Half is half of the interval; infinite for fewer than two values. */
export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const t = student99.find(([runs]) => count >= runs)?.[1] ?? Infinity;
  return { mean, half: count < 2 ? Infinity : t * Math.sqrt(variance / count) };
}

/** Student's t for 99 %, n − 1 degrees of freedom: by the next lower number of runs. */
const student99: readonly (readonly [runs: number, t: number])[] = [
  [100, 2.626],
  [30, 2.756],
  [20, 2.861],
  [10, 3.25],
  [6, 4.032],
  [4, 5.841],
  [3, 9.925],
  [2, 63.657],
];
