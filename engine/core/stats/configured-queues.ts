// Which queues have books, and the thresholds that they are counted with.
import type { QueueId } from "../ids.ts";
import {
  createQueueStats,
  type QueueStats,
  type QueueThresholds,
  waitingOf,
} from "./queue-stats.ts";

type QueueBooks = Map<QueueId, QueueStats>;

const queuesKeptMax = 20_000;

/** Queues that are new or have other thresholds than the numbers know: each becomes a fact. */
export const newThresholds = (
  known: QueueBooks,
  queues: readonly QueueThresholds[],
): readonly QueueThresholds[] =>
  queues.filter(({ id, targetMs, shortAbandonMs }) => {
    const before = known.get(id);
    return before?.targetMs !== targetMs || before.shortAbandonMs !== shortAbandonMs;
  });

/**
 * Queues that are gone keep their numbers, since counters never fall and the queue may come back;
 * only an absurd number of them is cut.
 */
export function cutBooks(queues: QueueBooks, configured: ReadonlySet<QueueId>): void {
  for (const [id, queue] of queues) {
    if (queues.size <= queuesKeptMax) break;
    if (!configured.has(id) && waitingOf(queue) === 0) queues.delete(id);
  }
}

/** What a queue counted before stays counted with the thresholds of that time. */
export function configureQueue(queues: QueueBooks, queue: QueueThresholds): void {
  const known = queues.get(queue.id);
  if (known === undefined) queues.set(queue.id, createQueueStats(queue));
  else {
    known.targetMs = queue.targetMs;
    known.shortAbandonMs = queue.shortAbandonMs;
  }
}
