// A call's stay in a queue: entering, keeping the place, what it hears, leaving.
import { closeCall } from "../call/close.ts";
import { sayFarewell } from "../call/farewell.ts";
import type { QueueRouting, SkillRequirement, Treatment } from "../centre-config.ts";
import type { FactBody, FlowOutReason } from "../fact.ts";
import type { CallId, QueueId } from "../ids.ts";
import { assert } from "../invariant.ts";
import { itemsOf, sizeOf } from "../ordered.ts";
import type { Call, Centre, Hearing, Queue, QueuedCall, QueueVisit } from "../state.ts";
import {
  callOf,
  forget,
  nextSequence,
  queueOf,
  record,
  remind,
  setCall,
  type Turn,
} from "../turn.ts";
import { remindAnnouncement, startMusic } from "./announce.ts";
import { estimateWait } from "./estimate.ts";
import { joinLane, lanesOf, leaveLane } from "./lanes.ts";
import { callOrder } from "./line.ts";
import { extraOf, relaxed, relaxesAtMs } from "./need.ts";
import { preferredOf } from "./preferred.ts";

type Target = Readonly<{
  queueId: QueueId;
  priority: number;
  source?: "transfer";
  /** Asked of the agent beside the queue's requirements. */
  requirements?: readonly SkillRequirement[];
  /** Who is not taken in is left to who asked, instead of sent where the queue says. */
  tellsRefusal?: true;
  /** The queue that overflowed: the caller keeps the wait that orders the line. */
  from?: QueueVisit;
}>;

/**
 * Puts a call at its place in the line, or where the queue sends those whom it does not serve. Gives
 * the reason when the call was not taken in and, as asked, was not sent anywhere.
 */
export function enterQueue(turn: Turn, callId: CallId, target: Target): FlowOutReason | null {
  const queue = queueOf(turn, target.queueId);
  const call = setCall(turn, callId, { visitLeft: false });
  const visit = visitOf(turn, call, queue, target);
  const { queueId, queuedAtMs } = visit;
  record(turn, {
    type: "queueEntered",
    callId,
    queueId,
    queuedAtMs,
    returned: false,
    ...(target.source === undefined ? {} : { source: target.source }),
  });
  // Who already spoke with an agent is not turned away.
  const refusal = call.talked ? null : refusalOf(turn, queue);
  if (refusal !== null && mayGo(turn, visit, refusal.to)) {
    recordLeft(turn, call, visit, { kind: "flowedOut", reason: refusal.reason });
    if (target.tellsRefusal === true) return refusal.reason;
    treat(turn, callId, visit, refusal.to);
    return null;
  }
  setCall(turn, callId, {
    place: { kind: "queue", visit, hearing: startMusic(turn, callId, queue) },
  });
  remindLimits(turn, callId, visit);
  remindAnnouncement(turn, callId, queue);
  joinLane(turn, queue, { callId, ...visit });
  return null;
}

/** Back to the exact place in the line: an offer came to nothing, or the agent was lost in talk. */
export function returnToQueue(
  turn: Turn,
  callId: CallId,
  before: QueueVisit,
  hearing?: Hearing,
): void {
  const { queueId, queuedAtMs } = before;
  const queue = queueOf(turn, queueId);
  const visit = relaxed(queue.config, before, turn.nowMs);
  record(turn, { type: "queueEntered", callId, queueId, queuedAtMs, returned: true });
  setCall(turn, callId, {
    place: { kind: "queue", visit, hearing: hearing ?? startMusic(turn, callId, queue) },
  });
  if (hearing === undefined) remindAnnouncement(turn, callId, queue);
  remindLimits(turn, callId, visit);
  joinLane(turn, queue, { callId, ...visit });
}

/** A step of relaxation is reached, or the patience for one agent is over. */
export function relaxNeed(turn: Turn, callId: CallId): void {
  const { place } = callOf(turn, callId);
  if (place.kind !== "queue" && place.kind !== "offer") return;
  const queue = queueOf(turn, place.visit.queueId);
  const visit = relaxed(queue.config, place.visit, turn.nowMs);
  if (place.kind === "queue") leaveLane(turn, queue, { callId, ...place.visit });
  setCall(turn, callId, { place: { ...place, visit } });
  if (place.kind === "queue") joinLane(turn, queue, { callId, ...visit });
  remindRelax(turn, callId, visit);
}

