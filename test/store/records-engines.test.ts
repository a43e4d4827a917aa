// The record store on SQLite and on PostgreSQL: the same facts make the same rows in every table, and
// migrations go down and up again.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_MIGRATIONS } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fact } from "../../engine/core/fact.ts";
import { openDatabase, type RecordsDatabase } from "../../engine/shell/records/database.ts";
import { migratorOf, openStore } from "../../engine/shell/records/store.ts";
import { simulate } from "../sim/simulate.ts";
import { type PostgresServer, postgresMissing, startPostgres } from "../system/postgres.ts";

const tables = [
  "fact",
  "call_record",
  "queue_visit",
  "talk",
  "agent_span",
  "offer",
  "transfer",
] as const;

const sqlite = (): RecordsDatabase => ({
  kind: "sqlite",
  file: join(mkdtempSync(join(tmpdir(), "rexian-engines-")), "records.sqlite"),
});

/** Everything that happens on a simulated day with faults. */
function aDay(): readonly Fact[] {
  const day = { seed: 7, hours: 1, everyMs: 6_000, faults: 0.1, auditEvery: 50, keep: true };
  return simulate(day).world.facts;
}

async function write(database: RecordsDatabase, facts: readonly Fact[], batch: number) {
  const store = await openStore(database);
  for (let at = 0; at < facts.length; at += batch) await store.append(facts.slice(at, at + batch));
  await store.close();
}

async function rowsOf(database: RecordsDatabase): Promise<Record<string, readonly object[]>> {
  const db = openDatabase(database);
  const rows: Record<string, readonly object[]> = {};
  for (const table of tables) {
    rows[table] = await db.selectFrom(table).selectAll().orderBy("seq").execute();
  }
  await db.destroy();
  return rows;
}

const facts = aDay();

it("rows do not depend on how the facts were batched", async () => {
  const [one, many] = [sqlite(), sqlite()];
  await write(one, facts, 100_000);
  await write(many, facts, 13);
  const rows = await rowsOf(one);
  expect(rows["fact"]?.length).toBe(facts.length);
  expect(rows["queue_visit"]?.length).toBeGreaterThan(100);
  expect(await rowsOf(many)).toEqual(rows);
});

describe.skipIf(postgresMissing !== null)(postgresMissing ?? "PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  it("has the same rows as SQLite", async () => {
    const embedded = sqlite();
    const database = { kind: "postgres", url: await server.database("same") } as const;
    await write(embedded, facts, 500);
    await write(database, facts, 500);
    expect(await rowsOf(database)).toEqual(await rowsOf(embedded));
  });

  it("gives the same reports as SQLite", async () => {
    const embedded = sqlite();
    const database = { kind: "postgres", url: await server.database("reports") } as const;
    const reportsOf = async (on: RecordsDatabase) => {
      await write(on, facts, 5_000);
      const store = await openStore(on);
      const reports = [];
      for (const by of ["queue", "number", "trunk", "halfHour", "day"] as const) {
        for (const targetMs of [null, 3_000]) {
          reports.push(
            await store.queueReport({
              fromMs: 0,
              toMs: 4e12,
              by,
              queueId: null,
              thresholds: [{ queueId: "sales", targetMs: 10_000, shortAbandonMs: 4_000 }],
              all: { targetMs, shortAbandonMs: null },
              timeZone: "Asia/Shanghai",
            }),
          );
        }
      }
      await store.close();
      return reports;
    };
    const shown = await reportsOf(database);
    expect(shown[0]?.total.offered).toBeGreaterThan(100);
    expect(shown.every(({ total }) => total.unexplained === 0)).toBe(true);
    expect(shown).toEqual(await reportsOf(embedded));
  });

  it("migrates down and up again", async () => {
    const url = await server.database("migrated");
    const db = openDatabase({ kind: "postgres", url });
    const names = async () => (await db.introspection.getTables()).map(({ name }) => name).sort();
    const migrator = migratorOf(db);
    await migrator.migrateToLatest();
    const all = await names();
    expect(all).toEqual(expect.arrayContaining([...tables]));
    await migrator.migrateTo(NO_MIGRATIONS);
    expect(await names()).toEqual([]);
    await migrator.migrateToLatest();
    expect(await names()).toEqual(all);
    await db.destroy();
  });

  it("takes every character that a caller can send", async () => {
    const database = { kind: "postgres", url: await server.database("text") } as const;
    const ani = "a\0b\ud800热'\"\\";
    const common = { callId: "c1", atMs: 1 } as const;
    const cause = { reason: "normal", sipStatus: null } as const;
    await write(
      database,
      [
        {
          ...common,
          seq: 1,
          type: "callArrived",
          trunkId: "t",
          numberId: null,
          ani,
          dnis: ani,
          firstDnis: ani,
        },
        { ...common, seq: 2, type: "callEnded", outcome: "failed", by: "network", cause },
      ],
      10,
    );
    const store = await openStore(database);
    const { record, facts: kept } = await store.call("c1");
    await store.close();
    expect(record?.ani).toBe("ab\ufffd热'\"\\");
    expect(kept[0]).toMatchObject({ ani });
  });
});
