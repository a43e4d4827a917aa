// `npm run sim`: simulated centres, one a seed. Exit code 1 and the journal on a broken invariant.
import { parseArgs } from "node:util";
import { forecastErrors, forecastLoads, forecastTable } from "./forecast.ts";
import { compare, oracleTable, settings } from "./oracle.ts";
import { plants } from "./plants.ts";
import { runSeeds } from "./run-seeds.ts";
import { readSlice, replaySlice } from "./slice.ts";
import { surgeDay, surgeRules, surgeTable } from "./surge.ts";

const usage = `Usage: npm run sim -- [--seeds N] [--seed S] [--hours H] [--every SECONDS] [--quiet-day] [--plant FAULT]
       npm run sim -- --long            a million calls
       npm run sim -- --replay FILE     judges a journal input by input
       npm run sim -- --oracle          against Erlang C and A
       npm run sim -- --forecast        the estimated wait against the real one, by load
       npm run sim -- --surge           the surge day, service level by half hour under each set of rules
Faults to plant: ${Object.keys(plants).join(", ")}`;

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    hours: { type: "string", default: "0.5" },
    every: { type: "string", default: "15" },
    "quiet-day": { type: "boolean", default: false },
    plant: { type: "string" },
    replay: { type: "string" },
    long: { type: "boolean", default: false },
    oracle: { type: "boolean", default: false },
    forecast: { type: "boolean", default: false },
    surge: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const plant = values.plant ?? null;
if (values.help || (plant !== null && plants[plant] === undefined)) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}
process.exit(main() ? 0 : 1);

function main(): boolean {
  const seed = Number(values.seed);
  if (values.oracle) return oracle(seed);
  if (values.forecast) return forecast(seed);
  if (values.surge) return surge(seed);
  if (values.replay !== undefined) return replay(values.replay);
  const faults = values["quiet-day"] ? 0 : 0.1;
  return runSeeds({
    first: seed,
    seeds: values.long ? 1e6 : Number(values.seeds),
    callsMin: values.long ? 1e6 : 0,
    day: values.long
      ? { hours: 8, everyMs: 15_000, faults, auditEvery: 20 }
      : { hours: Number(values.hours), everyMs: Number(values.every) * 1_000, faults },
    plant,
    print: (line) => console.log(line),
  });
}

function replay(file: string): boolean {
  const journal = readSlice(file);
  const broken = replaySlice(journal, plant === null ? undefined : plants[plant]?.());
  if (broken === null) console.log(`${journal.length} inputs: every invariant held`);
  else console.log(`input ${broken.seq}: ${broken.error.message}`);
  return broken === null;
}

function oracle(seed: number): boolean {
  const rows = settings.map((setting) => compare(setting, { seed, runs: 30, callsPerRun: 3_000 }));
  for (const line of oracleTable(rows)) console.log(line);
  console.log("30 runs of 3,000 calls each; ± is half of the 99 % confidence interval");
  return rows.every(({ agrees }) => agrees);
}

function forecast(seed: number): boolean {
  const rows = forecastLoads.map((load) => forecastErrors(load, seed, 30_000));
  for (const line of forecastTable(rows)) console.log(line);
  return true;
}

function surge(seed: number): boolean {
  const days = surgeRules.map((rules) => surgeDay(rules, { seed, scale: 1 }));
  for (const line of surgeTable(days)) console.log(line);
  return true;
}
