import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { g711Decode, g711Encode } from "./g711.ts";
import { type DetectedTone, ProgressToneDetector } from "./progress-tone-detector.ts";
import { resample } from "./resample.ts";
import { type ToneSegment, toneSamples } from "./tone.ts";
import { readWav } from "./wav.ts";

const on = (ms: number, frequencyHz = 450): ToneSegment => ({ frequencyHz, ms });
const off = (ms: number): ToneSegment => ({ frequencyHz: 0, ms });
const times = (count: number, ...period: ToneSegment[]): ToneSegment[] =>
  Array.from({ length: count }, () => period).flat();

function detect(samples: Int16Array): DetectedTone[] {
  const told: DetectedTone[] = [];
  const detector = new ProgressToneDetector((tone) => told.push(tone));
  const line = g711Decode("PCMA", g711Encode("PCMA", samples));
  // No frame begins with a tone.
  detector.push(new Int16Array(53));
  for (let at = 0; at < line.length; at += 160) detector.push(line.subarray(at, at + 160));
  return told;
}

describe("tones of China's network", () => {
  it.each<[what: string, segments: ToneSegment[], told: DetectedTone[]]>([
    ["ringback, once for all its pulses", times(3, on(1000), off(4000)), ["ringback"]],
    ["busy", times(5, on(350), off(350)), ["busy"]],
    ["congestion", times(5, on(700), off(700)), ["congestion"]],
    ["busy a tenth too slow", times(5, on(385), off(385)), ["busy"]],
    [
      "busy after ringback",
      [on(1000), off(4000), ...times(4, on(350), off(350))],
      ["ringback", "busy"],
    ],
    ["another cadence", times(6, on(150), off(150)), []],
    ["one pulse of busy", [on(350), off(350)], []],
    [
      "special information tone",
      [on(330, 950), on(330, 1400), on(330, 1800), off(1000)],
      ["specialInformation"],
    ],
    ["its tones the other way round", [on(330, 1800), on(330, 1400), on(330, 950), off(1000)], []],
    ["a beep", [off(1000), on(400, 1000), off(500)], ["beep"]],
    ["a beep of 1400 Hz is one too", [off(1000), on(400, 1430), off(500)], ["beep"]],
    ["a click", [off(500), on(60, 1000), off(500)], []],
    ["silence", [off(3500)], ["silence"]],
    ["short silence", [off(2500)], []],
  ])("%s", (_, segments, told) => {
    expect(detect(toneSamples(segments))).toEqual(told);
  });

  it("is heard at -35 dB", () => {
    expect(detect(toneSamples(times(4, on(350), off(350)), -35))).toEqual(["busy"]);
  });
});

it.each([
  "zh/welcome-12345",
  "zh/main-menu-12345",
  "en/welcome-12345",
  "callers/zh-1",
  "music/calm",
])("speech and music are no tones: %s", (name) => {
  const file = join(import.meta.dirname, `../../../../ivr-flows/prompts/${name}.wav`);
  const audio = readWav(readFileSync(file));
  const steps = resample(audio.samples, { fromHz: audio.sampleRateHz, toHz: 8000 });
  for (;;) {
    const step = steps.next();
    if (step.done !== true) continue;
    expect(detect(Int16Array.from(step.value, (sample) => sample * 32_000))).toEqual([]);
    return;
  }
});
