import { describe, expect, it } from "vitest";
import { clockText, countdownText, percentText } from "./duration.ts";
import { en } from "./en.ts";
import { startLanguage } from "./language.ts";
import { zhCn } from "./zh-cn.ts";

/** Every text by its dotted key. */
function flat(texts: object, prefix = ""): Record<string, string> {
  return Object.assign(
    {},
    ...Object.entries(texts).map(([key, value]) =>
      typeof value === "string" ? { [prefix + key]: value } : flat(value, `${prefix}${key}.`),
    ),
  );
}

const placeholders = (text: string) => [...text.matchAll(/{{\w+}}/g)].map(([hit]) => hit).sort();

describe("texts", () => {
  const chinese = flat(zhCn);
  const english = flat(en);

  it("have the same keys in both languages", () => {
    expect(Object.keys(english).sort()).toEqual(Object.keys(chinese).sort());
  });

  it("have the same placeholders in both languages", () => {
    const of = (texts: Record<string, string>) =>
      Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, placeholders(text)]));
    expect(of(english)).toEqual(of(chinese));
  });

  it("are Chinese in Chinese, English in English, and never empty", () => {
    const exceptions = new Set(["common.switchTo"]);
    const wrong = Object.keys(chinese).filter((key) => {
      const hasHan = (text = "") => /\p{Script=Han}/u.test(text);
      const isBare = (text = "") =>
        placeholders(text).join("").length > 0 && !/\p{L}/u.test(text.replace(/{{\w+}}/g, ""));
      if (exceptions.has(key) || isBare(english[key])) {
        return false;
      }
      return english[key] === "" || hasHan(english[key]) || !hasHan(chinese[key]);
    });
    expect(wrong).toEqual([]);
  });
});

describe("language at start", () => {
  it.each([
    { stored: "en", preferred: ["zh-CN"], expected: "en" },
    { stored: null, preferred: ["fr", "zh-TW", "en"], expected: "zh" },
    { stored: "xx", preferred: ["en-GB", "zh"], expected: "en" },
    { stored: null, preferred: [], expected: "zh" },
  ])("$stored and $preferred give $expected", ({ stored, preferred, expected }) => {
    expect(startLanguage({ stored, preferred })).toBe(expected);
  });
});

describe("times and shares", () => {
  it.each([
    [-5, "0:00"],
    [7_999, "0:07"],
    [750_000, "12:30"],
    [3_723_000, "1:02:03"],
  ])("%i ms is %s", (ms, expected) => {
    expect(clockText(ms)).toBe(expected);
  });

  it("counts down to zero only at the deadline", () => {
    expect([0, 1, 1_000, 1_001].map(countdownText)).toEqual(["0:00", "0:01", "0:01", "0:02"]);
  });

  it("shows shares", () => {
    expect([null, 0, 0.8333, 1].map(percentText)).toEqual(["–", "0%", "83.3%", "100%"]);
  });
});
