// A value as a list of prompts, the files that are played one after the other. What cannot be said as
// asked is not said: a caller hears no nonsense.
import type { Language } from "../../basics.ts";
import type { Value } from "../value.ts";
import { englishDate, englishMoney, englishTime, englishWhole } from "./english.ts";
import { mandarinDate, mandarinMoney, mandarinTime, mandarinWhole } from "./mandarin.ts";

export type SayAs = (typeof waysToSay)[number];
/**
 * `number`: up to 12 digits and 4 decimals; `digits`: one by one, as a telephone number; `money`:
 * yuan, jiao, fen; `date`: YYYY-MM-DD; `time`: HH:MM.
 */
export const waysToSay = ["number", "digits", "money", "date", "time"] as const;

export function speak(as: SayAs, value: Value, language: Language): readonly string[] {
  if (value === null || typeof value === "boolean") return [];
  switch (as) {
    case "digits":
      return [...String(value)].flatMap((sign) => (/[0-9]/.test(sign) ? [`digit-${sign}`] : []));
    case "number":
      return speakNumber(Number(value), language);
    case "money":
      return speakMoney(Number(value), language);
    case "date":
      return speakDate(String(value), language);
    case "time":
      return speakTime(String(value), language);
  }
}

function speakNumber(value: number, language: Language): readonly string[] {
  const size = Math.abs(value);
  if (!(size < sizeMax)) return [];
  const rounded = Math.round(size * 10_000) / 10_000;
  const whole = Math.floor(rounded);
  const decimals = /[.]([0-9]+)$/.exec(rounded.toFixed(4).replace(/0+$/, ""))?.[1] ?? "";
  return [
    ...(value < 0 ? ["say-minus"] : []),
    ...(language === "zh" ? mandarinWhole(whole) : englishWhole(whole)),
    ...(decimals === "" ? [] : ["say-point", ...[...decimals].map((digit) => `digit-${digit}`)]),
  ];
}

function speakMoney(value: number, language: Language): readonly string[] {
  const fen = Math.round(Math.abs(value) * 100);
  if (!(fen < sizeMax)) return [];
  const sign = value < 0 && fen > 0 ? ["say-minus"] : [];
  return [...sign, ...(language === "zh" ? mandarinMoney(fen) : englishMoney(fen))];
}

function speakDate(text: string, language: Language): readonly string[] {
  const found = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  if (found === null) return [];
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  if (month < 1 || month > 12 || day < 1 || day > 31) return [];
  return language === "zh" ? mandarinDate(year, month, day) : englishDate(year, month, day);
}

function speakTime(text: string, language: Language): readonly string[] {
  const found = /^([0-9]{2}):([0-9]{2})$/.exec(text);
  if (found === null) return [];
  const [hour, minute] = [Number(found[1]), Number(found[2])];
  if (hour > 24 || minute > 59) return [];
  return language === "zh" ? mandarinTime(hour, minute) : englishTime(hour, minute);
}

/** Every prompt that {@link speak} can ask for: a site needs them all in each language. */
export const speechPrompts: readonly string[] = [
  ...range(0, 10).map((n) => `digit-${n}`),
  ...range(11, 19).map((n) => `number-${n}`),
  ...range(2, 9).map((n) => `number-${n * 10}`),
  "number-liang",
  ...["hundred", "thousand", "ten-thousand", "million", "hundred-million", "billion"].map(
    (unit) => `unit-${unit}`,
  ),
  ...["yuan", "jiao", "fen", "year", "hour", "minute"].map((unit) => `unit-${unit}`),
  ...["and", "point", "minus"].map((word) => `say-${word}`),
  ...range(1, 12).map((n) => `month-${n}`),
  ...range(1, 31).map((n) => `day-${n}`),
];

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

const sizeMax = 1_000_000_000_000;
