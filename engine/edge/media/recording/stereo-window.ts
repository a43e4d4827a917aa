// The last two seconds of a recording, in memory, so that packets may come late and out of order.
// What nobody wrote is silence.
import { bytesPerFrame, silentByte } from "../../../wire/recording/stereo-wav.ts";

export type Side = "left" | "right";

export interface SideAudio {
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Turns the bytes into µ-law; null when they are. */
  table: Uint8Array | null;
}

export class StereoWindow {
  /** Frames that came too late, or too early, to be kept. */
  lostFrames = 0;
  private readonly ring = new Uint8Array(windowFrames * bytesPerFrame).fill(silentByte);
  private taken = 0;

  /** First frame that has not been taken yet. */
  get takenFrames(): number {
    return this.taken;
  }

  put(side: Side, frame: number, audio: SideAudio): void {
    const { bytes, table, end } = audio;
    const first = Math.max(0, this.taken - frame);
    const count = end - audio.start;
    const last = Math.min(count, this.taken + windowFrames - frame);
    this.lostFrames += count - Math.max(0, last - first);
    const { ring } = this;
    const offset = side === "left" ? 0 : 1;
    let at = ((frame + first) & windowMask) * bytesPerFrame + offset;
    // The busiest loop of a recording: 1.6 million turns a second with 100 calls.
    for (let i = audio.start + first; i < audio.start + last; i += 1) {
      const code = bytes[i] as number;
      ring[at] = table === null ? code : (table[code] as number);
      at += bytesPerFrame;
      if (at >= ringBytes) at -= ringBytes;
    }
  }

  /** Moves everything before `frame` into `into` at `at`; at most a window's length. */
  take(frame: number, into: Uint8Array, at: number): void {
    const from = this.taken;
    const count = Math.max(0, Math.min(frame - from, windowFrames));
    // At most two spans: the ring's end lies between them.
    const head = from & windowMask;
    const first = Math.min(count, windowFrames - head);
    this.takeSpan(head, first, into, at);
    this.takeSpan(0, count - first, into, at + first * bytesPerFrame);
    this.taken = from + count;
  }

  private takeSpan(start: number, count: number, into: Uint8Array, at: number): void {
    if (count <= 0) return;
    const span = this.ring.subarray(start * bytesPerFrame, (start + count) * bytesPerFrame);
    into.set(span, at);
    span.fill(silentByte);
  }
}

/** A power of two: 2.05 s. */
export const windowFrames = 16_384;
const windowMask = windowFrames - 1;
const ringBytes = windowFrames * bytesPerFrame;
