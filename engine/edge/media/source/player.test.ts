import { describe, expect, it } from "vitest";
import type { Clip } from "./clip.ts";
import { Player, type PlayPart } from "./player.ts";

const part = (from: number, samples: number, endless = false): PlayPart => {
  const bytes = Buffer.from(Array.from({ length: samples }, (_, i) => from + (i % 50)));
  const clip: Clip = { PCMU: bytes, PCMA: bytes, samples };
  return { clip, samples, endless };
};

/** Frames until the end, at most `max`. */
function frames(player: Player, max = 10): number[][] {
  const result: number[][] = [];
  const frame = new Uint8Array(160);
  while (result.length < max && player.fill(frame, 0, "PCMU")) result.push([...frame]);
  return result;
}

const flat = (parts: PlayPart[]): number[] => parts.flatMap(({ clip }) => [...(clip?.PCMU ?? [])]);

describe("Player", () => {
  it("joins parts without a seam and fills the last frame with silence", () => {
    const parts = [part(0, 100), part(60, 90), part(120, 200)];
    const played = frames(new Player({ playId: "p", parts, repeat: false }));
    expect(played.length).toBe(3);
    expect(played.flat()).toEqual([...flat(parts), ...Array(90).fill(0xff)]);
  });

  it("repeats the list", () => {
    const parts = [part(0, 100)];
    const played = frames(new Player({ playId: "p", parts, repeat: true }), 5).flat();
    expect(played.slice(0, 300)).toEqual([...flat(parts), ...flat(parts), ...flat(parts)]);
    expect(played.length).toBe(800);
  });

  it("never leaves music, and begins where told", () => {
    const parts = [part(0, 170, true), part(100, 100)];
    const played = frames(new Player({ playId: "p", parts, repeat: false, startAt: 10 }), 3).flat();
    expect(played.every((byte) => byte < 50)).toBe(true);
    expect(played.slice(0, 160)).toEqual(flat(parts).slice(10, 170));
  });

  it.each([false, true])("ends at once without sound (repeat %s)", (repeat) => {
    expect(frames(new Player({ playId: "p", parts: [part(0, 0)], repeat }))).toEqual([]);
  });

  it("plays silence of the length asked for", () => {
    const silence: PlayPart = { clip: null, samples: 320, endless: false };
    expect(frames(new Player({ playId: "p", parts: [silence], repeat: false }))).toEqual([
      Array(160).fill(0xff),
      Array(160).fill(0xff),
    ]);
  });
});
