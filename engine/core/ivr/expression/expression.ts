// The expressions of flows: a small language of values, without loops, regular expressions or access
// to anything but the names that a flow has. Kept as a tree, so that nothing is parsed during a call.
import type { Value, ValueType } from "../value.ts";

export type Expression = Readonly<
  | { op: "value"; value: Value }
  | { op: "name"; name: string }
  | { op: "not" | "minus"; of: Expression }
  | { op: BinaryOperator; left: Expression; right: Expression }
  | { op: "if"; test: Expression; then: Expression; otherwise: Expression }
  | { op: "call"; function: FunctionName; given: readonly Expression[] }
>;

export type BinaryOperator = (typeof binaryOperators)[number];
export const binaryOperators = [
  "or",
  "and",
  "==",
  "!=",
  "<",
  "<=",
  ">",
  ">=",
  "+",
  "-",
  "*",
  "/",
  "%",
] as const;

export type FunctionName = keyof typeof functions;

type Signature = Readonly<{
  takes: readonly (ValueType | "any")[];
  /** More of the last kind may follow. */
  more?: true;
  gives: ValueType;
}>;

/** What each function takes and gives. A value that does not fit makes the result null. */
export const functions = {
  length: { takes: ["text"], gives: "number" },
  startsWith: { takes: ["text", "text"], gives: "flag" },
  endsWith: { takes: ["text", "text"], gives: "flag" },
  contains: { takes: ["text", "text"], gives: "flag" },
  /** Characters from a position (0 is the first) up to, not including, another. */
  part: { takes: ["text", "number", "number"], gives: "text" },
  join: { takes: ["any"], more: true, gives: "text" },
  number: { takes: ["any"], gives: "number" },
  text: { takes: ["any"], gives: "text" },
  round: { takes: ["number"], gives: "number" },
  floor: { takes: ["number"], gives: "number" },
  abs: { takes: ["number"], gives: "number" },
  min: { takes: ["number"], more: true, gives: "number" },
  max: { takes: ["number"], more: true, gives: "number" },
  /** Whether the first equals one of the others. */
  oneOf: { takes: ["any", "any"], more: true, gives: "flag" },
  known: { takes: ["any"], gives: "flag" },
} as const satisfies Readonly<Record<string, Signature>>;

export const signatureOf = (name: FunctionName): Signature => functions[name];

/** Names that an expression reads, each once. */
export function namesIn(expression: Expression): readonly string[] {
  const names = new Set<string>();
  const visit = (tree: Expression): void => {
    if (tree.op === "name") names.add(tree.name);
    for (const part of partsOf(tree)) visit(part);
  };
  visit(expression);
  return [...names];
}

function partsOf(tree: Expression): readonly Expression[] {
  switch (tree.op) {
    case "value":
    case "name":
      return [];
    case "not":
    case "minus":
      return [tree.of];
    case "if":
      return [tree.test, tree.then, tree.otherwise];
    case "call":
      return tree.given;
    default:
      return [tree.left, tree.right];
  }
}
