// Recordings on disk, written with blocking calls in a thread of their own. Beside each file lies
// `NAME.jsonl`: who was recorded since when, the marks, and how it ended. Until then that list is in
// `.open`, so that the next start finds what a crash left unfinished.
import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { MediaRecordingEnd } from "../../../wire/media-control.ts";
import { mendSealed, Sealer, type SealingKey } from "../../../wire/recording/sealed-file.ts";
import {
  durationMsOf,
  silentByte,
  stereoHeader,
  stereoHeaderBytes,
} from "../../../wire/recording/stereo-wav.ts";

export type RecordingMark = "paused" | "resumed";

/** First line of a recording's list. */
export interface RecordingStart {
  recordingId: string;
  legId: string;
  /** Below the folder of recordings, as it is on disk. */
  file: string;
  startedAt: string;
}

export interface EndedRecording {
  recordingId: string;
  file: string;
  end: MediaRecordingEnd;
}

interface OpenFile {
  start: RecordingStart;
  fd: number;
  sealer: Sealer | null;
  /** Of the file, and of the audio in it, as far as all is well. */
  fileBytes: number;
  audioBytes: number;
}

export class RecordingFiles {
  private readonly dir: string;
  private readonly key: SealingKey | null;
  private readonly open = new Map<string, OpenFile>();

  constructor(dir: string, key: SealingKey | null) {
    this.dir = dir;
    this.key = key;
    mkdirSync(this.openDir, { recursive: true, mode: 0o700 });
  }

  /** Makes the file with its header. Throws the system's error, e.g. when it is there already. */
  begin(start: RecordingStart): void {
    const path = join(this.dir, start.file);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const list = this.listPath(start.recordingId);
    writeFileSync(list, `${JSON.stringify(start)}\n`, fileMode);
    const fd = openNew(path, list);
    const sealer = this.key === null ? null : new Sealer(this.key);
    const header =
      sealer === null
        ? stereoHeader(null)
        : Buffer.concat([sealer.header, sealer.chunk(stereoHeader(null))]);
    const file: OpenFile = { start, fd, sealer, fileBytes: 0, audioBytes: 0 };
    this.open.set(start.recordingId, file);
    writeWhole(file, header);
  }

  /** Adds silence, then audio. Throws the system's error; then the file ends with what it had. */
  append(recordingId: string, audio: { silenceBytes: number; bytes: Uint8Array }): void {
    const file = this.open.get(recordingId);
    if (file === undefined) return;
    for (let left = audio.silenceBytes; left > 0; left -= silence.length) {
      this.add(file, silence.subarray(0, Math.min(left, silence.length)));
    }
    if (audio.bytes.length > 0) this.add(file, audio.bytes);
  }

  mark(recordingId: string, mark: { atMs: number; mark: RecordingMark }): void {
    this.note(recordingId, mark);
  }

  /** Closes the file for good. Never rejects. */
  async finish(
    recordingId: string,
    outcome: "complete" | "failed",
  ): Promise<EndedRecording | null> {
    const file = this.open.get(recordingId);
    if (file === undefined) return null;
    this.open.delete(recordingId);
    let isWhole = outcome === "complete";
    try {
      if (file.sealer === null) writeAt(file.fd, stereoHeader(file.audioBytes), 0);
      else writeWhole(file, file.sealer.end());
      fsyncSync(file.fd);
    } catch {
      isWhole = false;
    }
    closeSync(file.fd);
    return this.settle(file.start, isWhole ? "complete" : "failed", file.audioBytes);
  }

  /** What a crash left, as long as nothing new has begun. */
  unfinished(): RecordingStart[] {
    return readdirSync(this.openDir).flatMap((name) => readStart(join(this.openDir, name)) ?? []);
  }

