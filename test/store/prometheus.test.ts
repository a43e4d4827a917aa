// The shipped rules, alerts and dashboards against a real Prometheus that scrapes the running demo.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Centre, startCentre } from "../system/centre.ts";
import { type Prometheus, prometheusMissing, startPrometheus } from "../system/prometheus.ts";
import { until } from "../system/wait.ts";

const deploy = fileURLToPath(new URL("../../deploy/", import.meta.url));
const rulesDir = join(deploy, "prometheus");

type Dashboard = { title: string; panels: { title: string; targets: { expr: string }[] }[] };
const dashboards = readdirSync(join(deploy, "grafana", "dashboards")).map(
  (file): Dashboard =>
    JSON.parse(readFileSync(join(deploy, "grafana", "dashboards", file), "utf8")),
);
const queries = dashboards.flatMap(({ title, panels }) =>
  panels.flatMap((panel) =>
    panel.targets.map(({ expr }) => ({ name: `${title}: ${panel.title}: ${expr}`, expr })),
  ),
);

it("every alert has a runbook page of its name", () => {
  const { groups } = parse(readFileSync(join(rulesDir, "alerts.yml"), "utf8")) as {
    groups: { rules: { alert: string; annotations: { runbook: string } }[] }[];
  };
  const alerts = groups.flatMap(({ rules }) => rules);
  const pages = alerts.map(({ alert }) => `deploy/runbooks/${alert}.md`);
  expect(alerts.map(({ annotations }) => annotations.runbook)).toEqual(pages);
  expect(pages.filter((page) => !existsSync(join(deploy, "..", page)))).toEqual([]);
});

describe.skipIf(prometheusMissing !== null)(prometheusMissing ?? "a real Prometheus", () => {
  let centre: Centre;
  let prometheus: Prometheus;
  beforeAll(async () => {
    centre = await startCentre({ site: null, env: { REXIAN_DEMO_CALLERS: "20" } });
    prometheus = await startPrometheus(rulesDir, new URL(centre.baseUrl).host);
  });
  afterAll(async () => {
    await prometheus?.stop();
    await centre?.stop();
  });

  it("accepts the rules, and their unit tests pass", () => {
    const checked = spawnSync("promtool", ["test", "rules", join(rulesDir, "rules.test.yml")], {
      encoding: "utf8",
    });
    expect(checked.stdout + checked.stderr).toContain("SUCCESS");
    expect(checked.status).toBe(0);
  });

  it("every query of every dashboard gives data", async () => {
    expect(dashboards.length).toBe(7);
    await centre.fact("talkStarted", () => true, 60_000);
    let empty: string[] = [];
    await until(
      "no query is empty",
      async () => {
        empty = [];
        for (const { name, expr } of queries) {
          const asked = expr.replaceAll("$queue", ".*").replaceAll("$__rate_interval", "1m");
          if ((await prometheus.query(asked)).length === 0) empty.push(name);
        }
        return empty.length === 0;
      },
      90_000,
    ).catch(() => {});
    expect(empty).toEqual([]);
  });

  it("has the service level that the facts give, and every figure agrees", async () => {
    const total = async (name: string) =>
      (await prometheus.query(`sum(${name})`))[0]?.value ?? Number.NaN;
    // At one moment at which nothing changed between scrape, facts and scrape.
    await until(
      "both have the same calls",
      async () => {
        const before = await total("acd_calls_offered_total");
        const facts = await centre.facts();
        const left = facts.flatMap((fact) => (fact.type === "queueLeft" ? [fact] : []));
        const entered = facts.filter((fact) => fact.type === "queueEntered" && !fact.returned);
        const targets = new Map(
          facts.flatMap((fact) =>
            fact.type === "queueConfigured" ? [[fact.queueId, fact.targetMs] as const] : [],
          ),
        );
        const inTarget = left.filter(
          ({ queueId, outcome, waitMs }) =>
            outcome.kind === "answered" && waitMs <= (targets.get(queueId) ?? 0),
        );
        const within = await total("acd_calls_answered_within_target_total");
        return (
          before === entered.length &&
          entered.length > 0 &&
          Math.abs(within / before - inTarget.length / entered.length) <= 0.005
        );
      },
      60_000,
    );
    const response = await fetch(`${centre.baseUrl}/debug/verify`);
    const report = (await response.json()) as Record<string, unknown>;
    expect(report).toMatchObject({ differences: [], imbalances: [], oddities: [] });
    expect(report["figures"]).toBeGreaterThan(100);
    expect(await centre.metric('acd_verify_runs_total{result="agreed"}')).toBe(1);
  });
});
