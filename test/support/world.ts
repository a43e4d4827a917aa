// A whole centre in virtual time that tests tell as a story:
//   world.caller("c1").dials("10086"); world.agent("1001").comesIn(); world.runs("20s");
// The auditor looks at every step.
import { isDeepStrictEqual } from "node:util";
import { createCentre, handle, nextDeadlineMs, type Step } from "../../engine/core/centre.ts";
import type { CentreConfig } from "../../engine/core/centre-config.ts";
import type { Command, DeskRefusal, ScreenPop } from "../../engine/core/command.ts";
import type {
  AgentRequest,
  CentreEvent,
  JournalEntry,
  MonitorMode,
  NetworkTone,
  SupervisorRequest,
} from "../../engine/core/event.ts";
import type { Fact } from "../../engine/core/fact.ts";
import { decodeCentre, encodeCentre } from "../../engine/core/snapshot.ts";
import type { Centre } from "../../engine/core/state.ts";
import { unbalancedQueues } from "../../engine/core/stats/stats.ts";
import { debugState } from "../../engine/core/view.ts";
import { type Auditor, createAuditor } from "./auditor/auditor.ts";
import { createFakeEdge, type EdgeTimes, type FakeEdge, type FakeLeg } from "./fake-edge.ts";
import { createSchedule, type Schedule } from "./schedule.ts";
import { siteConfig, startMs } from "./site.ts";

/** [34] The replay of a dead engine's journal gave something else. */
export class RecoveryError extends Error {
  override readonly name = "RecoveryError";
  constructor(what: "facts" | "state", inputs: number) {
    super(`[34] the ${what} after a replay of ${inputs} inputs are not those of before`);
  }
}

/** Inputs between two snapshots of a long simulation. */
const tailMax = 300;

const snapshotOf = (centre: Centre): string => JSON.stringify(encodeCentre(centre));

export type World = ReturnType<typeof createWorld>;

const defaultTimes: EdgeTimes = { answerMs: 10, ringMs: 20, dropMs: 5, promptMs: 2_000 };

