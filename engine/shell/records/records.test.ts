import { mkdirSync, mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { Kysely, NO_MIGRATIONS, SqliteDialect } from "kysely";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Fact, FactBody } from "../../core/fact.ts";
import type { CallRow } from "../../wire/http-api.ts";
import { createRecords, type Records } from "./records.ts";
import type { RecordsSchema } from "./schema.ts";
import { migratorOf, openStore, type Store } from "./store.ts";

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const newFile = (): string => join(mkdtempSync(join(tmpdir(), "rexian-records-")), "records.db");

async function store(file = newFile()): Promise<Store> {
  const opened = await openStore({ kind: "sqlite", file });
  closers.push(() => opened.close());
  return opened;
}

const arrived = (callId: string): FactBody => ({
  type: "callArrived",
  callId,
  trunkId: "t",
  numberId: "100",
  ani: "138",
  dnis: "100",
  firstDnis: "400",
});

const bodies = (callId: string): readonly FactBody[] => [
  arrived(callId),
  { type: "callAnswered", callId },
  { type: "flowTagged", callId, name: "topic", value: "税" },
  { type: "queueEntered", callId, queueId: "tax", queuedAtMs: 3, returned: false },
  { type: "offerMade", callId, offerId: "o", queueId: "tax", agentId: "a", answerByMs: 9 },
  {
    type: "offerEnded",
    callId,
    offerId: "o",
    queueId: "tax",
    agentId: "a",
    result: "answered",
    ringMs: 2,
  },
  {
    type: "queueLeft",
    callId,
    queueId: "tax",
    queuedAtMs: 3,
    waitMs: 4,
    sinceArrivalMs: 7,
    outcome: { kind: "answered", agentId: "a" },
  },
  { type: "talkStarted", callId, agentId: "a", queueId: "tax" },
  {
    type: "talkEnded",
    callId,
    agentId: "a",
    queueId: "tax",
    talkMs: 50,
    holdMs: 5,
    by: "caller",
  },
  {
    type: "callEnded",
    callId,
    outcome: "answered",
    by: "caller",
    cause: { reason: "normal", sipStatus: null },
  },
  {
    type: "wrapUpEnded",
    callId,
    agentId: "a",
    queueId: "tax",
    wrapUpMs: 30,
    code: "solved",
    notes: "好",
  },
];

/** Facts numbered from `firstSeq`; each happens at its number. */
const facts = (firstSeq: number, list: readonly FactBody[]): readonly Fact[] =>
  list.map((body, index) => ({ seq: firstSeq + index, atMs: firstSeq + index, ...body }));

const life = facts(1, bodies("c1"));
const record: CallRow = {
  seq: 10,
  callId: "c1",
  direction: "inbound",
  trunkId: "t",
  numberId: "100",
  ani: "138",
  dnis: "100",
  firstDnis: "400",
  queueId: "tax",
  agentId: "a",
  arrivedAtMs: 1,
  answeredAtMs: 2,
  queuedAtMs: 3,
  agentAnsweredAtMs: 8,
  endedAtMs: 10,
  waitMs: 4,
  sinceArrivalMs: 7,
  ringMs: 2,
  talkMs: 50,
  holdMs: 5,
  wrapUpMs: null,
  wrapUpCode: null,
  notes: "",
  outcome: "answered",
  releasedBy: "caller",
  cause: { reason: "normal", sipStatus: null },
  path: [{ name: "topic", value: "税" }],
  returnedCount: 0,
  transferCount: 0,
  quality: { caller: null, agent: null },
  recording: null,
  talks: [{ agentId: "a", queueId: "tax", endedAtMs: 9, talkMs: 50, holdMs: 5 }],
};
const wrappedUp: CallRow = { ...record, wrapUpMs: 30, wrapUpCode: "solved", notes: "好" };

