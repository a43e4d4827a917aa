import { describe, expect, it } from "vitest";
import { reconnectDelayMs } from "./backoff.ts";

describe("delay before a reconnection", () => {
  it.each([
    { attempt: 0, random: 0, expected: 125 },
    { attempt: 0, random: 1, expected: 250 },
    { attempt: 3, random: 0.5, expected: 1_500 },
    { attempt: 5, random: 1, expected: 8_000 },
    { attempt: 1_000_000, random: 0, expected: 4_000 },
  ])("attempt $attempt with random $random waits $expected ms", ({ attempt, random, expected }) => {
    expect(reconnectDelayMs({ attempt, random })).toBe(expected);
  });
});
