// Tones as linear samples at 8 kHz, with cadence. China's network tones are 450 Hz.
import { sampleRateHz } from "./goertzel.ts";

/** A stretch of a tone; 0 Hz is silence. */
export interface ToneSegment {
  frequencyHz: number;
  ms: number;
}

export type ProgressTone = "ringback" | "busy" | "beep";

/** One period of each tone. */
export const chinaTones: Readonly<Record<ProgressTone, readonly ToneSegment[]>> = {
  ringback: [
    { frequencyHz: 450, ms: 1000 },
    { frequencyHz: 0, ms: 4000 },
  ],
  busy: [
    { frequencyHz: 450, ms: 350 },
    { frequencyHz: 0, ms: 350 },
  ],
  beep: [{ frequencyHz: 1000, ms: 300 }],
};

/**
 * Samples of the segments one after the other. `levelDb` is the sine's RMS below full scale,
 * -20 dB unless told. Edges of 5 ms are faded, so that nothing clicks.
 */
export function toneSamples(segments: readonly ToneSegment[], levelDb = -20): Int16Array {
  const amplitude = 32_768 * Math.SQRT2 * 10 ** (levelDb / 20);
  const total = segments.reduce((sum, segment) => sum + samplesOf(segment.ms), 0);
  const samples = new Int16Array(total);
  let offset = 0;
  for (const segment of segments) {
    const count = samplesOf(segment.ms);
    const step = (2 * Math.PI * segment.frequencyHz) / sampleRateHz;
    const fade = Math.min(40, count / 2);
    for (let i = 0; segment.frequencyHz > 0 && i < count; i += 1) {
      const edge = Math.min(1, (i + 1) / fade, (count - i) / fade);
      samples[offset + i] = Math.round(amplitude * edge * Math.sin(step * i));
    }
    offset += count;
  }
  return samples;
}

/** An endless sine, frame by frame with continuous phase: a talker whom others can recognise. */
export class ToneSource {
  private position = 0;
  private readonly period: Int16Array;

  constructor(frequencyHz: number, levelDb = -20) {
    // One second holds a whole number of periods of every integer frequency.
    const amplitude = 32_768 * Math.SQRT2 * 10 ** (levelDb / 20);
    const step = (2 * Math.PI * Math.round(frequencyHz)) / sampleRateHz;
    this.period = Int16Array.from({ length: sampleRateHz }, (_, i) =>
      Math.round(amplitude * Math.sin(step * i)),
    );
  }

  /** The next `count` samples. */
  next(count: number): Int16Array {
    const frame = new Int16Array(count);
    for (let i = 0; i < count; i += 1) {
      frame[i] = this.period[this.position] ?? 0;
      this.position = (this.position + 1) % sampleRateHz;
    }
    return frame;
  }
}

function samplesOf(ms: number): number {
  return Math.round((ms * sampleRateHz) / 1000);
}
