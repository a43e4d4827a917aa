// `npm run check`: everything that should be green before a commit, in under a minute.
import { run } from "./run.ts";
import { printResult, runStaticChecks } from "./static-checks.ts";

const startedAt = performance.now();
const results = await runStaticChecks(printResult);
// The quick tests wait on sockets more than they compute: more of them than cores.
const tests = await run(["npx", "vitest", "run", "--project", "check", "--maxWorkers=3"], {
  show: "live",
});
const passed = results.every((result) => result.passed) && tests.code === 0;
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
console.log(`${passed ? "All checks passed" : "Some checks FAILED"} in ${seconds} s.`);
process.exit(passed ? 0 : 1);
