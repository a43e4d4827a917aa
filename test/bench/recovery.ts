// `npm run bench -- recovery`: how fast an engine comes back: a journal on disk read and replayed, and
// the time from a dead engine's files to a centre that has reconciled 1,000 live calls.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Centre, handle } from "../../engine/core/centre.ts";
import { debugState } from "../../engine/core/debug-state.ts";
import type { JournalEntry } from "../../engine/core/event.ts";
import { openEngineState } from "../../engine/shell/journal/engine-state.ts";
import { openJournal, readJournal } from "../../engine/shell/journal/journal.ts";
import { createRun } from "./acd.ts";

/** As many inputs as the engine lets come between two snapshots. */
const tailInputs = 20_000;
const liveCalls = 1_000;

export function benchRecovery(): void {
  const journal: JournalEntry[] = [];
  const run = createRun({ agents: liveCalls / 2, queues: 20, waiting: 0 }, journal);
  for (let index = 0; index < liveCalls / 2; index += 1) run.arrive();
  for (let index = 0; index < liveCalls / 2; index += 1) run.comeIn(index);
  for (let index = 0; index < liveCalls / 2; index += 1) run.arrive();
  while (journal.length < tailInputs) run.exchange();
  console.log(
    "                                    inputs   inputs/s   ready in ms   live calls   files MB",
  );
  row("no snapshot: everything replayed", journal, { snapshotAt: null, centre: run.centre });
  row("snapshot just written", journal, { snapshotAt: journal.length, centre: run.centre });
}

/** Files as a dead engine leaves them, then what a new engine process does with them. */
function row(
  name: string,
  journal: readonly JournalEntry[],
  { snapshotAt, centre }: Readonly<{ snapshotAt: number | null; centre: Centre }>,
): void {
  const dataDir = mkdtempSync(join(tmpdir(), "rexian-recovery-"));
  try {
    const dir = join(dataDir, "journal");
    const held = readJournal(dir);
    const writer = openJournal({ dir, snapshotEvery: 1e9, onTrouble: fail }, held);
    for (const entry of journal) writer.append(entry);
    writer.flush();
    if (snapshotAt !== null) writer.snapshot(centre, snapshotAt, centre.nowMs);
    writer.close();
    const quiet = { info: () => {}, warn: () => {}, error: fail };
    const startedAt = performance.now();
    const state = openEngineState({ dataDir, timeZone: "Asia/Shanghai", epoch: 1, log: quiet });
    const readMs = performance.now() - startedAt;
    state.replay(0);
    const replayMs = performance.now() - startedAt;
    const inventory = inventoryOf(state.centre);
    handle(state.centre, { type: "engineRestarted", ...inventory }, state.centre.nowMs + 1_000);
    const readyMs = performance.now() - startedAt;
    const inputs = snapshotAt === null ? journal.length : 0;
    const rate = inputs === 0 ? "-" : (inputs / ((replayMs - readMs) / 1_000)).toFixed(0);
    const { size } = state.centre.calls;
    const text = JSON.stringify(journal).length / 1e6;
    console.log(
      `${name.padEnd(34)} ${String(inputs).padStart(7)} ${rate.padStart(10)} ${readyMs.toFixed(0).padStart(13)} ${String(size).padStart(12)} ${text.toFixed(1).padStart(10)}`,
    );
    state.close(journal.length);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The edge has held everything. */
function inventoryOf(centre: Centre) {
  const { bridges, legs } = debugState(centre);
  return {
    liveLegs: legs.filter(({ dialogRef }) => dialogRef !== null).map(({ id }) => id),
    liveBridges: bridges.map(({ bridgeId, legIds }) => ({ bridgeId, legIds })),
    livePlays: [],
  };
}

function fail(...what: readonly unknown[]): never {
  throw new Error(JSON.stringify(what));
}