export function createWorld(
  options: {
    config?: CentreConfig;
    times?: () => EdgeTimes;
    onCommand?: (command: Command) => void;
    /** The whole state is judged at each n-th step; facts and commands at every one. */
    auditEvery?: number;
    /** Keep journal, facts and commands; off for long simulations. */
    keep?: boolean;
    /** The core, or one with a planted fault. */
    handle?: typeof handle;
  } = {},
) {
  const step = options.handle ?? handle;
  const keep = options.keep ?? true;
  const schedule: Schedule = createSchedule();
  const auditor: Auditor = createAuditor();
  const journal: JournalEntry[] = [];
  const facts: Fact[] = [];
  const commands: Command[] = [];
  const pops = new Map<string, ScreenPop>();
  const replies = new Map<string, DeskRefusal | null>();
  const pending: { event: CentreEvent; skewMs: number }[] = [];
  let centre: Centre = createCentre();
  /** What a dead engine leaves: a snapshot, the inputs since, and the facts that came of them. */
  let snapshot: string | null = null;
  let tail: JournalEntry[] = [];
  let tailFacts: Fact[] = [];
  /** The engine dies before the commands of its last step leave. */
  let isDying = false;
  let nowMs = startMs;
  let seq = 0;
  let handling = false;

  const edge: FakeEdge = createFakeEdge({
    schedule,
    nowMs: () => nowMs,
    post,
    times: options.times ?? (() => defaultTimes),
  });

  /**
   * The single writer: events posted while one is handled wait their turn. `skewMs`: how far its clock
   * is off.
   */
  function post(event: CentreEvent, skewMs = 0): void {
    pending.push({ event, skewMs });
    if (handling) return;
    handling = true;
    try {
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        apply(next.event, nowMs + next.skewMs);
      }
    } finally {
      handling = false;
    }
  }

  function apply(event: CentreEvent, atMs: number): void {
    seq += 1;
    const entry: JournalEntry = { seq, nowMs: atMs, event };
    // A copy, so that state and journal share nothing that could be changed.
    if (keep) journal.push(structuredClone(entry));
    else recent(journal, entry);
    if (!keep && tail.length >= tailMax) checkpoint();
    tail.push(entry);
    const { facts: newFacts, commands: newCommands }: Step = step(centre, event, atMs);
    tailFacts.push(...newFacts);
    if (keep) facts.push(...newFacts);
    else for (const fact of newFacts) recent(facts, fact);
    auditor.onStep({ facts: newFacts, commands: newCommands }, event);
    if (seq % (options.auditEvery ?? 1) === 0) checkState(event);
    if (isDying) return;
    for (const command of newCommands) {
      if (keep) commands.push(command);
      if (command.type === "popScreen") pops.set(command.agentId, command.pop);
      if (command.type === "replyToDesk") replies.set(command.agentId, command.refusal);
      edge.perform(command);
      options.onCommand?.(command);
    }
  }

  function checkState(event: CentreEvent): void {
    auditor.check(debugState(centre), event);
    const waiting = new Map<string, number>();
    for (const { place, visitLeft } of centre.calls.values()) {
      if ((place.kind !== "queue" && place.kind !== "offer") || visitLeft) continue;
      waiting.set(place.visit.queueId, (waiting.get(place.visit.queueId) ?? 0) + 1);
    }
    const wrong = unbalancedQueues(centre.stats, waiting);
    if (wrong.length > 0) throw new Error(`the books of a queue: ${JSON.stringify(wrong)}`);
  }

  /** Lets time pass: everything due happens at its own millisecond. */
  function runs(duration: string | number): void {
    const untilMs = nowMs + milliseconds(duration);
    for (;;) {
      const deadlineMs = nextDeadlineMs(centre);
      const nextMs = Math.min(deadlineMs ?? Infinity, schedule.nextMs() ?? Infinity);
      if (nextMs > untilMs) break;
      nowMs = Math.max(nowMs, nextMs);
      schedule.runDue(nowMs);
      const due = nextDeadlineMs(centre);
      if (due !== null && due <= nowMs) post({ type: "timeAdvanced" });
    }
    nowMs = Math.max(nowMs, untilMs);
  }

  /** The clock jumps ahead (NTP, a machine that slept): everything until then is due at once. */
  function jumps(ms: number): void {
    nowMs += ms;
  }

  /** A snapshot is written: what a killed engine is replayed from. */
  function checkpoint(text = snapshotOf(centre)): void {
    snapshot = text;
    tail = [];
    tailFacts = [];
  }

  /** The engine dies and another takes over from snapshot and journal; the edge goes on meanwhile. */
  function restarts(deadMs = 0): void {
    const replayed = snapshot === null ? createCentre() : decodeCentre(JSON.parse(snapshot));
    const again: Fact[] = [];
    for (const entry of tail) {
      again.push(...step(replayed, structuredClone(entry.event), entry.nowMs).facts);
    }
    if (!isDeepStrictEqual(again, tailFacts)) throw new RecoveryError("facts", tail.length);
    const left = snapshotOf(centre);
    if (snapshotOf(replayed) !== left) throw new RecoveryError("state", tail.length);
    centre = replayed;
    checkpoint(left);
    nowMs += deadMs;
    post({ type: "engineRestarted", ...edge.inventory() });
    // The link to the media server is a new one.
    const recordings = [...edge.recordings.keys()].map((id) => ({
      recordingId: id,
      file: `${id}.wav`,
      end: null,
    }));
    post({ type: "recordingsFound", recordings });
  }

  /** Dies with the next input in the journal and its commands not performed. */
  function diesDuring(run: () => void, deadMs = 0): void {
    isDying = true;
    run();
    isDying = false;
    edge.engineDied();
    restarts(deadMs);
  }

  post({ type: "configured", config: options.config ?? siteConfig() });
  post({
    type: "calendarsUpdated",
    calendars: { office: [{ fromMs: startMs - 86_400_000, toMs: startMs + 400 * 86_400_000 }] },
  });

  const driver: Driver = { post, edge, replies, pops, nowMs: () => nowMs };
  return {
    auditor,
    checkpoint,
    commands,
    diesDuring,
    edge,
    facts,
    journal,
    jumps,
    pops,
    post,
    replies,
    restarts,
    runs,
    schedule,
    centre: () => centre,
    nowMs: () => nowMs,
    state: () => debugState(centre),
    placeOf: (callId: string) =>
      debugState(centre).calls.find((call) => call.callId === callId)?.place,
    stateOf: (agentId: string) =>
      debugState(centre).agents.find((agent) => agent.agentId === agentId)?.state,
    factsOf: (callId: string) => facts.filter((fact) => "callId" in fact && fact.callId === callId),
    /** Facts and commands from here on. */
    mark: () => {
      facts.length = 0;
      commands.length = 0;
    },
    caller: (callId: string) => callerOf(driver, callId),
    agent: (agentId: string) => agentOf(driver, agentId),
    /** Who is called by the only call that is being dialled, or talks as such. */
    called: () => calledOf(driver),
    supervisor: (supervisorId: string) => supervisorOf(driver, supervisorId),
  };
}

