import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Tick } from "./tick.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

function recorder() {
  const at: number[] = [];
  let skipped = 0;
  return {
    at,
    get skipped() {
      return skipped;
    },
    tick: (nowMs: number) => void at.push(nowMs),
    skipFrames: (count: number) => {
      skipped += count;
    },
  };
}

describe("Tick", () => {
  it("comes every 20 ms and does not drift", () => {
    const tick = new Tick();
    const startMs = performance.now();
    const one = recorder();
    tick.add(one);
    vi.advanceTimersByTime(2000);
    tick.stop();
    expect(one.at.length).toBeGreaterThanOrEqual(99);
    // The first frame comes as soon as the clock wakes.
    expect(one.at.slice(1).every((atMs) => (atMs - startMs) % 20 < 1)).toBe(true);
    expect(one.skipped).toBe(0);
  });

  it("makes up for three frames of a stall and skips the rest", () => {
    let nowMs = 0;
    const tick = new Tick(() => nowMs);
    const one = recorder();
    tick.add(one);
    tick.run();
    expect(one.at).toEqual([0]);
    nowMs = 200;
    tick.run();
    tick.stop();
    expect([one.at.length + one.skipped, one.skipped]).toEqual([11, 6]);
  });

  it("spreads many over the five slots", () => {
    let nowMs = 0;
    const tick = new Tick(() => nowMs);
    const all = Array.from({ length: 1000 }, recorder);
    for (const one of all) tick.add(one);
    const counts = [0, 4, 8, 12, 16].map((atMs) => {
      nowMs = atMs;
      tick.run();
      return all.filter((one) => one.at.length > 0).length;
    });
    tick.stop();
    expect(counts).toEqual([200, 400, 600, 800, 1000]);
  });

  it("stands still without legs, and serves the next first leg at once", () => {
    const tick = new Tick();
    const one = recorder();
    tick.add(one);
    vi.advanceTimersByTime(50);
    tick.remove(one);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1_000_007);
    const two = recorder();
    const addedMs = performance.now();
    tick.add(two);
    vi.advanceTimersByTime(41);
    tick.stop();
    expect([two.at.map((atMs) => atMs - addedMs), two.skipped]).toEqual([[0, 20, 40], 0]);
  });

  it("forgets who left", () => {
    let nowMs = 0;
    const tick = new Tick(() => nowMs);
    const one = recorder();
    tick.add(one);
    tick.remove(one);
    nowMs = 100;
    tick.run();
    tick.stop();
    expect(one.at).toEqual([]);
  });
});
