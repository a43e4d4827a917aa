// Finding out which tone is heard: how the far side's audio is recognised without knowing its law,
// level or phase. Cheap enough for hundreds of calls in one process.

export const sampleRate = 8_000;
/** 100 ms: long enough to tell tones 10 Hz apart, short enough to time a bridge. */
export const windowSamples = 800;

export type HeardWindow = Readonly<{
  /** RMS in dB under full scale; silence is -Infinity. */
  levelDb: number;
  /** Frequency of a tone that makes up most of the sound, rounded to 10 Hz; else null. */
  toneHz: number | null;
}>;

/** Share of the window's energy (0 to 1) at one frequency: Goertzel's algorithm. */
function energyShareAt(samples: Int16Array, hz: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / sampleRate);
  let previous = 0;
  let beforePrevious = 0;
  let energy = 0;
  for (const sample of samples) {
    const current = sample + coefficient * previous - beforePrevious;
    beforePrevious = previous;
    previous = current;
    energy += sample * sample;
  }
  if (energy === 0) return 0;
  const power =
    previous * previous + beforePrevious * beforePrevious - coefficient * previous * beforePrevious;
  return (2 * power) / (samples.length * energy);
}

/** Mean frequency of the rising zero crossings: exact for a pure tone; null for too few. */
function crossingHz(samples: Int16Array): number | null {
  let first = -1;
  let last = -1;
  let count = 0;
  for (let n = 1; n < samples.length; n += 1) {
    const before = samples[n - 1] ?? 0;
    const after = samples[n] ?? 0;
    if (before >= 0 || after < 0) continue;
    last = n - 1 + before / (before - after);
    if (first < 0) first = last;
    count += 1;
  }
  return count < 3 ? null : ((count - 1) * sampleRate) / (last - first);
}

/** What one window sounds like. Two tones at once, speech and music have no `toneHz`. */
export function hear(samples: Int16Array): HeardWindow {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  const levelDb = 10 * Math.log10(energy / samples.length / 32_768 ** 2);
  if (levelDb < -50) return { levelDb, toneHz: null };
  const hz = crossingHz(samples);
  if (hz === null || energyShareAt(samples, hz) < 0.8) return { levelDb, toneHz: null };
  return { levelDb, toneHz: Math.round(hz / 10) * 10 };
}
