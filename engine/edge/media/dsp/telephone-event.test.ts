import { describe, expect, it } from "vitest";
import {
  DigitReceiver,
  DigitSender,
  type DigitStep,
  writeTelephoneEvent,
} from "./telephone-event.ts";

type Input =
  | { event: string; timestamp: number; end?: true; ssrc?: number; ms?: number }
  | { audio: number }
  | { timeMs: number };

const press = (event: string, timestamp: number): Input[] => [
  { event, timestamp },
  { event, timestamp },
  { event, timestamp, end: true },
  { event, timestamp, end: true },
  { event, timestamp, end: true },
];

function receive(inputs: Input[]): string {
  let digits = "";
  const receiver = new DigitReceiver((digit) => {
    digits += digit;
  });
  for (const input of inputs) {
    if ("audio" in input) receiver.onAudio(input.audio);
    else if ("timeMs" in input) receiver.onTime(input.timeMs);
    else {
      const bytes = new Uint8Array(4);
      writeTelephoneEvent(bytes, {
        digit: input.event,
        end: input.end ?? false,
        durationSamples: 160,
      });
      const { timestamp, ssrc = 7 } = input;
      receiver.onEvent({ ssrc, timestamp, bytes, start: 0 }, input.ms ?? 0);
    }
  }
  return digits;
}

describe("DigitReceiver", () => {
  it.each<[why: string, inputs: Input[], digits: string]>([
    ["a clean digit once", press("5", 1000), "5"],
    ["the same digit twice", [...press("5", 1000), ...press("5", 2600)], "55"],
    ["a lone end packet", [{ event: "#", timestamp: 1, end: true }], "#"],
    [
      "a copy of an earlier event",
      [...press("1", 1000), ...press("2", 2600), ...press("1", 1000)],
      "12",
    ],
    ["events across the wrap", [...press("1", 0xfffffff0), ...press("2", 1600)], "12"],
    [
      "a lost end, then the next digit",
      [{ event: "1", timestamp: 1000 }, ...press("2", 2600)],
      "12",
    ],
    ["a lost end, then audio", [{ event: "1", timestamp: 1000 }, { audio: 1800 }], "1"],
    ["audio from before the event", [{ event: "1", timestamp: 1000 }, { audio: 840 }], ""],
    ["a lost end, 149 ms", [{ event: "1", timestamp: 1000, ms: 50 }, { timeMs: 199 }], ""],
    ["a lost end, 150 ms", [{ event: "1", timestamp: 1000, ms: 50 }, { timeMs: 200 }], "1"],
    [
      "a late end after the time ran out",
      [{ event: "1", timestamp: 9 }, { timeMs: 200 }, { event: "1", timestamp: 9, end: true }],
      "1",
    ],
    ["a new source", [...press("1", 1000), { event: "2", timestamp: 5, ssrc: 8, end: true }], "12"],
    ["a new clock of the same source", [...press("1", 900_000), ...press("2", 1000)], "12"],
  ])("%s", (_, inputs, digits) => {
    expect(receive(inputs)).toBe(digits);
  });

  it("ignores events above 15 and short payloads", () => {
    let digits = "";
    const receiver = new DigitReceiver((digit) => {
      digits += digit;
    });
    const flash = Uint8Array.of(16, 0x80, 0, 160);
    receiver.onEvent({ ssrc: 1, timestamp: 1, bytes: flash, start: 0 }, 0);
    receiver.onEvent({ ssrc: 1, timestamp: 2, bytes: Uint8Array.of(1, 0x80), start: 0 }, 0);
    expect(digits).toBe("");
  });
});

describe("DigitSender", () => {
  it("sends five steps a digit, three ends, and a pause", () => {
    const sender = new DigitSender();
    expect(sender.push("1#")).toBe(true);
    const steps: (DigitStep | null)[] = [];
    while (!sender.idle) steps.push(sender.next());
    const digit = (name: string): (DigitStep | null)[] => [
      { digit: name, first: true, end: false, durationSamples: 160, copies: 1 },
      { digit: name, first: false, end: false, durationSamples: 320, copies: 1 },
      { digit: name, first: false, end: false, durationSamples: 480, copies: 1 },
      { digit: name, first: false, end: false, durationSamples: 640, copies: 1 },
      { digit: name, first: false, end: true, durationSamples: 800, copies: 3 },
      null,
      null,
      null,
    ];
    expect(steps).toEqual([...digit("1"), ...digit("#")]);
  });

  it("holds forty digits and no more", () => {
    const sender = new DigitSender();
    expect(sender.push("1".repeat(40))).toBe(true);
    expect(sender.push("2")).toBe(false);
  });
});
