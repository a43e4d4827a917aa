// `kill -9` of the writer at any moment, 50 times, on each database: no acknowledged fact is lost, and
// none is counted twice.
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase, type RecordsDatabase } from "../../engine/shell/records/database.ts";
import { openStore } from "../../engine/shell/records/store.ts";
import { factsOfCall, factsPerCall } from "../system/fact-stream.ts";
import { type PostgresServer, postgresMissing, startPostgres } from "../system/postgres.ts";

const writer = fileURLToPath(new URL("../../dist/test/store/writing-process.js", import.meta.url));
const kills = 50;

type Written = Readonly<{ foundSeq: number; acknowledgedSeq: number }>;

/** Lets the writer acknowledge a few batches, more each time, and kills it in the next ones. */
async function writeUntilKilled(database: RecordsDatabase, round: number): Promise<Written> {
  const child = spawn(process.execPath, [writer, JSON.stringify(database)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  await new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      // After some rounds at once, after others a little later, in the middle of a transaction.
      if (text.split("\n").length > 2 + (round % 9)) {
        setTimeout(() => child.kill("SIGKILL"), round % 4);
      }
    });
    child.on("close", () => resolve());
  });
  const whole = text.slice(0, text.lastIndexOf("\n"));
  const seqs = whole.split("\n").map(Number);
  return { foundSeq: seqs[0] ?? 0, acknowledgedSeq: Math.max(...seqs) };
}

async function surviveKills(database: RecordsDatabase): Promise<void> {
  let acknowledged = 0;
  for (let round = 0; round < kills; round += 1) {
    const { foundSeq, acknowledgedSeq } = await writeUntilKilled(database, round);
    expect(foundSeq).toBeGreaterThanOrEqual(acknowledged);
    acknowledged = acknowledgedSeq;
  }
  await expectExactlyOnce(database);
}

/** Every table agrees with what the calls up to the last fact make. */
async function expectExactlyOnce(database: RecordsDatabase): Promise<void> {
  const store = await openStore(database);
  const last = await store.lastSeq();
  await store.close();
  const db = openDatabase(database);
  const calls = last / factsPerCall;
  expect(Number.isInteger(calls)).toBe(true);
  expect(calls).toBeGreaterThan(5);
  const expected = Array.from({ length: calls }, (_, n) =>
    factsOfCall(n, 1_800_000_000_000),
  ).flat();
  const countOf = (type: string) => expected.filter((fact) => fact.type === type).length;
  const rowsIn = async (table: "fact" | "call_record" | "queue_visit" | "talk" | "offer") => {
    const row = await db
      .selectFrom(table)
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  };
  const open = await db
    .selectFrom("queue_visit")
    .selectAll()
    .where("outcome", "=", "waiting")
    .execute();
  expect({
    facts: await rowsIn("fact"),
    calls: await rowsIn("call_record"),
    visits: await rowsIn("queue_visit"),
    talks: await rowsIn("talk"),
    offers: await rowsIn("offer"),
    open,
  }).toEqual({
    facts: expected.length,
    calls: countOf("callEnded"),
    visits: countOf("queueEntered"),
    talks: countOf("talkEnded"),
    offers: countOf("offerEnded"),
    open: [],
  });
  await db.destroy();
}

it("SQLite: no acknowledged fact is lost or counted twice", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "rexian-kill-")), "records.sqlite");
  await surviveKills({ kind: "sqlite", file });
});

describe.skipIf(postgresMissing !== null)(postgresMissing ?? "PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  it("no acknowledged fact is lost or counted twice", async () => {
    await surviveKills({ kind: "postgres", url: await server.database("killed") });
  });

  it("a server that crashes keeps what it acknowledged", async () => {
    const database = { kind: "postgres", url: await server.database("crashed") } as const;
    const { acknowledgedSeq } = await writeUntilKilled(database, 8);
    expect(acknowledgedSeq).toBeGreaterThan(0);
    await server.crash();
    const store = await openStore(database);
    expect(await store.lastSeq()).toBeGreaterThanOrEqual(acknowledgedSeq);
    await store.close();
    await expectExactlyOnce(database);
  });
});
