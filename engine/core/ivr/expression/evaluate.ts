// The value of an expression. Total: what does not fit gives null, and a comparison with null is
// false, so that a look-up that found nothing leads to the other branch and never to a crash.
import { cutText, readAs, type Value } from "../value.ts";
import { type Expression, type FunctionName, signatureOf } from "./expression.ts";

/** `read` gives the value of a name, null for one that is not known. */
export function evaluate(expression: Expression, read: (name: string) => Value): Value {
  const value = (tree: Expression): Value => evaluate(tree, read);
  switch (expression.op) {
    case "value":
      return expression.value;
    case "name":
      return read(expression.name);
    case "not":
      return value(expression.of) !== true;
    case "minus":
      return finite(0 - numberOf(value(expression.of)));
    case "if":
      return value(expression.test) === true ? value(expression.then) : value(expression.otherwise);
    case "or":
      return value(expression.left) === true || value(expression.right) === true;
    case "and":
      return value(expression.left) === true && value(expression.right) === true;
    case "==":
      return value(expression.left) === value(expression.right);
    case "!=":
      return value(expression.left) !== value(expression.right);
    case "call":
      return callFunction(expression.function, expression.given.map(value));
    default:
      return compute(expression.op, value(expression.left), value(expression.right));
  }
}

function compute(op: "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%", a: Value, b: Value) {
  if (op === "+" && typeof a === "string" && typeof b === "string") return cutText(a + b);
  if (op === "<" || op === "<=" || op === ">" || op === ">=") return compare(op, a, b);
  const [left, right] = [numberOf(a), numberOf(b)];
  switch (op) {
    case "+":
      return finite(left + right);
    case "-":
      return finite(left - right);
    case "*":
      return finite(left * right);
    case "/":
      return finite(left / right);
    case "%":
      return finite(left % right);
  }
}

function compare(op: "<" | "<=" | ">" | ">=", a: Value, b: Value): boolean {
  const fits =
    (typeof a === "number" && typeof b === "number") ||
    (typeof a === "string" && typeof b === "string");
  if (!fits) return false;
  if (op === "<") return a < b;
  if (op === "<=") return a <= b;
  return op === ">" ? a > b : a >= b;
}

function callFunction(name: FunctionName, given: readonly Value[]): Value {
  const { takes } = signatureOf(name);
  const fits = given.every((value, index) => {
    const type = takes[Math.min(index, takes.length - 1)];
    if (type === "any") return true;
    return type === "text" ? typeof value === "string" : typeof value === "number";
  });
  if (!fits) return null;
  const [first = null, second = null, third = null] = given;
  const text = String(first);
  switch (name) {
    case "length":
      return text.length;
    case "startsWith":
      return text.startsWith(String(second));
    case "endsWith":
      return text.endsWith(String(second));
    case "contains":
      return text.includes(String(second));
    case "part":
      return text.slice(Math.max(0, Number(second)), Math.max(0, Number(third)));
    case "join":
      return cutText(given.filter((value) => value !== null).join(""));
    case "number":
      return readAs("number", first);
    case "text":
      return readAs("text", first);
    case "round":
      return Math.round(Number(first));
    case "floor":
      return Math.floor(Number(first));
    case "abs":
      return Math.abs(Number(first));
    case "min":
      return Math.min(...given.map(Number));
    case "max":
      return Math.max(...given.map(Number));
    case "oneOf":
      return given.slice(1).includes(first);
    case "known":
      return first !== null;
  }
}

/** NaN for what is no number, which `finite` makes null. */
const numberOf = (value: Value): number => (typeof value === "number" ? value : Number.NaN);
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