  /**
   * Mends one: header and end are put right, a torn chunk is cut off. What cannot be mended stays as
   * it is and counts as failed.
   */
  async repair(start: RecordingStart): Promise<EndedRecording> {
    let audioBytes = 0;
    try {
      audioBytes = this.mend(join(this.dir, start.file));
    } catch {
      return this.settle(start, "failed", 0);
    }
    return this.settle(start, "repaired", audioBytes);
  }

  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.dir);
    return bavail * bsize;
  }

  private get openDir(): string {
    return join(this.dir, ".open");
  }

  private listPath(recordingId: string): string {
    const name = createHash("sha256").update(recordingId).digest("hex").slice(0, 32);
    return join(this.openDir, `${name}.jsonl`);
  }

  private note(recordingId: string, line: object): void {
    writeFileSync(this.listPath(recordingId), `${JSON.stringify(line)}\n`, {
      ...fileMode,
      flag: "a",
    });
  }

  private add(file: OpenFile, bytes: Uint8Array): void {
    writeWhole(file, file.sealer === null ? bytes : file.sealer.chunk(bytes));
    file.audioBytes += bytes.length;
  }

  private mend(path: string): number {
    const fd = openSync(path, "r+");
    try {
      if (path.endsWith(sealedSuffix)) {
        if (this.key === null) throw new Error("no key");
        const { audioBytes, mend } = mendSealed(readFileSync(path), this.key);
        if (mend !== null) {
          ftruncateSync(fd, mend.keepBytes);
          writeAt(fd, mend.tail, mend.keepBytes);
        }
        return audioBytes;
      }
      const torn = Math.max(0, fstatSync(fd).size - stereoHeaderBytes);
      const audioBytes = torn - (torn % 2);
      ftruncateSync(fd, stereoHeaderBytes + audioBytes);
      writeAt(fd, stereoHeader(audioBytes), 0);
      return audioBytes;
    } finally {
      fsyncSync(fd);
      closeSync(fd);
    }
  }

  /** Writes how it ended, and moves the list beside the file. */
  private async settle(
    start: RecordingStart,
    outcome: MediaRecordingEnd["outcome"],
    audioBytes: number,
  ): Promise<EndedRecording> {
    const { recordingId, file } = start;
    const path = join(this.dir, file);
    const { bytes, sha256 } = await digestOf(path);
    const end = { outcome, durationMs: durationMsOf(audioBytes), bytes, sha256 };
    try {
      this.note(recordingId, { end });
      renameSync(this.listPath(recordingId), `${path}.jsonl`);
    } catch {
      // A full disk: the next start settles it once more.
    }
    return { recordingId, file, end };
  }
}

/** What a file of recordings is called when it is encrypted. */
export const sealedSuffix = ".sealed";

function readStart(path: string): RecordingStart | null {
  try {
    const line = readFileSync(path, "utf8").split("\n")[0] ?? "";
    const { recordingId, legId, file, startedAt } = JSON.parse(line) as Partial<RecordingStart>;
    if (!recordingId || !legId || !file || !startedAt) return null;
    return { recordingId, legId, file, startedAt };
  } catch {
    return null;
  }
}

/** Another recording's file stays untouched, now and by a repair. */
function openNew(path: string, list: string): number {
  try {
    return openSync(path, "wx+", 0o600);
  } catch (error) {
    rmSync(list, { force: true });
    throw error;
  }
}

/** Appends all of it, or nothing. */
function writeWhole(file: OpenFile, bytes: Uint8Array): void {
  try {
    writeAt(file.fd, bytes, file.fileBytes);
    file.fileBytes += bytes.length;
  } catch (error) {
    ftruncateSync(file.fd, file.fileBytes);
    throw error;
  }
}

function writeAt(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}

/** Reads in steps, so that a long file does not keep others from being written. */
async function digestOf(path: string): Promise<{ bytes: number; sha256: string | null }> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const part of createReadStream(path, { highWaterMark: 262_144 })) {
      hash.update(part as Buffer);
      bytes += (part as Buffer).length;
    }
  } catch {
    return { bytes, sha256: null };
  }
  return { bytes, sha256: hash.digest("hex") };
}

const fileMode = { mode: 0o600 };
const silence = new Uint8Array(65_536).fill(silentByte);
