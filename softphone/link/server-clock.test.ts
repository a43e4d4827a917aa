import { describe, expect, it } from "vitest";
import { clockAfterMessage, clockAfterPong, unknownServerClock } from "./server-clock.ts";

describe("estimate of the engine's clock", () => {
  it("takes a plain message until a pong came", () => {
    const first = clockAfterMessage(unknownServerClock, { serverNowMs: 10_000, localNowMs: 400 });
    expect(first.offsetMs).toBe(9_600);
    const ponged = clockAfterPong(first, {
      serverNowMs: 10_100,
      sentAtLocalMs: 480,
      localNowMs: 520,
    });
    expect(ponged).toEqual({
      offsetMs: 9_600,
      roundTripMs: 40,
      best: { roundTripMs: 40, atLocalMs: 520 },
    });
    expect(clockAfterMessage(ponged, { serverNowMs: 99_999, localNowMs: 600 })).toBe(ponged);
  });

  it("keeps the quicker answer, and lets it grow old", () => {
    const quick = clockAfterPong(unknownServerClock, {
      serverNowMs: 1_010,
      sentAtLocalMs: 0,
      localNowMs: 20,
    });
    const slow = clockAfterPong(quick, {
      serverNowMs: 3_400,
      sentAtLocalMs: 2_000,
      localNowMs: 2_500,
    });
    expect(slow).toEqual({ ...quick, roundTripMs: 500 });
    const later = clockAfterPong(slow, {
      serverNowMs: 71_250,
      sentAtLocalMs: 70_000,
      localNowMs: 70_500,
    });
    expect(later).toEqual({
      offsetMs: 1_000,
      roundTripMs: 500,
      best: { roundTripMs: 500, atLocalMs: 70_500 },
    });
  });
});
