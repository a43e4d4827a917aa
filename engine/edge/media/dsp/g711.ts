// G.711 (ITU-T G.711): 8 kHz speech in one byte a sample, as µ-law (PCMU) or A-law (PCMA).
// Everything is a table: decoding 256 entries, encoding 65,536, law to law 256.

const ulawBias = 132;
const ulawClip = 32_635;

export type G711Codec = "PCMU" | "PCMA";

/** Static RTP payload types (RFC 3551 section 6). */
export const g711PayloadType: Readonly<Record<G711Codec, number>> = { PCMU: 0, PCMA: 8 };

/** The byte that decodes to silence. */
export const g711Silence: Readonly<Record<G711Codec, number>> = { PCMU: 0xff, PCMA: 0xd5 };

/** Linear 16-bit sample of each code byte. */
export const g711DecodeTable: Readonly<Record<G711Codec, Int16Array>> = {
  PCMU: Int16Array.from({ length: 256 }, (_, code) => decodeUlaw(code)),
  PCMA: Int16Array.from({ length: 256 }, (_, code) => decodeAlaw(code)),
};

/** Code byte of each linear sample; index is `sample & 0xffff`. */
export const g711EncodeTable: Readonly<Record<G711Codec, Uint8Array>> = {
  PCMU: Uint8Array.from({ length: 65_536 }, (_, index) => encodeUlaw((index << 16) >> 16)),
  PCMA: Uint8Array.from({ length: 65_536 }, (_, index) => encodeAlaw((index << 16) >> 16)),
};

/** Code byte of the other law for each code byte. */
export const pcmuToPcma: Uint8Array = transcodeTable("PCMU", "PCMA");
export const pcmaToPcmu: Uint8Array = transcodeTable("PCMA", "PCMU");

/** Encodes linear 16-bit samples. */
export function g711Encode(codec: G711Codec, samples: Int16Array): Uint8Array {
  const table = g711EncodeTable[codec];
  const codes = new Uint8Array(samples.length);
  for (let i = 0; i < codes.length; i += 1) codes[i] = table[(samples[i] ?? 0) & 0xffff] ?? 0;
  return codes;
}

/** Decodes to linear 16-bit samples. */
export function g711Decode(codec: G711Codec, codes: Uint8Array): Int16Array {
  const table = g711DecodeTable[codec];
  const samples = new Int16Array(codes.length);
  for (let i = 0; i < samples.length; i += 1) samples[i] = table[codes[i] ?? 0] ?? 0;
  return samples;
}

/** Replaces `bytes[start..end)` by the table's entries, in place. */
export function transcodeInPlace(
  bytes: Uint8Array,
  span: { table: Uint8Array; start: number; end: number },
): void {
  const { table, end } = span;
  for (let i = span.start; i < end; i += 1) bytes[i] = table[bytes[i] as number] as number;
}

function transcodeTable(from: G711Codec, to: G711Codec): Uint8Array {
  const decode = g711DecodeTable[from];
  const encode = g711EncodeTable[to];
  return Uint8Array.from({ length: 256 }, (_, code) => encode[(decode[code] ?? 0) & 0xffff] ?? 0);
}

function decodeUlaw(code: number): number {
  const inverted = ~code & 0xff;
  const exponent = (inverted >> 4) & 7;
  const magnitude = ((((inverted & 15) << 3) + ulawBias) << exponent) - ulawBias;
  return inverted & 0x80 ? -magnitude : magnitude;
}

function encodeUlaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), ulawClip) + ulawBias;
  const exponent = Math.max(0, 31 - Math.clz32(magnitude) - 7);
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 15)) & 0xff;
}

function decodeAlaw(code: number): number {
  const toggled = code ^ 0x55;
  const exponent = (toggled >> 4) & 7;
  const base = ((toggled & 15) << 4) + 8;
  const magnitude = exponent === 0 ? base : (base + 0x100) << (exponent - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
}

function encodeAlaw(sample: number): number {
  // Negative values are one's complement (G.711 table 1b), so that -1 is the smallest negative.
  const sign = sample < 0 ? 0 : 0x80;
  const magnitude = (sample < 0 ? ~sample : sample) >> 3;
  const exponent = Math.max(0, 31 - Math.clz32(magnitude | 1) - 4);
  const mantissa = exponent < 2 ? (magnitude >> 1) & 15 : (magnitude >> exponent) & 15;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}
