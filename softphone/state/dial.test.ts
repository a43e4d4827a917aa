import { describe, expect, it } from "vitest";
import type { TransferTargets } from "../../engine/wire/desk.ts";
import { cleanedNumber, dialChoice, dialFailure } from "./dial.ts";

it.each([
  ["139-0000 0001", "13900000001"],
  ["+86 (10) 6552.9988", "+861065529988"],
  ["tel:+86-139", "+86139"],
  ["13+9", "139"],
  ["１３９＃＊", "139#*"],
  ["abc", ""],
  ["9".repeat(60), "9".repeat(40)],
])("%j is dialled as %j", (typed, dialled) => {
  expect(cleanedNumber(typed)).toBe(dialled);
});

describe("on behalf of whom", () => {
  const targets: TransferTargets = {
    queues: [],
    agents: [],
    dial: [
      { queueId: "tax", name: { zh: "税务", en: "Tax" }, callerIds: ["10086", "400"] },
      { queueId: "care", name: { zh: "关怀", en: "Care" }, callerIds: ["95599"] },
    ],
  };
  const queues = [
    { value: "tax", label: "Tax" },
    { value: "care", label: "Care" },
  ];
  it.each([
    [null, null, { queueId: "tax", callerId: "10086", callerIds: ["10086", "400"] }],
    ["tax", "400", { queueId: "tax", callerId: "400", callerIds: ["10086", "400"] }],
    ["care", "400", { queueId: "care", callerId: "95599", callerIds: ["95599"] }],
    ["gone", null, { queueId: "tax", callerId: "10086", callerIds: ["10086", "400"] }],
  ])("queue %s and number %s chosen", (queueId, callerId, expected) => {
    const chosen = { queueId, callerId, language: "en" } as const;
    expect(dialChoice(targets, chosen)).toEqual({ queues, ...expected });
  });

  it("nobody, before the answer or without permission", () => {
    const none = { queues: [], callerIds: [], queueId: null, callerId: null };
    const chosen = { queueId: null, callerId: null, language: "zh" } as const;
    expect(dialChoice(null, chosen)).toEqual(none);
    expect(dialChoice({ ...targets, dial: [] }, chosen)).toEqual(none);
  });
});

describe("what became of the last call out", () => {
  it.each([
    ["answered", 200, null],
    ["busy", 486, "busy"],
    ["noAnswer", null, "noAnswer"],
    ["rejected", 603, "rejected"],
    ["cancelled", null, "cancelled"],
    ["failed", 404, "noSuchNumber"],
    ["rejected", 604, "noSuchNumber"],
    ["failed", 503, "failed"],
    ["something new", null, "failed"],
  ])("%s with %s is %s", (outcome, sipStatus, expected) => {
    const lastDial = { callId: "c1", number: "139", outcome, sipStatus, atMs: 0 };
    expect(dialFailure(lastDial)).toBe(expected);
  });
  it("nothing when there was none", () => expect(dialFailure(null)).toBeNull());
});
