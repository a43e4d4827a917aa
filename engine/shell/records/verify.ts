// Compares every figure that somebody reads with what the facts give: `npm run verify`, and now and
// then inside a running engine. Runs in a worker thread; goes on from where it was the last time.
import { type Kysely, sql } from "kysely";
import type { Ms, QueueId } from "../../core/ids.ts";
import {
  type Difference,
  differences,
  type Figures,
  statsFigures,
  wallboardFigures,
  wallboardOf,
} from "../../core/stats/compare.ts";
import {
  createLedger,
  foldFact,
  type Imbalance,
  imbalances,
  type Ledger,
  type Oddity,
} from "../../core/stats/ledger.ts";
import type { Stats } from "../../core/stats/stats.ts";
import { expectedMetrics, metricFigures } from "../metrics/metric-figures.ts";
import type { RecordsSchema } from "./schema.ts";
import { factsAfter } from "./stored-facts.ts";

/** What the surfaces showed at one moment, after the fact `factSeq`. */
export type ShownFigures = Readonly<{
  factSeq: number;
  nowMs: Ms;
  /** The core's own numbers. */
  stats: Stats;
  /** Calls in each queue, counted by looking into it. */
  waiting: readonly (readonly [queueId: QueueId, calls: number])[];
  wallboard: Parameters<typeof wallboardFigures>[0];
  /** `/metrics` as text. */
  metrics: string;
}>;

export type VerifyReport = Readonly<{
  /** Facts and figures that were looked at. */
  facts: number;
  figures: number;
  differences: readonly Difference[];
  imbalances: readonly Imbalance[];
  oddities: readonly Oddity[];
}>;

const factsAtOnce = 5_000;

export type Verifier = { verify(shown: ShownFigures): Promise<VerifyReport> };

export function createVerifier(db: Kysely<RecordsSchema>): Verifier {
  let ledger: Ledger | null = null;
  return {
    async verify(shown) {
      // Someone else's time may have passed a fact that an earlier look had not seen: never go back.
      if (ledger === null || ledger.seq > shown.factSeq) {
        ledger = createLedger(shown.stats.dayOffsetMinutes);
      }
      await foldUpTo(db, ledger, shown.factSeq);
      return await report(db, ledger, shown);
    },
  };
}

async function foldUpTo(db: Kysely<RecordsSchema>, ledger: Ledger, seq: number): Promise<void> {
  while (ledger.seq < seq) {
    const facts = await factsAfter(db, ledger.seq, Math.min(factsAtOnce, seq - ledger.seq));
    if (facts.length === 0) throw new Error(`the store ends at fact ${ledger.seq}, not ${seq}`);
    for (const fact of facts) {
      if (fact.seq !== ledger.seq + 1) {
        throw new Error(`facts ${ledger.seq + 1} to ${fact.seq - 1} are missing in the store`);
      }
      foldFact(ledger, fact);
    }
  }
}

async function report(
  db: Kysely<RecordsSchema>,
  ledger: Ledger,
  shown: ShownFigures,
): Promise<VerifyReport> {
  const { stats } = ledger;
  const agents = new Set(shown.stats.agents.keys());
  const queueIds = shown.wallboard.map(({ queueId }) => queueId);
  const surfaces: Record<string, Readonly<{ expected: Figures; shown: Figures }>> = {
    engine: { expected: statsFigures(stats, agents), shown: statsFigures(shown.stats, agents) },
    waiting: { expected: waitingFigures(ledger, shown.waiting), shown: new Map(shown.waiting) },
    wallboard: {
      expected: wallboardOf(stats, queueIds, shown.nowMs),
      shown: wallboardFigures(shown.wallboard),
    },
    metrics: { expected: expectedMetrics(stats), shown: metricFigures(shown.metrics) },
    records: await recordFigures(db, ledger),
  };
  return {
    facts: ledger.seq,
    figures: Object.values(surfaces).reduce((sum, { expected }) => sum + expected.size, 0),
    differences: Object.entries(surfaces).flatMap(([name, sides]) => differences(name, sides)),
    imbalances: imbalances(ledger),
    oddities: ledger.oddities,
  };
}

function waitingFigures(ledger: Ledger, shown: ShownFigures["waiting"]): Figures {
  const counts = new Map<string, number>(shown.map(([queueId]) => [queueId, 0]));
  for (const { queueId } of ledger.waiting.values()) {
    counts.set(queueId, (counts.get(queueId) ?? 0) + 1);
  }
  return counts;
}

/** The tables that reports read, up to the ledger's last fact. */
async function recordFigures(db: Kysely<RecordsSchema>, { seq, stats }: Ledger) {
  const expected = new Map<string, number>();
  for (const { queueId, ...queue } of stats.queues.values()) {
    const abandoned = queue.abandoned + queue.shortAbandoned;
    const counts = { offered: queue.offered, answered: queue.answered, abandoned };
    for (const [name, value] of Object.entries({ ...counts, flowedOut: queue.flowedOut })) {
      expected.set(`queue ${queueId} ${name}`, value);
    }
  }
  for (const [outcome, value] of Object.entries(stats.totals.byOutcome)) {
    expected.set(`calls ${outcome}`, value);
  }
  const shown = new Map([...expected.keys()].map((name): [string, number] => [name, 0]));
  const add = (name: string, value: number) => shown.set(name, (shown.get(name) ?? 0) + value);
  // Facts that came meanwhile may have ended a visit: what left later still waits here.
  const visits = await sql<{ queue_id: string; outcome: string; calls: number }>`
    select v.queue_id, coalesce(l.outcome, 'waiting') as outcome, count(*) as calls
    from queue_visit v left join queue_visit l on l.seq = v.seq and l.left_seq <= ${seq}
    where v.seq <= ${seq} group by v.queue_id, coalesce(l.outcome, 'waiting')`.execute(db);
  for (const { queue_id: queueId, outcome, calls } of visits.rows) {
    add(`queue ${queueId} offered`, calls);
    if (outcome !== "waiting") add(`queue ${queueId} ${outcome}`, calls);
  }
  const ended = await db
    .selectFrom("call_record")
    .select(["outcome", ({ fn }) => fn.countAll<number>().as("calls")])
    .where("seq", "<=", seq)
    .where("direction", "=", "inbound")
    .groupBy("outcome")
    .execute();
  for (const { outcome, calls } of ended) add(`calls ${outcome}`, calls);
  return { expected, shown };
}
