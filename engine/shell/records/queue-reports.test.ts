import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "./database.ts";
import type { QueueReportQuery } from "./queue-reports.ts";
import type { QueueVisitTable } from "./schema.ts";
import { openStore, type Store } from "./store.ts";

let store: Store;
let file: string;
beforeEach(async () => {
  file = join(mkdtempSync(join(tmpdir(), "rexian-reports-")), "records.sqlite");
  store = await openStore({ kind: "sqlite", file });
});
afterEach(() => store.close());

type Visit = Pick<QueueVisitTable, "queue_id" | "outcome"> & { at: string; waitMs: number };

async function write(visits: readonly Visit[]): Promise<void> {
  const db = openDatabase({ kind: "sqlite", file });
  const rows = visits.map(({ at, waitMs, ...visit }, index) => ({
    ...visit,
    seq: index + 1,
    call_id: `c${index}`,
    source: "inbound",
    ani: "",
    number_id: null,
    trunk_id: "t",
    queued_at_ms: Date.parse(at),
    left_seq: null,
    left_at_ms: null,
    wait_ms: waitMs,
    since_arrival_ms: waitMs + 3_000,
    detail: null,
    agent_id: null,
  }));
  await db.insertInto("queue_visit").values(rows).execute();
  await db.destroy();
}

const query = (changes: Partial<QueueReportQuery>): QueueReportQuery => ({
  fromMs: Date.parse("2026-01-01T00:00:00Z"),
  toMs: Date.parse("2027-01-01T00:00:00Z"),
  by: "queue",
  queueId: null,
  thresholds: [
    { queueId: "tax", targetMs: 15_000, shortAbandonMs: 5_000 },
    { queueId: "sales", targetMs: 20_000, shortAbandonMs: 5_000 },
  ],
  all: { targetMs: null, shortAbandonMs: null },
  timeZone: "Europe/Berlin",
  ...changes,
});

const at = "2026-05-01T10:00:00Z";
const visits: readonly Visit[] = [
  { queue_id: "tax", outcome: "answered", at, waitMs: 15_000 },
  { queue_id: "tax", outcome: "answered", at, waitMs: 15_001 },
  { queue_id: "tax", outcome: "abandoned", at, waitMs: 4_999 },
  { queue_id: "tax", outcome: "abandoned", at, waitMs: 5_000 },
  { queue_id: "tax", outcome: "flowedOut", at, waitMs: 60_000 },
  { queue_id: "sales", outcome: "answered", at, waitMs: 20_000 },
  { queue_id: "sales", outcome: "waiting", at, waitMs: 0 },
];

describe("a report of queues", () => {
  it("counts by each queue's own thresholds; the total adds the sums", async () => {
    await write(visits);
    const { rows, total } = await store.queueReport(query({}));
    expect(rows.map(({ key, serviceLevels }) => [key, serviceLevels.abandonNegative])).toEqual([
      ["sales", { numerator: 1, denominator: 2, ratio: 0.5 }],
      ["tax", { numerator: 1, denominator: 5, ratio: 0.2 }],
    ]);
    expect(rows[1]).toMatchObject({
      offered: 5,
      answered: 2,
      abandoned: 1,
      shortAbandoned: 1,
      abandonedWithinTarget: 2,
      flowedOut: 1,
      waiting: 0,
      meanWaitMs: 15_000.5,
      meanResponseMs: 18_000.5,
      unexplained: 0,
    });
    expect(total).toMatchObject({ offered: 7, answered: 3, waiting: 1, unexplained: 0 });
  });

  it("judges the past anew when a threshold changes", async () => {
    await write(visits);
    const all = { targetMs: 16_000, shortAbandonMs: 6_000 };
    const { rows } = await store.queueReport(query({ all, queueId: "tax" }));
    expect(rows).toMatchObject([
      { key: "tax", answeredWithinTarget: 2, abandoned: 0, shortAbandoned: 2, unexplained: 0 },
    ]);
  });
});

describe("intervals are those of the site's clock", () => {
  const answeredAt = (time: string): Visit => ({
    queue_id: "tax",
    outcome: "answered",
    at: time,
    waitMs: 0,
  });
  it.each<[QueueReportQuery["by"], string[], Record<string, number>]>([
    [
      "quarterHour",
      ["2026-05-01T10:14:59Z", "2026-05-01T10:15:00Z"],
      { "2026-05-01T12:00+02:00": 1, "2026-05-01T12:15+02:00": 1 },
    ],
    [
      "halfHour",
      ["2026-05-01T10:15:00Z", "2026-05-01T10:30:00Z"],
      { "2026-05-01T12:00+02:00": 1, "2026-05-01T12:30+02:00": 1 },
    ],
    // Clocks go back from 3 to 2: the hour from 2 comes twice.
    [
      "hour",
      ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"],
      { "2026-10-25T02:00+01:00": 1, "2026-10-25T02:00+02:00": 1 },
    ],
    // This day has 23 hours, from 23:00 to 22:00 UTC.
    [
      "day",
      ["2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z", "2026-03-29T22:00:00Z"],
      { "2026-03-29T00:00+01:00": 2, "2026-03-30T00:00+02:00": 1 },
    ],
    [
      "week",
      ["2026-03-29T12:00:00Z", "2026-03-29T22:00:00Z"],
      { "2026-03-23T00:00+01:00": 1, "2026-03-30T00:00+02:00": 1 },
    ],
    [
      "month",
      ["2026-03-01T00:00:00Z", "2026-03-31T22:00:00Z"],
      { "2026-03-01T00:00+01:00": 1, "2026-04-01T00:00+02:00": 1 },
    ],
  ])("%s", async (by, times, expected) => {
    await write(times.map(answeredAt));
    const { rows } = await store.queueReport(query({ by }));
    expect(Object.fromEntries(rows.map(({ key, offered }) => [key, offered]))).toEqual(expected);
  });
});
