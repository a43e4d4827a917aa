// Expressions: what they give, what they refuse, and that no text breaks them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Value } from "../value.ts";
import { evaluate } from "./evaluate.ts";
import { namesIn } from "./expression.ts";
import { parseExpression } from "./parse.ts";
import { checkTypes, type KnownType } from "./type-check.ts";

const values: Readonly<Record<string, Value>> = {
  balance: 12.5,
  name: "王",
  vip: true,
  nothing: null,
  "call.ani": "13800000000",
};
const types: Readonly<Record<string, KnownType>> = {
  balance: "number",
  name: "text",
  vip: "flag",
  found: "any",
  "call.ani": "text",
};

function resultOf(text: string): Value {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(`${parsed.reason} at ${parsed.at}`);
  return evaluate(parsed.expression, (name) => values[name] ?? null);
}

function clashesOf(text: string) {
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return checkTypes(parsed.expression, (name) => types[name]);
}

describe("the value", () => {
  it.each([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3 - -1", 10],
    ["7 % 4 / 2", 1.5],
    ["balance < 20 and not (balance < 10)", true],
    ["balance > 100 or vip", true],
    ['call.ani == "13800000000"', true],
    ["call.ani != 'x'", true],
    ['startsWith(call.ani, "138") ? "mobile" : "fixed"', "mobile"],
    ["vip ? balance > 1 ? 1 : 2 : 3", 1],
    ['join("1", name, 2, null)', "1王2"],
    ["part(call.ani, 0, 3)", "138"],
    ["length(name) + round(2.5) + floor(2.9) + abs(-1)", 7],
    ["min(3, 1, 2) + max(3, 1, 2)", 4],
    ['number("12.50") == balance', true],
    ["text(12.5)", "12.5"],
    ['oneOf(part(call.ani, 0, 3), "138", "139")', true],
    ["known(nothing) or known(unheardOf)", false],
    ['contains("abc", "b") and endsWith("abc", "c")', true],
    // What does not fit gives null, and is false in a comparison.
    ["1 / 0", null],
    ["name * 2", null],
    ["nothing < 1", false],
    ["nothing == null", true],
    ['number("12 or so")', null],
    ["length(5)", null],
    ['"a" + "b" < "b"', true],
  ])("of %s is %s", (text, value) => {
    expect(resultOf(text)).toBe(value);
  });
});

describe("text that is no expression", () => {
  it.each([
    ["", "the end is not expected here", 0],
    ["1 +", "the end is not expected here", 3],
    ["1 2", "2 is not expected here", 2],
    ["(1", ") is missing", 2],
    ["process.exit(1)", "there is no function process.exit", 0],
    ["__proto__.x()", "there is no function __proto__.x", 0],
    ["constructor()", "there is no function constructor", 0],
    ["a[0]", "[ means nothing here", 1],
    ["a = 1", "= means nothing here", 2],
    ["length()", "length takes 1 values", 0],
    ["vip ? 1", ": is missing", 7],
    [`${"(".repeat(40)}1`, "is nested more than 30 deep", 30],
    [`${"-".repeat(40)}1`, "is nested more than 30 deep", 30],
    [`1${"+1".repeat(40)}`, "has too many parts", 64],
    ["1".repeat(501), "is longer than 500 characters", 500],
  ])("%s: %s", (text, reason, at) => {
    expect(parseExpression(text)).toEqual({ ok: false, reason, at });
  });
});

describe("the types", () => {
  it.each([
    ["balance + 1", "number", []],
    ["name + 1", "text", ["+ after a text needs a text, not a number"]],
    ["found + 1", "any", []],
    ["not balance", "flag", ["not needs a flag, not a number"]],
    ["blance > 1", "flag", ["there is no variable blance"]],
    ["vip < true", "flag", ["< does not work on a flag"]],
    ["length(balance)", "number", ["length needs a text, not a number"]],
    ['vip ? 1 : "a"', "number", [": after a number needs a number, not a text"]],
    ["call.ani > 5", "flag", ["> after a text needs a text, not a number"]],
  ])("of %s", (text, type, clashes) => {
    expect(clashesOf(text)).toEqual({ type, clashes });
  });
});

it("names what it reads, once each", () => {
  const parsed = parseExpression('vip ? balance + balance : length(name) + number("1")');
  expect(parsed.ok && namesIn(parsed.expression)).toEqual(["vip", "balance", "name"]);
});

it("never throws, whatever is written, and never gives anything but a value", () => {
  const words = fc.constantFrom(
    ..."a 1 ( ) , ? : + - * / % == < and or not length 'x' min".split(" "),
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(words, { maxLength: 30 }).map((all) => all.join(" ")),
  );
  fc.assert(
    fc.property(text, (source) => {
      const parsed = parseExpression(source);
      if (!parsed.ok) return;
      const value = evaluate(parsed.expression, () => 1);
      expect(["string", "number", "boolean", "object"]).toContain(typeof value);
    }),
  );
});
