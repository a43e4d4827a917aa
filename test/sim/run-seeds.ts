// Many seeds one after the other: figures with confidence intervals, or the first broken invariant.
import { RecoveryError, type World } from "../support/world.ts";
import { type DayFigures, figureLines, figuresOf } from "./figures.ts";
import { plants } from "./plants.ts";
import { quietHours, type SimOptions, simulate } from "./simulate.ts";
import { writeSlice } from "./slice.ts";

export type SeedsOptions = Readonly<{
  first: number;
  seeds: number;
  /** Stop after so many calls, when above 0. */
  callsMin: number;
  day: Omit<SimOptions, "seed" | "handle" | "keep">;
  /** Name of a fault to plant in the core. */
  plant: string | null;
  print: (line: string) => void;
}>;

/** A long run says now and then that it lives. */
const progressCalls = 100_000;

/** True when every invariant held. */
export function runSeeds(options: SeedsOptions): boolean {
  const { first, seeds, callsMin, print } = options;
  const startedAt = process.cpuUsage();
  const days: DayFigures[] = [];
  const facts = new Map<string, number>();
  let calls = 0;
  let told = 0;
  let seed = first;
  for (; seed < first + seeds && (callsMin === 0 || calls < callsMin); seed += 1) {
    try {
      const result = simulate({ ...options.day, seed, ...planted(options.plant) });
      calls += result.calls;
      if (calls >= told + progressCalls) {
        told = calls;
        print(`${calls} calls up to seed ${seed}, every invariant held so far`);
      }
      days.push(figuresOf(result.world.centre()));
      for (const [type, count] of result.world.auditor.counts) {
        facts.set(type, (facts.get(type) ?? 0) + count);
      }
    } catch (error) {
      tell(options, seed, error);
      return false;
    }
  }
  const { user, system } = process.cpuUsage(startedAt);
  const seconds = (user + system) / 1e6;
  const simulated = (days.length * (options.day.hours + quietHours)) / 24;
  print(`seeds ${first}..${seed - 1}: ${calls} calls, every invariant held`);
  print(
    `${simulated.toFixed(1)} simulated days in ${seconds.toFixed(1)} s of CPU: ${(simulated / seconds).toFixed(2)} days/s, ${Math.round(calls / seconds)} calls/s`,
  );
  print("mean over the seeds ± half of the 99 % confidence interval:");
  for (const line of figureLines(days)) print(line);
  print(`facts: ${[...facts].map(([type, count]) => `${type} ${count}`).join(", ")}`);
  return true;
}

const planted = (name: string | null): Pick<SimOptions, "handle"> => {
  const plant = name === null ? undefined : plants[name];
  return plant === undefined ? {} : { handle: plant() };
};

/** The same seed again with its whole journal: what the replay needs, and the last things seen. */
function tell(options: SeedsOptions, seed: number, error: unknown): void {
  const { print, plant } = options;
  print(`seed ${seed}: ${error instanceof Error ? error.message.slice(0, 2_000) : String(error)}`);
  let world: World | null = null;
  try {
    const again = { ...options.day, seed, keep: true, auditEvery: 1, ...planted(plant) };
    simulate(again, (created) => {
      world = created;
    });
  } catch {
    // The same again, as it should be.
  }
  const withPlant = plant === null ? "" : ` --plant ${plant}`;
  const seen = world as World | null;
  const journal = seen?.journal ?? [];
  const file = `data/sim/seed-${seed}.jsonl`;
  writeSlice(file, journal);
  for (const entry of journal.slice(-8)) print(`  input ${JSON.stringify(entry).slice(0, 400)}`);
  for (const fact of seen?.facts.slice(-12) ?? []) print(`  fact ${JSON.stringify(fact)}`);
  print(`${journal.length} inputs are in ${file}`);
  // What a restart gave back wrongly is seen only beside what was there before.
  if (!(error instanceof RecoveryError)) {
    print(`again: npm run sim -- --replay ${file}${withPlant}`);
  }
  const { hours, everyMs } = options.day;
  print(
    `or the seed: npm run sim -- --seed ${seed} --seeds 1 --hours ${hours} --every ${everyMs / 1_000}${withPlant}`,
  );
}
