// `npm run verify-recordings [-- --config FILE]`: exits with 1 when calls and recordings disagree.
import { join } from "node:path";
import { productRoot } from "../config/product-root.ts";
import { recordingSettings } from "../config/recordings.ts";
import { loadSite } from "../config/site.ts";
import { SiteError } from "../config/site-error.ts";
import { parseArguments } from "../launch/arguments.ts";
import { verifyRecordings } from "../shell/records/verify-recordings.ts";

/** The engine may be behind by so much in noting how a recording ended. */
const graceMs = 60_000;

async function main(): Promise<0 | 1 | 2> {
  const args = parseArguments(process.argv.slice(2), process.env);
  if (args.kind !== "run") {
    console.error("usage: npm run verify-recordings [-- --config FILE]");
    return 2;
  }
  const file = args.siteFile ?? join(productRoot(), "deploy", "demo", "site.yaml");
  const loaded = loadSite({ file, env: process.env });
  const settings = recordingSettings(loaded) ?? null;
  if (settings === null) {
    console.error(`${file}: this site records nothing`);
    return 2;
  }
  const report = await verifyRecordings({
    recordsFile: join(loaded.dataDir, "records.sqlite"),
    recordingsDir: settings.dir,
    nowMs: Date.now(),
    graceMs,
  });
  for (const { what, file: name, callId } of report.problems) {
    console.error(`${what}: file ${name ?? "none"}, call ${callId ?? "unknown"}`);
  }
  const gaps = Object.entries(report.gaps).map(([outcome, count]) => `${count} ${outcome}`);
  console.error(
    `${report.sound} sound, ${report.running} running, ${report.problems.length} wrong` +
      (gaps.length === 0 ? "" : `, without a file: ${gaps.join(", ")}`),
  );
  return report.problems.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SiteError) && !(error instanceof Error)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
