// How good the estimated wait is, by load: callers of whom one in ten never gives up measure the wait
// that was forecast; of the others only those who were answered do, and the long waits are missing.
import type { Fact } from "../../engine/core/fact.ts";
import { agentConfig, queueConfig, siteConfig } from "../support/site.ts";
import { createRandom } from "./random.ts";
import { runTraffic, type TrafficCall } from "./traffic.ts";

export type ForecastErrors = Readonly<{
  load: number;
  forecasts: number;
  /** Mean of wait − forecast, in seconds. */
  bias: number;
  /** Percentiles of |wait − forecast|, in seconds. */
  p50: number;
  p90: number;
  meanWait: number;
}>;

const talkMeanMs = 180_000;
const patienceMeanMs = 180_000;
const agents = 20;
const answerMs = 3_000;

export const forecastLoads: readonly number[] = [0.7, 0.9, 1, 1.2, 1.5];

/** The wait of those who never give up against its forecast. */
export function forecastErrors(load: number, seed: number, calls: number): ForecastErrors {
  const errors: number[] = [];
  let waitMsSum = 0;
  const { traffic, patient } = callersOf(load, seed, calls);
  runTraffic({
    config: site,
    calls: traffic,
    answerMs: () => answerMs,
    onFact: (fact: Fact) => {
      if (fact.type !== "queueLeft" || fact.forecastMs === undefined) return;
      if (!patient.has(fact.callId)) return;
      waitMsSum += fact.waitMs;
      errors.push((fact.waitMs - fact.forecastMs) / 1_000);
    },
  });
  const absolute = errors.map(Math.abs).sort((a, b) => a - b);
  const at = (share: number) => absolute[Math.floor(share * absolute.length)] ?? 0;
  return {
    load,
    forecasts: errors.length,
    bias: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    p50: at(0.5),
    p90: at(0.9),
    meanWait: waitMsSum / errors.length / 1_000,
  };
}

export const forecastTable = (rows: readonly ForecastErrors[]): string[] => [
  "load  forecasts | mean wait s |  bias s | |error| p50 s   p90 s",
  ...rows.map(
    ({ load, forecasts, meanWait, bias, p50, p90 }) =>
      `${load.toFixed(2)}  ${String(forecasts).padStart(9)} | ${meanWait.toFixed(1).padStart(11)} | ${bias.toFixed(1).padStart(7)} | ${p50.toFixed(1).padStart(13)} ${p90.toFixed(1).padStart(7)}`,
  ),
];

function callersOf(load: number, seed: number, calls: number) {
  const random = createRandom(seed);
  const patient = new Set<string>();
  function* traffic(): Generator<TrafficCall> {
    let atMs = 0;
    for (let count = 1; count <= calls; count += 1) {
      atMs += random.exponential(talkMeanMs / agents / load);
      const isPatient = random.chance(0.1);
      if (isPatient) patient.add(`c${count}`);
      const patienceMs = isPatient ? Infinity : random.exponential(patienceMeanMs);
      yield { atMs, dnis: "10086", patienceMs, talkMs: random.exponential(talkMeanMs) };
    }
  }
  return { traffic: traffic(), patient };
}

const site = siteConfig({
  trunks: [{ id: "trunk", channelsMax: 1e6 }],
  limits: { callsMax: 1e6, flowStepsMax: 10 },
  flows: [],
  queues: [queueConfig("sales", { wrapUpMs: 0, waitingMax: 1e6 })],
  agents: Array.from({ length: agents }, (_, index) =>
    agentConfig(
      `a${index}`,
      { sales: 1 },
      { kind: "fixed", uri: "sip:a@127.0.0.1", alwaysReady: true, ronaPauseMs: 0 },
    ),
  ),
});
