// Who is before whom: calls in one queue, heads of several queues, and idle agents.
import type { QueueChoice } from "../centre-config.ts";
import type { Ms } from "../ids.ts";
import type { Queue, QueuedCall, ReadyAgent } from "../state.ts";

/** Higher priority first, then who waits longer, then who came first; ageing is in both numbers. */
export const callOrder = (a: QueuedCall, b: QueuedCall): number =>
  b.level - a.level || a.fromMs - b.fromMs || a.sequence - b.sequence;

/** The strategy's rank, then longest idle first. */
export const idleOrder = (a: ReadyAgent, b: ReadyAgent): number =>
  a.rank - b.rank || a.sinceMs - b.sinceMs || a.sequence - b.sequence;

type Head = Readonly<{ queue: Queue; head: QueuedCall }>;

/** Between the heads of two queues that one agent serves; the rules are those of the choice. */
export function headOrder(
  a: Head,
  b: Head,
  rule: Readonly<{ choice: QueueChoice; nowMs: Ms }>,
): number {
  const byDeadline = rule.choice === "deadlineFirst" ? deadlineOf(a) - deadlineOf(b) : 0;
  return (
    byDeadline ||
    agedPriority(b, rule.nowMs) - agedPriority(a, rule.nowMs) ||
    callOrder(a.head, b.head)
  );
}

/** When the call misses (or missed) its service level. */
const deadlineOf = ({ queue, head }: Head): Ms => head.queuedAtMs + queue.config.targetMs;

/** The queue's priority, one more for each full ageing time that its head has waited. */
function agedPriority({ queue, head }: Head, nowMs: Ms): number {
  const { priority, routing } = queue.config;
  const ageingMs = routing?.ageingMs ?? null;
  return ageingMs === null ? priority : priority + Math.floor((nowMs - head.queuedAtMs) / ageingMs);
}
