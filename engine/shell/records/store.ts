// The record store's queries. Runs where blocking is harmless: in the records worker.
import { type Kysely, Migrator } from "kysely";
import type { Fact } from "../../core/fact.ts";
import type { CallRow } from "../../wire/http-api.ts";
import { recordOf, rowOf } from "./call-row.ts";
import { openDatabase, type RecordsDatabase } from "./database.ts";
import { migrations } from "./migrations.ts";
import { project } from "./projection.ts";
import { type QueueReport, type QueueReportQuery, queueReport } from "./queue-reports.ts";
import type { RecordsSchema } from "./schema.ts";
import { factsAfter, factsOf } from "./stored-facts.ts";
import { createVerifier, type ShownFigures, type VerifyReport } from "./verify.ts";

type Db = Kysely<RecordsSchema>;

export type CallsQuery = Readonly<{ after?: number | undefined; limit: number }>;

export type Store = {
  /** One transaction. Facts that are there already change nothing. */
  append(facts: readonly Fact[]): Promise<void>;
  /** `seq` of the last fact, 0 when there is none. */
  lastSeq(): Promise<number>;
  factsAfter(seq: number, limit: number): Promise<readonly Fact[]>;
  calls(query: CallsQuery): Promise<readonly CallRow[]>;
  call(callId: string): Promise<Readonly<{ record: CallRow | null; facts: readonly Fact[] }>>;
  queueReport(query: QueueReportQuery): Promise<QueueReport>;
  /** Facts up to `shown.factSeq` must be there. */
  verify(shown: ShownFigures): Promise<VerifyReport>;
  close(): Promise<void>;
};

/** SQLite allows 32,766 parameters in one statement, PostgreSQL 65,535; a fact has five. */
const factsPerStatement = 1_000;
/** Facts after which a call's record is written (again). */
const closing: ReadonlySet<Fact["type"]> = new Set(["callEnded", "wrapUpEnded", "recordingEnded"]);

/** `migrate` brings the tables up to date; of several stores on one database only one may. */
export async function openStore(
  database: RecordsDatabase,
  { migrate = true }: Readonly<{ migrate?: boolean }> = {},
): Promise<Store> {
  const db = openDatabase(database);
  try {
    if (migrate) await bringUpToDate(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  const verifier = createVerifier(db);
  return {
    queueReport: (query) => queueReport(db, query),
    verify: (shown) => verifier.verify(shown),
    append: (facts) => append(db, facts),
    async lastSeq() {
      const row = await db
        .selectFrom("fact")
        .select(({ fn }) => fn.max("seq").as("seq"))
        .executeTakeFirst();
      return row?.seq ?? 0;
    },
    factsAfter: (seq, limit) => factsAfter(db, seq, limit),
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

export function migratorOf(db: Db): Migrator {
  return new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
}

async function bringUpToDate(db: Db): Promise<void> {
  const { error } = await migratorOf(db).migrateToLatest();
  if (error !== undefined) throw error;
  const spans = await db.selectFrom("agent_span").select("seq").limit(1).executeTakeFirst();
  const visits = await db.selectFrom("queue_visit").select("seq").limit(1).executeTakeFirst();
  if (spans === undefined && visits === undefined) await projectAll(db);
}

/** Fills tables that came later than the facts: all or nothing, so a killed start tries again. */
async function projectAll(db: Db): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (let seq = 0; ; ) {
      const facts = await factsAfter(tx, seq, factsPerStatement);
      const last = facts.at(-1);
      if (last === undefined) return;
      await project(tx, facts);
      seq = last.seq;
    }
  });
}

async function append(db: Db, facts: readonly Fact[]): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const added = await withoutKnown(tx, facts);
    for (let at = 0; at < added.length; at += factsPerStatement) {
      await tx
        .insertInto("fact")
        .values(
          added.slice(at, at + factsPerStatement).map((fact) => ({
            seq: fact.seq,
            at_ms: fact.atMs,
            call_id: "callId" in fact ? fact.callId : null,
            type: fact.type,
            body: JSON.stringify(fact),
          })),
        )
        .execute();
    }
    await project(tx, added);
    const finished = new Set<string>();
    for (const fact of added) {
      if (closing.has(fact.type) && "callId" in fact) finished.add(fact.callId);
    }
    for (const callId of finished) await writeRecord(tx, callId);
  });
}

/** A replay after a crash tells facts again: what is there already is left out. */
async function withoutKnown(db: Db, facts: readonly Fact[]): Promise<readonly Fact[]> {
  const [first] = facts;
  if (first === undefined) return [];
  let fromSeq = first.seq;
  let toSeq = first.seq;
  for (const { seq } of facts) {
    fromSeq = Math.min(fromSeq, seq);
    toSeq = Math.max(toSeq, seq);
  }
  const rows = await db
    .selectFrom("fact")
    .select("seq")
    .where("seq", ">=", fromSeq)
    .where("seq", "<=", toSeq)
    .execute();
  const known = new Set(rows.map(({ seq }) => seq));
  return facts.filter(({ seq }) => !known.has(seq) && known.add(seq));
}

/** Folds the record from the stored facts, so that a replay or a restart cannot make another one. */
async function writeRecord(db: Db, callId: string): Promise<void> {
  const row = recordOf(await factsOf(db, callId));
  if (row === null) return;
  await db
    .insertInto("call_record")
    .values(row)
    .onConflict((conflict) => conflict.column("call_id").doUpdateSet(row))
    .execute();
}
