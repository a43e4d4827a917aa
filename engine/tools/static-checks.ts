// Checks that run no code of the product: format, lint, types, layers and purity, dead code.
import { run } from "./run.ts";

type StaticCheck = Readonly<{
  name: string;
  command: readonly string[];
  /** Refuses a run that says "fine" because it looked at nothing. */
  looked(output: string): boolean;
}>;

/** What did not change since the last check is not looked at again. */
const typeCheck = (part: string) =>
  [
    "npx",
    "tsc",
    "--noEmit",
    "--incremental",
    "--tsBuildInfoFile",
    `node_modules/.cache/types-${part}`,
  ] as const;

const staticChecks: readonly StaticCheck[] = [
  {
    name: "format and lint",
    command: ["npx", "biome", "check", "--error-on-warnings", "."],
    looked: (output) => Number(/Checked (\d+) files/.exec(output)?.[1] ?? 0) > 20,
  },
  {
    name: "types of the engine and the tests",
    command: [...typeCheck("engine"), "-p", "tsconfig.json"],
    looked: () => true,
  },
  {
    name: "types of the softphone",
    command: [...typeCheck("softphone"), "-p", "softphone/tsconfig.json"],
    looked: () => true,
  },
  {
    name: "layers and purity",
    command: [
      "npx",
      "depcruise",
      "engine",
      "softphone",
      "test",
      "--config",
      ".dependency-cruiser.cjs",
    ],
    looked: (output) => Number(/(\d+) modules/.exec(output)?.[1] ?? 0) > 50,
  },
  {
    name: "dead code",
    command: ["npx", "knip", "--no-progress"],
    looked: () => true,
  },
];

export type CheckResult = Readonly<{ name: string; passed: boolean; output: string; ms: number }>;

async function runStaticCheck(check: StaticCheck): Promise<CheckResult> {
  const result = await run(check.command);
  const passed = result.code === 0 && check.looked(result.output);
  return { name: check.name, passed, output: result.output, ms: result.ms };
}

/** Two at a time: more only makes each slower on a small machine. */
export async function runStaticChecks(
  report: (result: CheckResult) => void,
): Promise<CheckResult[]> {
  const waiting = [...staticChecks];
  const done: CheckResult[] = [];
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const result = await runStaticCheck(check);
      done.push(result);
      report(result);
    }
  };
  await Promise.all([worker(), worker()]);
  return done;
}

export function printResult(result: CheckResult): void {
  const seconds = (result.ms / 1000).toFixed(1);
  console.log(`${result.passed ? "ok    " : "FAILED"} ${result.name} (${seconds} s)`);
  if (!result.passed) console.log(result.output);
}
