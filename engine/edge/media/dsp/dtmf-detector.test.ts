import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DtmfDetector, dtmfFrequenciesHz, mayHoldDtmf } from "./dtmf-detector.ts";
import { type G711Codec, g711Decode, g711Encode } from "./g711.ts";
import { normaliseLoudness } from "./loudness.ts";
import { resample } from "./resample.ts";
import { readWav } from "./wav.ts";

const all = "1234567890*#ABCD";

interface Keying {
  onMs: number;
  offMs: number;
  /** Of each tone, in dBm0. */
  levelDb: number;
  /** Of the higher tone against the lower one, in dB. */
  twistDb: number;
  /** Of both frequencies, in per cent. */
  offPercent: number;
  noiseDb: number;
  codec: G711Codec;
}

const usual: Keying = {
  ...{ onMs: 80, offMs: 80, levelDb: -10, twistDb: 0, offPercent: 0, noiseDb: -80 },
  codec: "PCMA",
};

/** Digits as a trunk delivers them: through G.711, beginning at no block's edge. */
function key(digits: string, keying: Partial<Keying> = {}): Int16Array {
  const { onMs, offMs, levelDb, twistDb, offPercent, noiseDb, codec } = { ...usual, ...keying };
  const samples: number[] = Array.from({ length: 37 }, () => 0);
  const amplitude = (db: number): number => 32_768 * Math.SQRT2 * 10 ** ((db - 6.2) / 20);
  for (const digit of digits) {
    const [rowHz, columnHz] = dtmfFrequenciesHz(digit) ?? [0, 0];
    const angle = (hz: number): number => (2 * Math.PI * hz * (1 + offPercent / 100)) / 8000;
    for (let i = 0; i < onMs * 8; i += 1) {
      const low = amplitude(levelDb) * Math.sin(angle(rowHz) * i);
      samples.push(low + amplitude(levelDb + twistDb) * Math.sin(angle(columnHz) * i));
    }
    for (let i = 0; i < offMs * 8; i += 1) samples.push(0);
  }
  const random = noise(7);
  const noisy = samples.map((sample) => sample + amplitude(noiseDb) * 0.7 * random());
  const clipped = noisy.map((sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample))));
  return g711Decode(codec, g711Encode(codec, Int16Array.from(clipped)));
}

/** Seeded noise of variance 1. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    let sum = 0;
    for (let i = 0; i < 12; i += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      sum += state / 2 ** 32;
    }
    return sum - 6;
  };
}

function detect(samples: Int16Array): string {
  let heard = "";
  const detector = new DtmfDetector((digit) => {
    heard += digit;
  });
  for (let at = 0; at < samples.length; at += 160) detector.push(samples.subarray(at, at + 160));
  return heard;
}

describe("digits heard as sound", () => {
  it.each<[what: string, keying: Partial<Keying>]>([
    ["80 ms", {}],
    ["40 ms with pauses of 40 ms", { onMs: 40, offMs: 40 }],
    ["PCMU", { codec: "PCMU" }],
    ["as loud as the line takes", { levelDb: -3 }],
    ["-25 dBm0", { levelDb: -25, onMs: 50, offMs: 50 }],
    ["-30 dBm0", { levelDb: -30, onMs: 50, offMs: 50 }],
    ["the higher tone 4 dB up", { twistDb: 4 }],
    ["the higher tone 8 dB down", { twistDb: -8 }],
    ["1.5 % sharp", { offPercent: 1.5 }],
    ["1.5 % flat", { offPercent: -1.5 }],
    ["noise 20 dB below", { noiseDb: -27 }],
  ])("are all heard once: %s", (_, keying) => {
    expect(detect(key(all, keying))).toBe(all);
  });

  it("the same key again counts anew after a pause", () => {
    expect(detect(key("1122200", { onMs: 40, offMs: 40 }))).toBe("1122200");
  });

  it.each<[what: string, keying: Partial<Keying>]>([
    ["too short", { onMs: 16, offMs: 64 }],
    ["too weak", { levelDb: -45 }],
    ["6 % off", { offPercent: 6 }],
    ["one tone only", { twistDb: -60 }],
  ])("are not heard: %s", (_, keying) => {
    expect(detect(key(all, keying))).toBe("");
  });

  it("are not heard in noise", () => {
    const random = noise(3);
    expect(detect(Int16Array.from({ length: 8000 * 120 }, () => 3000 * random()))).toBe("");
  });
});

describe("speech", () => {
  const folder = join(import.meta.dirname, "../../../../ivr-flows/prompts");
  const files = ["zh", "en", "agents", "callers"].flatMap((part) =>
    (readdirSync(join(folder, part), { recursive: true }) as string[])
      .filter((name) => name.endsWith(".wav"))
      .map((name) => join(folder, part, name)),
  );

  it("of every spoken prompt is no digit", () => {
    const taken = files.map((file) => [file, detect(speech(file))] as const);
    expect(files.length).toBeGreaterThan(40);
    expect(taken.filter(([, digits]) => digits !== "")).toEqual([]);
  });
});

describe("a packet that may hold a digit", () => {
  it("is one that a third of a digit lies in", () => {
    const digit = key("5", { onMs: 200, offMs: 0 }).subarray(37);
    const begun = new Int16Array(160);
    begun.set(digit.subarray(0, 64), 96);
    const kinds = [digit.subarray(0, 160), digit.subarray(800, 960), begun, new Int16Array(160)];
    expect(kinds.map(mayHoldDtmf)).toEqual([true, true, true, false]);
  });
});

function speech(file: string): Int16Array {
  const audio = readWav(readFileSync(file));
  const steps = resample(audio.samples, { fromHz: audio.sampleRateHz, toHz: 8000 });
  for (;;) {
    const step = steps.next();
    if (step.done === true) {
      return g711Decode("PCMA", g711Encode("PCMA", normaliseLoudness(step.value)));
    }
  }
}