/** Puts a waiting call into the lane where it belongs now: the configuration changed. */
export function rejoin(turn: Turn, callId: CallId): void {
  const { place } = callOf(turn, callId);
  assert(place.kind === "queue", "who stands in line waits");
  const queue = queueOf(turn, place.visit.queueId);
  const visit = relaxed(queue.config, place.visit, turn.nowMs);
  setCall(turn, callId, { place: { ...place, visit } });
  joinLane(turn, queue, { callId, ...visit });
  remindRelax(turn, callId, visit);
}

/** Takes a call out of the line because an agent is rung for it. */
export function startRinging(turn: Turn, callId: CallId, visit: QueueVisit): void {
  const queue = queueOf(turn, visit.queueId);
  leaveLane(turn, queue, { callId, ...visit });
  queue.ringing.set(callId, true);
}

export function stopRinging(turn: Turn, callId: CallId, queueId: QueueId): void {
  const queue = queueOf(turn, queueId);
  queue.ringing.delete(callId);
}

/** The caller left while waiting. `callEnded` follows from here. */
export function abandonQueue(
  turn: Turn,
  callId: CallId,
  end: Parameters<typeof closeCall>[2],
): void {
  leaveQueue(turn, callId, { kind: "abandoned", stage: "queue" });
  closeCall(turn, callId, end);
}

/** The longest wait of the queue has passed; a ringing agent may still answer. */
export function waitTooLong(turn: Turn, callId: CallId): void {
  const { place } = callOf(turn, callId);
  if (place.kind !== "queue") return;
  const { fullPrompt } = queueOf(turn, place.visit.queueId).config;
  leaveQueue(turn, callId, { kind: "flowedOut", reason: "waitTooLong" });
  treat(turn, callId, place.visit, { kind: "release", prompt: fullPrompt });
}

/** The caller goes where the queue overflows to; a ringing agent may still answer. */
export function overflow(turn: Turn, callId: CallId): void {
  const { place } = callOf(turn, callId);
  if (place.kind !== "queue") return;
  const { routing } = queueOf(turn, place.visit.queueId).config;
  const to = routing?.overflow?.to;
  if (to === undefined || !mayGo(turn, place.visit, to)) return;
  leaveQueue(turn, callId, { kind: "flowedOut", reason: "overflow" });
  treat(turn, callId, place.visit, to);
}

/** Records that the call left its queue, unless a talk in this stay already counted as the answer. */
export function recordLeft(turn: Turn, call: Call, visit: QueueVisit, outcome: LeftOutcome): void {
  if (call.visitLeft) return;
  record(turn, {
    type: "queueLeft",
    callId: call.id,
    queueId: visit.queueId,
    queuedAtMs: visit.queuedAtMs,
    waitMs: turn.nowMs - visit.queuedAtMs,
    sinceArrivalMs: turn.nowMs - call.arrivedAtMs,
    outcome,
    ...(visit.forecastMs === null ? {} : { forecastMs: visit.forecastMs }),
  });
}

/** Forgets the deadlines of waiting. */
export function stopWaiting(turn: Turn, callId: CallId): void {
  for (const kind of waitDeadlines) {
    forget(turn, { kind, callId });
  }
}

/** No room for another caller, and nobody to take one at once. */
export const isFull = (queue: Queue): boolean =>
  waitingCount(queue) >= queue.config.waitingMax && sizeOf(queue.ready) === 0;

/** Calls in the queue, ringing ones included. */
export const waitingCount = (queue: Queue): number =>
  lanesOf(queue).reduce((sum, { waiting }) => sum + sizeOf(waiting), queue.ringing.size);

/** Every call in a queue in order of service, ringing ones at their place. */
export function lineOf(centre: Centre, queue: Queue): QueuedCall[] {
  const ringing = [...queue.ringing.keys()].flatMap((callId): QueuedCall[] => {
    const place = centre.calls.get(callId)?.place;
    return place?.kind === "offer" ? [{ callId, ...place.visit }] : [];
  });
  return [...lanesOf(queue).flatMap(({ waiting }) => itemsOf(waiting)), ...ringing].sort(callOrder);
}

type LeftOutcome = Extract<FactBody, { type: "queueLeft" }>["outcome"];

/** Takes a waiting call out of its queue for good. */
export function leaveQueue(turn: Turn, callId: CallId, outcome: LeftOutcome): void {
  const call = callOf(turn, callId);
  assert(call.place.kind === "queue", "only a call in line can leave it");
  const { visit } = call.place;
  leaveLane(turn, queueOf(turn, visit.queueId), { callId, ...visit });
  stopWaiting(turn, callId);
  recordLeft(turn, call, visit, outcome);
}

