// A small seeded generator: the same seed gives the same callers, so that a demo can be repeated.

export type Random = {
  /** Uniform, 0 inclusive to 1 exclusive. */
  next(): number;
  /** Uniform whole number, both ends inclusive. */
  integer(from: number, to: number): number;
  uniform(from: number, to: number): number;
  /** Exponential with this mean: times between arrivals. */
  exponential(mean: number): number;
  /** Log-normal with this median; `sigma` is the spread of the logarithm: talk times, patience. */
  logNormal(median: number, sigma: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** An independent generator, so that one person's draws do not move another's. */
  fork(): Random;
};

/** Mulberry32 (public domain, Tommy Ettinger): 32 bits of state, good enough for behaviour. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const positive = () => 1 - next();
  return {
    next,
    integer: (from, to) => from + Math.floor(next() * (to - from + 1)),
    uniform: (from, to) => from + next() * (to - from),
    exponential: (mean) => -Math.log(positive()) * mean,
    logNormal: (median, sigma) => {
      const normal = Math.sqrt(-2 * Math.log(positive())) * Math.cos(2 * Math.PI * next());
      return median * Math.exp(sigma * normal);
    },
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new RangeError("pick from an empty list");
      return item;
    },
    fork: () => createRandom(Math.floor(next() * 4_294_967_296)),
  };
}
