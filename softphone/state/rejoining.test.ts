import { describe, expect, test } from "vitest";
import { afterLook, notRejoining, type Rejoining } from "./rejoining.ts";

/** When the page asks, given what it sees every 100 ms. */
function asksAt(start: Rejoining, seen: (nowMs: number) => { lacks: boolean; hasCall: boolean }) {
  const asked: number[] = [];
  let state = start;
  for (let nowMs = 0; nowMs <= 4_000; nowMs += 100) {
    const { next, asks } = afterLook(state, { ...seen(nowMs), nowMs });
    if (asks) asked.push(nowMs);
    state = next;
  }
  return asked;
}

const missing = { lacks: true, hasCall: false };
const talking = { lacks: false, hasCall: true };

describe("a page without the call that the engine knows", () => {
  test("asks at once when it never had it, and again while nothing rings", () => {
    expect(asksAt(notRejoining, () => missing)).toEqual([0, 2_000, 4_000]);
  });

  test("that had it waits for the news of its end", () => {
    const seen = (nowMs: number) => (nowMs < 500 ? talking : missing);
    expect(asksAt(notRejoining, seen)).toEqual([1_500, 3_500]);
  });

  test("does not ask when the end comes in time", () => {
    const seen = (nowMs: number) =>
      nowMs < 500 ? talking : { lacks: nowMs < 1_400, hasCall: false };
    expect(asksAt(notRejoining, seen)).toEqual([]);
  });
});