/** What callers and agents act through. */
type Driver = Readonly<{
  post: (event: CentreEvent) => void;
  edge: FakeEdge;
  replies: ReadonlyMap<string, DeskRefusal | null>;
  pops: ReadonlyMap<string, ScreenPop>;
  nowMs: () => number;
}>;

function callerOf(world: Driver, callId: string) {
  const legId = `${callId}-caller`;
  const caller = {
    leg: (): FakeLeg | undefined => world.edge.legs.get(legId),
    hears: (): readonly string[] => world.edge.legs.get(legId)?.play?.keys ?? [],
    dials(dnis: string, ani = "13800000000", trunkId = "trunk") {
      world.edge.arrive(legId);
      world.post({ type: "callArrived", callId, legId, trunkId, ani, dnis, firstDnis: null });
      return caller;
    },
    presses(digits: string) {
      for (const digit of digits) world.post({ type: "digitPressed", legId, digit });
      return caller;
    },
    hangsUp(reason?: Parameters<FakeEdge["hangUp"]>[1]) {
      world.edge.hangUp(legId, reason);
      return caller;
    },
  };
  return caller;
}

function calledOf(world: Driver) {
  const legOf = () => [...world.edge.legs.values()].find(({ role }) => role === "dialled");
  return {
    leg: legOf,
    answers: () => world.edge.answer(legOf()?.legId ?? ""),
    sounds: (tone: NetworkTone) =>
      world.post({ type: "legToneHeard", legId: legOf()?.legId ?? "", tone }),
    rings: (earlyMedia: boolean) =>
      world.post({ type: "legRinging", legId: legOf()?.legId ?? "", earlyMedia }),
    hangsUp: (reason?: Parameters<FakeEdge["hangUp"]>[1]) =>
      world.edge.hangUp(legOf()?.legId ?? "", reason),
  };
}

