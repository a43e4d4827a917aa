import { describe, expect, it } from "vitest";
import {
  type G711Codec,
  g711Decode,
  g711DecodeTable,
  g711Encode,
  g711Silence,
  pcmaToPcmu,
  pcmuToPcma,
  transcodeInPlace,
} from "./g711.ts";

describe("G.711", () => {
  it.each<[G711Codec, number, number]>([
    ["PCMU", 0x00, -32_124],
    ["PCMU", 0x80, 32_124],
    ["PCMU", 0xff, 0],
    ["PCMU", 0x7f, 0],
    ["PCMU", 0xf0, 120],
    ["PCMA", 0xd5, 8],
    ["PCMA", 0x55, -8],
    ["PCMA", 0xaa, 32_256],
    ["PCMA", 0x2a, -32_256],
    ["PCMA", 0x80, 5504],
  ])("%s decodes %i to %i", (codec, code, sample) => {
    expect(g711DecodeTable[codec][code]).toBe(sample);
  });

  it.each<[G711Codec, number, number]>([
    ["PCMU", 0, 0xff],
    ["PCMU", 32_767, 0x80],
    ["PCMU", -32_768, 0x00],
    ["PCMU", 1000, 0xce],
    ["PCMA", 0, 0xd5],
    ["PCMA", -1, 0x55],
    ["PCMA", 32_767, 0xaa],
    ["PCMA", -32_768, 0x2a],
    ["PCMA", 1000, 0xfa],
  ])("%s encodes %i as %i", (codec, sample, code) => {
    expect(g711Encode(codec, Int16Array.of(sample))).toEqual(Uint8Array.of(code));
  });

  it.each<G711Codec>(["PCMU", "PCMA"])("%s keeps what it decoded", (codec) => {
    // µ-law has two zeros; both decode to 0 and encode to the positive one.
    const codes = Uint8Array.from({ length: 256 }, (_, i) =>
      codec === "PCMU" && i === 127 ? 255 : i,
    );
    expect(g711Encode(codec, g711Decode(codec, codes))).toEqual(codes);
  });

  it.each<G711Codec>(["PCMU", "PCMA"])("%s errs by less than a step everywhere", (codec) => {
    const samples = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    const decoded = g711Decode(codec, g711Encode(codec, samples));
    const worst = samples.reduce((most, sample, i) => {
      const allowed = 8 + Math.abs(sample) / 24;
      return Math.max(most, Math.abs(sample - (decoded[i] ?? 0)) / allowed);
    }, 0);
    expect(worst).toBeLessThanOrEqual(1);
  });

  it("goes from law to law and keeps silence silent", () => {
    expect(pcmuToPcma[g711Silence.PCMU]).toBe(g711Silence.PCMA);
    const bytes = Uint8Array.of(1, g711Silence.PCMA, 2);
    transcodeInPlace(bytes, { table: pcmaToPcmu, start: 1, end: 2 });
    expect(g711Decode("PCMU", bytes.subarray(1, 2))).toEqual(Int16Array.of(8));
    expect([bytes[0], bytes[2]]).toEqual([1, 2]);
  });
});