describe("the store", () => {
  it("has a record when the call ended, and again when wrap-up ended", async () => {
    const db = await store();
    await db.append(life.slice(0, 9));
    expect(await db.call("c1")).toEqual({ record: null, facts: life.slice(0, 9) });
    await db.append(life.slice(9, 10));
    expect((await db.call("c1")).record).toEqual(record);
    await db.append(life.slice(10));
    expect(await db.call("c1")).toEqual({ record: wrappedUp, facts: life });
  });

  it.each([
    ["everything at once", [0, 11]],
    ["everything twice", [0, 11, 0, 11]],
    ["an overlap, as after a crash", [0, 7, 3, 11]],
    ["each alone", Array.from({ length: 11 }, (_, at) => [at, at + 1]).flat()],
  ])("makes the same record from %s", async (_why, ranges) => {
    const db = await store();
    for (let at = 0; at < ranges.length; at += 2) {
      await db.append(life.slice(ranges[at], ranges[at + 1]));
    }
    expect(await db.calls({ limit: 10 })).toEqual([wrappedUp]);
    expect(await db.factsAfter(0, 100)).toEqual(life);
  });

  it("gives the newest calls first, and those after one in order", async () => {
    const db = await store();
    for (const [index, callId] of ["a", "b", "c", "d"].entries()) {
      await db.append(facts(1 + index * 20, bodies(callId)));
    }
    const ids = async (query: Parameters<Store["calls"]>[0]): Promise<readonly string[]> =>
      (await db.calls(query)).map((row) => row.callId);
    expect(await ids({ limit: 2 })).toEqual(["d", "c"]);
    expect(await ids({ after: 10, limit: 2 })).toEqual(["b", "c"]);
    expect(await ids({ after: 70, limit: 2 })).toEqual([]);
  });

  it("gives facts by sequence number, also those of no call", async () => {
    const db = await store();
    expect(await db.lastSeq()).toBe(0);
    const more = facts(20, [{ type: "engineRestarted", callsKept: 1, callsLost: 0 }]);
    await db.append([...life, ...more]);
    expect(await db.factsAfter(9, 2)).toEqual(life.slice(9, 11));
    expect(await db.factsAfter(11, 5)).toEqual(more);
    expect(await db.lastSeq()).toBe(20);
  });

  it("takes more facts at once than one statement may have", async () => {
    const db = await store();
    const many = facts(
      1,
      Array.from({ length: 2_500 }, (_, n) => arrived(`c${n}`)),
    );
    await db.append(many);
    expect(await db.lastSeq()).toBe(2_500);
  });

  it("is readable by its user only", async () => {
    const file = newFile();
    await (await store(file)).append(life);
    const modes = [file, `${file}-wal`].map((name) => statSync(name).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600]);
  });

  it("keeps everything over a restart", async () => {
    const file = newFile();
    const first = await openStore({ kind: "sqlite", file });
    await first.append(life);
    await first.close();
    expect((await (await store(file)).call("c1")).record).toEqual(wrappedUp);
  });

  it("migrates down and up again", async () => {
    const database = new Database(":memory:");
    const db = new Kysely<RecordsSchema>({ dialect: new SqliteDialect({ database }) });
    closers.push(() => db.destroy());
    const tables = async (): Promise<readonly string[]> =>
      (await db.introspection.getTables()).map((table) => table.name).sort();
    const allTables = [
      "agent_span",
      "call_record",
      "fact",
      "offer",
      "queue_visit",
      "talk",
      "transfer",
    ];
    const migrator = migratorOf(db);
    await migrator.migrateToLatest();
    expect(await tables()).toEqual(allTables);
    await migrator.migrateTo(NO_MIGRATIONS);
    expect(await tables()).toEqual([]);
    await migrator.migrateToLatest();
    expect(await tables()).toEqual(allTables);
  });
});

describe("facts on their way", () => {
  const errors: string[] = [];
  function records(file: string, more: { backlogMax?: number } = {}): Records {
    errors.length = 0;
    const log = { error: (_details: object, message: string) => errors.push(message) };
    const made = createRecords({ database: { kind: "sqlite", file }, log, ...more });
    closers.push(() => made.close());
    return made;
  }
  const settled = (made: Records): Promise<void> =>
    vi.waitFor(() => expect(made.health().backlog).toBe(0), 10_000);

  it("are stored by the worker and read back through it", async () => {
    const made = records(newFile());
    made.onFacts(life.slice(0, 5));
    made.onFacts(life.slice(5));
    await settled(made);
    expect(await made.lastSeq()).toBe(11);
    expect(await made.call("c1")).toEqual({ record: wrappedUp, facts: life });
    expect(await made.calls({ limit: 5 })).toEqual([wrappedUp]);
    expect(await made.factsAfter(10, 5)).toEqual(life.slice(10));
    expect(made.health()).toEqual({ ok: true, backlog: 0, dropped: 0, lastError: null });
  });

  it("are written before the end", async () => {
    const file = newFile();
    const made = records(file);
    made.onFacts(life);
    await made.close();
    expect(await (await store(file)).lastSeq()).toBe(11);
    expect(errors).toEqual([]);
  });

  it("wait while the file cannot be opened, and say so", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "rexian-records-")), "later");
    const made = records(join(folder, "records.db"));
    made.onFacts(life);
    await vi.waitFor(() => expect(made.health().ok).toBe(false), 10_000);
    expect(made.health()).toMatchObject({ backlog: 11, lastError: expect.any(String) });
    await expect(made.lastSeq()).rejects.toThrow("directory");
    mkdirSync(folder);
    await settled(made);
    expect(made.health().ok).toBe(true);
    expect((await made.call("c1")).record).toEqual(wrappedUp);
    expect(errors).toEqual(["facts cannot be stored"]);
  });

  it("wait while another process has locked the file", async () => {
    const file = newFile();
    await (await openStore({ kind: "sqlite", file })).close();
    const other = new Database(file);
    closers.push(() => {
      other.close();
    });
    other.exec("BEGIN EXCLUSIVE");
    const made = records(file);
    made.onFacts(life);
    await vi.waitFor(() => expect(made.health().lastError).toContain("locked"), 10_000);
    other.exec("COMMIT");
    await settled(made);
    expect(made.health().ok).toBe(true);
    expect(await made.lastSeq()).toBe(11);
  });

  it("beyond the backlog are dropped, counted and visible", () => {
    const made = records("/nowhere/records.db", { backlogMax: 4 });
    made.onFacts(life);
    expect(made.health()).toEqual({ ok: false, backlog: 4, dropped: 7, lastError: null });
  });
});
