// The simulator against queueing theory: independent runs, Student's t, 99 % confidence.
import { agentConfig, queueConfig, siteConfig, startMs } from "../support/site.ts";
import { type ErlangFigures, type ErlangSetting, erlang } from "./erlang.ts";
import { createRandom } from "./random.ts";
import { estimate } from "./statistics.ts";
import { runTraffic, type TrafficCall } from "./traffic.ts";

export const targetSeconds = 20;

/** Load from light to over capacity, few and many agents, short and long patience. */
export const settings: readonly ErlangSetting[] = [
  { arrivalRate: 1 / 30, talkSeconds: 180, agents: 8, patienceSeconds: null },
  { arrivalRate: 1 / 10, talkSeconds: 200, agents: 23, patienceSeconds: null },
  { arrivalRate: 1 / 4, talkSeconds: 240, agents: 66, patienceSeconds: null },
  { arrivalRate: 1 / 60, talkSeconds: 180, agents: 4, patienceSeconds: 120 },
  { arrivalRate: 1 / 10, talkSeconds: 200, agents: 20, patienceSeconds: 90 },
  { arrivalRate: 1 / 5, talkSeconds: 240, agents: 40, patienceSeconds: 60 },
  { arrivalRate: 1 / 4, talkSeconds: 240, agents: 60, patienceSeconds: 300 },
];

export type Comparison = Readonly<{
  setting: ErlangSetting;
  theory: ErlangFigures;
  mean: ErlangFigures;
  /** Half of the 99 % confidence interval. */
  half: ErlangFigures;
  agrees: boolean;
}>;

export function compare(
  setting: ErlangSetting,
  runs: Readonly<{ seed: number; runs: number; callsPerRun: number }>,
): Comparison {
  const samples = Array.from({ length: runs.runs }, (_, index) =>
    simulateOnce(setting, runs.seed + index, runs.callsPerRun),
  );
  const theory = erlang(setting, targetSeconds);
  const figures = (of: (name: keyof ErlangFigures) => number): ErlangFigures => ({
    serviceLevel: of("serviceLevel"),
    waitSeconds: of("waitSeconds"),
    abandoned: of("abandoned"),
  });
  const values = (name: keyof ErlangFigures) => samples.map((sample) => sample[name]);
  const mean = figures((name) => estimate(values(name)).mean);
  const half = figures((name) => estimate(values(name)).half);
  const agrees = (["serviceLevel", "waitSeconds", "abandoned"] as const).every(
    (name) => Math.abs(mean[name] - theory[name]) <= half[name] + 1e-9,
  );
  return { setting, theory, mean, half, agrees };
}

function simulateOnce(setting: ErlangSetting, seed: number, count: number): ErlangFigures {
  const { arrivalRate, talkSeconds, agents, patienceSeconds } = setting;
  const random = createRandom(seed);
  // Before that the empty start would be seen.
  const warmUpMs = 20 * talkSeconds * 1_000;
  const untilMs = warmUpMs + (count / arrivalRate) * 1_000;
  function* calls(): Generator<TrafficCall> {
    for (let atMs = 0; atMs < untilMs; ) {
      atMs += random.exponential(1_000 / arrivalRate);
      const patienceMs =
        patienceSeconds === null ? Infinity : random.exponential(patienceSeconds * 1_000);
      yield { atMs, dnis: "10086", patienceMs, talkMs: random.exponential(talkSeconds * 1_000) };
    }
  }
  const sums = { calls: 0, inTarget: 0, abandoned: 0, waitMs: 0 };
  runTraffic({
    config: oneQueue(agents),
    calls: calls(),
    answerMs: () => 0,
    onFact: (fact) => {
      if (fact.type !== "queueLeft" || fact.queuedAtMs < startMs + warmUpMs) return;
      sums.calls += 1;
      sums.waitMs += fact.waitMs;
      if (fact.outcome.kind !== "answered") sums.abandoned += 1;
      else if (fact.waitMs <= targetSeconds * 1_000) sums.inTarget += 1;
    },
  });
  return {
    serviceLevel: sums.inTarget / sums.calls,
    waitSeconds: sums.waitMs / sums.calls / 1_000,
    abandoned: sums.abandoned / sums.calls,
  };
}

const oneQueue = (agents: number) =>
  siteConfig({
    trunks: [{ id: "trunk", channelsMax: 1e6 }],
    limits: { callsMax: 1e6, flowStepsMax: 10 },
    flows: [],
    queues: [queueConfig("sales", { wrapUpMs: 0, waitingMax: 1e6 })],
    agents: Array.from({ length: agents }, (_, index) =>
      agentConfig(
        `a${index}`,
        { sales: 1 },
        {
          kind: "fixed",
          uri: "sip:a@127.0.0.1",
          alwaysReady: true,
          ronaPauseMs: 0,
        },
      ),
    ),
  });

/** The comparison as lines of text. */
export function oracleTable(rows: readonly Comparison[]): string[] {
  const cell = (row: Comparison, name: keyof ErlangFigures, scale: number): string =>
    `${(row.theory[name] * scale).toFixed(2).padStart(7)} ${(row.mean[name] * scale).toFixed(2).padStart(7)} ±${(row.half[name] * scale).toFixed(2).padEnd(5)}`;
  return [
    "model     calls/h agents load  talk patience | SL theory, simulated % | wait theory, sim. s    | abandoned theory, sim. % | agrees",
    ...rows.map((row) => {
      const { arrivalRate, agents, talkSeconds, patienceSeconds } = row.setting;
      const load = ((arrivalRate * talkSeconds) / agents).toFixed(2);
      const name = patienceSeconds === null ? "Erlang C" : "Erlang A";
      return `${name}  ${(arrivalRate * 3_600).toFixed(0).padStart(7)} ${String(agents).padStart(6)} ${load} ${String(talkSeconds).padStart(5)} ${String(patienceSeconds ?? "-").padStart(8)} | ${cell(row, "serviceLevel", 100)} | ${cell(row, "waitSeconds", 1)} | ${cell(row, "abandoned", 100)}   | ${row.agrees ? "yes" : "NO"}`;
    }),
  ];
}
