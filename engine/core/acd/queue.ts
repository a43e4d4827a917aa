// A call's stay in a queue: entering, keeping the place, what it hears, leaving.
import { closeCall } from "../call/close.ts";
import { sayFarewell } from "../call/farewell.ts";
import { playMusic, playPrompts } from "../call/hearing.ts";
import type { FactBody } from "../fact.ts";
import type { CallId, Ms, PlayId, QueueId } from "../ids.ts";
import { assert } from "../invariant.ts";
import { insertOrdered, removeOrdered } from "../ordered.ts";
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
import { callOrder } from "./line.ts";

/** Puts a call at its place in the line, or tells the caller that the queue is full. */
export function enterQueue(
  turn: Turn,
  callId: CallId,
  target: Readonly<{ queueId: QueueId; priority: number; source?: "transfer" }>,
): void {
  const queue = queueOf(turn, target.queueId);
  const { queueId, priority } = target;
  const visit: QueueVisit = {
    queueId,
    priority,
    queuedAtMs: turn.nowMs,
    sequence: nextSequence(turn),
  };
  record(turn, {
    type: "queueEntered",
    callId,
    queueId,
    queuedAtMs: visit.queuedAtMs,
    returned: false,
    ...(target.source === undefined ? {} : { source: target.source }),
  });
  const { fullPrompt, waitMsMax } = queue.config;
  const { talked } = setCall(turn, callId, { visitLeft: false });
  if (isFull(queue) && !talked) {
    recordLeft(turn, callOf(turn, callId), visit, { kind: "flowedOut", reason: "full" });
    sayFarewell(turn, callId, { prompts: [fullPrompt], outcome: "flowedOut" });
    return;
  }
  setCall(turn, callId, {
    place: { kind: "queue", visit, hearing: startMusic(turn, callId, queue) },
  });
  // Who already spoke with an agent is not turned away.
  if (waitMsMax !== null && !talked) {
    remind(turn, { kind: "waitTooLong", callId }, turn.nowMs + waitMsMax);
  }
  remindAnnouncement(turn, callId, queue);
  standInLine(turn, callId, visit);
}

/** Back to the exact place in the line: an offer came to nothing, or the agent was lost in talk. */
export function returnToQueue(
  turn: Turn,
  callId: CallId,
  visit: QueueVisit,
  hearing?: Hearing,
): void {
  const { queueId, queuedAtMs } = visit;
  const queue = queueOf(turn, queueId);
  record(turn, { type: "queueEntered", callId, queueId, queuedAtMs, returned: true });
  const { talked } = setCall(turn, callId, {
    place: { kind: "queue", visit, hearing: hearing ?? startMusic(turn, callId, queue) },
  });
  if (hearing === undefined) remindAnnouncement(turn, callId, queue);
  const { waitMsMax } = queue.config;
  // Who already spoke with an agent is not turned away for a wait that is our fault.
  if (waitMsMax !== null && !talked) {
    remind(turn, { kind: "waitTooLong", callId }, queuedAtMs + waitMsMax);
  }
  standInLine(turn, callId, visit);
}

/** Takes a call out of the line because an agent is rung for it. */
export function startRinging(turn: Turn, callId: CallId, visit: QueueVisit): void {
  const queue = queueOf(turn, visit.queueId);
  const removed = removeOrdered(queue.waiting, { callId, ...visit }, callOrder);
  assert(removed, `call ${callId} stands in the line that it is taken from`);
  queue.ringing.push(callId);
}

export function stopRinging(turn: Turn, callId: CallId, queueId: QueueId): void {
  const queue = queueOf(turn, queueId);
  queue.ringing = queue.ringing.filter((other) => other !== callId);
}

/** The caller left while waiting. `callEnded` follows from here. */
export function abandonQueue(
  turn: Turn,
  callId: CallId,
  end: Parameters<typeof closeCall>[2],
): void {
  leaveLine(turn, callId, { kind: "abandoned", stage: "queue" });
  closeCall(turn, callId, end);
}

/** The longest wait of the queue has passed; a ringing agent may still answer. */
export function waitTooLong(turn: Turn, callId: CallId): void {
  const { place } = callOf(turn, callId);
  if (place.kind !== "queue") return;
  const { fullPrompt } = queueOf(turn, place.visit.queueId).config;
  leaveLine(turn, callId, { kind: "flowedOut", reason: "waitTooLong" });
  sayFarewell(turn, callId, { prompts: [fullPrompt], outcome: "flowedOut" });
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
  });
}

