// The record store's queries. Runs where blocking is harmless: in the records worker.
import { chmodSync } from "node:fs";
import Database from "better-sqlite3";
import { type Insertable, Kysely, Migrator, type Selectable, SqliteDialect } from "kysely";
import type { Fact } from "../../core/fact.ts";
import { foldCallRecord } from "../../core/stats/call-record.ts";
import type { CallRow } from "../../wire/http-api.ts";
import { type CallRecordTable, migrations, type RecordsSchema } from "./schema.ts";

export type CallsQuery = Readonly<{ after?: number | undefined; limit: number }>;

export type Store = {
  /** One transaction. Facts that are there already change nothing. */
  append(facts: readonly Fact[]): Promise<void>;
  /** `seq` of the last fact, 0 when there is none. */
  lastSeq(): Promise<number>;
  factsAfter(seq: number, limit: number): Promise<readonly Fact[]>;
  calls(query: CallsQuery): Promise<readonly CallRow[]>;
  call(callId: string): Promise<Readonly<{ record: CallRow | null; facts: readonly Fact[] }>>;
  close(): Promise<void>;
};

/** SQLite allows 32,766 parameters in one statement; a fact has five. */
const factsPerStatement = 1_000;
/** A call with more facts than this shows its first ones. */
const factsOfCallMax = 10_000;
const busyMs = 500;
/** Enough for inserts, which go to the ends of the trees; the built-in 16 MB fill and stay. */
const pageCacheKib = 4_000;
const noQuality = '{"caller":null,"agent":null}';
/** Facts after which a call's record is written (again). */
const closing: ReadonlySet<Fact["type"]> = new Set(["callEnded", "wrapUpEnded", "recordingEnded"]);

/** Opens the file, and brings its tables up to date. */
export async function openStore(file: string): Promise<Store> {
  const database = new Database(file, { timeout: busyMs });
  // Callers' numbers are in it; the files beside it take over the mode.
  chmodSync(file, 0o600);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma(`cache_size = -${pageCacheKib}`);
  const db = new Kysely<RecordsSchema>({ dialect: new SqliteDialect({ database }) });
  try {
    await migrateUp(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return {
    append: (facts) => append(db, facts),
    async lastSeq() {
      const row = await db
        .selectFrom("fact")
        .select(({ fn }) => fn.max("seq").as("seq"))
        .executeTakeFirst();
      return row?.seq ?? 0;
    },
    async factsAfter(seq, limit) {
      const rows = await db
        .selectFrom("fact")
        .select("body")
        .where("seq", ">", seq)
        .orderBy("seq")
        .limit(limit)
        .execute();
      return rows.map(factOf);
    },
    async calls({ after, limit }) {
      const all = db.selectFrom("call_record").selectAll().limit(limit);
      const some =
        after === undefined
          ? all.orderBy("seq", "desc")
          : all.where("seq", ">", after).orderBy("seq", "asc");
      return (await some.execute()).map(rowOf);
    },
    async call(callId) {
      const record = await db
        .selectFrom("call_record")
        .selectAll()
        .where("call_id", "=", callId)
        .executeTakeFirst();
      return {
        record: record === undefined ? null : rowOf(record),
        facts: await factsOf(db, callId),
      };
    },
    close: () => db.destroy(),
  };
}

export function migratorOf(db: Kysely<RecordsSchema>): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
}

async function migrateUp(db: Kysely<RecordsSchema>): Promise<void> {
  const { error } = await migratorOf(db).migrateToLatest();
  if (error !== undefined) throw error;
}

async function append(db: Kysely<RecordsSchema>, facts: readonly Fact[]): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (let at = 0; at < facts.length; at += factsPerStatement) {
      await tx
        .insertInto("fact")
        .values(
          facts.slice(at, at + factsPerStatement).map((fact) => ({
            seq: fact.seq,
            at_ms: fact.atMs,
            call_id: "callId" in fact ? fact.callId : null,
            type: fact.type,
            body: JSON.stringify(fact),
          })),
        )
        .onConflict((conflict) => conflict.column("seq").doNothing())
        .execute();
    }
    const finished = new Set<string>();
    for (const fact of facts) {
      if (closing.has(fact.type) && "callId" in fact) finished.add(fact.callId);
    }
    for (const callId of finished) await writeRecord(tx, callId);
  });
}

