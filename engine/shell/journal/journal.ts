// Append-only journal of the core's inputs, with snapshots that bound its replay. One folder, one
// writer. An entry is in the page cache before its commands are performed, so a killed engine loses
// nothing; the disk has it within `syncEveryMs` (group commit), which bounds what a power cut loses.
import {
  closeSync,
  existsSync,
  fdatasync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Centre } from "../../core/centre.ts";
import type { JournalEntry } from "../../core/event.ts";
import type { Ms } from "../../core/ids.ts";
import { decodeCentre, encodeCentre } from "../../core/snapshot.ts";
import {
  decodeLine,
  decodeSegment,
  encodeLine,
  journalFormat,
  type TailDamage,
} from "./journal-file.ts";

const syncEveryMs = 100;
const bufferedBytesMax = 64 * 1024 * 1024;

export type JournalOptions = Readonly<{
  dir: string;
  /** Entries between two snapshots. */
  snapshotEvery: number;
  /** The disk refused a write (full, read-only): calls go on, this is told once until it mends. */
  onTrouble(error: Error): void;
}>;

/** What a folder held: the newest good snapshot and the inputs after it. */
export type JournalContent = Readonly<{
  centre: Centre | null;
  entries: readonly JournalEntry[];
  /** The snapshot's; 0 without one. */
  snapshotSeq: number;
  lastSeq: number;
  lastMs: Ms;
  damage: readonly string[];
}>;

export type JournalWriter = Readonly<{
  append(entry: JournalEntry): void;
  /** Hands all appended entries to the operating system. */
  flush(): void;
  maybeSnapshot(centre: Centre, seq: number, nowMs: Ms): void;
  snapshot(centre: Centre, seq: number, nowMs: Ms): void;
  health(): Readonly<{ ok: boolean; bufferedBytes: number; lastError: string | null }>;
  close(): void;
}>;

export function readJournal(dir: string): JournalContent {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const damage: string[] = [];
  const base = newestSnapshot(dir, damage);
  let entries: JournalEntry[] = [];
  let lastSeq = base.seq;
  for (const file of segmentFiles(dir)) {
    const path = join(dir, file);
    const read = decodeSegment(readFileSync(path, "utf8"), { file, afterSeq: lastSeq });
    const first = read.entries[0];
    if (first !== undefined && first.seq !== lastSeq + 1) {
      damage.push(`${file}: entries ${lastSeq + 1} to ${first.seq - 1} are missing`);
      break;
    }
    entries = entries.concat(read.entries);
    lastSeq = read.entries.at(-1)?.seq ?? lastSeq;
    if (read.damage !== null) {
      damage.push(describe(read.damage));
      keepDamagedTail(path, read.damage);
      break;
    }
  }
  const lastMs = entries.at(-1)?.nowMs ?? base.nowMs;
  return { centre: base.centre, entries, snapshotSeq: base.seq, lastSeq, lastMs, damage };
}

