// A real Prometheus from Debian's package that scrapes one centre every second, with the shipped rules.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { freePort } from "./centre.ts";
import { until } from "./wait.ts";

/** Null when the program is there, else why the tests are skipped. */
export const prometheusMissing: string | null =
  spawnSync("prometheus", ["--version"]).status === 0
    ? null
    : "skipped: prometheus is not installed (Debian package prometheus)";

export type Series = Readonly<{ metric: Readonly<Record<string, string>>; value: number }>;
export type Prometheus = Readonly<{
  /** An instant query; throws with what Prometheus says of a wrong one. */
  query(expression: string): Promise<readonly Series[]>;
  stop(): Promise<void>;
}>;

export async function startPrometheus(rulesDir: string, target: string): Promise<Prometheus> {
  const dir = mkdtempSync(join(tmpdir(), "rexian-prometheus-"));
  for (const file of ["rules.yml", "alerts.yml"]) cpSync(join(rulesDir, file), join(dir, file));
  const config = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: ["rules.yml", "alerts.yml"],
    scrape_configs: [{ job_name: "rexian", static_configs: [{ targets: [target] }] }],
  };
  writeFileSync(join(dir, "prometheus.yml"), stringify(config));
  const port = await freePort();
  const child: ChildProcess = spawn(
    "prometheus",
    [
      `--config.file=${join(dir, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(dir, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: "ignore" },
  );
  const query = async (expression: string): Promise<readonly Series[]> => {
    const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`;
    const answer = (await (await fetch(url)).json()) as {
      error?: string;
      data?: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    if (answer.data === undefined) throw new Error(`${expression}: ${answer.error}`);
    return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  };
  const isUp = async () => (await query('up{job="rexian"} == 1')).length > 0;
  await until("Prometheus has scraped the centre", () => isUp().catch(() => false), 60_000);
  return {
    query,
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
