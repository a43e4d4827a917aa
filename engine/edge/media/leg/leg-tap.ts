// What listens in on a leg without being heard: the recorder.
import type { G711Codec } from "../dsp/g711.ts";

/** Audio in `bytes[start..end)`; the object and the bytes are the caller's again afterwards. */
export interface TapAudio {
  /** Whose timestamps these are: an SSRC, or `mixSource`. */
  source: number;
  timestamp: number;
  codec: G711Codec;
  bytes: Uint8Array;
  start: number;
  end: number;
}

export interface LegTap {
  /** What the leg's far side says. */
  said(audio: TapAudio, nowMs: number): void;
  /** What others say to it; no plays, no silence. */
  heard(audio: TapAudio, nowMs: number): void;
}

/** No SSRC: the frames of a mixer, by the timestamps of the leg's own stream. */
export const mixSource = -1;
