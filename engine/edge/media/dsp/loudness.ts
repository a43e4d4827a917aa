// Bringing prompts of many origins to one loudness: about -20 dB RMS while somebody speaks, with
// peaks held below -3 dB.

/** Linear 16-bit samples of `samples` (-1 to 1) at the common loudness; silence stays silence. */
export function normaliseLoudness(samples: Float32Array): Int16Array {
  const active = activeRms(samples);
  const gain = active < audibleRms ? 1 : Math.min(gainMax, targetRms / active);
  return Int16Array.from(samples, (sample) => Math.round(32_767 * limit(sample * gain)));
}

/** RMS of the 20 ms frames that lie within 30 dB of the loudest one. */
function activeRms(samples: Float32Array): number {
  const powers: number[] = [];
  for (let start = 0; start < samples.length; start += frameLength) {
    const end = Math.min(samples.length, start + frameLength);
    let sum = 0;
    for (let i = start; i < end; i += 1) sum += (samples[i] as number) ** 2;
    powers.push(sum / (end - start));
  }
  const loudest = powers.reduce((most, power) => Math.max(most, power), 0);
  const active = powers.filter((power) => power >= loudest / 1000);
  const sum = active.reduce((all, power) => all + power, 0);
  return active.length === 0 ? 0 : Math.sqrt(sum / active.length);
}

/** Linear up to the knee, then bent smoothly towards the peak. */
function limit(sample: number): number {
  const size = Math.abs(sample);
  if (size <= knee) return sample;
  const bent = knee + (peak - knee) * Math.tanh((size - knee) / (peak - knee));
  return Math.sign(sample) * bent;
}

const frameLength = 160;
const targetRms = 0.1;
const audibleRms = 0.0005;
/** 30 dB: a quieter file is taken for faulty rather than made into noise. */
const gainMax = 31.6;
const knee = 0.5;
const peak = 0.708;
