// `npm run bench -- calls`: what a call costs. Same load as the peers were measured with: INVITE,
// queue with music, an agent who rings 100 ms, 5 s of talk, BYE, real RTP both ways. The load comes
// from this process; CPU is read from the kernel's books of the engine and the edge only.
import { runLoad } from "../../engine/demo/load.ts";
import type { LoadReport } from "../../engine/demo/load-plan.ts";
import { type Centre, startCentre } from "../system/centre.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";
import { cpuMs, percentile, rssKb } from "./processes.ts";

export type CallsBenchOptions = Readonly<{
  calls: number;
  callsPerSecond: number;
  talkMs: number;
  waiting: number;
  withRtp: boolean;
}>;

export const callsDefaults: CallsBenchOptions = {
  calls: 200,
  callsPerSecond: 10,
  talkMs: 5_000,
  waiting: 200,
  withRtp: true,
};

const agentIds = (count: number) => Array.from({ length: count }, (_, n) => String(2001 + n + 100));

export async function benchCalls(options: CallsBenchOptions): Promise<void> {
  const agentCount = Math.ceil((options.callsPerSecond * (options.talkMs + 1_500)) / 1_000) + 10;
  const people = agentIds(agentCount);
  const centre = await startCentre({
    site: testSite({
      agents: people.map((id) => ({ id, device: { kind: "phone", alwaysReady: true } })),
      wrapUpSeconds: 0,
      ringSeconds: 10,
      more: { limits: { callsMax: 5_000, callsPerSecondMax: 1_000 } },
    }),
    env: { REXIAN_LOG_LEVEL: "warn" },
  });
  try {
    await benchCost(centre, people, options);
    await benchBacklog(centre, people);
    await benchWaiting(centre, options);
  } finally {
    await centre.stop();
  }
}

function load(
  centre: Centre,
  people: readonly string[],
  plan: Readonly<{
    calls: number;
    callsPerSecond: number;
    talkMs: number;
    waitMsMax: number;
    withRtp: boolean;
  }>,
): Promise<LoadReport> {
  const [host = "", port] = centre.sipTarget.split(":");
  return runLoad({
    ...plan,
    target: { host, port: Number(port) },
    dialled: "10086",
    ...(people.length === 0
      ? {}
      : {
          agents: {
            people: people.map((id) => ({ id, password: centre.logins[id]?.sip ?? "" })),
            answerDelayMs: 100,
            talkMs: null,
          },
        }),
  });
}

async function benchCost(
  centre: Centre,
  people: readonly string[],
  options: CallsBenchOptions,
): Promise<void> {
  const [engine, edge] = [await centre.enginePid(), await centre.edgePid()];
  const plan = { ...options, waitMsMax: 30_000 };
  // Warm-up: compiled code and filled caches are what a centre runs on all day.
  await load(centre, people, { ...plan, calls: 50, talkMs: 500, callsPerSecond: 25 });
  const before = { engine: cpuMs(engine), edge: cpuMs(edge), at: performance.now() };
  const report = await load(centre, people, plan);
  const seconds = (performance.now() - before.at) / 1000;
  const perCall = (pid: number, beforeMs: number) => (cpuMs(pid) - beforeMs) / options.calls;
  const engineMs = perCall(engine, before.engine);
  const edgeMs = perCall(edge, before.edge);
  const done = report.calls.filter(({ end }) => end.status === null || end.status < 300).length;
  print(
    "calls",
    options.calls,
    `at ${options.callsPerSecond}/s, talk ${options.talkMs} ms, RTP ${options.withRtp ? "both ways" : "off"}`,
  );
  print(
    "calls without fault",
    options.calls - report.faults.length,
    `of ${options.calls} (${done} ended normally)`,
  );
  for (const fault of report.faults.slice(0, 5)) print("  fault", fault, "");
  print("calls per second, ended", (options.calls / seconds).toFixed(2), "1/s");
  print("CPU per call, engine", engineMs.toFixed(2), "ms");
  print("CPU per call, edge", edgeMs.toFixed(2), "ms");
  print("CPU per call, both", (engineMs + edgeMs).toFixed(2), "ms");
  const longer = report.calls.flatMap(({ invitedMs, bridgedMs }) =>
    bridgedMs === null ? [] : [bridgedMs - invitedMs - 100],
  );
  if (longer.length > 0) {
    print(
      "INVITE to agent's tone, less 100 ms ring",
      percentile(longer, 0.5).toFixed(0),
      "ms p50 (100 ms windows)",
    );
  }
}

/** Callers wait while all agents talk: how long from a freed agent to the ring of his phone? */
async function benchBacklog(centre: Centre, people: readonly string[]): Promise<void> {
  const few = people.slice(0, 10);
  const report = await load(centre, few, {
    calls: 110,
    callsPerSecond: 200,
    talkMs: 400,
    waitMsMax: 60_000,
    withRtp: true,
  });
  const delays: number[] = [];
  for (const id of few) {
    const own = report.agentCalls.filter(({ agentId }) => agentId === id);
    own.sort((a, b) => a.invitedMs - b.invitedMs);
    for (const [index, call] of own.entries()) {
      const next = own[index + 1];
      if (next !== undefined) delays.push(next.invitedMs - call.endedMs);
    }
  }
  for (const fault of report.faults.slice(0, 5)) print("  fault", fault, "");
  print(
    "agent free to his phone's ring, callers waiting",
    percentile(delays, 0.5).toFixed(1),
    `ms p50, ${percentile(delays, 0.99).toFixed(1)} p99, ${Math.max(...delays).toFixed(1)} max (${delays.length} times)`,
  );
}

async function benchWaiting(centre: Centre, options: CallsBenchOptions): Promise<void> {
  const [engine, edge] = [await centre.enginePid(), await centre.edgePid()];
  await centre.quiet();
  const before = { engine: rssKb(engine), edge: rssKb(edge) };
  const stayMs = 15_000;
  const ended = load(centre, [], {
    calls: options.waiting,
    callsPerSecond: 50,
    talkMs: stayMs,
    waitMsMax: stayMs,
    withRtp: true,
  });
  await until(
    "all callers wait",
    async () => (await centre.state()).calls.length === options.waiting,
    30_000,
  );
  const cpuBefore = { engine: cpuMs(engine), edge: cpuMs(edge), at: performance.now() };
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const seconds = (performance.now() - cpuBefore.at) / 1000;
  const cores = (cpuMs(engine) + cpuMs(edge) - cpuBefore.engine - cpuBefore.edge) / 1000 / seconds;
  const kb = rssKb(engine) + rssKb(edge) - before.engine - before.edge;
  await ended;
  print(
    "memory per waiting caller",
    (kb / options.waiting).toFixed(1),
    `kB resident (${options.waiting} waiting)`,
  );
  print(
    "100 callers waiting with music",
    ((cores * 100) / options.waiting).toFixed(3),
    "core, their RTP received",
  );
}

function print(what: string, value: string | number, unit: string): void {
  console.log(`${what.padEnd(48)} ${String(value).padStart(8)} ${unit}`);
}
