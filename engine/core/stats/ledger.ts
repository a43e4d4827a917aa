// All numbers folded anew from the facts alone, and beside them who stands in which queue: what every
// surface is compared with.
import type { Fact } from "../fact.ts";
import type { CallId, Ms, QueueId } from "../ids.ts";
import { cohortMs, waitingOf } from "./queue-stats.ts";
import { applyFact, createStats, type Stats } from "./stats.ts";

export type Ledger = {
  /** Of the last fact that is in it; 0 for none. */
  seq: number;
  stats: Stats;
  /** Calls that entered a queue and have not left it, by {@link visitKey}. */
  waiting: Map<string, OpenVisit>;
  /** Facts that no order of things allows; the first ones. */
  oddities: Oddity[];
};

export type OpenVisit = Readonly<{ callId: CallId; queueId: QueueId; queuedAtMs: Ms }>;
export type Oddity = Readonly<{ seq: number; callId: CallId; queueId: QueueId; what: OddityKind }>;
type OddityKind = "enteredTwice" | "leftWithoutEntry" | "endedWhileWaiting";

const odditiesMax = 1_000;

/** `dayOffsetMinutes`: that of the first fact; later changes are facts. */
export const createLedger = (dayOffsetMinutes: number): Ledger => ({
  seq: 0,
  stats: createStats({ queues: [], dayOffsetMinutes }),
  waiting: new Map(),
  oddities: [],
});

export function foldFact(ledger: Ledger, fact: Fact): void {
  ledger.seq = fact.seq;
  applyFact(ledger.stats, fact);
  if (fact.type === "queueEntered" && !fact.returned) {
    const { callId, queueId, queuedAtMs } = fact;
    if (ledger.waiting.has(visitKey(fact))) note(ledger, fact, "enteredTwice");
    ledger.waiting.set(visitKey(fact), { callId, queueId, queuedAtMs });
  } else if (fact.type === "queueLeft") {
    if (!ledger.waiting.delete(visitKey(fact))) note(ledger, fact, "leftWithoutEntry");
  } else if (fact.type === "callEnded") {
    for (const visit of ledger.waiting.values()) {
      if (visit.callId !== fact.callId) continue;
      note(ledger, { ...fact, queueId: visit.queueId }, "endedWhileWaiting");
    }
  }
}

/** One red line: a queue's interval whose books do not balance, and the calls behind it. */
export type Imbalance = Readonly<{
  queueId: QueueId;
  /** Start of the interval; null for the whole time. */
  fromMs: Ms | null;
  /** Offered − answered − abandoned − short-abandoned − flowed out. */
  remaining: number;
  stillWaiting: number;
  /** The calls that the facts leave in the queue, and those with odd facts. */
  callIds: readonly CallId[];
}>;

/** Offered = answered + abandoned + short-abandoned + flowed out + still waiting, or why not. */
export function imbalances(ledger: Ledger): readonly Imbalance[] {
  return [...ledger.stats.queues.values()].flatMap((queue) => {
    const open = [...ledger.waiting.values()].filter(({ queueId }) => queueId === queue.queueId);
    const odd = ledger.oddities.filter(({ queueId }) => queueId === queue.queueId);
    const line = (fromMs: Ms | null, remaining: number, here: readonly OpenVisit[]) =>
      remaining === here.length
        ? []
        : [
            {
              queueId: queue.queueId,
              fromMs,
              remaining,
              stillWaiting: here.length,
              callIds: [...new Set([...here, ...odd].map(({ callId }) => callId))],
            },
          ];
    return [
      ...line(null, waitingOf(queue), open),
      ...[...queue.cohorts].flatMap(([fromMs, cohort]) =>
        line(
          fromMs,
          waitingOf(cohort),
          open.filter(({ queuedAtMs }) => queuedAtMs >= fromMs && queuedAtMs < fromMs + cohortMs),
        ),
      ),
    ];
  });
}

const visitKey = ({ callId, queueId }: Readonly<{ callId: CallId; queueId: QueueId }>): string =>
  JSON.stringify([callId, queueId]);

function note(
  ledger: Ledger,
  at: Readonly<{ seq: number; callId: CallId; queueId: QueueId }>,
  what: OddityKind,
): void {
  const { seq, callId, queueId } = at;
  if (ledger.oddities.length < odditiesMax) ledger.oddities.push({ seq, callId, queueId, what });
}
