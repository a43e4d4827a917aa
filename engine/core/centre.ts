// The core's one way in: `handle` takes an event at a time and gives the commands and facts that
// follow. The same events at the same times always give the same ones.
import { agentRequested } from "./acd/desk-requests.ts";
import { matchTouched } from "./acd/match.ts";
import { agentLent, reserveSwitched } from "./acd/reserves.ts";
import { deskChanged, deviceBound, deviceUnbound, seatHealthChanged } from "./acd/seat.ts";
import { callArrived } from "./call/arrival.ts";
import { legEvent } from "./call/leg-events.ts";
import { supervisorRequested, watcherBound, watcherDesk, watcherUnbound } from "./call/monitor.ts";
import { recordingEvent } from "./call/recording.ts";
import { trunkStateChanged } from "./call/trunk-state.ts";
import type { CentreConfig } from "./centre-config.ts";
import type { Command } from "./command.ts";
import { configure, dropRetiredQueues } from "./configure.ts";
import { createDeadlines, nextDeadline } from "./deadlines.ts";
import { fireDue } from "./due.ts";
import type { CentreEvent } from "./event.ts";
import type { Fact } from "./fact.ts";
import type { AgentId, CallId, LegId, Ms } from "./ids.ts";
import { lookUpEnded } from "./ivr/flow.ts";
import { engineRestarted } from "./recovery.ts";
import type { Centre } from "./state.ts";
import { createStats } from "./stats/stats.ts";
import { ignore, record, type Turn } from "./turn.ts";

export type { Centre } from "./state.ts";

export type Step = Readonly<{ commands: readonly Command[]; facts: readonly Fact[] }>;

/** `dayOffsetMinutes`: how far the site's day is ahead of UTC; China (UTC+8) when not given. */
export function createCentre(options: Readonly<{ dayOffsetMinutes?: number }> = {}): Centre {
  return {
    config: noConfig,
    calendars: {},
    factSeq: 0,
    sequence: 0,
    nowMs: 0,
    calls: new Map(),
    legs: new Map(),
    droppedLegs: new Map(),
    agents: new Map(),
    watchers: new Map(),
    queues: new Map(),
    hasRetiredQueues: false,
    reserves: new Map(),
    recordings: new Map(),
    callbacks: new Map(),
    lastAgents: new Map(),
    flows: new Map(),
    trunkCalls: new Map(),
    trunksDown: new Map(),
    deadlines: createDeadlines(),
    stats: createStats({ queues: [], dayOffsetMinutes: options.dayOffsetMinutes ?? 480 }),
  };
}

/**
 * Applies one event. Mutates the centre; the returned step is the caller's own. Input that fits
 * nothing gives an `eventIgnored` fact; only a bug of the engine throws.
 */
export function handle(centre: Centre, event: CentreEvent, nowMs: Ms): Step {
  // Time never goes backwards here, whatever the shell's clock does.
  if (nowMs > centre.nowMs) centre.nowMs = nowMs;
  const turn: Turn = {
    centre,
    nowMs: centre.nowMs,
    commands: [],
    facts: [],
    touched: new Set(),
  };
  apply(turn, event);
  matchTouched(turn);
  if (centre.hasRetiredQueues) dropRetiredQueues(turn);
  return { commands: turn.commands, facts: turn.facts };
}

/** When `timeAdvanced` is due next; null when nothing is. */
export const nextDeadlineMs = (centre: Centre): Ms | null =>
  nextDeadline(centre.deadlines)?.atMs ?? null;

/** Every leg that the centre believes in, for taking the dialogs over after a restart. */
export function legsOf(centre: Centre): readonly Readonly<{
  legId: LegId;
  callId: CallId;
  role: "caller" | "agent";
  agentId: AgentId | null;
  dialogRef: string | null;
}>[] {
  return [...centre.legs.values()].map(({ id, callId, role, agentId, dialogRef }) => ({
    legId: id,
    callId,
    // To the edge a supervisor's leg is one that we rang, like an agent's.
    role: role === "caller" ? "caller" : "agent",
    agentId,
    dialogRef,
  }));
}

function apply(turn: Turn, event: CentreEvent): void {
  switch (event.type) {
    case "configured":
      configure(turn, event.config);
      return;
    case "calendarsUpdated":
      turn.centre.calendars = event.calendars;
      moveDay(turn, event.dayOffsetMinutes ?? turn.centre.stats.dayOffsetMinutes);
      return;
    case "callArrived":
      callArrived(turn, event);
      return;
    case "supervisorRequested":
      supervisorRequested(turn, event);
      return;
    case "deskChanged":
      if (watcherDesk(turn, event)) return;
      if (isKnownAgent(turn, event)) deskChanged(turn, event.agentId, event.desk);
      return;
    case "seatHealthChanged":
      if (isKnownAgent(turn, event)) seatHealthChanged(turn, event);
      return;
    case "deviceBound":
      if (watcherBound(turn, event)) return;
      if (isKnownAgent(turn, event)) deviceBound(turn, event);
      return;
    case "deviceUnbound":
      if (watcherUnbound(turn, event.agentId)) return;
      if (isKnownAgent(turn, event)) deviceUnbound(turn, event.agentId);
      return;
    case "agentRequested":
      agentRequested(turn, event);
      return;
    case "reserveSwitched":
      reserveSwitched(turn, event);
      return;
    case "agentLent":
      agentLent(turn, event);
      return;
    case "timeAdvanced":
      fireDue(turn, () => matchTouched(turn));
      return;
    case "trunkStateChanged":
      trunkStateChanged(turn, event);
      return;
    case "lookUpEnded":
      lookUpEnded(turn, event);
      return;
    case "recordingEnded":
    case "recordingsFound":
    case "recordingTrouble":
      recordingEvent(turn, event);
      return;
    case "engineRestarted":
      engineRestarted(turn, event);
      return;
    default:
      legEvent(turn, event);
  }
}

function moveDay(turn: Turn, dayOffsetMinutes: number): void {
  if (dayOffsetMinutes === turn.centre.stats.dayOffsetMinutes) return;
  record(turn, { type: "dayOffsetChanged", dayOffsetMinutes });
}

function isKnownAgent(turn: Turn, event: Readonly<{ type: string; agentId: AgentId }>): boolean {
  if (turn.centre.agents.has(event.agentId)) return true;
  ignore(turn, event.type, "unknownAgent");
  return false;
}

const noConfig: CentreConfig = {
  trunks: [],
  numbers: [],
  queues: [],
  agents: [],
  flows: [],
  limits: { callsMax: 0, flowStepsMax: 1 },
  notReadyReasons: [],
  wrapUpCodes: [],
  seatGraceMs: 5_000,
};
