import { describe, expect, it } from "vitest";
import type { ToneCountry } from "../../../wire/edge-config.ts";
import { g711Encode } from "./g711.ts";
import { goertzelPower, levelDb, toneShare } from "./goertzel.ts";
import { normaliseLoudness } from "./loudness.ts";
import { resample } from "./resample.ts";
import { networkTones, type ProgressTone, ToneSource, toneSamples } from "./tone.ts";
import { readWav, WavError, writeWav } from "./wav.ts";

const sine = (frequencyHz: number, rateHz: number, seconds: number, amplitude = 0.5) =>
  Float32Array.from(
    { length: rateHz * seconds },
    (_, i) => amplitude * Math.sin((2 * Math.PI * frequencyHz * i) / rateHz),
  );

function run<T>(steps: Generator<undefined, T, undefined>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

describe("Goertzel", () => {
  it("gives half the squared amplitude at the tone and nothing beside it", () => {
    const samples = Array.from({ length: 800 }, (_, i) => 1000 * Math.sin((2 * Math.PI * i) / 8));
    expect(goertzelPower(samples, { frequencyHz: 1000 })).toBeCloseTo(500_000, 0);
    expect(goertzelPower(samples, { frequencyHz: 450 })).toBeLessThan(1);
    expect(toneShare(samples, { frequencyHz: 1000 })).toBeGreaterThan(0.99);
    expect(toneShare(new Int16Array(800), { frequencyHz: 1000 })).toBe(0);
  });
});

describe("tones", () => {
  it("ring back for a second in five at 450 Hz", () => {
    const samples = toneSamples(networkTones.cn.ringback);
    expect(samples.length).toBe(40_000);
    expect(toneShare(samples.subarray(0, 8000), { frequencyHz: 450 })).toBeGreaterThan(0.98);
    expect(levelDb(samples.subarray(0, 8000))).toBeCloseTo(-20, 0);
    expect(samples.subarray(8000).every((sample) => sample === 0)).toBe(true);
  });

  it.each<[country: ToneCountry, tone: ProgressTone, hz: number[], cadenceMs: number[]]>([
    ["cn", "busy", [450], [350, 350]],
    ["cn", "congestion", [450], [700, 700]],
    ["de", "ringback", [425], [1000, 4000]],
    ["gb", "ringback", [400, 450], [400, 200, 400, 2000]],
    ["gb", "congestion", [400], [400, 350, 225, 525]],
    ["hk", "ringback", [440, 480], [400, 200, 400, 3000]],
    ["us", "ringback", [440, 480], [2000, 4000]],
    ["us", "busy", [480, 620], [500, 500]],
  ])("of %s, %s: %j Hz, on and off %j ms", (country, tone, hz, cadenceMs) => {
    const samples = toneSamples(networkTones[country][tone]);
    const bounds = cadenceMs.map((_, i) => cadenceMs.slice(0, i).reduce((sum, ms) => sum + ms, 0));
    const parts = cadenceMs.map((ms, i) => {
      const at = (bounds[i] ?? 0) * 8;
      return samples.subarray(at, at + ms * 8);
    });
    expect(samples.length).toBe(cadenceMs.reduce((sum, ms) => sum + ms, 0) * 8);
    for (const [i, part] of parts.entries()) {
      const share = hz.reduce((sum, frequencyHz) => sum + toneShare(part, { frequencyHz }), 0);
      if (i % 2 === 1) expect(levelDb(part)).toBe(Number.NEGATIVE_INFINITY);
      else expect([share > 0.95, Math.abs(levelDb(part) + 20) < 0.5]).toEqual([true, true]);
    }
  });

  it("goes on without a jump from frame to frame", () => {
    const source = new ToneSource(777);
    const frames = Array.from({ length: 100 }, () => [...source.next(160)]).flat();
    expect(toneShare(frames, { frequencyHz: 777 })).toBeGreaterThan(0.999);
  });
});

describe("WAV", () => {
  it("is read as written", () => {
    const samples = Int16Array.of(0, 16_384, -32_768, 32_767);
    const audio = readWav(writeWav({ sampleRateHz: 11_025, samples }));
    expect(audio.sampleRateHz).toBe(11_025);
    expect([...audio.samples]).toEqual([...samples].map((sample) => Math.fround(sample / 32_768)));
  });

  it.each<
    [why: string, tag: number, bits: number, channels: number, data: number[], want: number[]]
  >([
    ["8-bit mono", 1, 8, 1, [128, 255, 0], [0, 127 / 128, -1]],
    ["16-bit stereo", 1, 16, 2, [0, 64, 0, 32, 0, 0, 0, 192], [0.375, -0.25]],
    ["µ-law", 7, 8, 1, [0xff, 0x80], [0, 32_124 / 32_768]],
    ["A-law", 6, 8, 1, [0xaa], [32_256 / 32_768]],
  ])("reads %s", (_, tag, bits, channels, data, want) => {
    expect([...readWav(wavFile({ tag, bits, channels, data })).samples]).toEqual(
      want.map(Math.fround),
    );
  });

  it("reads on to the end when the size lies", () => {
    const file = wavFile({ tag: 1, bits: 8, channels: 1, data: [128, 128] });
    new DataView(file.buffer).setUint32(file.length - 6, 0xffffffff, true);
    expect(readWav(file).samples.length).toBe(2);
  });

  it.each<[why: string, file: Uint8Array]>([
    ["empty", new Uint8Array(0)],
    ["other", new TextEncoder().encode("RIFFxxxxAVI data")],
    ["24 bits", wavFile({ tag: 1, bits: 24, channels: 1, data: [0, 0, 0] })],
    ["three channels", wavFile({ tag: 1, bits: 16, channels: 3, data: [0, 0] })],
    ["no data", writeWav({ sampleRateHz: 8000, samples: new Int16Array(0) }).subarray(0, 36)],
  ])("refuses a file that is %s", (_, file) => {
    expect(() => readWav(file)).toThrow(WavError);
  });
});

describe("resampling", () => {
  it.each([44_100, 22_050, 16_000, 11_025, 48_000])("keeps a tone from %i Hz", (fromHz) => {
    const samples = run(resample(sine(1000, fromHz, 1), { fromHz, toHz: 8000 }));
    expect(samples.length).toBe(8000);
    const middle = samples.subarray(400, 7600);
    expect(goertzelPower(middle, { frequencyHz: 1000 })).toBeCloseTo(0.125, 2);
    expect(
      toneShare(
        middle.map((sample) => sample * 32_768),
        { frequencyHz: 1000 },
      ),
    ).toBeGreaterThan(0.999);
  });

  it("removes what the lower rate cannot carry", () => {
    const samples = run(resample(sine(6000, 16_000, 1), { fromHz: 16_000, toHz: 8000 }));
    expect(goertzelPower(samples.subarray(400, 7600), { frequencyHz: 2000 })).toBeLessThan(1e-7);
  });
});

describe("loudness", () => {
  it.each([0.01, 0.1, 0.9])("brings a tone of amplitude %f to -20 dB", (amplitude) => {
    const speech = sine(300, 8000, 1, amplitude);
    const withPause = new Float32Array(24_000);
    withPause.set(speech, 4000);
    expect(levelDb(normaliseLoudness(withPause).subarray(4000, 12_000))).toBeCloseTo(-20, 0);
  });

  it("leaves silence silent and holds peaks", () => {
    expect(normaliseLoudness(new Float32Array(800)).every((sample) => sample === 0)).toBe(true);
    const click = sine(300, 8000, 1, 0.02);
    click[100] = 1;
    expect(Math.max(...normaliseLoudness(click))).toBeLessThan(0.71 * 32_768);
  });
});

it("encodes a prompt to one byte a sample", () => {
  expect(g711Encode("PCMA", normaliseLoudness(sine(300, 8000, 1))).length).toBe(8000);
});

function wavFile(file: {
  tag: number;
  bits: number;
  channels: number;
  data: number[];
}): Uint8Array {
  const bytes = new Uint8Array(44 + file.data.length);
  bytes.set(writeWav({ sampleRateHz: 8000, samples: new Int16Array(0) }));
  const view = new DataView(bytes.buffer);
  view.setUint16(20, file.tag, true);
  view.setUint16(22, file.channels, true);
  view.setUint16(34, file.bits, true);
  view.setUint32(40, file.data.length, true);
  bytes.set(file.data, 44);
  return bytes;
}
