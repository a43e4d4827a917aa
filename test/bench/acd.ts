// `npm run bench -- acd`: what one routing decision costs, by agents, queues and waiting calls.
// In this process, on the core alone: no network, no disk.
import { createCentre, handle } from "../../engine/core/centre.ts";
import type { CentreConfig } from "../../engine/core/centre-config.ts";
import type { CentreEvent, JournalEntry } from "../../engine/core/event.ts";
import { createRandom } from "../sim/random.ts";
import { agentConfig, queueConfig, siteConfig, startMs } from "../support/site.ts";
import { percentile } from "./processes.ts";

type Size = Readonly<{ agents: number; queues: number; waiting: number }>;

/** From small to large in each direction; skills overlap in all of them. */
const sizes: readonly Size[] = [
  { agents: 100, queues: 10, waiting: 1_000 },
  { agents: 100, queues: 10, waiting: 100_000 },
  { agents: 1_000, queues: 10, waiting: 100_000 },
  { agents: 1_000, queues: 100, waiting: 10_000 },
  { agents: 1_000, queues: 1_000, waiting: 100_000 },
  { agents: 10_000, queues: 10, waiting: 100_000 },
  { agents: 10_000, queues: 100, waiting: 100_000 },
  { agents: 10_000, queues: 1_000, waiting: 100_000 },
];

/** Queues that each agent serves, overlapping with those of the neighbours. */
const queuesPerAgent = 8;

export function benchAcd(options: Readonly<{ decisions: number }>): void {
  console.log(
    "one decision: an agent becomes free beside waiting calls, or a call comes to free agents",
  );
  console.log(
    "agents queues waiting |    freed: p50    p99    max us | arrives: p50    p99    max us | decisions/s | heap MB | reload ms: same, one queue, all",
  );
  const medians = sizes.map((size) => benchSize(size, options.decisions));
  const [first = 1] = medians;
  const last = medians[medians.length - 1] ?? 1;
  // 100 times the agents, the queues and the calls; their logarithm is between 2 and 3 times as large.
  console.log(
    `growth of p50 (freed) from the smallest to the largest: ${(last / first).toFixed(2)}`,
  );
}

