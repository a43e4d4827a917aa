// [27] the books balance, per queue and per interval of arrival, against calls counted otherwise.
import type { Must } from "../../../engine/core/audit/invariants.ts";
import type { DebugState } from "../../../engine/core/debug-state.ts";
import { type Books, cohortKey } from "./books.ts";

export function checkCounters(must: Must, state: DebugState, books: Books): void {
  const answered = new Set(
    state.calls.filter((call) => call.visitLeft).map(({ callId }) => callId),
  );
  const live = new Map<string, number>();
  for (const queue of state.queues) {
    const waiting = queue.line.filter(({ callId }) => !answered.has(callId));
    for (const { queuedAtMs } of waiting) {
      const key = cohortKey(queue.queueId, queuedAtMs);
      live.set(key, (live.get(key) ?? 0) + 1);
    }
    const book = books.queueOf(queue.queueId);
    must(27, book.offered - book.left === waiting.length, "the facts' books balance", queue);
    const counted = state.counters.queues.find(({ queueId }) => queueId === queue.queueId);
    if (counted === undefined) continue;
    must(27, counted.offered === book.offered, "offered is counted", counted);
    must(27, counted.waiting === waiting.length, "waiting is counted", counted);
    const left = counted.answered + counted.abandoned + counted.shortAbandoned + counted.flowedOut;
    const balances = counted.offered === left + waiting.length;
    must(27, balances, "offered = answered + abandoned + flowed out + waiting", counted);
  }
  for (const [key, { offered, left }] of books.cohorts) {
    must(27, offered - left === (live.get(key) ?? 0), "each interval balances", key);
    if (offered === left && books.cohorts.size > 64) books.cohorts.delete(key);
  }
  must(27, state.counters.ended === books.ended(), "ended calls are counted", state.counters);
}
