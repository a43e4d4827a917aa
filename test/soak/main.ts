// `npm run soak`: a whole centre under mixed calls for an hour (or `--minutes N`), with the engine
// killed and its link to the edge cut now and then. Exit code 1 when a call is lost, the books do not
// agree, memory or descriptors grow, or anything is left after the last call.
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cpuMs } from "../bench/processes.ts";
import { type Centre, startCentre } from "../system/centre.ts";
import {
  dropConnections,
  forgetProcess,
  openProbes,
  type ProcessSample,
  sampleProcess,
} from "../system/probing.ts";
import { until } from "../system/wait.ts";
import { Books, kindsMissing } from "./books.ts";
import type { PeopleNews, PeopleOrder } from "./people.ts";
import { soakSite } from "./site.ts";
import { judgeLife, type Life } from "./verdict.ts";

const usage = `Usage: npm run soak [-- --minutes N] [--rate CALLS_PER_SECOND] [--kill-minutes N] [--cut-minutes N]
  --kill-minutes  kill -9 of the engine that often, in the first half of the run (0: never)
  --cut-minutes   cut the engine's connection to the edge that often (0: never)`;

const sampleEveryMs = 30_000;
type Report = PeopleNews & { type: "report" };
type Health = Readonly<{ pid: number; sip: { tables: Record<string, number> } }>;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    rate: { type: "string", default: "1.5" },
    "kill-minutes": { type: "string", default: "15" },
    "cut-minutes": { type: "string", default: "7" },
    help: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);
if (values.help || !(minutes > 0)) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

class Soak {
  readonly faults: string[] = [];
  readonly lives: Life[] = [];
  readonly books = new Books();
  report: Report | null = null;
  private readonly startMs = performance.now();
  private readonly centre: Centre;
  private readonly people: ChildProcess;
  private readonly probes: string;
  /** CPU time of each process at the sample before. */
  private cpu: { atMs: number; used: Map<number, number> } | null = null;
  kills = 0;
  cuts = 0;

  constructor(centre: Centre, people: ChildProcess, probes: string) {
    this.centre = centre;
    this.people = people;
    this.probes = probes;
    people.on("message", (news: PeopleNews) => {
      if (news.type !== "report") return;
      this.report = news;
      for (const fault of news.faults) this.fault(fault);
    });
    people.on("exit", (code) => this.fault(`the callers' process ended with ${code}`));
  }

  fault(text: string): void {
    this.faults.push(text);
    if (this.faults.length <= 50) console.log(`  FAULT ${text}`);
  }

