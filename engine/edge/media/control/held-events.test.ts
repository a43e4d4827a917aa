import { expect, test } from "vitest";
import { HeldEvents } from "./held-events.ts";

const digit = (legId: string, key: string) => ({ type: "digit", legId, digit: key }) as const;

test("each event is given once, those of a leg in order", () => {
  const held = new HeldEvents();
  const finished = { type: "playFinished", legId: "a", playId: "p", outcome: "completed" } as const;
  for (const message of [digit("a", "1"), digit("b", "2"), finished, digit("a", "3")]) {
    held.add(message);
  }
  expect(held.size).toBe(4);
  expect(held.take()).toEqual([digit("a", "1"), finished, digit("a", "3"), digit("b", "2")]);
  expect([held.size, held.take()]).toEqual([0, []]);
});

test("what the next engine learns otherwise is not kept", () => {
  const held = new HeldEvents();
  const end = { outcome: "complete", durationMs: 1, bytes: 1, sha256: null } as const;
  held.add({ type: "recordingEnded", recordingId: "r", file: "a.wav", end });
  held.add({ type: "failed", id: "1", code: "unknownLeg", message: "gone" });
  expect([held.size, held.take()]).toEqual([0, []]);
});

test("of a leg with too many the oldest goes", () => {
  const held = new HeldEvents();
  const keys = Array.from({ length: 70 }, (_, index) => String(index % 10));
  for (const key of keys) held.add(digit("a", key));
  expect(held.size).toBe(64);
  expect(held.take()).toEqual(keys.slice(6).map((key) => digit("a", key)));
});
