import { describe, expect, it } from "vitest";
import { ChannelClock } from "./channel-clock.ts";
import { StereoWindow, windowFrames } from "./stereo-window.ts";

describe("ChannelClock", () => {
  const place = (clock: ChannelClock, timestamp: number, nowFrame: number, source = 1): number =>
    clock.place({ source, timestamp, count: 160 }, nowFrame);

  it("anchors the first packet at its arrival and orders the rest by timestamps, over the wrap", () => {
    const clock = new ChannelClock();
    const base = 0xffff_ff80;
    expect(place(clock, base, 1160)).toBe(1000);
    // 60 ms late, then two at once, then one from before.
    expect(place(clock, (base + 160) >>> 0, 1800)).toBe(1160);
    expect(place(clock, (base + 480) >>> 0, 1800)).toBe(1480);
    expect(place(clock, (base + 320) >>> 0, 1810)).toBe(1320);
  });

  it("begins anew with another source or a jump of half a second", () => {
    const clock = new ChannelClock();
    place(clock, 5000, 1160);
    expect(place(clock, 77, 1500, 2)).toBe(1340);
    expect(place(clock, 90_000, 1700, 2)).toBe(1540);
  });

  it("follows a sender whose clock runs differently, a second after it went astray", () => {
    const clock = new ChannelClock();
    let worst = 0;
    for (let i = 0; i < 100_000; i += 1) {
      // 0.1 % fast: 160 samples take 159.84.
      const nowFrame = Math.round(i * 159.84) + 160;
      const frame = place(clock, i * 160, nowFrame);
      worst = Math.max(worst, Math.abs(frame - (nowFrame - 160)));
    }
    expect(worst).toBeLessThanOrEqual(810);
  });
});

describe("StereoWindow", () => {
  const audio = (value: number, count: number) => ({
    bytes: new Uint8Array(count).fill(value),
    start: 0,
    end: count,
    table: null,
  });
  const take = (window: StereoWindow, frame: number): number[] => {
    const bytes = new Uint8Array((frame - window.takenFrames) * 2);
    window.take(frame, bytes, 0);
    return [...bytes];
  };

  it("puts both sides beside each other, with silence where nothing came", () => {
    const window = new StereoWindow();
    window.put("left", 1, audio(1, 2));
    window.put("right", 2, audio(2, 2));
    expect(take(window, 5)).toEqual([255, 255, 1, 255, 1, 2, 255, 2, 255, 255]);
    expect(window.lostFrames).toBe(0);
  });

  it("drops what comes for a time that was taken, or beyond its end", () => {
    const window = new StereoWindow();
    take(window, 10);
    window.put("left", 8, audio(1, 3));
    window.put("left", 10 + windowFrames - 1, audio(1, 3));
    window.put("left", 0, audio(1, 3));
    expect(window.lostFrames).toBe(2 + 2 + 3);
    expect(take(window, 12)).toEqual([1, 255, 255, 255]);
    const rest = take(window, 10 + windowFrames);
    expect(rest.slice(-4)).toEqual([255, 255, 1, 255]);
    expect(rest.filter((byte) => byte === 1)).toEqual([1]);
  });
});
