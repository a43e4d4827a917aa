// How much of a signal lies at one frequency: the Goertzel algorithm. Tests and simulated callers
// use it to know whom they hear.

export const sampleRateHz = 8000;

/**
 * Mean power of `samples` at one frequency, in squared sample units: a sine of amplitude A gives
 * A²/2. Resolution is the sample rate divided by the number of samples.
 */
export function goertzelPower(
  samples: ArrayLike<number>,
  tone: { frequencyHz: number; sampleRateHz?: number },
): number {
  const count = samples.length;
  if (count === 0) return 0;
  const step = (2 * Math.PI * tone.frequencyHz) / (tone.sampleRateHz ?? sampleRateHz);
  const coefficient = 2 * Math.cos(step);
  let before = 0;
  let last = 0;
  for (let i = 0; i < count; i += 1) {
    const now = (samples[i] ?? 0) + coefficient * last - before;
    before = last;
    last = now;
  }
  const magnitudeSquared = before * before + last * last - coefficient * before * last;
  return (2 * magnitudeSquared) / (count * count);
}

/** Mean power of the whole signal, in squared sample units. */
export function meanPower(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i += 1) sum += (samples[i] ?? 0) ** 2;
  return samples.length === 0 ? 0 : sum / samples.length;
}

/** Share, 0 to 1, of the signal's power at one frequency; 0 for a signal below -60 dB. */
export function toneShare(
  samples: ArrayLike<number>,
  tone: { frequencyHz: number; sampleRateHz?: number },
): number {
  const whole = meanPower(samples);
  if (whole < audiblePower) return 0;
  return Math.min(1, goertzelPower(samples, tone) / whole);
}

/** RMS level in dB below full scale (32,768); -Infinity for silence. */
export function levelDb(samples: ArrayLike<number>): number {
  return 10 * Math.log10(meanPower(samples) / 32_768 ** 2);
}

/** -60 dB below full scale. */
const audiblePower = 32.768 ** 2;
