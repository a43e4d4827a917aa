// `npm test`: every check and every test, with real SIP clients and a real browser. Ends with the
// line `N passed, N failed, N skipped`, which counts the static checks too.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureDebianPackages } from "./debian-packages.ts";
import { run } from "./run.ts";
import { printResult, runStaticChecks } from "./static-checks.ts";

type Totals = { passed: number; failed: number; skipped: number };

/** What vitest's JSON report holds of interest here. */
type Report = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
};

async function runProject(project: string, folder: string): Promise<Totals> {
  const file = join(folder, `${project}.json`);
  const result = await run(
    [
      "npx",
      "vitest",
      "run",
      "--project",
      project,
      ...(project === "check" ? ["--maxWorkers=3"] : []),
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${file}`,
    ],
    { show: "live" },
  );
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as Report;
    const brokenFiles = report.testResults.filter(
      ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
    ).length;
    // Vitest may fail without a failed test, e.g. by an unhandled rejection: that counts too.
    const failed = report.numFailedTests + brokenFiles;
    return {
      passed: report.numPassedTests,
      failed: failed === 0 && result.code !== 0 ? 1 : failed,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    console.error(`The ${project} tests ended without a report (exit code ${result.code}).`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

if (!(await ensureDebianPackages())) process.exit(1);
const built = await run(["npm", "run", "-s", "build"], { show: "live" });
if (built.code !== 0) process.exit(1);

const checks = await runStaticChecks(printResult);
const folder = mkdtempSync(join(tmpdir(), "rexian-test-"));
const parts: Totals[] = [
  {
    passed: checks.filter(({ passed }) => passed).length,
    failed: checks.filter(({ passed }) => !passed).length,
    skipped: 0,
  },
  await runProject("check", folder),
  await runProject("system", folder),
];
rmSync(folder, { recursive: true, force: true });
const total = (key: keyof Totals) => parts.reduce((sum, part) => sum + part[key], 0);
console.log(`${total("passed")} passed, ${total("failed")} failed, ${total("skipped")} skipped`);
process.exit(total("failed") === 0 ? 0 : 1);
