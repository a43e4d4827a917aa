// Simulated days written into the store: every figure of every surface agrees with the facts. And each
// planted lie is found, with the calls behind it.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Fact } from "../../engine/core/fact.ts";
import { createMetrics } from "../../engine/shell/metrics/metrics.ts";
import { openDatabase } from "../../engine/shell/records/database.ts";
import { redLines } from "../../engine/shell/records/running-verify.ts";
import { shownFigures } from "../../engine/shell/records/shown-figures.ts";
import { openStore } from "../../engine/shell/records/store.ts";
import type { ShownFigures, VerifyReport } from "../../engine/shell/records/verify.ts";
import { simulate } from "./simulate.ts";

const none = () => ({});

async function aDay(seed: number, hours = 0.5) {
  const day = { seed, hours, everyMs: 8_000, faults: 0.1, auditEvery: 100, keep: true };
  const { world } = simulate(day);
  const nowMs = () => world.nowMs();
  const metrics = createMetrics({
    version: "",
    commit: "",
    centre: world.centre,
    nowMs,
    callsRejected: none,
    telephonyEvents: none,
    edgeStatus: () => null,
    deskEvents: none,
    deskConnections: () => 0,
    mediaServers: none,
    edgeConnected: () => true,
    trunkPeers: () => [],
    records: () => ({ ok: true, backlog: 0 }),
    verify: () => ({ agreed: 0, differed: 0, failed: 0, redLines: 0 }),
    invariantViolations: () => 0,
  });
  const shown = await shownFigures(world.centre(), { nowMs, renderMetrics: metrics.render });
  metrics.close();
  return { facts: [...world.facts], shown };
}

async function verified(facts: readonly Fact[], shown: ShownFigures): Promise<VerifyReport> {
  const file = join(mkdtempSync(join(tmpdir(), "rexian-verify-")), "records.sqlite");
  const store = await openStore({ kind: "sqlite", file });
  await store.append(facts);
  const report = await store.verify(shown);
  await store.close();
  return report;
}

describe("every figure agrees with the facts", () => {
  it.each([1, 2, 3])("after the simulated day %i", async (seed) => {
    const { facts, shown } = await aDay(seed);
    const report = await verified(facts, shown);
    expect(redLines(report)).toEqual([]);
    expect(report.facts).toBe(shown.factSeq);
    expect(report.figures).toBeGreaterThan(500);
  });
});

describe("a planted lie is found", () => {
  it("in the engine's own numbers, the wallboard, and /metrics", async () => {
    const { facts, shown } = await aDay(4);
    const [first] = shown.wallboard;
    if (first === undefined) throw new Error("there are queues");
    shown.stats.totals.arrived += 1;
    const lied = {
      ...shown,
      wallboard: [{ ...first, answered: first.answered + 1 }, ...shown.wallboard.slice(1)],
      waiting: shown.waiting.map(([id, n], at) => [id, at === 0 ? n + 1 : n] as const),
      metrics: shown.metrics.replace(
        /^(acd_calls_answered_total\{queue="[^"]+"\}) (\d+)$/m,
        (_line, series, value) => `${series} ${Number(value) + 1}`,
      ),
    };
    const { differences } = await verified(facts, lied);
    const found = differences.map(({ surface, expected, shown: told }) => ({
      surface,
      by: (told ?? 0) - (expected ?? 0),
    }));
    expect(found).toEqual(
      ["engine", "waiting", "wallboard", "metrics"].map((surface) => ({ surface, by: 1 })),
    );
  });

  it("in the record store", async () => {
    const { facts, shown } = await aDay(5);
    const file = join(mkdtempSync(join(tmpdir(), "rexian-verify-")), "records.sqlite");
    const store = await openStore({ kind: "sqlite", file });
    await store.append(facts);
    const db = openDatabase({ kind: "sqlite", file });
    const answered = facts.find(
      (fact) => fact.type === "queueLeft" && fact.outcome.kind === "answered",
    );
    if (answered?.type !== "queueLeft") throw new Error("somebody was answered");
    const { callId, queueId } = answered;
    await db.deleteFrom("queue_visit").where("left_seq", "=", answered.seq).execute();
    await db.deleteFrom("call_record").where("call_id", "=", callId).execute();
    await db.destroy();
    const { differences } = await store.verify(shown);
    await store.close();
    const names = differences.map(({ surface, figure }) => `${surface}: ${figure}`);
    expect(names).toEqual(
      expect.arrayContaining([
        `records: queue ${queueId} offered`,
        `records: queue ${queueId} answered`,
      ]),
    );
    expect(differences.every(({ surface }) => surface === "records")).toBe(true);
  });

  it("when a call never left its queue: the interval's line is red and names the call", async () => {
    const { facts, shown } = await aDay(6);
    const left = facts.find((fact) => fact.type === "queueLeft");
    if (left?.type !== "queueLeft") throw new Error("somebody left a queue");
    const { seq, atMs, callId, queueId } = left;
    // The books of the queue count the departure of another call instead.
    const other = { ...left, callId: "stranger" };
    const lied = facts.map((fact) => (fact.seq === seq ? other : fact));
    const report = await verified(lied, shown);
    expect(report.oddities).toEqual(
      expect.arrayContaining([
        { seq, callId: "stranger", queueId, what: "leftWithoutEntry" },
        expect.objectContaining({ callId, queueId, what: "endedWhileWaiting" }),
      ]),
    );
    const red = report.imbalances.filter((line) => line.queueId === queueId);
    expect(red.map(({ remaining, stillWaiting }) => [remaining, stillWaiting])).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(red.every(({ callIds }) => callIds.includes(callId))).toBe(true);
    expect(atMs).toBeGreaterThan(0);
  });

  it("when a fact is missing", async () => {
    const { facts, shown } = await aDay(7);
    await expect(verified(facts.toSpliced(100, 1), shown)).rejects.toThrow(
      `facts ${facts[100]?.seq} to ${facts[100]?.seq} are missing in the store`,
    );
  });
});
