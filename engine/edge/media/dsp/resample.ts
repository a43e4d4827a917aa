// Changing the sample rate by a windowed sinc. For files on loading, not for live audio.

/**
 * `samples` at another rate. Lowering the rate filters at 0.92 of the new half rate first. Yields
 * between slices, so that a caller who keeps other clocks can pause.
 */
export function* resample(
  samples: Float32Array,
  rates: { fromHz: number; toHz: number },
): Generator<undefined, Float32Array, undefined> {
  const { fromHz, toHz } = rates;
  if (fromHz === toHz) return samples;
  const ratio = fromHz / toHz;
  const cutoff = 0.92 * Math.min(1, 1 / ratio);
  const reach = Math.ceil(lobes / cutoff);
  const table = kernelTable(cutoff, reach);
  const result = new Float32Array(Math.floor(samples.length / ratio));
  for (let i = 0; i < result.length; i += 1) {
    const centre = i * ratio;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(samples.length - 1, Math.floor(centre + reach));
    let sum = 0;
    for (let k = first; k <= last; k += 1) {
      const at = Math.round(Math.abs(k - centre) * tableSteps);
      sum += (samples[k] as number) * (table[at] as number);
    }
    result[i] = sum;
    if (i % sliceSamples === sliceSamples - 1) yield;
  }
  return result;
}

function kernelTable(cutoff: number, reach: number): Float64Array {
  return Float64Array.from({ length: reach * tableSteps + 2 }, (_, i) => {
    const x = i / tableSteps;
    if (x >= reach) return 0;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * cutoff * x) / (Math.PI * cutoff * x);
    return cutoff * sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / reach));
  });
}

const lobes = 16;
const tableSteps = 512;
const sliceSamples = 8000;
