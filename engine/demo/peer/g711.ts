// G.711 (ITU-T): 16-bit linear samples to and from 8-bit mu-law and A-law.
import type { Law } from "./sdp-lite.ts";

function decodeMu(code: number): number {
  const inverted = ~code & 0xff;
  const exponent = (inverted >> 4) & 7;
  const magnitude = ((((inverted & 15) << 3) + 132) << exponent) - 132;
  return inverted & 0x80 ? -magnitude : magnitude;
}

function decodeA(code: number): number {
  const toggled = code ^ 0x55;
  const exponent = (toggled >> 4) & 7;
  const mantissa = (toggled & 15) << 4;
  const magnitude = exponent === 0 ? mantissa + 8 : (mantissa + 264) << (exponent - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
}

function encodeMu(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const biased = Math.min(32_635, Math.abs(sample)) + 132;
  const exponent = Math.max(0, 24 - Math.clz32(biased));
  return ~(sign | (exponent << 4) | ((biased >> (exponent + 3)) & 15)) & 0xff;
}

function encodeA(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  const magnitude = Math.min(32_767, sample >= 0 ? sample : -sample - 1);
  const exponent = Math.max(0, 24 - Math.clz32(magnitude));
  const mantissa = exponent === 0 ? magnitude >> 4 : (magnitude >> (exponent + 3)) & 15;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

const decoders = { mu: decodeMu, a: decodeA };
const decodeTables: Readonly<Record<Law, Int16Array>> = {
  mu: Int16Array.from({ length: 256 }, (_, code) => decoders.mu(code)),
  a: Int16Array.from({ length: 256 }, (_, code) => decoders.a(code)),
};

/** Linear value of each of the 256 codes. */
export function decodeTable(law: Law): Int16Array {
  return decodeTables[law];
}

export function encode(samples: Int16Array, law: Law): Uint8Array {
  const encodeSample = law === "mu" ? encodeMu : encodeA;
  return Uint8Array.from(samples, (sample) => encodeSample(sample));
}
