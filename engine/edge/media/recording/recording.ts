// One recording: the two sides of a leg on one time line, which begins when it was started.

import { bytesPerFrame, framesPerMs } from "../../../wire/recording/stereo-wav.ts";
import { pcmaToPcmu } from "../dsp/g711.ts";
import type { LegTap, TapAudio } from "../leg/leg-tap.ts";
import { ChannelClock } from "./channel-clock.ts";
import { type Side, StereoWindow, windowFrames } from "./stereo-window.ts";

export class Recording implements LegTap {
  readonly recordingId: string;
  readonly legId: string;
  readonly file: string;
  isPaused = false;
  private readonly startMs: number;
  private readonly window = new StereoWindow();
  private readonly clocks: Readonly<Record<Side, ChannelClock>> = {
    left: new ChannelClock(),
    right: new ChannelClock(),
  };

  constructor(of: { recordingId: string; legId: string; file: string }, startMs: number) {
    this.recordingId = of.recordingId;
    this.legId = of.legId;
    this.file = of.file;
    this.startMs = startMs;
  }

  said(audio: TapAudio, nowMs: number): void {
    this.put("left", audio, nowMs);
  }

  heard(audio: TapAudio, nowMs: number): void {
    this.put("right", audio, nowMs);
  }

  /** Since the start, on the recording's own time line. */
  elapsedMs(nowMs: number): number {
    return Math.max(0, nowMs - this.startMs);
  }

  /** Bytes that `take` gives now: everything that is older than `lateMs`, in several goes at worst. */
  dueBytes(nowMs: number, lateMs: number): number {
    const due = this.frameAt(nowMs - lateMs) - this.window.takenFrames;
    return Math.max(0, Math.min(due, windowFrames)) * bytesPerFrame;
  }

  /** Moves so many bytes of the time line into `into` at `at`. */
  take(bytes: number, into: Uint8Array, at: number): void {
    this.window.take(this.window.takenFrames + bytes / bytesPerFrame, into, at);
  }

  private put(side: Side, audio: TapAudio, nowMs: number): void {
    if (this.isPaused) return;
    const { source, timestamp, start, end } = audio;
    const packet = { source, timestamp, count: end - start };
    const frame = this.clocks[side].place(packet, this.frameAt(nowMs));
    const table = audio.codec === "PCMA" ? pcmaToPcmu : null;
    this.window.put(side, frame, { bytes: audio.bytes, start, end, table });
  }

  private frameAt(nowMs: number): number {
    return Math.max(0, Math.round((nowMs - this.startMs) * framesPerMs));
  }
}
