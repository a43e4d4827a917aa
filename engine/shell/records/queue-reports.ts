// Reports over queue visits, by arrival: the database adds up, the core makes ratios.
import { type Kysely, type RawBuilder, sql } from "kysely";
import { Temporal } from "temporal-polyfill";
import {
  addCounts,
  emptyCounts,
  type ReportRow,
  reportRow,
  type VisitCounts,
} from "../../core/stats/queue-report.ts";
import type { RecordsSchema } from "./schema.ts";

export type QueueReportQuery = Readonly<{
  /** Arrivals into the queue in `[fromMs, toMs)`. */
  fromMs: number;
  toMs: number;
  by: "queue" | "number" | "trunk" | "quarterHour" | "halfHour" | "hour" | "day" | "week" | "month";
  /** Only this queue; null: all. */
  queueId: string | null;
  /** Thresholds of each queue; `all` counts for every queue instead. */
  thresholds: readonly Readonly<{ queueId: string; targetMs: number; shortAbandonMs: number }>[];
  all: Readonly<{ targetMs: number | null; shortAbandonMs: number | null }>;
  /** For days, weeks and months, daylight saving included. */
  timeZone: string;
}>;

export type QueueReport = Readonly<{ rows: readonly ReportRow[]; total: ReportRow }>;

const quarterMs = 900_000;

export async function queueReport(
  db: Kysely<RecordsSchema>,
  query: QueueReportQuery,
): Promise<QueueReport> {
  const groups = await countVisits(db, query);
  const keyOf = keyFunction(query);
  const rows = new Map<string, VisitCounts>();
  let total = emptyCounts;
  for (const { key: sqlKey, ...counts } of groups) {
    const key = keyOf(sqlKey);
    rows.set(key, addCounts(rows.get(key) ?? emptyCounts, counts));
    total = addCounts(total, counts);
  }
  return {
    rows: [...rows]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, counts]) => reportRow(key, counts)),
    total: reportRow("", total),
  };
}

type Group = VisitCounts & Readonly<{ key: string | number | null }>;

async function countVisits(
  db: Kysely<RecordsSchema>,
  query: QueueReportQuery,
): Promise<readonly Group[]> {
  const group = groupOf(query.by);
  const target = thresholdOf(query, "targetMs");
  const short = thresholdOf(query, "shortAbandonMs");
  const count = (condition: RawBuilder<unknown>) =>
    sql<number>`sum(case when ${condition} then 1 else 0 end)`;
  const left = sql`outcome = 'abandoned'`;
  const answered = sql`outcome = 'answered'`;
  const only = query.queueId === null ? sql`` : sql`and queue_id = ${query.queueId}`;
  const { rows } = await sql<Group>`
    select ${group} as "key", count(*) as "offered",
      ${count(answered)} as "answered",
      ${count(sql`${answered} and wait_ms <= ${target}`)} as "answeredWithinTarget",
      ${count(sql`${left} and wait_ms <= ${target}`)} as "abandonedWithinTarget",
      ${count(sql`${left} and wait_ms >= ${short}`)} as "abandoned",
      ${count(sql`${left} and wait_ms < ${short}`)} as "shortAbandoned",
      ${count(sql`outcome = 'flowedOut'`)} as "flowedOut",
      ${count(sql`outcome = 'waiting'`)} as "waiting",
      coalesce(sum(case when ${answered} then wait_ms end), 0) as "waitMsAnswered",
      coalesce(sum(case when ${answered} then since_arrival_ms end), 0) as "responseMsAnswered"
    from queue_visit
    where queued_at_ms >= ${query.fromMs} and queued_at_ms < ${query.toMs} ${only}
    group by ${group}`.execute(db);
  return rows;
}

function groupOf(by: QueueReportQuery["by"]): RawBuilder<unknown> {
  if (by === "queue") return sql`queue_id`;
  if (by === "number") return sql`number_id`;
  if (by === "trunk") return sql`trunk_id`;
  // Every zone of the world begins its days at a quarter of an hour.
  return sql`queued_at_ms / ${sql.lit(quarterMs)}`;
}

/** Each queue's own threshold, or the one for all; queues that are gone are judged by 0. */
function thresholdOf(
  { all, thresholds }: QueueReportQuery,
  name: "targetMs" | "shortAbandonMs",
): RawBuilder<unknown> {
  const forAll = all[name];
  if (forAll !== null || thresholds.length === 0) return sql`${sql.lit(forAll ?? 0)}`;
  const cases = thresholds.map(
    (queue) => sql`when ${sql.lit(queue.queueId)} then ${sql.lit(queue[name])}`,
  );
  return sql`case queue_id ${sql.join(cases, sql` `)} else 0 end`;
}

/** Names a group: an id, or the local start of an interval in ISO 8601 with its offset. */
function keyFunction({ by, timeZone }: QueueReportQuery): (key: Group["key"]) => string {
  if (by === "queue" || by === "number" || by === "trunk") return (key) => String(key ?? "");
  return (key) => {
    const at = Temporal.Instant.fromEpochMilliseconds(Number(key) * quarterMs);
    const local = at.toZonedDateTimeISO(timeZone);
    return startOf(by, local).toString({ timeZoneName: "never", smallestUnit: "minute" });
  };
}

function startOf(by: QueueReportQuery["by"], at: Temporal.ZonedDateTime): Temporal.ZonedDateTime {
  if (by === "quarterHour") return at;
  if (by === "halfHour") return at.subtract({ minutes: at.minute % 30 });
  if (by === "hour") return at.subtract({ minutes: at.minute });
  const day = at.startOfDay();
  if (by === "week") return day.subtract({ days: day.dayOfWeek - 1 }).startOfDay();
  return by === "month" ? day.with({ day: 1 }).startOfDay() : day;
}