/** CPU time of this process: what else runs on the machine does not count. Gives the median. */
function benchSize(size: Size, decisions: number): number {
  const before = heapMb();
  const run = createRun(size);
  for (let index = 0; index < size.waiting; index += 1) run.arrive();
  for (let index = 0; index < size.agents; index += 1) run.comeIn(index);
  const heap = heapMb() - before;
  // Compiled code is what a centre runs on all day.
  for (let index = 0; index < decisions / 4; index += 1) run.exchange();
  const freed: number[] = [];
  const startedAt = cpuUs();
  for (let index = 0; index < decisions; index += 1) freed.push(run.exchange());
  const perSecond = decisions / ((cpuUs() - startedAt) / 1e6);
  const reloads = [run.reload(), run.reloadOne(), run.reloadAll()].map((us) =>
    (us / 1_000).toFixed(0).padStart(5),
  );
  const arrives = benchArrivals(size, decisions);
  const figures = (values: readonly number[]) =>
    [percentile(values, 0.5), percentile(values, 0.99), Math.max(...values)]
      .map((value) => value.toFixed(0).padStart(6))
      .join(" ");
  const of = (value: number, width: number) => value.toFixed(0).padStart(width);
  console.log(
    `${of(size.agents, 6)} ${of(size.queues, 6)} ${of(size.waiting, 7)} |    ${figures(freed)}    |    ${figures(arrives)}    | ${of(perSecond, 11)} | ${of(heap, 7)} | ${reloads.join(" ")}`,
  );
  return percentile(freed, 0.5);
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** All agents but one in four are free; a call comes, is offered, and its caller gives up. */
function benchArrivals(size: Size, decisions: number): number[] {
  const run = createRun({ ...size, waiting: 0 });
  for (let index = 0; index < size.agents; index += 1) run.comeIn(index);
  for (let index = 0; index < size.agents / 4; index += 1) run.arrive();
  const times: number[] = [];
  for (let index = 0; index < decisions * 1.25; index += 1) {
    const { callId, us } = run.arrive();
    if (index >= decisions / 4) times.push(us);
    run.hangUp(callId);
  }
  return times;
}

export function createRun(size: Size, keep?: JournalEntry[]) {
  const random = createRandom(1);
  const centre = createCentre();
  const talking: string[] = [];
  let nowMs = startMs;
  let calls = 0;
  let seq = 0;

  function post(event: CentreEvent): number {
    seq += 1;
    keep?.push({ seq, nowMs, event });
    const startedAt = cpuUs();
    const { commands } = handle(centre, event, nowMs);
    const us = cpuUs() - startedAt;
    for (const command of commands) {
      if (command.type !== "ringAgentLeg") continue;
      talking.push(command.callId);
      ringing.push(command.legId);
    }
    return us;
  }
  const ringing: string[] = [];

  function answerAll(): void {
    for (let legId = ringing.pop(); legId !== undefined; legId = ringing.pop()) {
      post({ type: "legAnswered", legId, dialogRef: "a" });
    }
  }

  function arrive(): { callId: string; us: number } {
    calls += 1;
    nowMs += 1;
    const callId = `c${calls}`;
    const legId = `${callId}-caller`;
    const dnis = `q${random.between(0, size.queues - 1)}`;
    const us = post({
      type: "callArrived",
      callId,
      legId,
      trunkId: "trunk",
      ani: "13800000000",
      dnis,
      firstDnis: null,
    });
    post({ type: "legAnswered", legId, dialogRef: "c" });
    return { callId, us };
  }

  function hangUp(callId: string): number {
    nowMs += 1;
    const cause = { reason: "normal", sipStatus: null } as const;
    const us = post({ type: "legReleased", legId: `${callId}-caller`, cause });
    if (ringing.length > 0) ringing.length = 0;
    return us;
  }

  const config = siteOf(size);
  post({ type: "configured", config });
  return {
    centre,
    /** The configuration comes again, everybody waiting and talking. */
    reload: (): number => post({ type: "configured", config: structuredClone(config) }),
    /** As a new priority of one queue comes. */
    reloadOne: (): number => {
      const [first, ...others] = config.queues;
      if (first === undefined) return 0;
      const queues = [{ ...first, priority: first.priority + 1 }, ...others];
      return post({ type: "configured", config: { ...structuredClone(config), queues } });
    },
    /** As a new strategy of all queues comes. */
    reloadAll: (): number => {
      const queues = config.queues.map((queue) => ({ ...queue, strategy: "roundRobin" as const }));
      return post({ type: "configured", config: { ...structuredClone(config), queues } });
    },
    arrive,
    hangUp,
    comeIn(index: number): void {
      nowMs += 1;
      const agentId = `a${index}`;
      for (const type of ["logIn", "goReady"] as const) {
        post({
          type: "agentRequested",
          agentId,
          requestId: `${agentId}-${type}`,
          request: { type },
        });
      }
      answerAll();
    },
    /** A talk ends and its agent gets the next call; another caller comes in. Time of the first. */
    exchange(): number {
      const at = random.between(0, talking.length - 1);
      const callId = talking[at] ?? "";
      talking[at] = talking[talking.length - 1] ?? "";
      talking.pop();
      nowMs += 1;
      const cause = { reason: "normal", sipStatus: null } as const;
      const us = post({ type: "legReleased", legId: `${callId}-caller`, cause });
      answerAll();
      arrive();
      return us;
    },
  };
}

function siteOf({ agents, queues }: Size): CentreConfig {
  const served = Math.min(queuesPerAgent, queues);
  return siteConfig({
    trunks: [{ id: "trunk", channelsMax: 1e6 }],
    limits: { callsMax: 1e6, flowStepsMax: 10 },
    flows: [],
    numbers: Array.from({ length: queues }, (_, index) => ({
      id: `q${index}`,
      digits: `q${index}`,
      hotline: { zh: "q", en: "q" },
      language: "zh",
      flowId: null,
      queueId: `q${index}`,
    })),
    queues: Array.from({ length: queues }, (_, index) =>
      queueConfig(`q${index}`, { priority: index % 3, wrapUpMs: 0, waitingMax: 1e6 }),
    ),
    agents: Array.from({ length: agents }, (_, index) =>
      agentConfig(
        `a${index}`,
        Object.fromEntries(
          Array.from({ length: served }, (__, skill) => [
            `q${(index + skill * 7) % queues}`,
            1 + ((index + skill) % 5),
          ]),
        ),
        { kind: "fixed", uri: "sip:a@127.0.0.1", alwaysReady: false, ronaPauseMs: 0 },
      ),
    ),
  });
}

function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}