function agentOf(world: Driver, agentId: string) {
  let requests = 0;
  const legOf = () => [...world.edge.legs.values()].find((leg) => leg.agentId === agentId);
  const agent = {
    leg: legOf,
    reply: () => world.replies.get(agentId),
    requests(request: AgentRequest) {
      requests += 1;
      world.post({ type: "agentRequested", agentId, requestId: `${agentId}-${requests}`, request });
      return agent;
    },
    opensDesk() {
      world.post({ type: "deskChanged", agentId, desk: "open" });
      return agent;
    },
    losesDesk() {
      world.post({ type: "deskChanged", agentId, desk: "lost" });
      return agent;
    },
    closesDesk() {
      world.post({ type: "deskChanged", agentId, desk: "closed" });
      return agent;
    },
    registers(forMs = 365 * 86_400_000) {
      const contact = `sip:${agentId}@127.0.0.1`;
      world.post({ type: "deviceBound", agentId, contact, expiresAtMs: world.nowMs() + forMs });
      return agent;
    },
    logsIn: () => agent.requests({ type: "logIn" }),
    goesReady: () => agent.requests({ type: "goReady" }),
    goesNotReady: (reason = "break") => agent.requests({ type: "goNotReady", reason }),
    /** Start of shift: page, phone, login, ready. */
    comesIn: () => agent.opensDesk().registers().logsIn().goesReady(),
    answers() {
      const leg = legOf();
      if (leg !== undefined) world.edge.answer(leg.legId);
      return agent;
    },
    rejects() {
      const offerId = world.pops.get(agentId)?.offerId ?? "none";
      return agent.requests({ type: "rejectOffer", offerId });
    },
    dials: (number: string, queueId = "sales", callerId: string | null = null) =>
      agent.requests({ type: "dial", queueId, number, callerId }),
    transfers: (to: Readonly<{ queueId: string } | { agentId: string }>) =>
      agent.requests({
        type: "transferBlind",
        target: "queueId" in to ? { kind: "queue", ...to } : { kind: "agent", ...to },
      }),
    consults: (colleague: string) => agent.requests({ type: "consultStart", agentId: colleague }),
    completes: () => agent.requests({ type: "consultComplete" }),
    cancels: () => agent.requests({ type: "consultCancel" }),
    merges: () => agent.requests({ type: "consultMerge" }),
    /** On the device, not on the desk. */
    hangsUp(reason?: Parameters<FakeEdge["hangUp"]>[1]) {
      const leg = legOf();
      if (leg !== undefined) world.edge.hangUp(leg.legId, reason);
      return agent;
    },
    mediaBecomes(media: "flowing" | "silent" | "failed") {
      const leg = legOf();
      if (leg === undefined || world.edge.isGone(leg.legId)) return agent;
      world.post({ type: "legMediaChanged", legId: leg.legId, media });
      return agent;
    },
    endsWrapUp: (code: string | null = "solved") =>
      agent.requests({ type: "endWrapUp", code, notes: "" }),
  };
  return agent;
}

function supervisorOf(world: Driver, supervisorId: string) {
  const person = agentOf(world, supervisorId);
  let requests = 0;
  const supervisor = {
    leg: person.leg,
    reply: person.reply,
    comesIn() {
      person.opensDesk().registers();
      return supervisor;
    },
    losesDesk() {
      person.losesDesk();
      return supervisor;
    },
    requests(request: SupervisorRequest) {
      requests += 1;
      const requestId = `${supervisorId}-${requests}`;
      world.post({ type: "supervisorRequested", supervisorId, requestId, request });
      return supervisor;
    },
    takesOver: () => supervisor.requests({ type: "takeOver" }),
    monitors: (agentId: string, mode: MonitorMode = "monitor") =>
      supervisor.requests({ type: "monitorStart", agentId, mode }),
    answers() {
      person.answers();
      return supervisor;
    },
    hangsUp(reason?: Parameters<FakeEdge["hangUp"]>[1]) {
      person.hangsUp(reason);
      return supervisor;
    },
  };
  return supervisor;
}

/** `"20s"`, `"500ms"`, `"2m"`, `"1h"`, or milliseconds. */
function milliseconds(duration: string | number): number {
  if (typeof duration === "number") return duration;
  const match = /^(\d+)(ms|s|m|h)$/.exec(duration);
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match?.[2] ?? ""];
  if (match === null || unit === undefined) throw new Error(`no duration: ${duration}`);
  return Number(match[1]) * unit;
}

function recent<Item>(items: Item[], item: Item): void {
  items.push(item);
  if (items.length > 2_000) items.splice(0, 1_000);
}
