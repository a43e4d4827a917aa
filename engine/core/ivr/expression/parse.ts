// Reads the text of an expression. Every failure says where; length and depth are bounded, so that no
// text can take long or go deep.
import {
  type BinaryOperator,
  type Expression,
  type FunctionName,
  functions,
  signatureOf,
} from "./expression.ts";

export type Parsed = Readonly<
  { ok: true; expression: Expression } | { ok: false; reason: string; at: number }
>;

const textLengthMax = 500;
const depthMax = 30;

/** Operators by how loosely they bind. */
const levels: readonly (readonly BinaryOperator[])[] = [
  ["or"],
  ["and"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/", "%"],
];

class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  readonly at: number;
  constructor(reason: string, at: number) {
    super(reason);
    this.at = at;
  }
}

/** `at` is the offset in the text at which reading stopped. */
export function parseExpression(text: string): Parsed {
  try {
    if (text.length > textLengthMax) {
      throw new ExpressionError(`is longer than ${textLengthMax} characters`, textLengthMax);
    }
    const reader: Reader = { tokens: tokensOf(text), next: 0, depth: 0 };
    const expression = readIf(reader);
    const rest = peek(reader);
    if (rest.kind !== "end")
      throw new ExpressionError(`${rest.text} is not expected here`, rest.at);
    return { ok: true, expression };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { ok: false, reason: error.message, at: error.at };
  }
}

type Token = Readonly<{
  kind: "name" | "number" | "text" | "sign" | "end";
  text: string;
  at: number;
}>;
type Reader = { tokens: readonly Token[]; next: number; depth: number };

const tokenShapes = [
  ["name", /[A-Za-z_][A-Za-z0-9_]*(?:[.][A-Za-z][A-Za-z0-9]*)?/y],
  ["number", /[0-9]+(?:[.][0-9]+)?/y],
  ["text", /"[^"]*"|'[^']*'/y],
  ["sign", /==|!=|<=|>=|[<>+\-*/%(),?:]/y],
] as const;

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const token = tokenAt(text, at);
    tokens.push(token);
    at += token.text.length;
  }
  return [...tokens, { kind: "end", text: "the end", at }];
}

function tokenAt(text: string, at: number): Token {
  for (const [kind, shape] of tokenShapes) {
    shape.lastIndex = at;
    const found = shape.exec(text)?.[0];
    if (found !== undefined) return { kind, text: found, at };
  }
  throw new ExpressionError(`${text.charAt(at)} means nothing here`, at);
}

function readIf(reader: Reader): Expression {
  reader.depth += 1;
  if (reader.depth > depthMax) {
    throw new ExpressionError(`is nested more than ${depthMax} deep`, peek(reader).at);
  }
  const test = readLevel(reader, 0);
  let expression = test;
  if (take(reader, "?")) {
    const then = readIf(reader);
    demand(reader, ":");
    expression = { op: "if", test, then, otherwise: readIf(reader) };
  }
  reader.depth -= 1;
  return expression;
}

function readLevel(reader: Reader, level: number): Expression {
  const operators = levels[level];
  if (operators === undefined) return readUnary(reader);
  let left = readLevel(reader, level + 1);
  for (let depth = 0; ; depth += 1) {
    const op = operators.find((operator) => take(reader, operator));
    if (op === undefined) return left;
    // A long chain is a deep tree.
    if (depth > depthMax) throw new ExpressionError("has too many parts", peek(reader).at);
    left = { op, left, right: readLevel(reader, level + 1) };
  }
}

function readUnary(reader: Reader): Expression {
  const op = take(reader, "not") ? "not" : take(reader, "-") ? "minus" : null;
  if (op === null) return readPrimary(reader);
  reader.depth += 1;
  if (reader.depth > depthMax) {
    throw new ExpressionError(`is nested more than ${depthMax} deep`, peek(reader).at);
  }
  const of = readUnary(reader);
  reader.depth -= 1;
  return { op, of };
}

function readPrimary(reader: Reader): Expression {
  const token = peek(reader);
  if (take(reader, "(")) {
    const inner = readIf(reader);
    demand(reader, ")");
    return inner;
  }
  reader.next += 1;
  switch (token.kind) {
    case "number":
      return { op: "value", value: Number(token.text) };
    case "text":
      return { op: "value", value: token.text.slice(1, -1) };
    case "name":
      return readName(reader, token);
    default:
      throw new ExpressionError(`${token.text} is not expected here`, token.at);
  }
}

const words = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);

function readName(reader: Reader, { text, at }: Token): Expression {
  if (words.has(text)) return { op: "value", value: words.get(text) ?? null };
  if (!take(reader, "(")) return { op: "name", name: text };
  if (!isFunction(text)) throw new ExpressionError(`there is no function ${text}`, at);
  const given: Expression[] = [];
  while (!take(reader, ")")) {
    if (given.length > 0) demand(reader, ",");
    given.push(readIf(reader));
  }
  const { takes, more } = signatureOf(text);
  if (given.length < takes.length || (more !== true && given.length > takes.length)) {
    throw new ExpressionError(`${text} takes ${takes.length} values`, at);
  }
  return { op: "call", function: text, given };
}

const isFunction = (name: string): name is FunctionName => Object.hasOwn(functions, name);

function peek(reader: Reader): Token {
  const token = reader.tokens[reader.next] ?? reader.tokens.at(-1);
  if (token === undefined) throw new ExpressionError("is empty", 0);
  return token;
}

function take(reader: Reader, text: string): boolean {
  const token = peek(reader);
  if (token.text !== text || token.kind === "text") return false;
  reader.next += 1;
  return true;
}

function demand(reader: Reader, text: string): void {
  const token = peek(reader);
  if (!take(reader, text)) throw new ExpressionError(`${text} is missing`, token.at);
}
