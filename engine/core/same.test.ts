import { expect, it } from "vitest";
import { sameData } from "./same.ts";

it.each([
  [true, 1, 1],
  [false, 1, "1"],
  [false, null, {}],
  [true, { a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }],
  [false, { a: 1 }, { a: 1, b: undefined }],
  [false, { a: undefined }, { b: undefined }],
  [false, [1, 2], [2, 1]],
  [false, [], {}],
])("says %s of %j and %j", (same, a, b) => {
  expect([sameData(a, b), sameData(b, a)]).toEqual([same, same]);
});