/** Who comes in now is not served here. */
type Refusal = Readonly<{ reason: FlowOutReason; to: Treatment }>;

function refusalOf(turn: Turn, queue: Queue): Refusal | null {
  const { routing, fullPrompt } = queue.config;
  if (routing !== undefined && !isOpenNow(turn, routing)) {
    return { reason: "closed", to: routing.closed };
  }
  const noAgent = routing?.noAgent ?? null;
  if (noAgent !== null && queue.staffing.agents === 0) return { reason: "noAgent", to: noAgent };
  return isFull(queue) ? { reason: "full", to: { kind: "release", prompt: fullPrompt } } : null;
}

/** Without a calendar of that name the queue is open: callers are not turned away for our mistake. */
function isOpenNow(turn: Turn, { hours }: QueueRouting): boolean {
  const { calendars } = turn.centre;
  const intervals =
    hours !== null && Object.hasOwn(calendars, hours) ? calendars[hours] : undefined;
  if (intervals === undefined) return true;
  return intervals.some(({ fromMs, toMs }) => fromMs <= turn.nowMs && turn.nowMs < toMs);
}

/** Queues that send callers to each other come to an end: after some hops a caller stays. */
function mayGo(turn: Turn, visit: QueueVisit, to: Treatment): boolean {
  if (to.kind === "release") return true;
  const queue = turn.centre.queues.get(to.queueId);
  return queue !== undefined && !queue.retired && visit.hops < hopsMax;
}

function treat(turn: Turn, callId: CallId, visit: QueueVisit, to: Treatment): void {
  if (to.kind === "release") {
    sayFarewell(turn, callId, { prompts: [to.prompt], outcome: "flowedOut" });
    return;
  }
  const { priority, extra } = visit;
  enterQueue(turn, callId, { queueId: to.queueId, priority, requirements: extra, from: visit });
}

function visitOf(turn: Turn, call: Call, queue: Queue, target: Target): QueueVisit {
  const { centre, nowMs } = turn;
  const { priority, from } = target;
  const { routing } = queue.config;
  const ageingMs = routing?.ageingMs ?? null;
  const sinceMs = from?.queuedAtMs ?? nowMs;
  const visit: QueueVisit = {
    queueId: queue.config.id,
    priority,
    queuedAtMs: nowMs,
    sequence: nextSequence(turn),
    level: ageingMs === null ? priority : 0,
    fromMs: ageingMs === null ? sinceMs : sinceMs - priority * ageingMs,
    extra: extraOf(centre, call, target.requirements),
    ring: 0,
    needSinceMs: nowMs,
    only: preferredOf(turn, call, queue),
    hops: from === undefined ? 0 : from.hops + 1,
    forecastMs: null,
  };
  const begun = relaxed(queue.config, visit, nowMs);
  const { waitMs } = estimateWait(centre, queue, { callId: call.id, ...begun });
  return { ...begun, forecastMs: waitMs };
}

/** Deadlines of a stay in the queue; who spoke with an agent is not turned away for the wait. */
function remindLimits(turn: Turn, callId: CallId, visit: QueueVisit): void {
  const { waitMsMax, routing } = queueOf(turn, visit.queueId).config;
  remindRelax(turn, callId, visit);
  const { talked, direction } = callOf(turn, callId);
  if (talked || direction !== null) return;
  const offerAfterMs = routing?.callback?.offerAfterMs ?? null;
  if (offerAfterMs !== null) {
    remind(turn, { kind: "callbackOffer", callId }, visit.queuedAtMs + offerAfterMs);
  }
  if (waitMsMax !== null) {
    remind(turn, { kind: "waitTooLong", callId }, visit.queuedAtMs + waitMsMax);
  }
  const afterMs = routing?.overflow?.afterMs;
  if (afterMs !== undefined) {
    remind(turn, { kind: "overflow", callId }, visit.queuedAtMs + afterMs);
  }
}

function remindRelax(turn: Turn, callId: CallId, visit: QueueVisit): void {
  const atMs = relaxesAtMs(queueOf(turn, visit.queueId).config, visit);
  if (atMs === null) forget(turn, { kind: "relax", callId });
  else remind(turn, { kind: "relax", callId }, atMs);
}

const waitDeadlines = [
  "announcement",
  "waitTooLong",
  "playWatchdog",
  "relax",
  "overflow",
  "callbackOffer",
] as const;

const hopsMax = 5;
