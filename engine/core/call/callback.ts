// A callback: a ticket that stands in the line at the place of the caller who hung up, with the wait
// and the priority of before. When its turn comes an agent is rung as for any call; with the agent's
// answer the number is dialled. So it is never before somebody who waits longer, and never twice: one
// ticket a number and queue, and one dial at a time. A try that reaches nobody is repeated after a
// pause, at the same place, until the limit. Late: what comes from the leg of an ended try is of a
// dropped leg. After a restart a dial under way counts as a try that failed.
import { makeReady } from "../acd/agent-state.ts";
import { settleOffer } from "../acd/offer.ts";
import { leaveQueue, returnToQueue } from "../acd/queue.ts";
import type { CallbackRule } from "../centre-config.ts";
import type { DeskRefusal } from "../command.ts";
import type { CallId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Call, Hearing, PlaceOf } from "../state.ts";
import { callOf, forget, queueOf, record, remind, setAgent, setCall, type Turn } from "../turn.ts";
import { type CallEnd, closeCall, dropLeg, normal } from "./close.ts";
import { sayFarewell } from "./farewell.ts";
import { giveChannel } from "./made-call.ts";

/** Puts a ticket at the caller's place and lets the caller go. */
export function bookCallback(
  turn: Turn,
  callId: CallId,
  booking: Readonly<{ number: string; prefix: string; rule: CallbackRule }>,
): void {
  const { number, rule } = booking;
  const call = callOf(turn, callId);
  const { place } = call;
  assert(place.kind === "queue", "who chooses a callback waits");
  const { visit } = place;
  const { queueId, queuedAtMs } = visit;
  const key = ticketKey(queueId, number);
  leaveQueue(turn, callId, { kind: "flowedOut", reason: "callback" });
  setCall(turn, callId, { callbackDigits: null });
  // Who booked before keeps that place.
  if (!turn.centre.callbacks.has(key)) {
    const ticketId = `${callId}-callback`;
    turn.centre.callbacks.set(key, ticketId);
    turn.centre.calls.set(ticketId, ticketOf(turn, call, { ticketId, number }));
    record(turn, {
      type: "callbackBooked",
      callId: ticketId,
      fromCallId: callId,
      queueId,
      number,
      queuedAtMs,
    });
    if (rule.maxAgeMs !== undefined) {
      remind(turn, { kind: "callbackTooOld", callId: ticketId }, turn.nowMs + rule.maxAgeMs);
    }
    returnToQueue(turn, ticketId, visit, silence);
  }
  sayFarewell(turn, callId, { prompts: [rule.donePrompt], outcome: "flowedOut" });
}

/** A try came to nothing: again later at the same place, or the ticket is over. */
export function tryFailed(turn: Turn, callId: CallId, end: CallEnd): void {
  const call = callOf(turn, callId);
  const { dial, visit } = dialPlace(call);
  const rule = queueOf(turn, visit.queueId).config.routing?.callback;
  const { attempts } = ticketOfCall(call);
  forget(turn, { kind: "dialTimeout", callId });
  for (const legId of [call.callerLegId, dial.legId]) {
    if (turn.centre.legs.has(legId)) dropLeg(turn, legId, end.cause);
  }
  giveChannel(turn, call.trunkId);
  setCall(turn, callId, { trunkId: "" });
  if (
    rule === undefined ||
    rule === null ||
    attempts >= rule.attemptsMax ||
    isOld(turn, call, rule)
  ) {
    endTicket(turn, callId, { result: "notReached", end });
  } else {
    const untilMs = turn.nowMs + Math.max(1, rule.retryMs);
    setCall(turn, callId, { place: { kind: "paused", visit, untilMs } });
    record(turn, { type: "callbackPaused", callId, attempts, outcome: end.outcome, untilMs });
    remind(turn, { kind: "callbackRetry", callId }, untilMs);
  }
  setAgent(turn, dial.agentId, { pop: null });
  makeReady(turn, dial.agentId);
}

const isOld = (turn: Turn, { arrivedAtMs }: Call, { maxAgeMs }: CallbackRule): boolean =>
  maxAgeMs !== undefined && turn.nowMs - arrivedAtMs >= maxAgeMs;

