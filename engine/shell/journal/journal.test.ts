// Kills of the writer again and again: what is left on the disk, and what a replay has to do.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createCentre } from "../../core/centre.ts";
import { openJournal, readJournal } from "./journal.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "rexian-journal-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** One engine's life: takes `inputs` inputs, then is killed. Gives what it had to replay. */
function liveAndDie(inputs: number): number {
  const content = readJournal(dir);
  expect(content.damage).toEqual([]);
  const centre = content.centre ?? createCentre({ dayOffsetMinutes: 0 });
  const onTrouble = (error: Error) => {
    throw error;
  };
  const journal = openJournal({ dir, snapshotEvery: 100, onTrouble }, content);
  for (let seq = content.lastSeq + 1; seq <= content.lastSeq + inputs; seq += 1) {
    journal.append({ seq, nowMs: seq, event: { type: "timeAdvanced" } });
    journal.flush();
    journal.maybeSnapshot(centre, seq, seq);
  }
  journal.close();
  return content.entries.length;
}

it("counts the next snapshot from the last one, however often the writer is killed", () => {
  const replayed = Array.from({ length: 8 }, () => liveAndDie(60));
  expect(replayed).toEqual([0, 60, 20, 80, 40, 0, 60, 20]);
});

it("keeps two snapshots and the segments that a replay from the older one needs", () => {
  for (let life = 0; life < 8; life += 1) liveAndDie(60);
  expect(readdirSync(dir).sort()).toEqual([
    "journal-000000000301.log",
    "journal-000000000361.log",
    "journal-000000000401.log",
    "journal-000000000421.log",
    "snapshot-000000000300.json",
    "snapshot-000000000400.json",
  ]);
});
