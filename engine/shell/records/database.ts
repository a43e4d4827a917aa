// Opens the record store's database: an embedded SQLite file, or a PostgreSQL server. The tables and
// the queries are the same; what differs is here.
import { chmodSync } from "node:fs";
import Database from "better-sqlite3";
import { Kysely, PostgresDialect, SqliteDialect } from "kysely";
import pg from "pg";
import type { RecordsSchema } from "./schema.ts";

export type RecordsDatabase = Readonly<
  | { kind: "sqlite"; file: string }
  /** `url` is `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. */
  | { kind: "postgres"; url: string }
>;

const busyMs = 500;
/** Enough for inserts, which go to the ends of the trees; the built-in 16 MB fill and stay. */
const pageCacheKib = 4_000;
const connectMs = 5_000;
/** A statement of a report that takes longer is ended, so that none holds a connection for ever. */
const statementMs = 60_000;
/** PostgreSQL's types of bigint and numeric, which come as text by themselves. */
const textNumbers = [20, 1700] as const;

/** Does not change any table. PostgreSQL is connected to with the first query. */
export function openDatabase(database: RecordsDatabase): Kysely<RecordsSchema> {
  return database.kind === "sqlite" ? openSqlite(database.file) : openPostgres(database.url);
}

function openSqlite(file: string): Kysely<RecordsSchema> {
  const database = new Database(file, { timeout: busyMs });
  // Callers' numbers are in it; the files beside it take over the mode.
  chmodSync(file, 0o600);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma(`cache_size = -${pageCacheKib}`);
  return new Kysely<RecordsSchema>({ dialect: new SqliteDialect({ database }) });
}

function openPostgres(url: string): Kysely<RecordsSchema> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 2,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    // Times and sums of milliseconds are far below 2^53.
    types: {
      getTypeParser: (id, format) =>
        textNumbers.some((type) => type === id) ? Number : pg.types.getTypeParser(id, format),
    },
  });
  // An idle connection that breaks is replaced with the next query.
  pool.on("error", () => {});
  return new Kysely<RecordsSchema>({ dialect: new PostgresDialect({ pool }) });
}
