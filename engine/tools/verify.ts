// `npm run verify`: asks the running centre to compare every figure with the facts; prints red lines
// and exits with 1 when any does not agree, with 2 when it could not be asked.

import { redLines } from "../shell/records/running-verify.ts";
import type { VerifyReport } from "../shell/records/verify.ts";

const port = process.env["REXIAN_HTTP_PORT"] ?? "8080";
const url = process.argv[2] ?? `http://127.0.0.1:${port}/debug/verify`;

try {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const report = (await response.json()) as VerifyReport;
  const lines = redLines(report);
  for (const line of lines) console.error(`RED ${line}`);
  console.error(
    `${report.facts} facts, ${report.figures} figures: ${lines.length === 0 ? "all agree" : `${lines.length} red lines`}`,
  );
  process.exitCode = lines.length === 0 ? 0 : 1;
} catch (error) {
  console.error(`usage: npm run verify [-- URL]; ${url} cannot be asked: ${String(error)}`);
  process.exitCode = 2;
}
