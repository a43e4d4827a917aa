// Reports over a million queue visits of 30 days in the embedded database, in wall and CPU time.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../engine/shell/records/database.ts";
import type { QueueReportQuery } from "../../engine/shell/records/queue-reports.ts";
import { openStore } from "../../engine/shell/records/store.ts";

const startMs = 1_800_000_000_000;
const spanMs = 30 * 86_400_000;
const queueCount = 20;
const rowsAtOnce = 2_000;

export async function benchReports(visits: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "rexian-bench-reports-"));
  const database = { kind: "sqlite", file: join(dir, "records.sqlite") } as const;
  const store = await openStore(database);
  await fill(database, visits);
  for (const by of ["queue", "number", "trunk", "quarterHour", "hour", "day", "month"] as const) {
    const before = process.cpuUsage();
    const from = performance.now();
    const { rows, total } = await store.queueReport(queryOf(by));
    const wallMs = performance.now() - from;
    const { user, system } = process.cpuUsage(before);
    const cpuMs = (user + system) / 1_000;
    console.log(
      `${by.padEnd(12)} ${total.offered} calls, ${rows.length} rows: ${wallMs.toFixed(0)} ms, CPU ${cpuMs.toFixed(0)} ms`,
    );
  }
  await store.close();
  rmSync(dir, { recursive: true });
}

async function fill(database: Parameters<typeof openDatabase>[0], visits: number): Promise<void> {
  const db = openDatabase(database);
  for (let at = 0; at < visits; at += rowsAtOnce) {
    const rows = Array.from({ length: Math.min(rowsAtOnce, visits - at) }, (_, n) =>
      visitOf(at + n, visits),
    );
    await db.insertInto("queue_visit").values(rows).execute();
  }
  await db.destroy();
}

function visitOf(n: number, visits: number) {
  const queuedAtMs = startMs + Math.floor((n / visits) * spanMs);
  const waitMs = (n * 7_919) % 90_000;
  const answered = n % 7 !== 0;
  return {
    seq: n + 1,
    call_id: `c${n}`,
    queue_id: `queue-${n % queueCount}`,
    source: "inbound",
    ani: `138${String(n % 400_000).padStart(8, "0")}`,
    number_id: String(10_000 + (n % 5)),
    trunk_id: `trunk-${n % 3}`,
    queued_at_ms: queuedAtMs,
    left_seq: n + 2,
    left_at_ms: queuedAtMs + waitMs,
    wait_ms: waitMs,
    since_arrival_ms: waitMs + 5_000,
    outcome: answered ? "answered" : "abandoned",
    detail: answered ? null : "queue",
    agent_id: answered ? `a${n % 200}` : null,
  };
}

const queryOf = (by: QueueReportQuery["by"]): QueueReportQuery => ({
  fromMs: startMs,
  toMs: startMs + spanMs,
  by,
  queueId: null,
  thresholds: Array.from({ length: queueCount }, (_, n) => ({
    queueId: `queue-${n}`,
    targetMs: 15_000 + n * 1_000,
    shortAbandonMs: 5_000,
  })),
  all: { targetMs: null, shortAbandonMs: null },
  timeZone: "Asia/Shanghai",
});
