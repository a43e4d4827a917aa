// Tables of the record store. Times are epoch milliseconds as bigint; nothing here is special to one
// database, so that the same queries run on SQLite and PostgreSQL.
import type { Kysely, Migration } from "kysely";

type FactTable = {
  seq: number;
  at_ms: number;
  /** Null for facts that belong to no call. */
  call_id: string | null;
  type: string;
  /** The whole fact as JSON. */
  body: string;
};

export type CallRecordTable = {
  call_id: string;
  direction: string;
  /** `seq` of the call's `callEnded`. */
  seq: number;
  trunk_id: string;
  number_id: string | null;
  ani: string;
  dnis: string;
  first_dnis: string | null;
  queue_id: string | null;
  agent_id: string | null;
  arrived_at_ms: number;
  answered_at_ms: number | null;
  queued_at_ms: number | null;
  agent_answered_at_ms: number | null;
  ended_at_ms: number;
  wait_ms: number | null;
  since_arrival_ms: number | null;
  ring_ms: number;
  talk_ms: number;
  hold_ms: number;
  wrap_up_ms: number | null;
  wrap_up_code: string | null;
  notes: string;
  outcome: string;
  released_by: string;
  cause_reason: string;
  cause_sip_status: number | null;
  /** Menu choices and tags as JSON. */
  path: string;
  returned_count: number;
  transfer_count: number;
  /** Talks as JSON. */
  talks: string;
  /** The worst quality of each side, as JSON; null in rows of before it was kept. */
  quality: string | null;
  /** What became of the recording, as JSON; null when there was none. */
  recording: string | null;
};

export type RecordsSchema = { fact: FactTable; call_record: CallRecordTable };

/** In order of their names; one that has run is never changed. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-facts-and-call-records": {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable("fact")
        .addColumn("seq", "bigint", (column) => column.primaryKey())
        .addColumn("at_ms", "bigint", (column) => column.notNull())
        .addColumn("call_id", "text")
        .addColumn("type", "text", (column) => column.notNull())
        .addColumn("body", "text", (column) => column.notNull())
        .execute();
      await db.schema.createIndex("fact_call").on("fact").columns(["call_id", "seq"]).execute();
      await db.schema
        .createTable("call_record")
        .addColumn("call_id", "text", (column) => column.primaryKey())
        .addColumn("seq", "bigint", (column) => column.notNull())
        .addColumn("trunk_id", "text", (column) => column.notNull())
        .addColumn("number_id", "text")
        .addColumn("ani", "text", (column) => column.notNull())
        .addColumn("dnis", "text", (column) => column.notNull())
        .addColumn("first_dnis", "text")
        .addColumn("queue_id", "text")
        .addColumn("agent_id", "text")
        .addColumn("arrived_at_ms", "bigint", (column) => column.notNull())
        .addColumn("answered_at_ms", "bigint")
        .addColumn("queued_at_ms", "bigint")
        .addColumn("agent_answered_at_ms", "bigint")
        .addColumn("ended_at_ms", "bigint", (column) => column.notNull())
        .addColumn("wait_ms", "bigint")
        .addColumn("since_arrival_ms", "bigint")
        .addColumn("ring_ms", "bigint", (column) => column.notNull())
        .addColumn("talk_ms", "bigint", (column) => column.notNull())
        .addColumn("hold_ms", "bigint", (column) => column.notNull())
        .addColumn("wrap_up_ms", "bigint")
        .addColumn("wrap_up_code", "text")
        .addColumn("notes", "text", (column) => column.notNull())
        .addColumn("outcome", "text", (column) => column.notNull())
        .addColumn("released_by", "text", (column) => column.notNull())
        .addColumn("cause_reason", "text", (column) => column.notNull())
        .addColumn("cause_sip_status", "integer")
        .addColumn("path", "text", (column) => column.notNull())
        .addColumn("returned_count", "integer", (column) => column.notNull())
        .execute();
      await db.schema.createIndex("call_record_seq").on("call_record").column("seq").execute();
      await db.schema
        .createIndex("call_record_arrived")
        .on("call_record")
        .column("arrived_at_ms")
        .execute();
    },
    async down(db: Kysely<unknown>): Promise<void> {
      await db.schema.dropTable("call_record").execute();
      await db.schema.dropTable("fact").execute();
    },
  },
  "0002-transfers": {
    async up(db: Kysely<unknown>): Promise<void> {
      const table = db.schema.alterTable("call_record");
      await table
        .addColumn("transfer_count", "integer", (column) => column.notNull().defaultTo(0))
        .execute();
      await table
        .addColumn("talks", "text", (column) => column.notNull().defaultTo("[]"))
        .execute();
    },
    async down(db: Kysely<unknown>): Promise<void> {
      const table = db.schema.alterTable("call_record");
      await table.dropColumn("talks").execute();
      await table.dropColumn("transfer_count").execute();
    },
  },
  "0003-recordings": {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.alterTable("call_record").addColumn("recording", "text").execute();
    },
    async down(db: Kysely<unknown>): Promise<void> {
      await db.schema.alterTable("call_record").dropColumn("recording").execute();
    },
  },
  "0004-direction": {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .alterTable("call_record")
        .addColumn("direction", "text", (column) => column.notNull().defaultTo("inbound"))
        .execute();
    },
    async down(db: Kysely<unknown>): Promise<void> {
      await db.schema.alterTable("call_record").dropColumn("direction").execute();
    },
  },
  "0005-quality": {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.alterTable("call_record").addColumn("quality", "text").execute();
    },
    async down(db: Kysely<unknown>): Promise<void> {
      await db.schema.alterTable("call_record").dropColumn("quality").execute();
    },
  },
};
