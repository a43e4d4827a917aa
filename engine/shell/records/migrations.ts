// How the record store's tables came to be, step by step, for SQLite and PostgreSQL alike.
import type { Kysely, Migration } from "kysely";
import { detailTables } from "./detail-tables.ts";

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
  "0006-details-for-reports": detailTables,
};
