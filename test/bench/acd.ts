// `npm run bench -- acd`: what one routing decision costs, by agents, queues and waiting calls, and
// how fast an engine comes back. In this process, on the core alone: no network, no disk.
import { createCentre, handle } from "../../engine/core/centre.ts";
import type { CentreConfig } from "../../engine/core/centre-config.ts";
import type { CentreEvent, JournalEntry } from "../../engine/core/event.ts";
import { decodeCentre, encodeCentre } from "../../engine/core/snapshot.ts";
import type { Centre } from "../../engine/core/state.ts";
import { createRandom } from "../sim/random.ts";
import { agentConfig, queueConfig, siteConfig, startMs } from "../support/site.ts";
import { percentile } from "./processes.ts";

type Size = Readonly<{ agents: number; queues: number; waiting: number }>;

const sizes: readonly Size[] = [
  { agents: 100, queues: 10, waiting: 1_000 },
  { agents: 100, queues: 10, waiting: 100_000 },
  { agents: 1_000, queues: 100, waiting: 10_000 },
  { agents: 1_000, queues: 1_000, waiting: 100_000 },
  { agents: 10_000, queues: 10, waiting: 100_000 },
  { agents: 10_000, queues: 1_000, waiting: 100_000 },
];

/** Queues that each agent serves, overlapping with those of the neighbours. */
const queuesPerAgent = 8;

export function benchAcd(options: Readonly<{ decisions: number }>): void {
  console.log(
    "one decision: an agent becomes free beside waiting calls, or a call comes to free agents",
  );
  console.log(
    "agents queues waiting | freed: p50    p99    max us | arrives: p50    p99    max us | decisions/s |  heap MB",
  );
  for (const size of sizes) benchSize(size, options.decisions);
  benchRecovery();
}

function benchSize(size: Size, decisions: number): void {
  const before = heapMb();
  const run = createRun(size);
  for (let index = 0; index < size.waiting; index += 1) run.arrive();
  for (let index = 0; index < size.agents; index += 1) run.comeIn(index);
  const heap = heapMb() - before;
  // Compiled code is what a centre runs on all day.
  for (let index = 0; index < decisions / 4; index += 1) run.exchange();
  const freed: number[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < decisions; index += 1) freed.push(run.exchange());
  const perSecond = decisions / ((performance.now() - startedAt) / 1_000);
  const arrives = benchArrivals(size, decisions);
  const figures = (values: readonly number[]) =>
    [percentile(values, 0.5), percentile(values, 0.99), Math.max(...values)]
      .map((value) => value.toFixed(1).padStart(6))
      .join(" ");
  console.log(
    `${String(size.agents).padStart(6)} ${String(size.queues).padStart(6)} ${String(size.waiting).padStart(7)} |   ${figures(freed)}    |     ${figures(arrives)}    | ${perSecond.toFixed(0).padStart(11)} | ${heap.toFixed(0).padStart(8)}`,
  );
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

function createRun(size: Size, keep?: JournalEntry[]) {
  const random = createRandom(1);
  const centre = createCentre();
  const talking: string[] = [];
  let nowMs = startMs;
  let calls = 0;
  let seq = 0;

  function post(event: CentreEvent): number {
    seq += 1;
    keep?.push({ seq, nowMs, event });
    const startedAt = performance.now();
    const { commands } = handle(centre, event, nowMs);
    const us = (performance.now() - startedAt) * 1_000;
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

  post({ type: "configured", config: siteOf(size) });
  return {
    centre,
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

/** A day's journal replayed, and a snapshot with 1,000 live calls taken over. */
function benchRecovery(): void {
  const journal: JournalEntry[] = [];
  const run = createRun({ agents: 500, queues: 20, waiting: 0 }, journal);
  for (let index = 0; index < 500; index += 1) run.arrive();
  for (let index = 0; index < 500; index += 1) run.comeIn(index);
  for (let index = 0; index < 500; index += 1) run.arrive();
  while (journal.length < 20_000) run.exchange();
  const text = JSON.stringify(encodeCentre(run.centre));
  const tail = journal.map((entry) => JSON.stringify(entry));

  let startedAt = performance.now();
  let replayed: Centre = createCentre();
  for (const line of tail) {
    const { event, nowMs } = JSON.parse(line) as JournalEntry;
    handle(replayed, event, nowMs);
  }
  const perSecond = tail.length / ((performance.now() - startedAt) / 1_000);
  console.log(
    `replay                   ${perSecond.toFixed(0).padStart(10)} inputs/s (parsed from text)`,
  );

  startedAt = performance.now();
  replayed = decodeCentre(JSON.parse(text));
  for (const line of tail.slice(-5_000)) JSON.parse(line);
  const liveLegs = [...replayed.legs.keys()];
  handle(
    replayed,
    { type: "engineRestarted", liveLegs, liveBridges: [], livePlays: [] },
    replayed.nowMs + 1_000,
  );
  const ms = performance.now() - startedAt;
  console.log(
    `snapshot to ready        ${ms.toFixed(1).padStart(10)} ms (${replayed.calls.size} live calls, ${(text.length / 1e6).toFixed(1)} MB; a journal of 20,000 inputs on top: ${((20_000 / perSecond) * 1_000).toFixed(0)} ms)`,
  );
}

function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1e6;
}