  /** Waits for the news of this type. */
  order(order: PeopleOrder, news: PeopleNews["type"], timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no ${news} of the callers`)), timeoutMs);
      const listen = (message: PeopleNews) => {
        if (message.type !== news) return;
        clearTimeout(late);
        this.people.off("message", listen);
        resolve();
      };
      this.people.on("message", listen);
      this.people.send(order);
    });
  }

  async sample(): Promise<void> {
    const [engine, edge] = [await this.centre.enginePid(), await this.centre.edgePid()];
    const of = {
      edge: await sampleProcess(this.probes, edge),
      engine: await sampleProcess(this.probes, engine),
    };
    this.keep("edge", of.edge);
    this.keep("engine", of.engine);
    await this.read();
    const health = await this.health();
    console.log(this.row(of, health, this.coresSince(of)));
  }

  /** Of all processes but those that are new since the sample before. */
  private coresSince(of: Readonly<{ edge: ProcessSample; engine: ProcessSample }>): number {
    const own = [this.people.pid ?? 0, process.pid].map((pid) => ({ pid, cpuMs: cpuMs(pid) }));
    const atMs = performance.now();
    const before = this.cpu ?? { atMs: atMs - 1, used: new Map<number, number>() };
    const used = new Map([of.edge, of.engine, ...own].map((one) => [one.pid, one.cpuMs] as const));
    this.cpu = { atMs, used };
    const grown = [...used].map(([pid, ms]) => ms - (before.used.get(pid) ?? ms));
    return grown.reduce((sum, ms) => sum + ms, 0) / (atMs - before.atMs);
  }

  /** New facts into the books. */
  async read(): Promise<void> {
    this.books.add(await this.centre.facts(this.books.lastSeq));
    for (const fault of this.books.faults.splice(0)) this.fault(`books: ${fault}`);
  }

  async killEngine(): Promise<void> {
    const pid = await this.centre.enginePid();
    this.kills += 1;
    console.log(`  kill -9 of the engine ${pid}`);
    await this.read();
    this.books.disturb();
    process.kill(pid, "SIGKILL");
    await until("another engine is there", async () => (await this.centre.enginePid()) !== pid);
    forgetProcess(this.probes, pid);
  }

  async cutLink(appPort: number): Promise<void> {
    this.cuts += 1;
    console.log("  the engine's connection to the edge is cut");
    await this.read();
    this.books.disturb();
    await dropConnections(this.probes, await this.centre.enginePid(), appPort);
  }

  async health(): Promise<Health> {
    return (await (await fetch(`${this.centre.baseUrl}/edge/health`)).json()) as Health;
  }

  private keep(name: string, of: ProcessSample): void {
    let life = this.lives.find((one) => one.name === name && one.pid === of.pid);
    if (life === undefined) {
      if (name === "edge" && this.lives.some((one) => one.name === name)) {
        this.fault("the edge died");
      }
      life = { name, pid: of.pid, samples: [] };
      this.lives.push(life);
    }
    life.samples.push({ atMs: performance.now(), of });
  }

  private row(
    of: Readonly<{ edge: ProcessSample; engine: ProcessSample }>,
    { sip: { tables } }: Health,
    cores: number,
  ): string {
    const heap = ({ threads }: ProcessSample) =>
      threads.map(({ heapUsed, external }) => ((heapUsed + external) / 1e6).toFixed(1)).join("+");
    const delay = ({ threads }: ProcessSample) =>
      Math.max(...threads.map(({ loopDelayP99 }) => loopDelayP99)).toFixed(0);
    const one = (name: string, sample: ProcessSample) =>
      `${name} own ${(sample.ownKb / 1e3).toFixed(1)} heap ${heap(sample)} MB fd ${sample.descriptors} sock ${sample.sockets} p99 ${delay(sample)} ms`;
    const at = ((performance.now() - this.startMs) / 60_000).toFixed(1).padStart(5);
    const calls = `calls ${this.books.ended} live ${this.books.liveCount} faults ${this.faults.length}`;
    const table = `dialogs ${tables["dialogs"]} tx ${tables["serverTransactions"]}+${tables["clientTransactions"]} reg ${tables["registrations"]}`;
    return `${at} min  ${calls} | ${one("edge", of.edge)} | ${one("engine", of.engine)} | ${table} | ${cores.toFixed(2)} core`;
  }
}

/** `run/engine.json` of the launcher: where applications connect. */
function appOf(dataDir: string): { port: number; secret: string } {
  const run = JSON.parse(readFileSync(join(dataDir, "run", "engine.json"), "utf8")) as {
    sip: { port: number; secret: string };
  };
  return run.sip;
}

const probes = openProbes();
const dataDir = mkdtempSync(join(tmpdir(), "soak-data-"));
const centre = await startCentre({
  site: soakSite(),
  dataDir,
  env: {
    REXIAN_LOG_LEVEL: "warn",
    ...probes.env,
  },
});
const people = fork(fileURLToPath(new URL("./people.js", import.meta.url)));
const soak = new Soak(centre, people, probes.folder);
const [host = "", port] = centre.sipTarget.split(":");
const app = appOf(dataDir);
await soak.order(
  {
    ...{ type: "begin", baseUrl: centre.baseUrl, logins: centre.logins, app, seed: 1 },
    ...{ target: { host, port: Number(port) }, callsPerSecond: Number(values.rate) },
  },
  "ready",
  60_000,
);
console.log(`${minutes} min at ${values.rate} calls/s; data in ${dataDir}`);
await soak.sample();
await play();
await finish();

async function play(): Promise<void> {
  people.send({ type: "call" } satisfies PeopleOrder);
  const startMs = performance.now();
  const [killMinutes, cutMinutes] = [Number(values["kill-minutes"]), Number(values["cut-minutes"])];
  for (let turn = 1; ; turn += 1) {
    const dueMs = startMs + turn * sampleEveryMs;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    const minute = (turn * sampleEveryMs) / 60_000;
    if (minute >= minutes) return;
    await soak.sample().catch((error: Error) => soak.fault(`sample: ${error.message}`));
    if (killMinutes > 0 && minute <= minutes / 2 && minute % killMinutes === 0) {
      await soak.killEngine();
    } else if (cutMinutes > 0 && minute % cutMinutes === 0) {
      await soak.cutLink(app.port);
    }
  }
}

async function finish(): Promise<void> {
  await soak.order({ type: "finish" }, "finished", 120_000);
  await centre.quiet().catch(async (error: Error) => {
    const { calls, edge } = await centre.state();
    const { tables } = (await soak.health()).sip;
    soak.fault(`${error.message}: ${JSON.stringify({ calls, legs: edge?.liveLegs, tables })}`);
  });
  await soak.sample();
  const before = soak.lives.find(({ name }) => name === "edge")?.samples[0]?.of.descriptors ?? 0;
  const after = soak.lives.findLast(({ name }) => name === "edge")?.samples.at(-1)?.of.descriptors;
  if ((after ?? 0) > before + 5) soak.fault(`edge: ${before} descriptors before, ${after} after`);
  await soak.order({ type: "leave" }, "left", 30_000);
  people.removeAllListeners("exit");
  people.kill("SIGTERM");
  // 64*T1 and the sweeps of the registrations' cache.
  await until(
    "the edge's tables are empty",
    async () => {
      const { applications, connections, ...tables } = (await soak.health()).sip.tables;
      const left = Object.entries(tables).filter(([, size]) => size !== 0);
      if (left.length > 0) throw new Error(left.map((entry) => entry.join(" ")).join(", "));
      return applications === 1 && connections === 0;
    },
    150_000,
  ).catch((error: Error) => soak.fault(error.message));
  await soak.read();
  soak.books.close();
  soak.books.compareMetrics(await (await fetch(`${centre.baseUrl}/metrics`)).text());
  const violations = await centre.metric("acd_invariant_violations_total");
  if (violations !== 0) soak.fault(`${violations} invariant violations`);
  if ((await centre.stop()) !== 0) soak.fault("the centre did not end with 0");
  soak.books.compareRecords(dataDir);
  for (const fault of soak.books.faults.splice(0)) soak.fault(`books: ${fault}`);
  process.exit(verdict() ? 0 : 1);
}

function verdict(): boolean {
  const { report, books } = soak;
  const missing = kindsMissing(report?.ended ?? {});
  if (minutes >= 5) for (const kind of missing) soak.fault(`nobody played "${kind}"`);
  console.log("\ncalls by what the caller did and how the centre booked it");
  for (const [key, count] of Object.entries(books.outcomes).sort()) {
    console.log(`  ${key.padEnd(52)} ${String(count).padStart(7)}`);
  }
  console.log(
    `  arrived ${books.arrived}, ended ${books.ended}; held by re-INVITE ${report?.held}, registrations ${report?.registered}, redials while no engine was there ${report?.redials}, strangers' messages ${report?.noise.sent}, engines killed ${soak.kills}, links cut ${soak.cuts}`,
  );
  console.log("\ngrowth after the warm-up");
  const rows = soak.lives.flatMap(judgeLife);
  for (const { what, shown, verdict: found } of rows) {
    console.log(`  ${found.padEnd(10)} ${what.padEnd(62)} ${shown}`);
  }
  const grows = rows.filter((row) => row.verdict === "GROWS").length;
  const ok = soak.faults.length === 0 && grows === 0;
  console.log(
    `\n${ok ? "PASSED" : "FAILED"}: ${soak.faults.length} faults, ${grows} of ${rows.length} measurements grow`,
  );
  probes.close();
  if (!ok) {
    const file = join(dataDir, "output.log");
    writeFileSync(file, centre.output());
    console.log(`what the processes said: ${file}`);
  } else {
    rmSync(dataDir, { recursive: true, force: true });
  }
  return ok;
}
