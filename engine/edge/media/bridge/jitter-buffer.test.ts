import { describe, expect, it } from "vitest";
import { g711Decode } from "../dsp/g711.ts";
import { JitterBuffer } from "./jitter-buffer.ts";

const base = 0xffff_ff00;
const code = (i: number): number => 0x80 + i;
const sampleOf = (i: number): number => g711Decode("PCMU", Uint8Array.of(code(i)))[0] ?? 0;

function push(buffer: JitterBuffer, i: number): void {
  const bytes = new Uint8Array(160).fill(code(i));
  buffer.push({ codec: "PCMU", timestamp: (base + i * 160) >>> 0, start: 0, end: 160 }, bytes);
}

/** First sample of each frame taken; null when there was none. */
function pull(buffer: JitterBuffer, count: number): (number | null)[] {
  return Array.from({ length: count }, () => {
    const frame = new Int16Array(160);
    return buffer.pull(frame) ? (frame[0] ?? 0) : null;
  });
}

describe("JitterBuffer", () => {
  it("delays by 60 ms and puts packets in order, across the wrap", () => {
    const buffer = new JitterBuffer();
    for (const i of [1, 3, 2, 2]) push(buffer, i);
    expect(pull(buffer, 7)).toEqual([0, 0, 0, sampleOf(1), sampleOf(2), sampleOf(3), null]);
  });

  it("gives silence for a lost packet and drops a late one", () => {
    const buffer = new JitterBuffer();
    push(buffer, 1);
    push(buffer, 3);
    expect(pull(buffer, 5)).toEqual([0, 0, 0, sampleOf(1), 0]);
    push(buffer, 2);
    expect(pull(buffer, 2)).toEqual([sampleOf(3), null]);
  });

  it("winds back a delay that grew beyond 240 ms", () => {
    const buffer = new JitterBuffer();
    for (let i = 0; i < 20; i += 1) push(buffer, i);
    const frames = pull(buffer, 20);
    expect(frames.indexOf(null)).toBeLessThanOrEqual(12);
  });
});
