// Proves that calls and recordings agree: no recording without its call, no call marked as recorded
// without its file, and every file as it was when it was completed.
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import Database from "better-sqlite3";
import { z } from "zod";

export type RecordingProblem = Readonly<{
  what:
    | "fileMissing"
    | "fileChanged"
    | "fileNameMissing"
    | "listMissing"
    | "callUnknown"
    | "callNamesOther"
    | "neverEnded";
  /** Below the folder of recordings; null where no file is named. */
  file: string | null;
  callId: string | null;
}>;

export type RecordingReport = Readonly<{
  /** Recordings whose call, file and digest agree. */
  sound: number;
  /** Files that are being written; they are looked at when they are complete. */
  running: number;
  /** Calls that should have been recorded and say themselves why they were not, by outcome. */
  gaps: Readonly<Record<string, number>>;
  problems: readonly RecordingProblem[];
}>;

const recordingColumn = z.object({
  file: z.string().nullable(),
  outcome: z.string(),
  sha256: z.string().nullable(),
});
const firstLine = z.object({ recordingId: z.string(), file: z.string() });

/**
 * Reads the records and every file. A call that ended less than `graceMs` ago may still wait for the
 * end of its recording. Throws when the records cannot be opened.
 */
export async function verifyRecordings(options: {
  recordsFile: string;
  recordingsDir: string;
  nowMs: number;
  graceMs: number;
}): Promise<RecordingReport> {
  const { recordsFile, recordingsDir, nowMs, graceMs } = options;
  const problems: RecordingProblem[] = [];
  const gaps: Record<string, number> = {};
  const running = runningFiles(recordingsDir);
  const fileOf = new Map<string, string | null>();
  let sound = 0;
  for (const { callId, endedAtMs, recording } of recordedCalls(recordsFile)) {
    const { file, outcome, sha256 } = recording;
    fileOf.set(callId, file);
    if (outcome === "running") {
      const isLate = endedAtMs < nowMs - graceMs;
      if (isLate) problems.push({ what: "neverEnded", file: null, callId });
    } else if (file === null) {
      if (outcome === "complete" || outcome === "repaired") {
        problems.push({ what: "fileNameMissing", file: null, callId });
      } else gaps[outcome] = (gaps[outcome] ?? 0) + 1;
    } else {
      const state = await stateOf(join(recordingsDir, file), sha256);
      if (state === "sound") sound += 1;
      // A file that never came to be, and says so.
      else if (state === "fileMissing" && sha256 === null) gaps[outcome] = (gaps[outcome] ?? 0) + 1;
      else problems.push({ what: state, file, callId });
    }
  }
  for (const file of filesBelow(recordingsDir)) {
    if (running.has(file)) continue;
    const callId = callOf(join(recordingsDir, `${file}.jsonl`));
    if (callId === null) problems.push({ what: "listMissing", file, callId });
    else if (!fileOf.has(callId)) problems.push({ what: "callUnknown", file, callId });
    else if (fileOf.get(callId) !== file) problems.push({ what: "callNamesOther", file, callId });
  }
  return { sound, running: running.size, gaps, problems };
}

function recordedCalls(file: string) {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    const rows = database
      .prepare(
        "select call_id, ended_at_ms, recording from call_record where recording is not null",
      )
      .all() as { call_id: string; ended_at_ms: number; recording: string }[];
    return rows.map((row) => ({
      callId: row.call_id,
      endedAtMs: row.ended_at_ms,
      recording: recordingColumn.parse(JSON.parse(row.recording)),
    }));
  } finally {
    database.close();
  }
}

async function stateOf(
  path: string,
  sha256: string | null,
): Promise<"sound" | "fileMissing" | "fileChanged"> {
  if (!existsSync(path)) return "fileMissing";
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex") === sha256 ? "sound" : "fileChanged";
}

function runningFiles(dir: string): ReadonlySet<string> {
  const open = join(dir, ".open");
  if (!existsSync(open)) return new Set();
  return new Set(readdirSync(open).flatMap((name) => startOf(join(open, name))?.file ?? []));
}

/** Files of recordings, whatever lies beside them. */
function filesBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.wav(\.sealed)?$/.test(entry.name))
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join("/"));
}

function callOf(list: string): string | null {
  return startOf(list)?.recordingId.replace(/-recording$/, "") ?? null;
}

function startOf(list: string): z.infer<typeof firstLine> | null {
  try {
    const line = readFileSync(list, "utf8").split("\n")[0] ?? "";
    return firstLine.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
