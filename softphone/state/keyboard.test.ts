import { describe, expect, it } from "vitest";
import { type KeyContext, type KeyPress, keyCommand } from "./keyboard.ts";

const press: KeyPress = {
  key: "a",
  isShift: false,
  hasModifier: false,
  isRepeat: false,
  isComposing: false,
  isInTextField: false,
};
const context: KeyContext = {
  isEnabled: true,
  isKeypadOpen: false,
  codesCount: 3,
  releaseArmedAtMs: null,
  nowMs: 10_000,
};

describe("single keys", () => {
  it.each<[string, Partial<KeyPress>, Partial<KeyContext>, unknown]>([
    ["A answers", { key: "a" }, {}, { kind: "answer" }],
    ["with caps lock too", { key: "A" }, {}, { kind: "answer" }],
    ["M mutes", { key: "m" }, {}, { kind: "mute" }],
    ["H holds", { key: "h" }, {}, { kind: "hold" }],
    ["K opens the keypad", { key: "k" }, {}, { kind: "keypad" }],
    ["T opens the transfer", { key: "t" }, {}, { kind: "transfer" }],
    ["B goes back to the caller", { key: "b" }, {}, { kind: "consultBack" }],
    ["C makes a conference", { key: "c" }, {}, { kind: "conference" }],
    ["D opens the dialog for a call out", { key: "d" }, {}, { kind: "dial" }],
    ["P pauses the recording", { key: "p" }, {}, { kind: "recording" }],
    ["W ends wrap-up", { key: "w" }, {}, { kind: "endWrapUp" }],
    ["? shows the cheat sheet", { key: "?", isShift: true }, {}, { kind: "cheatSheet" }],
    ["the first R only arms", { key: "r" }, {}, { kind: "armRelease" }],
    ["the second R releases", { key: "r" }, { releaseArmedAtMs: 8_000 }, { kind: "release" }],
    [
      "too late a second R arms again",
      { key: "r" },
      { releaseArmedAtMs: 7_999 },
      { kind: "armRelease" },
    ],
    ["Shift+R releases at once", { key: "R", isShift: true }, {}, { kind: "release" }],
    [
      "a held R does not count twice",
      { key: "r", isRepeat: true },
      { releaseArmedAtMs: 9_000 },
      null,
    ],
    ["Enter does nothing", { key: "Enter" }, { releaseArmedAtMs: 9_000 }, null],
    ["Space does nothing", { key: " " }, { releaseArmedAtMs: 9_000 }, null],
    ["nothing in a text field", { key: "a", isInTextField: true }, {}, null],
    ["nothing while composing", { key: "a", isComposing: true }, {}, null],
    ["chords are the browser's", { key: "r", hasModifier: true }, {}, null],
    ["nothing when switched off", { key: "a" }, { isEnabled: false }, null],
    ["digits choose codes", { key: "2" }, {}, { kind: "wrapUpCode", index: 1 }],
    ["a digit without a code is nothing", { key: "4" }, {}, null],
    [
      "digits dial in keypad mode",
      { key: "2" },
      { isKeypadOpen: true },
      { kind: "digit", digit: "2" },
    ],
    ["# dials in keypad mode", { key: "#" }, { isKeypadOpen: true }, { kind: "digit", digit: "#" }],
    ["# is nothing otherwise", { key: "#" }, {}, null],
  ])("%s", (_title, pressed, given, expected) => {
    expect(keyCommand({ ...press, ...pressed }, { ...context, ...given })).toEqual(expected);
  });
});