/** Goes on behind what the folder holds: the next snapshot is counted from the last one. */
export function openJournal(
  options: JournalOptions,
  held: Pick<JournalContent, "snapshotSeq" | "lastSeq">,
): JournalWriter {
  const { dir } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  let fd = openSync(segmentPath(dir, held.lastSeq + 1), "a", 0o600);
  let buffered: string[] = [];
  let bufferedBytes = 0;
  let lastError: string | null = null;
  let { snapshotSeq } = held;
  let dirty = false;
  let syncing = false;
  const syncTimer = setInterval(sync, syncEveryMs);
  syncTimer.unref();

  function trouble(error: unknown): void {
    const first = lastError === null;
    lastError = error instanceof Error ? error.message : String(error);
    if (first) options.onTrouble(error instanceof Error ? error : new Error(lastError));
  }

  function sync(): void {
    if (bufferedBytes > 0) flush();
    if (!dirty || syncing) return;
    dirty = false;
    syncing = true;
    fdatasync(fd, (error) => {
      syncing = false;
      // EBADF: the segment was rotated meanwhile; rotation syncs by itself.
      if (error !== null && error.code !== "EBADF") trouble(error);
    });
  }

  function flush(): void {
    if (bufferedBytes === 0) return;
    const bytes = Buffer.from(buffered.join(""));
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(fd, bytes, written);
      buffered = [];
      bufferedBytes = 0;
      lastError = null;
      dirty = true;
    } catch (error) {
      trouble(error);
      // A full disk must not fill the memory too: the oldest unsaved inputs go, and it is said.
      if (bufferedBytes > bufferedBytesMax) {
        buffered = [];
        bufferedBytes = 0;
      }
    }
  }

  function snapshot(centre: Centre, seq: number, nowMs: Ms): void {
    flush();
    try {
      const json = JSON.stringify({
        format: journalFormat,
        seq,
        nowMs,
        centre: encodeCentre(centre),
      });
      const path = join(dir, `snapshot-${pad(seq)}.json`);
      writeFileSync(`${path}.new`, encodeLine(json), { mode: 0o600, flush: true });
      renameSync(`${path}.new`, path);
      closeSync(fd);
      fd = openSync(segmentPath(dir, seq + 1), "a", 0o600);
      snapshotSeq = seq;
      removeOld(dir);
    } catch (error) {
      trouble(error);
    }
  }

  return {
    append(entry) {
      const line = encodeLine(JSON.stringify(entry));
      buffered.push(line);
      bufferedBytes += line.length;
    },
    flush,
    snapshot,
    maybeSnapshot(centre, seq, nowMs) {
      if (seq - snapshotSeq >= options.snapshotEvery) snapshot(centre, seq, nowMs);
    },
    health: () => ({ ok: lastError === null, bufferedBytes, lastError }),
    close() {
      clearInterval(syncTimer);
      flush();
      closeSync(fd);
    },
  };
}

function newestSnapshot(
  dir: string,
  damage: string[],
): { centre: Centre | null; seq: number; nowMs: Ms } {
  const files = readdirSync(dir)
    .filter((f) => /^snapshot-\d+\.json$/.test(f))
    .sort()
    .reverse();
  for (const file of files) {
    const decoded = decodeLine(readFileSync(join(dir, file), "utf8").trimEnd());
    const found = decoded as { format?: number; seq: number; nowMs: Ms; centre: unknown } | null;
    if (found === null || found.format !== journalFormat) {
      damage.push(`${file}: damaged or of another format; an older one is used`);
      continue;
    }
    try {
      return { centre: decodeCentre(found.centre), seq: found.seq, nowMs: found.nowMs };
    } catch (error) {
      damage.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { centre: null, seq: 0, nowMs: 0 };
}

/** Keeps the two newest snapshots, and the segments that a replay from the older one needs. */
function removeOld(dir: string): void {
  const snapshots = readdirSync(dir)
    .filter((f) => /^snapshot-\d+\.json$/.test(f))
    .sort();
  for (const file of snapshots.slice(0, -2)) unlinkSync(join(dir, file));
  const oldest = snapshots.slice(-2)[0];
  if (oldest === undefined || snapshots.length < 2) return;
  const neededFrom = seqOf(oldest) + 1;
  const segments = segmentFiles(dir);
  for (const [index, file] of segments.entries()) {
    const next = segments[index + 1];
    if (next !== undefined && seqOf(next) <= neededFrom) unlinkSync(join(dir, file));
  }
}

function keepDamagedTail(path: string, damage: TailDamage): void {
  const bytes = readFileSync(path);
  writeFileSync(`${path}.damaged`, bytes.subarray(damage.atByte), { mode: 0o600 });
  truncateSync(path, damage.atByte);
}

function describe(damage: TailDamage): string {
  return `${damage.file}: ${damage.lostBytes} bytes from byte ${damage.atByte} on are torn or damaged; they are kept in ${damage.file}.damaged`;
}

function segmentFiles(dir: string): string[] {
  return existsSync(dir)
    ? readdirSync(dir)
        .filter((f) => /^journal-\d+\.log$/.test(f))
        .sort()
    : [];
}

function segmentPath(dir: string, firstSeq: number): string {
  return join(dir, `journal-${pad(firstSeq)}.log`);
}

function seqOf(file: string): number {
  return Number(/(\d+)\./.exec(file)?.[1] ?? 0);
}

function pad(seq: number): string {
  return String(seq).padStart(12, "0");
}
