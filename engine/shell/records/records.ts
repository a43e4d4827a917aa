// Facts on their way into SQL, and the way back for readers. The engine never waits for it: facts
// are collected, written in batches by a worker thread, and tried again while the store fails.
import { setTimeout as later } from "node:timers/promises";
import type { Fact } from "../../core/fact.ts";
import type { CallRow } from "../../wire/http-api.ts";
import type { FactListener } from "../ports.ts";
import type { RecordsDatabase } from "./database.ts";
import type { QueueReport, QueueReportQuery } from "./queue-reports.ts";
import type { CallsQuery } from "./store.ts";
import type { ShownFigures, VerifyReport } from "./verify.ts";
import { createWorkerLink } from "./worker-link.ts";

type RecordsHealth = Readonly<{
  /** False while facts cannot be written, and for ever once some were dropped. */
  ok: boolean;
  /** Facts that are not written yet. */
  backlog: number;
  /** Facts that found no room in the backlog; the journal still has them. */
  dropped: number;
  lastError: string | null;
}>;

export type Records = FactListener & {
  /** `seq` of the last stored fact, 0 when there is none. */
  lastSeq(): Promise<number>;
  calls(query: CallsQuery): Promise<readonly CallRow[]>;
  call(callId: string): Promise<Readonly<{ record: CallRow | null; facts: readonly Fact[] }>>;
  factsAfter(seq: number, limit: number): Promise<readonly Fact[]>;
  queueReport(query: QueueReportQuery): Promise<QueueReport>;
  /** Waits until the facts up to `shown.factSeq` are written, then compares. */
  verify(shown: ShownFigures): Promise<VerifyReport>;
  health(): RecordsHealth;
  /** Writes what is left, within `closeMs`, and ends the worker. */
  close(): Promise<void>;
};

export type RecordsOptions = Readonly<{
  database: RecordsDatabase;
  log: Readonly<{ error(details: object, message: string): void }>;
  backlogMax?: number;
}>;

/** Group commit: facts of this long share one transaction and one fsync. */
const batchMs = 50;
const batchMax = 5_000;
const retryMsMin = 250;
const retryMsMax = 5_000;
const closeMs = 5_000;
const defaultBacklogMax = 100_000;

export function createRecords(options: RecordsOptions): Records {
  const { log, backlogMax = defaultBacklogMax } = options;
  const { database } = options;
  const link = createWorkerLink({ database, migrate: true });
  // Readers have a thread of their own: a long report delays no fact.
  const reader = createWorkerLink({ database, migrate: false });
  const verifier = createWorkerLink({ database, migrate: false });
  let backlog: Fact[] = [];
  let dropped = 0;
  let lastError: string | null = null;
  let failing = false;
  let retryMs = retryMsMin;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> | null = null;
  let closed = false;

  const write = async (): Promise<void> => {
    const batch = backlog.slice(0, batchMax);
    try {
      await link.ask({ type: "append", facts: batch });
      backlog = backlog.slice(batch.length);
      failing = false;
      retryMs = retryMsMin;
    } catch (error) {
      lastError = error instanceof Error ? error.message : String(error);
      if (!failing && !closed) log.error({ error: lastError }, "facts cannot be stored");
      failing = true;
      retryMs = Math.min(retryMs * 2, retryMsMax);
    }
  };
  const writeSoon = (): void => {
    if (timer !== null || writing !== null || closed || backlog.length === 0) return;
    timer = setTimeout(
      () => {
        timer = null;
        writing = write().finally(() => {
          writing = null;
          writeSoon();
        });
      },
      failing ? retryMs : batchMs,
    );
  };
  const writeAll = async (): Promise<void> => {
    await writing;
    while (backlog.length > 0 && !failing) await write();
  };
  return {
    onFacts(facts) {
      if (closed) return;
      for (const fact of facts) {
        if (backlog.length < backlogMax) backlog.push(fact);
        else dropped += 1;
      }
      writeSoon();
    },
    // The worker answers each request with what its type says.
    lastSeq: async () => (await link.ask({ type: "lastSeq" })) as number,
    calls: async (query) => (await reader.ask({ type: "calls", query })) as readonly CallRow[],
    call: async (callId) =>
      (await reader.ask({ type: "call", callId })) as Awaited<ReturnType<Records["call"]>>,
    factsAfter: async (seq, limit) =>
      (await reader.ask({ type: "factsAfter", seq, limit })) as readonly Fact[],
    queueReport: async (query) => (await reader.ask({ type: "queueReport", query })) as QueueReport,
    async verify(shown) {
      while (!closed && (backlog[0]?.seq ?? Infinity) <= shown.factSeq) await later(batchMs);
      return (await verifier.ask({ type: "verify", shown })) as VerifyReport;
    },
    health: () => ({
      ok: !failing && dropped === 0,
      backlog: backlog.length,
      dropped,
      lastError,
    }),
    async close() {
      if (closed) return;
      closed = true;
      if (timer !== null) clearTimeout(timer);
      const farewell = (async () => {
        failing = false;
        await writeAll();
        await link.ask({ type: "close" });
      })().catch(() => {});
      let late: NodeJS.Timeout | undefined;
      await Promise.race([
        farewell,
        new Promise<void>((resolve) => {
          late = setTimeout(resolve, closeMs);
        }),
      ]);
      clearTimeout(late);
      if (backlog.length > 0) log.error({ backlog: backlog.length }, "facts were not stored");
      await Promise.all([link.stop(), reader.stop(), verifier.stop()]);
    },
  };
}
