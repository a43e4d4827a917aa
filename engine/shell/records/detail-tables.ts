// The migration that brings the tables which reports read: queue visits, talks, agents' spans, offers,
// transfers. They hold nothing that is not in the facts; the store fills them from the facts it has.
import { type Kysely, type Migration, sql } from "kysely";

const big = "bigint" as const;

export const detailTables: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("queue_visit")
      .addColumn("seq", big, (column) => column.primaryKey())
      .addColumn("call_id", "text", (column) => column.notNull())
      .addColumn("queue_id", "text", (column) => column.notNull())
      .addColumn("source", "text", (column) => column.notNull())
      .addColumn("ani", "text", (column) => column.notNull())
      .addColumn("number_id", "text")
      .addColumn("trunk_id", "text", (column) => column.notNull())
      .addColumn("queued_at_ms", big, (column) => column.notNull())
      .addColumn("left_seq", big)
      .addColumn("left_at_ms", big)
      .addColumn("wait_ms", big)
      .addColumn("since_arrival_ms", big)
      .addColumn("outcome", "text", (column) => column.notNull())
      .addColumn("detail", "text")
      .addColumn("agent_id", "text")
      .execute();
    await index(db, "queue_visit", ["queued_at_ms"]);
    await index(db, "queue_visit", ["call_id"]);
    await db.schema
      .createTable("talk")
      .addColumn("seq", big, (column) => column.primaryKey())
      .addColumn("call_id", "text", (column) => column.notNull())
      .addColumn("agent_id", "text", (column) => column.notNull())
      .addColumn("queue_id", "text", (column) => column.notNull())
      .addColumn("direction", "text", (column) => column.notNull())
      .addColumn("ended_at_ms", big, (column) => column.notNull())
      .addColumn("talk_ms", big, (column) => column.notNull())
      .addColumn("hold_ms", big, (column) => column.notNull())
      .addColumn("wrap_up_ms", big)
      .addColumn("wrap_up_code", "text")
      .execute();
    await index(db, "talk", ["ended_at_ms"]);
    await index(db, "talk", ["call_id"]);
    await db.schema
      .createTable("agent_span")
      .addColumn("seq", big, (column) => column.primaryKey())
      .addColumn("agent_id", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("reason", "text")
      .addColumn("from_ms", big, (column) => column.notNull())
      .addColumn("to_ms", big)
      .execute();
    await index(db, "agent_span", ["from_ms"]);
    await index(db, "agent_span", ["agent_id", "seq"]);
    await settled(db, "offer", (table) =>
      table
        .addColumn("result", "text", (column) => column.notNull())
        .addColumn("ring_ms", big, (column) => column.notNull()),
    );
    await settled(db, "transfer", (table) =>
      table
        .addColumn("kind", "text", (column) => column.notNull())
        .addColumn("result", "text", (column) => column.notNull()),
    );
  },
  async down(db: Kysely<unknown>): Promise<void> {
    for (const table of ["transfer", "offer", "agent_span", "talk", "queue_visit"]) {
      await db.schema.dropTable(table).execute();
    }
  },
};

type Table = ReturnType<Kysely<unknown>["schema"]["createTable"]>;

/** A table of things that agents of a queue did with calls, by when they were settled. */
async function settled(
  db: Kysely<unknown>,
  name: string,
  more: (table: ReturnType<Table["addColumn"]>) => ReturnType<Table["addColumn"]>,
): Promise<void> {
  const common = db.schema
    .createTable(name)
    .addColumn("seq", big, (column) => column.primaryKey())
    .addColumn("call_id", "text", (column) => column.notNull())
    .addColumn("queue_id", "text", (column) => column.notNull())
    .addColumn("agent_id", "text", (column) => column.notNull())
    .addColumn("ended_at_ms", big, (column) => column.notNull());
  await more(common as ReturnType<Table["addColumn"]>).execute();
  await index(db, name, ["ended_at_ms"]);
}

async function index(db: Kysely<unknown>, table: string, columns: string[]): Promise<void> {
  const name = `${table}_${columns.join("_")}`;
  await sql`create index ${sql.ref(name)} on ${sql.table(table)} (${sql.join(columns.map((c) => sql.ref(c)))})`.execute(
    db,
  );
}
