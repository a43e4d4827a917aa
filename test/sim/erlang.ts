// Queueing theory of one queue: Poisson arrivals, exponential talk and patience, n agents. Without
// patience this is Erlang C (M/M/n), with it Erlang A (M/M/n+M; Palm 1957, Garnett et al. 2002).

export type ErlangSetting = Readonly<{
  /** Arrivals a second. */
  arrivalRate: number;
  talkSeconds: number;
  agents: number;
  /** Mean patience; null: nobody gives up. */
  patienceSeconds: number | null;
}>;

export type ErlangFigures = Readonly<{
  /** Share of all callers who are answered within the target. */
  serviceLevel: number;
  /** Mean time in line of all callers, in seconds. */
  waitSeconds: number;
  /** Share of all callers who give up. */
  abandoned: number;
}>;

export function erlang(setting: ErlangSetting, targetSeconds: number): ErlangFigures {
  const { arrivalRate, talkSeconds, agents, patienceSeconds } = setting;
  const leave = patienceSeconds === null ? 0 : 1 / patienceSeconds;
  const serve = agents / talkSeconds;
  // Weights of the states, `agents` in service and j in line, by birth and death from state 0.
  let weight = 1;
  let sum = 1;
  for (let busy = 1; busy < agents; busy += 1) {
    weight *= (arrivalRate * talkSeconds) / busy;
    sum += weight;
  }
  const line: number[] = [];
  for (let j = 0; j < lineMax; j += 1) {
    weight *= arrivalRate / (serve + j * leave);
    line.push(weight);
    sum += weight;
  }
  const atOnce = 1 - line.reduce((all, one) => all + one, 0) / sum;
  const inLine = line.reduce((all, one, j) => all + j * one, 0) / sum;
  const within = servedWithin({ serve, leave, targetSeconds });
  const late = line.reduce((all, one, j) => all + one * (within[j] ?? 0), 0) / sum;
  return {
    serviceLevel: atOnce + late,
    waitSeconds: inLine / arrivalRate,
    abandoned: (leave * inLine) / arrivalRate,
  };
}

/** By the number ahead in line: the chance to be served in time (Kolmogorov, small steps). */
function servedWithin(
  queue: Readonly<{ serve: number; leave: number; targetSeconds: number }>,
): readonly number[] {
  const { serve, leave, targetSeconds } = queue;
  const steps = Math.ceil(targetSeconds * 200 * Math.max(1, serve));
  const dt = targetSeconds / steps;
  const served = new Array<number>(lineMax).fill(0);
  for (let step = 0; step < steps; step += 1) {
    // From behind, so that each uses the value of the step before.
    for (let j = Math.min(lineMax - 1, aheadMax); j >= 0; j -= 1) {
      const before = j === 0 ? 1 : (served[j - 1] ?? 0);
      const now = served[j] ?? 0;
      served[j] = now + dt * ((serve + j * leave) * before - (serve + (j + 1) * leave) * now);
    }
  }
  return served;
}

const lineMax = 4_000;
/** Nobody with more ahead is served in time in any setting used here. */
const aheadMax = 150;
