import { expect, it } from "vitest";
import { csvCell } from "./report-csv.ts";

it.each([
  [null, ""],
  [-1.5, "-1.5"],
  ["tax", "tax"],
  ["+8613800138000", "+8613800138000"],
  ["=1+1", "'=1+1"],
  ["+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"],
  ["-2+3", "'-2+3"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "'\t=1"],
  ['a "b", c', '"a ""b"", c"'],
  ["two\nlines", '"two\nlines"'],
])("writes %j as %j", (value, cell) => {
  expect(csvCell(value)).toBe(cell);
});
