// Tones as linear samples at 8 kHz, with cadence, and the tones of several countries' networks.
import type { ToneCountry } from "../../../wire/edge-config.ts";
import { sampleRateHz } from "./goertzel.ts";

/** A stretch of one frequency, or of two together; 0 Hz is silence. */
export interface ToneSegment {
  frequencyHz: number;
  secondHz?: number;
  ms: number;
}

export type ProgressTone = "ringback" | "busy" | "congestion" | "specialInformation" | "beep";

/** One period of each network's tones (ITU-T E.180 supplement 2; China's by GB/T 3380). */
export const networkTones: Readonly<
  Record<ToneCountry, Readonly<Record<ProgressTone, readonly ToneSegment[]>>>
> = {
  cn: toneSet([450], { ringback: [1000, 4000], busy: [350, 350], congestion: [700, 700] }),
  de: toneSet([425], { ringback: [1000, 4000], busy: [480, 480], congestion: [240, 240] }),
  gb: {
    ...toneSet([400], { ringback: [], busy: [375, 375], congestion: [400, 350, 225, 525] }),
    ringback: pulses([400, 450], [400, 200, 400, 2000]),
  },
  hk: northAmerican([400, 200, 400, 3000]),
  us: northAmerican([2000, 4000]),
};

function northAmerican(ringback: readonly number[]): Record<ProgressTone, ToneSegment[]> {
  return {
    ...toneSet([480, 620], { ringback: [], busy: [500, 500], congestion: [250, 250] }),
    ringback: pulses([440, 480], ringback),
  };
}

/** A network's set whose tones all have the same frequencies; cadences are on and off in turn. */
function toneSet(
  frequenciesHz: readonly number[],
  cadences: Record<"ringback" | "busy" | "congestion", readonly number[]>,
): Record<ProgressTone, ToneSegment[]> {
  const information = [950, 1400, 1800].map((frequencyHz) => ({ frequencyHz, ms: 330 }));
  return {
    ringback: pulses(frequenciesHz, cadences.ringback),
    busy: pulses(frequenciesHz, cadences.busy),
    congestion: pulses(frequenciesHz, cadences.congestion),
    specialInformation: [...information, { frequencyHz: 0, ms: 1000 }],
    beep: [{ frequencyHz: 1000, ms: 300 }],
  };
}

function pulses(frequenciesHz: readonly number[], cadenceMs: readonly number[]): ToneSegment[] {
  const [frequencyHz = 0, secondHz] = frequenciesHz;
  return cadenceMs.map((ms, index) => {
    if (index % 2 === 1) return { frequencyHz: 0, ms };
    return secondHz === undefined ? { frequencyHz, ms } : { frequencyHz, secondHz, ms };
  });
}

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
    const sound = soundOf(segment);
    const fade = Math.min(40, count / 2);
    for (let i = 0; segment.frequencyHz > 0 && i < count; i += 1) {
      const edge = Math.min(1, (i + 1) / fade, (count - i) / fade);
      samples[offset + i] = Math.round(amplitude * edge * sound(i));
    }
    offset += count;
  }
  return samples;
}

/** Sample `i` of a segment at amplitude 1; two frequencies share the power of one. */
function soundOf(segment: ToneSegment): (i: number) => number {
  const step = (2 * Math.PI * segment.frequencyHz) / sampleRateHz;
  const { secondHz } = segment;
  if (secondHz === undefined) return (i) => Math.sin(step * i);
  const second = (2 * Math.PI * secondHz) / sampleRateHz;
  return (i) => (Math.sin(step * i) + Math.sin(second * i)) * Math.SQRT1_2;
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
