// What a newcomer sees when everything runs: where to click, how to log in, how to call.
import type { LoadedSite } from "../config/site.ts";
import { readLogins } from "../shell/web/logins.ts";
import type { EngineRun } from "../wire/engine-run.ts";

export function printBanner(options: {
  loaded: LoadedSite;
  run: EngineRun;
  startMs: number;
}): void {
  process.stdout.write(`${bannerOf(options)}\n`);
}

export function bannerOf(options: { loaded: LoadedSite; run: EngineRun; startMs: number }): string {
  const { loaded, run } = options;
  const base = `http://${run.public.httpHost}:${run.public.httpPort}`;
  const sipHost = `${run.public.sipHost}:${run.public.sipPort}`;
  const { site } = loaded;
  const logins = readLogins(loaded.dataDir);
  // Passwords of a real site are nobody's business on a terminal.
  const secret = (id: string) => (site.demo === undefined ? "" : (logins[id]?.password ?? "?"));
  const entry = (id: string, what: string) => `${id} ${secret(id)} ${what}`.trim().padEnd(38);
  const seats = site.agents.filter((agent) => agent.device.kind === "browser");
  const phones = site.agents.filter((agent) => agent.device.kind !== "browser");
  const numbers = site.numbers
    .map((number) => `    sip:${number.digits}@${sipHost}`.padEnd(40) + number.hotline.en)
    .join("\n");
  return [
    "",
    `  Rexian 热线 is ready after ${(options.startMs / 1000).toFixed(1)} s: site ${site.site}`,
    "",
    "  Open in a browser",
    `    ${base}/agent        an agent's seat`,
    `    ${base}/supervisor   live queues, waiting calls, agents`,
    `    ${base}/reports      today's calls`,
    `    ${base}/admin        numbers, queues, agents`,
    `    ${base}/metrics      Prometheus`,
    "",
    `  Log in (user, password; also in ${loaded.dataDir}/logins.json)`,
    ...inColumns([
      ...seats.map((agent) => entry(agent.id, agent.name.en)),
      ...site.users.map((user) => entry(user.id, user.role)),
    ]),
    ...(phones.length > 0
      ? [`    SIP phones of agents: ${phones.map((agent) => agent.id).join(", ")}`]
      : []),
    "",
    `  Call in with any SIP phone on this machine (UDP or TCP, no registration needed)`,
    numbers,
    ...(site.demo !== undefined && site.demo.callers > 0
      ? [
          "",
          `  ${site.demo.callers} simulated callers call in by themselves (REXIAN_DEMO_CALLERS=0: none).`,
        ]
      : []),
    "",
    "  Ctrl-C stops everything.",
    "",
  ].join("\n");
}

function inColumns(entries: readonly string[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < entries.length; at += 3) {
    lines.push(`    ${entries.slice(at, at + 3).join("")}`.trimEnd());
  }
  return lines;
}