/** Forgets the deadlines of waiting. */
export function stopWaiting(turn: Turn, callId: CallId): void {
  for (const kind of ["announcement", "waitTooLong", "playWatchdog"] as const) {
    forget(turn, { kind, callId });
  }
}

/** Time for the next announcement. */
export function announce(turn: Turn, callId: CallId): void {
  const call = callOf(turn, callId);
  if (call.place.kind !== "queue" && call.place.kind !== "offer") return;
  const queue = queueOf(turn, call.place.visit.queueId);
  if (queue.config.announcement === null) return;
  const playId = playPrompts(turn, callId, [queue.config.announcement.prompt]);
  setHearing(turn, callId, { playId, kind: "announcement" });
  remindAnnouncement(turn, callId, queue);
}

/** The announcement is over (or silent for ever): music again. False when it was another play. */
export function announcementEnded(turn: Turn, callId: CallId, playId: PlayId | null): boolean {
  const { place } = callOf(turn, callId);
  if (place.kind !== "queue" && place.kind !== "offer") return false;
  if (place.hearing.kind !== "announcement") return false;
  if (playId !== null && place.hearing.playId !== playId) return false;
  restartMusic(turn, callId);
  return true;
}

/** Plays the queue's music to a waiting caller. */
export function restartMusic(turn: Turn, callId: CallId): void {
  const { place } = callOf(turn, callId);
  assert(place.kind === "queue" || place.kind === "offer", "music is for who waits");
  setHearing(turn, callId, startMusic(turn, callId, queueOf(turn, place.visit.queueId)));
}

/** No room for another caller, and nobody to take one at once. */
export const isFull = (queue: Queue): boolean =>
  waitingCount(queue) >= queue.config.waitingMax && queue.ready.length === 0;

/** Calls in the queue, ringing ones included. */
export const waitingCount = (queue: Queue): number => queue.waiting.length + queue.ringing.length;

/** Every call in a queue in order of service, ringing ones at their place. */
export function lineOf(centre: Centre, queue: Queue): QueuedCall[] {
  const ringing = queue.ringing.flatMap((callId): QueuedCall[] => {
    const place = centre.calls.get(callId)?.place;
    return place?.kind === "offer" ? [{ callId, ...place.visit }] : [];
  });
  return [...queue.waiting, ...ringing].sort(callOrder);
}

type LeftOutcome = Extract<FactBody, { type: "queueLeft" }>["outcome"];

function leaveLine(turn: Turn, callId: CallId, outcome: LeftOutcome): void {
  const call = callOf(turn, callId);
  assert(call.place.kind === "queue", "only a call in line can leave it");
  const { visit } = call.place;
  const queue = queueOf(turn, visit.queueId);
  const removed = removeOrdered(queue.waiting, { callId, ...visit }, callOrder);
  assert(removed, `call ${callId} stands in the line that it leaves`);
  stopWaiting(turn, callId);
  recordLeft(turn, call, visit, outcome);
  turn.touched.add(visit.queueId);
}

function standInLine(turn: Turn, callId: CallId, visit: QueueVisit): void {
  const { priority, queuedAtMs, sequence, queueId } = visit;
  const place = { callId, priority, queuedAtMs, sequence };
  insertOrdered(queueOf(turn, queueId).waiting, place, callOrder);
  turn.touched.add(queueId);
}

function startMusic(turn: Turn, callId: CallId, queue: Queue): Hearing {
  return { playId: playMusic(turn, callId, queue.config.music), kind: "music" };
}

function setHearing(turn: Turn, callId: CallId, hearing: Hearing): void {
  const { place } = callOf(turn, callId);
  assert(place.kind === "queue" || place.kind === "offer", "only who waits hears queue prompts");
  setCall(turn, callId, { place: { ...place, hearing } });
}

function remindAnnouncement(turn: Turn, callId: CallId, queue: Queue): void {
  const everyMs: Ms | undefined = queue.config.announcement?.everyMs;
  if (everyMs !== undefined) remind(turn, { kind: "announcement", callId }, turn.nowMs + everyMs);
}
