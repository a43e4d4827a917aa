// Timers as data: a binary heap of named deadlines. Setting a name again moves it, clearing removes
// it, so no stale timer can fire and the earliest is always at hand.

import type { AgentId, CallId, GroupId, LegId, Ms } from "./ids.ts";
import { assert } from "./invariant.ts";

/** What is due. Each kind says when it is set and what happens then. */
export type Due = Readonly<
  /** A menu waits for a digit; then it is played again or given up. */
  | { kind: "menuTimeout"; callId: CallId }
  /** A look-up of a flow has not been answered. */
  | { kind: "lookUpTimeout"; callId: CallId }
  /** The longest wait that a flow gives a caller in a queue. */
  | { kind: "flowOverflow"; callId: CallId }
  /** A play whose end was never reported; the call goes on as if it had ended. */
  | { kind: "playWatchdog"; callId: CallId }
  /** The next announcement to a waiting caller. */
  | { kind: "announcement"; callId: CallId }
  /** The longest wait of the queue; the caller is told and released. */
  | { kind: "waitTooLong"; callId: CallId }
  /** The next step of relaxation, or the end of the patience for a certain agent. */
  | { kind: "relax"; callId: CallId }
  /** The caller goes where the queue overflows to. */
  | { kind: "overflow"; callId: CallId }
  /** The queue offers to call back. */
  | { kind: "callbackOffer"; callId: CallId }
  /** The pause between two tries of a callback is over. */
  | { kind: "callbackRetry"; callId: CallId }
  /** A callback has waited for as long as the queue calls back. */
  | { kind: "callbackTooOld"; callId: CallId }
  /** An agent does not answer (RONA). */
  | { kind: "ringTimeout"; callId: CallId }
  /** A colleague who is asked does not answer. */
  | { kind: "consultTimeout"; callId: CallId }
  /** Who makes a call does not pick up, or who is called does not. */
  | { kind: "dialTimeout"; callId: CallId }
  /** A supervisor's own browser does not answer. */
  | { kind: "monitorRing"; callId: CallId }
  /** A leg has been silent for so long that its far end is asked whether it is still there. */
  | { kind: "silentLeg"; legId: LegId }
  /** The audio of an agent's leg failed, and no BYE has come that would say why. */
  | { kind: "failedLeg"; legId: LegId }
  /** An agent whose browser went away in talk has not come back. */
  | { kind: "rejoin"; callId: CallId }
  /** A seat has been gone for longer than is forgiven. */
  | { kind: "seatGrace"; agentId: AgentId }
  /** A lost desk while ringing: shorter, the caller waits. */
  | { kind: "offerSeatGrace"; agentId: AgentId }
  | { kind: "wrapUp"; agentId: AgentId }
  /** An agent has been not ready for longer than is allowed for the reason; it is said once. */
  | { kind: "notReadyLimit"; agentId: AgentId }
  /** An always-ready agent comes back after an offer that failed. */
  | { kind: "comeBack"; agentId: AgentId }
  /** A registration expires. */
  | { kind: "bindingExpiry"; agentId: AgentId }
  /** An agent who has taken a queue's calls of the day may take some again. */
  | { kind: "newDay"; agentId: AgentId }
  | { kind: "loanOver"; agentId: AgentId }
  | { kind: "reserveOver"; groupId: GroupId }
>;

type Entry = Readonly<{ atMs: Ms; order: number; key: string; due: Due }>;
/** `index` maps a key to its position in `heap`. */
export type Deadlines = { heap: Entry[]; index: Map<string, number>; order: number };

export const createDeadlines = (): Deadlines => ({ heap: [], index: new Map(), order: 0 });

/** Sets or moves a deadline. */
export function setDeadline(deadlines: Deadlines, due: Due, atMs: Ms): void {
  clearDeadline(deadlines, due);
  deadlines.order += 1;
  const key = keyOf(due);
  deadlines.heap.push({ atMs, order: deadlines.order, key, due });
  deadlines.index.set(key, deadlines.heap.length - 1);
  rise(deadlines, deadlines.heap.length - 1);
}

/** Removes a deadline; nothing happens when it is not set. */
export function clearDeadline(deadlines: Deadlines, due: Due): void {
  const at = deadlines.index.get(keyOf(due));
  if (at === undefined) return;
  const last = deadlines.heap.length - 1;
  if (at !== last) swap(deadlines, at, last);
  const removed = deadlines.heap.pop();
  assert(removed !== undefined, "an indexed deadline is in the heap");
  deadlines.index.delete(removed.key);
  if (at < deadlines.heap.length) {
    rise(deadlines, at);
    sink(deadlines, at);
  }
}

export const hasDeadline = (deadlines: Deadlines, due: Due): boolean =>
  deadlines.index.has(keyOf(due));

export const nextDeadline = (deadlines: Deadlines): Readonly<{ atMs: Ms; due: Due }> | null =>
  deadlines.heap[0] ?? null;

const keyOf = (due: Due): string => `${due.kind} ${whoseOf(due)}`;

function whoseOf(due: Due): string {
  if ("callId" in due) return due.callId;
  if ("legId" in due) return due.legId;
  return "agentId" in due ? due.agentId : due.groupId;
}

function before(deadlines: Deadlines, a: number, b: number): boolean {
  const left = entryAt(deadlines, a);
  const right = entryAt(deadlines, b);
  if (left.atMs !== right.atMs) return left.atMs < right.atMs;
  const first = turnOf(left.due) - turnOf(right.due);
  return first === 0 ? left.order < right.order : first < 0;
}

/** Loans end before anything else of their instant, so that nobody is offered a call by one that is over. */
const turnOf = ({ kind }: Due): number => (kind === "loanOver" || kind === "reserveOver" ? 0 : 1);

function rise(deadlines: Deadlines, from: number): void {
  let at = from;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(deadlines, at, parent)) return;
    swap(deadlines, at, parent);
    at = parent;
  }
}

function sink(deadlines: Deadlines, from: number): void {
  let at = from;
  const { length } = deadlines.heap;
  for (;;) {
    const left = 2 * at + 1;
    const right = left + 1;
    let least = at;
    if (left < length && before(deadlines, left, least)) least = left;
    if (right < length && before(deadlines, right, least)) least = right;
    if (least === at) return;
    swap(deadlines, at, least);
    at = least;
  }
}

function swap(deadlines: Deadlines, a: number, b: number): void {
  const left = entryAt(deadlines, a);
  const right = entryAt(deadlines, b);
  deadlines.heap[a] = right;
  deadlines.heap[b] = left;
  deadlines.index.set(right.key, a);
  deadlines.index.set(left.key, b);
}

function entryAt(deadlines: Deadlines, at: number): Entry {
  const entry = deadlines.heap[at];
  assert(entry !== undefined, "heap positions are inside the heap");
  return entry;
}
