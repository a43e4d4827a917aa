// Audio to be sent: encoded once per law, shared by every call that plays it.
import { readFileSync } from "node:fs";
import { encode } from "./g711.ts";
import type { Law } from "./sdp-lite.ts";
import { sampleRate } from "./tone.ts";

export const frameSamples = 160;
type Frame = Uint8Array;

export type Clip = Readonly<{ frames: (law: Law) => readonly Frame[] }>;

/** A clip of these samples; the last frame is filled up with silence. */
function clipOf(samples: Int16Array): Clip {
  const encoded = new Map<Law, readonly Frame[]>();
  const make = (law: Law): readonly Frame[] => {
    const count = Math.ceil(samples.length / frameSamples);
    return Array.from({ length: count }, (_, index) => {
      const frame = new Int16Array(frameSamples);
      frame.set(samples.subarray(index * frameSamples, (index + 1) * frameSamples));
      return encode(frame, law);
    });
  };
  return {
    frames: (law) => {
      const known = encoded.get(law);
      if (known !== undefined) return known;
      const made = make(law);
      encoded.set(law, made);
      return made;
    },
  };
}

const tones = new Map<number, Clip>();

/** A steady tone at -12 dB; multiples of 10 Hz repeat without a seam. */
export function toneClip(hz: number): Clip {
  const known = tones.get(hz);
  if (known !== undefined) return known;
  const amplitude = 32_767 * 10 ** (-9 / 20);
  const made = clipOf(
    Int16Array.from({ length: sampleRate / 10 }, (_, n) =>
      Math.round(amplitude * Math.sin((2 * Math.PI * hz * n) / sampleRate)),
    ),
  );
  tones.set(hz, made);
  return made;
}

/** Several clips one after the other, each followed by a pause. */
export function joinClips(parts: readonly Int16Array[], pauseMs: number): Clip {
  const pause = (pauseMs * sampleRate) / 1_000;
  const length = parts.reduce((sum, part) => sum + part.length + pause, 0);
  const samples = new Int16Array(length);
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length + pause;
  }
  return clipOf(samples);
}

/**
 * Samples of an 8 kHz 16-bit mono PCM WAV. Throws with the reason for any other file: the demo
 * plays only what its own generator made.
 */
export function readWav(path: string): Int16Array {
  const file = readFileSync(path);
  if (file.length < 44 || file.toString("latin1", 0, 4) !== "RIFF") {
    throw new Error(`${path}: not a WAV file`);
  }
  let format = "";
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString("latin1", at, at + 4);
    const size = Math.min(file.readUInt32LE(at + 4), file.length - at - 8);
    const body = file.subarray(at + 8, at + 8 + size);
    if (name === "fmt ") {
      format = `${body.readUInt16LE(0)} ${body.readUInt16LE(2)} ${body.readUInt32LE(4)} ${body.readUInt16LE(14)}`;
    }
    if (name === "data") {
      if (format !== "1 1 8000 16") throw new Error(`${path}: not 8 kHz 16-bit mono PCM`);
      return Int16Array.from({ length: size >> 1 }, (_, n) => body.readInt16LE(n * 2));
    }
    at += 8 + size + (size & 1);
  }
  throw new Error(`${path}: no data`);
}
