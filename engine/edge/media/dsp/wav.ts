// WAV files (RIFF): reading PCM of 8 and 16 bits, µ-law and A-law, mono or stereo, and writing
// 16-bit mono. Other chunks are skipped, sizes that lie are cut to the file.
import { g711DecodeTable } from "./g711.ts";

/** The file is not a WAV that we read; the message says what is wrong. */
export class WavError extends Error {}

export interface WavAudio {
  sampleRateHz: number;
  /** Mono, -1 to 1; stereo is averaged. */
  samples: Float32Array;
}

export function readWav(bytes: Uint8Array): WavAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || tag(view, 0) !== "RIFF" || tag(view, 8) !== "WAVE") {
    throw new WavError("not a RIFF/WAVE file");
  }
  let format: WavFormat | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = tag(view, at);
    const start = at + 8;
    // A file whose recording broke off names a size beyond its end, or 0xffffffff.
    const end = Math.min(bytes.length, start + view.getUint32(at + 4, true));
    if (name === "fmt ") format = readFormat(view, start, end);
    if (name === "data") {
      if (format === null) throw new WavError("data before the format");
      return { sampleRateHz: format.sampleRateHz, samples: readSamples(view, format, start, end) };
    }
    at = end + (end & 1);
  }
  throw new WavError("no data");
}

/** A whole file of 16-bit mono. */
export function writeWav(audio: { sampleRateHz: number; samples: Int16Array }): Uint8Array {
  const { samples, sampleRateHz } = audio;
  const file = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(file.buffer);
  writeTag(file, 0, "RIFF");
  view.setUint32(4, 36 + samples.length * 2, true);
  writeTag(file, 8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, pcmTag, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  writeTag(file, 36, "data");
  view.setUint32(40, samples.length * 2, true);
  for (let i = 0; i < samples.length; i += 1) view.setInt16(44 + i * 2, samples[i] ?? 0, true);
  return file;
}

interface WavFormat {
  encoding: "pcm8" | "pcm16" | "ulaw" | "alaw";
  channels: number;
  sampleRateHz: number;
}

function readFormat(view: DataView, start: number, end: number): WavFormat {
  if (end - start < 16) throw new WavError("short format");
  let encodingTag = view.getUint16(start, true);
  const channels = view.getUint16(start + 2, true);
  const sampleRateHz = view.getUint32(start + 4, true);
  const bits = view.getUint16(start + 14, true);
  if (encodingTag === extensibleTag && end - start >= 26) {
    encodingTag = view.getUint16(start + 24, true);
  }
  const encoding = encodingOf(encodingTag, bits);
  if (encoding === null) throw new WavError(`encoding ${encodingTag} with ${bits} bits`);
  if (channels < 1 || channels > 2) throw new WavError(`${channels} channels`);
  if (sampleRateHz < 4000 || sampleRateHz > 192_000) throw new WavError(`${sampleRateHz} Hz`);
  return { encoding, channels, sampleRateHz };
}

function encodingOf(encodingTag: number, bits: number): WavFormat["encoding"] | null {
  if (encodingTag === pcmTag && bits === 16) return "pcm16";
  if (encodingTag === pcmTag && bits === 8) return "pcm8";
  if (encodingTag === alawTag && bits === 8) return "alaw";
  if (encodingTag === ulawTag && bits === 8) return "ulaw";
  return null;
}

function readSamples(view: DataView, format: WavFormat, start: number, end: number): Float32Array {
  const { encoding, channels } = format;
  const width = encoding === "pcm16" ? 2 : 1;
  const samples = new Float32Array(Math.floor((end - start) / (width * channels)));
  const read = sampleReader(view, encoding);
  for (let i = 0; i < samples.length; i += 1) {
    const at = start + i * width * channels;
    samples[i] = channels === 1 ? read(at) : (read(at) + read(at + width)) / 2;
  }
  return samples;
}

function sampleReader(view: DataView, encoding: WavFormat["encoding"]): (at: number) => number {
  if (encoding === "pcm16") return (at) => view.getInt16(at, true) / 32_768;
  if (encoding === "pcm8") return (at) => (view.getUint8(at) - 128) / 128;
  const table = g711DecodeTable[encoding === "ulaw" ? "PCMU" : "PCMA"];
  return (at) => (table[view.getUint8(at)] ?? 0) / 32_768;
}

function tag(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

function writeTag(file: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i += 1) file[at + i] = text.charCodeAt(i);
}

const pcmTag = 1;
const alawTag = 6;
const ulawTag = 7;
const extensibleTag = 0xfffe;
