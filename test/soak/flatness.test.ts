import { expect, test } from "vitest";
import { flatness, type Point } from "./flatness.ts";

const minute = 60_000;
const series = (value: (index: number) => number): Point[] =>
  Array.from({ length: 61 }, (_, index) => ({ atMs: index * minute, value: value(index) }));

test("a steady leak shows as its growth in an hour", () => {
  expect(flatness(series((index) => 1_000 + index * 5))).toEqual({
    level: 1_150,
    growthPerHour: 300,
    minutes: 60,
    samples: 61,
  });
});

test("a few outliers do not make a flat series grow", () => {
  const values = series((index) => (index > 55 ? 9_000 : 1_000));
  expect(flatness(values)).toMatchObject({ level: 1_000, growthPerHour: 0 });
});

test("noise without growth stays near none", () => {
  const wave = series((index) => 1_000 + 100 * Math.sin(index));
  expect(Math.abs(flatness(wave)?.growthPerHour ?? Number.NaN)).toBeLessThan(50);
});

test("one sample says nothing", () => {
  expect(flatness(series(() => 1).slice(0, 1))).toBeNull();
});
