// What a recording holds, heard side by side: which tone when.
import { readFileSync } from "node:fs";
import { g711Decode } from "../../engine/edge/media/dsp/g711.ts";
import { levelDb, toneShare } from "../../engine/edge/media/dsp/goertzel.ts";
import { stereoHeader, stereoHeaderBytes } from "../../engine/wire/recording/stereo-wav.ts";

export type Sides = Readonly<{ left: Int16Array; right: Int16Array; durationMs: number }>;

/** Throws when the header does not fit the file. */
export function readRecording(path: string): Sides {
  const file = readFileSync(path);
  const audio = file.subarray(stereoHeaderBytes);
  if (!file.subarray(0, stereoHeaderBytes).equals(stereoHeader(audio.length))) {
    throw new Error(`${path}: the header does not fit`);
  }
  const side = (offset: number): Int16Array =>
    g711Decode(
      "PCMU",
      Uint8Array.from({ length: audio.length / 2 }, (_, i) => audio[2 * i + offset] ?? 0),
    );
  return { left: side(0), right: side(1), durationMs: audio.length / 16 };
}

/**
 * What one side says over time: the tone of each 100 ms, `-` for silence, `?` for anything else;
 * the same in a row told once, and what lasts for less than 200 ms (a change within) left out.
 */
export function story(samples: Int16Array, tones: readonly number[]): string[] {
  const heard: string[] = [];
  for (let at = 0; at + windowSamples <= samples.length; at += windowSamples) {
    heard.push(wordOf([...samples.subarray(at, at + windowSamples)], tones));
  }
  const lasting = heard.filter((word, i) => word === heard[i - 1] || word === heard[i + 1]);
  return lasting.filter((word, i) => word !== lasting[i - 1]);
}

function wordOf(samples: readonly number[], tones: readonly number[]): string {
  if (levelDb(samples) < -60) return "-";
  return String(tones.find((frequencyHz) => toneShare(samples, { frequencyHz }) > 0.8) ?? "?");
}

const windowSamples = 800;
