// `npm run sim -- [--seeds N] [--seed S] [--hours H] [--every SECONDS] [--quiet-day] [--long]`
// Runs seeds one after the other. Exit code 1 and the journal's last entries on a broken invariant.
// `npm run sim -- --oracle`: against Erlang C and A; exit code 1 when they disagree.
// `npm run sim -- --surge`: the surge day, service level by half hour under four sets of rules.
import { parseArgs } from "node:util";
import { serviceLevelAbandonNegative } from "../../engine/core/stats/service-level.ts";
import type { World } from "../support/world.ts";
import { compare, oracleTable, settings } from "./oracle.ts";
import { simulate } from "./simulate.ts";
import { surgeDay, surgeRules, surgeTable } from "./surge.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    hours: { type: "string", default: "4" },
    every: { type: "string", default: "20" },
    "quiet-day": { type: "boolean", default: false },
    long: { type: "boolean", default: false },
    oracle: { type: "boolean", default: false },
    surge: { type: "boolean", default: false },
  },
});

if (values.oracle) {
  const seed = Number(values.seed);
  const rows = settings.map((setting) => compare(setting, { seed, runs: 30, callsPerRun: 3_000 }));
  for (const line of oracleTable(rows)) console.log(line);
  console.log("30 runs of 3,000 calls each; ± is half of the 99 % confidence interval");
  process.exit(rows.every(({ agrees }) => agrees) ? 0 : 1);
}
if (values.surge) {
  const seed = Number(values.seed);
  const days = surgeRules.map((rules) => surgeDay(rules, { seed, scale: 1 }));
  for (const line of surgeTable(days)) console.log(line);
  process.exit(0);
}

const first = Number(values.seed);
const seeds = values.long ? 2_000 : Number(values.seeds);
const hours = values.long ? 24 : Number(values.hours);
const startedAt = performance.now();
let calls = 0;
let days = 0;
const sums = {
  offered: 0,
  answered: 0,
  answeredWithinTarget: 0,
  abandonedWithinTarget: 0,
  lost: 0,
};
const kinds = new Map<string, number>();

for (let seed = first; seed < first + seeds; seed += 1) {
  let world: World | null = null;
  try {
    const result = simulate(
      {
        seed,
        hours,
        everyMs: Number(values.every) * 1_000,
        faults: values["quiet-day"] ? 0 : 0.1,
        auditEvery: values.long ? 10 : 1,
      },
      (created) => {
        world = created;
      },
    );
    calls += result.calls;
    days += (hours + 2) / 24;
    for (const queue of result.world.centre().stats.queues.values()) {
      sums.offered += queue.offered;
      sums.answered += queue.answered;
      sums.answeredWithinTarget += queue.answeredWithinTarget;
      sums.abandonedWithinTarget += queue.abandonedWithinTarget;
      sums.lost += queue.abandoned + queue.shortAbandoned;
    }
    for (const [kind, count] of result.world.auditor.counts) {
      kinds.set(kind, (kinds.get(kind) ?? 0) + count);
    }
  } catch (error) {
    report(seed, world, error);
    process.exit(1);
  }
}

const seconds = (performance.now() - startedAt) / 1_000;
const level = serviceLevelAbandonNegative(sums);
console.log(`seeds ${first}..${first + seeds - 1}: ${calls} calls, every invariant held`);
console.log(
  `${days.toFixed(1)} simulated days in ${seconds.toFixed(1)} s: ${(days / seconds).toFixed(2)} days/s, ${Math.round(calls / seconds)} calls/s`,
);
console.log(`offered ${sums.offered}, answered ${sums.answered}, abandoned ${sums.lost}`);
console.log(
  `service level (within target ÷ offered): ${level.numerator}/${level.denominator} = ${((level.ratio ?? 0) * 100).toFixed(1)} %`,
);
console.log(`facts: ${[...kinds].map(([kind, count]) => `${kind} ${count}`).join(", ")}`);

function report(seed: number, world: World | null, error: unknown): void {
  console.error(`seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
  console.error("last events:");
  for (const entry of world?.journal.slice(-12) ?? []) console.error(JSON.stringify(entry));
  console.error("last facts:");
  for (const fact of world?.facts.slice(-16) ?? []) console.error(JSON.stringify(fact));
  console.error(
    `again: npm run sim -- --seed ${seed} --seeds 1 --hours ${hours} --every ${values.every}`,
  );
}
