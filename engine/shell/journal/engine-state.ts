// What an engine process begins with: the centre as its predecessor left it, the line of time, the
// epoch, and ids that no predecessor has given.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Temporal } from "temporal-polyfill";
import { type Centre, createCentre, handle } from "../../core/centre.ts";
import type { Fact } from "../../core/fact.ts";
import type { CallId } from "../../core/ids.ts";
import { createClock } from "../clock.ts";
import type { EngineClock } from "../ports.ts";
import { type JournalWriter, openJournal, readJournal } from "./journal.ts";

/** Inputs between two snapshots: a replay takes well under a second. */
const snapshotEvery = 20_000;

export type EngineState = Readonly<{
  centre: Centre;
  clock: EngineClock;
  journal: JournalWriter;
  /** Raised at each start; receivers refuse an engine of a lower one. */
  epoch: number;
  lastSeq: number;
  /** True when an earlier engine left a journal. */
  restarted: boolean;
  newCallId(): CallId;
  /** Replays the journal into the centre; gives the facts after `factSeq`, in order. */
  replay(factSeq: number): readonly (readonly Fact[])[];
  /** Writes a snapshot and closes the journal. */
  close(lastSeq: number): void;
}>;

export function openEngineState(options: {
  dataDir: string;
  timeZone: string;
  /** From the ownership of the domain; higher than each that this folder has had. */
  epoch: number;
  log: {
    info(details: object, message: string): void;
    warn(details: object, message: string): void;
    error(details: object, message: string): void;
  };
}): EngineState {
  const { dataDir, timeZone, epoch, log } = options;
  const dir = journalDir(dataDir);
  const content = readJournal(dir);
  // Let go of after the replay: they can be tens of thousands.
  let { entries } = content;
  for (const damage of content.damage) log.error({ damage }, "the journal is damaged");
  const clock = createClock(content.lastMs);
  const centre = content.centre ?? createCentre({ dayOffsetMinutes: dayOffset(timeZone) });
  keepEpoch(dataDir, epoch);
  const journal = openJournal(
    {
      dir,
      snapshotEvery,
      onTrouble: (error) => log.error({ error }, "the journal cannot be written; calls go on"),
    },
    content,
  );
  let callCount = 0;
  return {
    centre,
    clock,
    journal,
    epoch,
    lastSeq: content.lastSeq,
    restarted: content.lastSeq > 0,
    newCallId: () => {
      callCount += 1;
      return `c${epoch.toString(36)}-${callCount.toString(36)}`;
    },
    replay(factSeq) {
      const startedAt = performance.now();
      const restored: (readonly Fact[])[] = [];
      for (const { event, nowMs } of entries) {
        try {
          const { facts } = handle(centre, event, nowMs);
          const unknown = facts.filter(({ seq }) => seq > factSeq);
          if (unknown.length > 0) restored.push(unknown);
        } catch (error) {
          // The same step failed in the engine before; it left the same state behind.
          log.error({ error, event }, "bug: a step of the core failed again in the replay");
        }
      }
      const ms = Math.round(performance.now() - startedAt);
      if (entries.length > 0) log.info({ inputs: entries.length, ms }, "replayed the journal");
      entries = [];
      return restored;
    },
    close(lastSeq) {
      journal.snapshot(centre, lastSeq, clock.nowMs());
      journal.close();
    },
  };
}

/** Minutes that the site's day is ahead of UTC, now. */
export function dayOffset(timeZone: string): number {
  const here = Temporal.Now.zonedDateTimeISO(timeZone);
  return Math.round(here.offsetNanoseconds / 60e9);
}

const journalDir = (dataDir: string) => join(dataDir, "journal");
const epochFile = (dataDir: string) => join(journalDir(dataDir), "epoch");

/** The lowest epoch that an engine with this data folder may take; 1 for a new folder. */
export function nextEpoch(dataDir: string): number {
  const file = epochFile(dataDir);
  let epoch = 0;
  try {
    epoch = Number(readFileSync(file, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  if (!Number.isSafeInteger(epoch)) throw new Error(`${file} holds no number`);
  return epoch + 1;
}

function keepEpoch(dataDir: string, epoch: number): void {
  const epochMin = nextEpoch(dataDir);
  if (epoch < epochMin) throw new Error(`epoch ${epoch} is used up; the next is ${epochMin}`);
  mkdirSync(journalDir(dataDir), { recursive: true, mode: 0o700 });
  writeFileSync(epochFile(dataDir), String(epoch), { mode: 0o600 });
}
