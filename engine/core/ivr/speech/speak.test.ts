// Values as Mandarin and English say them. Keys are read back as words, so that the rows are speech.
import fc from "fast-check";
import { expect, it } from "vitest";
import { speak, speechPrompts, waysToSay } from "./speak.ts";

const zhWords: Readonly<Record<string, string>> = {
  "digit-10": "十",
  "number-liang": "两",
  "unit-hundred": "百",
  "unit-thousand": "千",
  "unit-ten-thousand": "万",
  "unit-hundred-million": "亿",
  "unit-yuan": "元",
  "unit-jiao": "角",
  "unit-fen": "分",
  "unit-year": "年",
  "unit-hour": "点",
  "unit-minute": "分",
  "say-point": "点",
  "say-minus": "负",
};

const inChinese = (key: string): string => {
  const [, kind, n] = /^(digit|month|day)-([0-9]+)$/.exec(key) ?? [];
  if (zhWords[key] !== undefined) return zhWords[key];
  if (kind === "digit") return "零一二三四五六七八九"[Number(n)] ?? "?";
  return `${n}${kind === "month" ? "月" : "日"}`;
};
const inEnglish = (key: string): string => key.replace(/^(digit|number|unit|say)-/, "");

it.each([
  ["number", 0, "零"],
  ["number", 2, "二"],
  ["number", 10, "十"],
  ["number", 12, "十二"],
  ["number", 22, "二十二"],
  ["number", 105, "一百零五"],
  ["number", 110, "一百一十"],
  ["number", 222, "二百二十二"],
  ["number", 2002, "两千零二"],
  ["number", 10086, "一万零八十六"],
  ["number", 10203, "一万零二百零三"],
  ["number", 20000, "两万"],
  ["number", 1234567, "一百二十三万四千五百六十七"],
  ["number", 100000005, "一亿零五"],
  ["number", 200020000, "两亿零两万"],
  ["number", 120000, "十二万"],
  ["number", -3.05, "负三点零五"],
  ["digits", "13800", "一三八零零"],
  ["money", 0, "零元"],
  ["money", 2, "两元"],
  ["money", 12.5, "十二元五角"],
  ["money", 100.05, "一百元零五分"],
  ["money", 0.99, "九角九分"],
  ["money", -8, "负八元"],
  ["date", "2026-03-02", "二零二六年3月2日"],
  ["time", "14:05", "十四点零五分"],
  ["time", "02:00", "两点"],
] as const)("%s %s in Mandarin: %s", (as, value, words) => {
  expect(speak(as, value, "zh").map(inChinese).join("")).toBe(words);
});

it.each([
  ["number", 0, "0"],
  ["number", 15, "15"],
  ["number", 42, "40 2"],
  ["number", 110, "1 hundred and 10"],
  ["number", 1203, "1 thousand 2 hundred and 3"],
  ["number", 10086, "10 thousand and 80 6"],
  ["number", 3000000, "3 million"],
  ["number", 2.5, "2 point 5"],
  ["digits", "110", "1 1 0"],
  ["money", 12.5, "12 yuan 50"],
  ["money", 3.05, "3 yuan 0 5"],
  ["money", 0.2, "20 fen"],
  ["date", "2026-03-02", "month-3 day-2 20 20 6"],
  ["date", "2005-12-31", "month-12 day-31 2 thousand and 5"],
  ["date", "1906-01-01", "month-1 day-1 19 0 6"],
  ["time", "09:00", "9 hour"],
  ["time", "14:30", "14 30"],
  ["time", "09:05", "9 0 5"],
] as const)("%s %s in English: %s", (as, value, words) => {
  expect(speak(as, value, "en").map(inEnglish).join(" ")).toBe(words);
});

it.each([
  ["number", "a lot"],
  ["number", 1e15],
  ["money", "?"],
  ["date", "2026-13-01"],
  ["date", "tomorrow"],
  ["time", "25:00"],
  ["digits", true],
  ["number", null],
] as const)("says nothing for the %s %s", (as, value) => {
  expect([speak(as, value, "zh"), speak(as, value, "en")]).toEqual([[], []]);
});

it("asks for no prompt that is not listed", () => {
  const known = new Set(speechPrompts);
  const text = fc.oneof(
    fc.double({ noNaN: true }).map(String),
    fc.nat().map(String),
    fc
      .tuple(fc.integer({ min: 1_000, max: 9_999 }), fc.integer({ min: 10, max: 12 }))
      .map((t) => `${t.join("-")}-28`),
    fc.tuple(fc.nat(23), fc.nat(59)).map((t) => t.map((n) => String(n).padStart(2, "0")).join(":")),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...waysToSay),
      text,
      fc.constantFrom("zh", "en"),
      (as, value, language) => {
        const said = speak(as, value, language as "zh" | "en");
        expect(said.filter((key) => !known.has(key))).toEqual([]);
      },
    ),
  );
});
