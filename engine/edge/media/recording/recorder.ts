// All recordings of a media server: starts and ends them, and hands what has settled to the thread
// that writes, every half second and in one message for several, so that a file is never more than
// a second behind.
import type { Logger } from "pino";
import type {
  MediaMessage,
  MediaRecording,
  MediaRecordingEnd,
  MediaRequest,
} from "../../../wire/media-control.ts";
import type { MediaLeg } from "../leg/media-leg.ts";
import { RequestError } from "../request-error.ts";
import { Recording } from "./recording.ts";
import { type EndedRecording, type RecordingStart, sealedSuffix } from "./recording-files.ts";
import type { Writer } from "./writer-link.ts";
import type { FromWriter } from "./writer-messages.ts";

export type RecorderEvent = Extract<MediaMessage, { type: "recordingEnded" | "recordingTrouble" }>;

export interface RecorderOptions {
  freeBytesMin: number;
  isSealed: boolean;
  logger: Logger;
  emit(event: RecorderEvent): void;
}

interface Entry {
  recording: Recording;
  leg: MediaLeg | null;
  /** Bytes that could not be handed over: silence will stand for them. */
  owedBytes: number;
  slot: number;
}

type StartRequest = Extract<MediaRequest, { type: "startRecording" }>;

export class Recorder {
  private readonly writer: Writer;
  private readonly options: RecorderOptions;
  private readonly running = new Map<string, Entry>();
  /** Left by a crash and not settled yet. */
  private readonly mending = new Map<string, RecordingStart>();
  private readonly ended = new Map<string, MediaRecording & { end: MediaRecordingEnd }>();
  private readonly timer: NodeJS.Timeout;
  private nextSlot = 0;
  private nextEntrySlot = 0;
  /** Handed over and not yet written. */
  private pendingBytes = 0;
  private isBehind = false;
  private isDiskLow = false;
  private isWriterGone = false;

  constructor(writer: Writer, options: RecorderOptions) {
    this.writer = writer;
    this.options = options;
    for (const start of writer.ready.unfinished) this.mending.set(start.recordingId, start);
    this.lookAtSpace(writer.ready.freeBytes);
    writer.listen((message) => this.onWriter(message));
    this.timer = setInterval(() => this.flushSlot(), flushIntervalMs / slotsCount);
  }

  /** The name on disk of a recording that is known. */
  fileOf(recordingId: string): string | undefined {
    const running = this.running.get(recordingId)?.recording;
    return (running ?? this.mending.get(recordingId) ?? this.ended.get(recordingId))?.file;
  }

  /** The file's name on disk. Throws `RequestError`. */
  start(request: StartRequest, leg: MediaLeg): string {
    const { recordingId, legId } = request;
    const known = this.fileOf(recordingId);
    if (known !== undefined) return known;
    if (this.isWriterGone) throw new RequestError("limit", "the recordings' thread is gone");
    if (this.isDiskLow) throw new RequestError("diskLow", "too little space for recordings");
    if (leg.tap !== null) throw new RequestError("limit", `leg ${legId} is recorded already`);
    const file = request.file + (this.options.isSealed ? sealedSuffix : "");
    const recording = new Recording({ recordingId, legId, file }, performance.now());
    const startedAt = new Date().toISOString();
    this.writer.send({ type: "begin", start: { recordingId, legId, file, startedAt } });
    this.nextEntrySlot = (this.nextEntrySlot + 1) % slotsCount;
    this.running.set(recordingId, { recording, leg, owedBytes: 0, slot: this.nextEntrySlot });
    leg.tap = recording;
    return file;
  }

  pause(recordingId: string, isPaused: boolean): void {
    const recording = this.running.get(recordingId)?.recording;
    if (recording === undefined) throw unknown(recordingId);
    if (recording.isPaused === isPaused) return;
    recording.isPaused = isPaused;
    const atMs = Math.round(recording.elapsedMs(performance.now()));
    const mark = isPaused ? "paused" : "resumed";
    this.writer.send({ type: "mark", recordingId, atMs, mark });
  }

  stop(recordingId: string): void {
    const entry = this.running.get(recordingId);
    if (entry === undefined) {
      if (this.fileOf(recordingId) === undefined) throw unknown(recordingId);
      return;
    }
    this.finish(entry);
  }

  /** What a leg that goes was recorded by ends with it. */
  legGone(leg: MediaLeg): void {
    for (const entry of this.running.values()) if (entry.leg === leg) this.finish(entry);
  }

  forget(recordingId: string): void {
    this.ended.delete(recordingId);
  }

  list(): MediaRecording[] {
    const running = [...this.running.values()].map(({ recording, leg }): MediaRecording => {
      const { recordingId, legId, file, isPaused } = recording;
      const state = leg === null ? "ending" : isPaused ? "paused" : "recording";
      return { recordingId, legId, file, state, end: null };
    });
    const mending = [...this.mending.values()].map(({ recordingId, file }): MediaRecording => {
      return { recordingId, legId: null, file, state: "ending", end: null };
    });
    return [...running, ...mending, ...this.ended.values()];
  }

