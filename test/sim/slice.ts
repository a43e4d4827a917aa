// The journal of a run up to a broken invariant: written to a file, and replayed from it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { createCentre, handle } from "../../engine/core/centre.ts";
import type { JournalEntry } from "../../engine/core/event.ts";
import { debugState } from "../../engine/core/view.ts";
import { createAuditor } from "../support/auditor/auditor.ts";

export function writeSlice(file: string, journal: readonly JournalEntry[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, journal.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
}

export const readSlice = (file: string): readonly JournalEntry[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as JournalEntry);

export type Broken = Readonly<{ seq: number; error: Error }>;

/** Judges every input of a journal; null when every invariant held. */
export function replaySlice(
  journal: readonly JournalEntry[],
  core: typeof handle = handle,
): Broken | null {
  const centre = createCentre();
  const auditor = createAuditor();
  for (const { seq, nowMs, event } of journal) {
    try {
      auditor.onStep(core(centre, event, nowMs), event);
      auditor.check(debugState(centre), event);
    } catch (error) {
      return { seq, error: error instanceof Error ? error : new Error(String(error)) };
    }
  }
  return null;
}