/** Folds the record from the stored facts, so that a replay or a restart cannot make another one. */
async function writeRecord(db: Kysely<RecordsSchema>, callId: string): Promise<void> {
  const row = recordOf(await factsOf(db, callId));
  if (row === null) return;
  await db
    .insertInto("call_record")
    .values(row)
    .onConflict((conflict) => conflict.column("call_id").doUpdateSet(row))
    .execute();
}

async function factsOf(db: Kysely<RecordsSchema>, callId: string): Promise<readonly Fact[]> {
  const rows = await db
    .selectFrom("fact")
    .select("body")
    .where("call_id", "=", callId)
    .orderBy("seq")
    .limit(factsOfCallMax)
    .execute();
  return rows.map(factOf);
}

/** Null while the call lives, and for a call whose beginning was never stored. */
function recordOf(facts: readonly Fact[]): Insertable<CallRecordTable> | null {
  const record = facts.reduce<ReturnType<typeof foldCallRecord>>(foldCallRecord, null);
  const seq = facts.find((fact) => fact.type === "callEnded")?.seq;
  if (record === null || seq === undefined) return null;
  const { endedAtMs, outcome, releasedBy, cause } = record;
  if (endedAtMs === null || outcome === null || releasedBy === null || cause === null) return null;
  return {
    call_id: record.callId,
    direction: record.direction,
    seq,
    trunk_id: record.trunkId,
    number_id: record.numberId,
    ani: record.ani,
    dnis: record.dnis,
    first_dnis: record.firstDnis,
    queue_id: record.queueId,
    agent_id: record.agentId,
    arrived_at_ms: record.arrivedAtMs,
    answered_at_ms: record.answeredAtMs,
    queued_at_ms: record.queuedAtMs,
    agent_answered_at_ms: record.agentAnsweredAtMs,
    ended_at_ms: endedAtMs,
    wait_ms: record.waitMs,
    since_arrival_ms: record.sinceArrivalMs,
    ring_ms: record.ringMs,
    talk_ms: record.talkMs,
    hold_ms: record.holdMs,
    wrap_up_ms: record.wrapUpMs,
    wrap_up_code: record.wrapUpCode,
    notes: record.notes,
    outcome,
    released_by: releasedBy,
    cause_reason: cause.reason,
    cause_sip_status: cause.sipStatus,
    path: JSON.stringify(record.path),
    returned_count: record.returnedCount,
    transfer_count: record.transferCount,
    talks: JSON.stringify(record.talks),
    quality: JSON.stringify(record.quality),
    recording: record.recording === null ? null : JSON.stringify(record.recording),
  };
}

function rowOf(row: Selectable<CallRecordTable>): CallRow {
  return {
    seq: row.seq,
    callId: row.call_id,
    direction: row.direction,
    trunkId: row.trunk_id,
    numberId: row.number_id,
    ani: row.ani,
    dnis: row.dnis,
    firstDnis: row.first_dnis,
    queueId: row.queue_id,
    agentId: row.agent_id,
    arrivedAtMs: row.arrived_at_ms,
    answeredAtMs: row.answered_at_ms,
    queuedAtMs: row.queued_at_ms,
    agentAnsweredAtMs: row.agent_answered_at_ms,
    endedAtMs: row.ended_at_ms,
    waitMs: row.wait_ms,
    sinceArrivalMs: row.since_arrival_ms,
    ringMs: row.ring_ms,
    talkMs: row.talk_ms,
    holdMs: row.hold_ms,
    wrapUpMs: row.wrap_up_ms,
    wrapUpCode: row.wrap_up_code,
    notes: row.notes,
    outcome: row.outcome,
    releasedBy: row.released_by,
    cause: { reason: row.cause_reason, sipStatus: row.cause_sip_status },
    path: JSON.parse(row.path) as CallRow["path"],
    returnedCount: row.returned_count,
    transferCount: row.transfer_count,
    talks: JSON.parse(row.talks) as CallRow["talks"],
    quality: JSON.parse(row.quality ?? noQuality) as CallRow["quality"],
    recording: row.recording === null ? null : (JSON.parse(row.recording) as CallRow["recording"]),
  };
}

function factOf({ body }: Readonly<{ body: string }>): Fact {
  return JSON.parse(body) as Fact;
}