  /** Ends everything; resolves when it is on disk. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    for (const entry of this.running.values()) this.finish(entry);
    await this.writer.close();
  }

  private finish(entry: Entry): void {
    if (entry.leg === null) return;
    const nowMs = performance.now();
    entry.leg.tap = null;
    entry.leg = null;
    while (this.flush([entry], { nowMs, lateMs: 0 }) > 0) {
      // One window at a time.
    }
    this.writer.send({ type: "finish", recordingId: entry.recording.recordingId });
  }

  private flushSlot(): void {
    this.nextSlot = (this.nextSlot + 1) % slotsCount;
    const entries = [...this.running.values()].filter(
      ({ slot, leg }) => slot === this.nextSlot && leg !== null,
    );
    this.flush(entries, { nowMs: performance.now(), lateMs: lateMsMax });
  }

  /** Returns how many bytes were due. */
  private flush(entries: readonly Entry[], until: { nowMs: number; lateMs: number }): number {
    const due = entries.map(({ recording }) => recording.dueBytes(until.nowMs, until.lateMs));
    const bytes = new Uint8Array(due.reduce((sum, count) => sum + count, 0));
    if (bytes.length === 0) return 0;
    let at = 0;
    for (const [i, { recording }] of entries.entries()) {
      const count = due[i] ?? 0;
      recording.take(count, bytes, at);
      at += count;
    }
    if (this.pendingBytes + bytes.length > pendingBytesMax) this.owe(entries, due);
    else this.handOver(entries, due, bytes);
    return bytes.length;
  }

  private handOver(entries: readonly Entry[], due: readonly number[], bytes: Uint8Array): void {
    const parts = entries.map((entry, i) => {
      const { recordingId } = entry.recording;
      return { recordingId, length: due[i] ?? 0, silenceBytes: entry.owedBytes };
    });
    for (const entry of entries) entry.owedBytes = 0;
    this.pendingBytes += bytes.length;
    this.writer.send({ type: "append", bytes, parts });
  }

  private owe(entries: readonly Entry[], due: readonly number[]): void {
    for (const [i, entry] of entries.entries()) entry.owedBytes += due[i] ?? 0;
    if (this.isBehind) return;
    this.isBehind = true;
    this.trouble("behind", null, `${this.pendingBytes} bytes wait for the disk`);
  }

  private onWriter(message: FromWriter | null): void {
    switch (message?.type) {
      case undefined:
        this.loseWriter();
        return;
      case "written":
        this.pendingBytes -= message.bytes;
        if (this.pendingBytes < pendingBytesMax / 2) this.isBehind = false;
        return;
      case "trouble":
        this.trouble("writeFailed", message.recordingId, message.message);
        return;
      case "ended":
        this.settle(message.ended);
        return;
      case "space":
        this.lookAtSpace(message.freeBytes);
        return;
    }
  }

  private settle(ended: EndedRecording): void {
    const entry = this.running.get(ended.recordingId);
    if (!this.mending.delete(ended.recordingId) && entry === undefined) return;
    if (entry !== undefined && entry.leg !== null) entry.leg.tap = null;
    this.running.delete(ended.recordingId);
    this.keepEnded(ended, entry?.recording.legId ?? null);
    this.options.emit({ type: "recordingEnded", ...ended });
  }

  private keepEnded(ended: EndedRecording, legId: string | null): void {
    this.ended.set(ended.recordingId, { ...ended, legId, state: "ended" });
    const [oldest] = this.ended.keys();
    if (this.ended.size > endedMax && oldest !== undefined) this.ended.delete(oldest);
  }

  private lookAtSpace(freeBytes: number): void {
    const isLow = freeBytes < this.options.freeBytesMin;
    if (isLow === this.isDiskLow) return;
    this.isDiskLow = isLow;
    const megabytes = Math.floor(freeBytes / 1_048_576);
    this.trouble(isLow ? "diskLow" : "diskEnough", null, `${megabytes} MiB free`);
  }

  private loseWriter(): void {
    this.isWriterGone = true;
    const end = { outcome: "failed", durationMs: 0, bytes: 0, sha256: null } as const;
    for (const { recording } of [...this.running.values()]) {
      const { recordingId, file } = recording;
      this.trouble("writeFailed", recordingId, "the recordings' thread died");
      this.settle({ recordingId, file, end });
    }
  }

  private trouble(
    what: Extract<RecorderEvent, { type: "recordingTrouble" }>["what"],
    recordingId: string | null,
    message: string,
  ): void {
    this.options.logger.warn({ what, recordingId }, `recording: ${message}`);
    this.options.emit({
      type: "recordingTrouble",
      what,
      recordingId,
      message: message.slice(0, 500),
    });
  }
}

function unknown(recordingId: string): RequestError {
  return new RequestError("unknownRecording", `no recording ${recordingId}`);
}

const flushIntervalMs = 500;
const slotsCount = 5;
/** Packets that come later than this are lost to the recording. */
const lateMsMax = 300;
/** 1,000 calls for half a minute of a disk that stands still would be 480 MB: it is silence then. */
const pendingBytesMax = 32 * 1_048_576;
const endedMax = 10_000;