/** The pause after a try is over: in line at the old place. */
export function retryCallback(turn: Turn, callId: CallId): void {
  const { place } = callOf(turn, callId);
  if (place.kind === "paused") returnToQueue(turn, callId, place.visit, silence);
}

/** Who is called answered. The books of the ticket are closed; the talk is like any other. */
export function callbackReached(turn: Turn, call: Call): void {
  if (call.callback === null) return;
  closeBooks(turn, call, "reached");
  forget(turn, { kind: "callbackTooOld", callId: call.id });
  setCall(turn, call.id, { callback: null });
}

/** A supervisor takes a ticket out; not while it rings somewhere outside. */
export const cancelCallback = (turn: Turn, callId: CallId): DeskRefusal | null =>
  cancelTicket(turn, callId, "supervisor");

/** The ticket is over, unless its number is being dialled. */
export function cancelTicket(
  turn: Turn,
  callId: CallId,
  by: "supervisor" | "caller",
): DeskRefusal | null {
  const call = turn.centre.calls.get(callId);
  if (call === undefined || call.callback === null) return "noCall";
  if (call.place.kind === "dialling") return "busy";
  const end = { outcome: "cancelled", by, cause: normal } as const;
  takeOut(turn, call, { result: "cancelled", end });
  return null;
}

/** The ticket has waited for as long as the queue calls back. A try that is under way is the last. */
export function callbackTooOld(turn: Turn, callId: CallId): void {
  const call = callOf(turn, callId);
  if (call.callback === null || call.place.kind === "dialling") return;
  const end = { outcome: "cancelled", by: "engine", cause: normal } as const;
  takeOut(turn, call, { result: "notReached", end });
}

function takeOut(turn: Turn, call: Call, ended: Parameters<typeof endTicket>[2]): void {
  const { id: callId, place } = call;
  if (place.kind === "queue") leaveQueue(turn, callId, { kind: "flowedOut", reason: "callback" });
  else if (place.kind === "offer") settleOffer(turn, callId, "withdrawn");
  endTicket(turn, callId, ended);
}

/** The ticket waits: it has no leg that could be lost. */
export const isTicket = ({ callback, place }: Call): boolean =>
  callback !== null && place.kind !== "dialling";

function endTicket(
  turn: Turn,
  callId: CallId,
  ended: Readonly<{ result: "notReached" | "cancelled"; end: CallEnd }>,
): void {
  closeBooks(turn, callOf(turn, callId), ended.result);
  closeCall(turn, callId, ended.end);
}

function closeBooks(turn: Turn, call: Call, result: "reached" | "notReached" | "cancelled"): void {
  const { id: callId, place, ani } = call;
  assert("visit" in place, "a ticket has a place in line");
  const { queueId, queuedAtMs } = place.visit;
  turn.centre.callbacks.delete(ticketKey(queueId, ani));
  const { attempts } = ticketOfCall(call);
  const waitMs = turn.nowMs - queuedAtMs;
  record(turn, { type: "callbackEnded", callId, queueId, result, attempts, waitMs });
}

function ticketOf(
  turn: Turn,
  call: Call,
  made: Readonly<{ ticketId: CallId; number: string }>,
): Call {
  const { ticketId, number } = made;
  assert(call.place.kind === "queue", "a ticket takes a place in line");
  const { queueId } = call.place.visit;
  const callerId = queueOf(turn, queueId).config.outbound?.callerIds[0] ?? call.dnis;
  return {
    ...call,
    id: ticketId,
    direction: "callback",
    callerLegId: "",
    trunkId: "",
    ani: number,
    dnis: callerId,
    arrivedAtMs: turn.nowMs,
    idsUsed: 0,
    visitLeft: true,
    callback: { attempts: 0 },
    callbackDigits: null,
  };
}

/** The ticket of a call that is one. */
export function ticketOfCall(call: Call): NonNullable<Call["callback"]> {
  assert(call.callback !== null, `call ${call.id} is a callback`);
  return call.callback;
}

function dialPlace(call: Call): PlaceOf<"dialling"> {
  assert(call.place.kind === "dialling", `call ${call.id} is being dialled`);
  return call.place;
}

export const ticketKey = (queueId: string, number: string): string => `${queueId} ${number}`;

/** Nobody listens. */
const silence: Hearing = { playId: "", kind: "music" };
