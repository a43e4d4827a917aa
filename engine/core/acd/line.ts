// Who is before whom: calls in one queue, heads of several queues, and idle agents.
import type { Queue, QueuedCall, ReadyAgent } from "../state.ts";

/** Higher priority first, then who waits longer, then who came first. */
export const callOrder = (a: QueuedCall, b: QueuedCall): number =>
  b.priority - a.priority || a.queuedAtMs - b.queuedAtMs || a.sequence - b.sequence;

/** Longest idle first. */
export const idleOrder = (a: ReadyAgent, b: ReadyAgent): number =>
  a.sinceMs - b.sinceMs || a.sequence - b.sequence;

/**
 * Between the heads of two queues that one agent serves: the queue's priority first, then as within
 * a queue.
 */
export function headOrder(
  a: Readonly<{ queue: Queue; head: QueuedCall }>,
  b: Readonly<{ queue: Queue; head: QueuedCall }>,
): number {
  return b.queue.config.priority - a.queue.config.priority || callOrder(a.head, b.head);
}
