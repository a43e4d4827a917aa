// What an expression gives, and what about it cannot be right, found before any call.
import type { ValueType } from "../value.ts";
import { type Expression, signatureOf } from "./expression.ts";

/** `any`: not known before the call, such as a value that a look-up gives. */
export type KnownType = ValueType | "any";
export type TypeCheck = Readonly<{ type: KnownType; clashes: readonly string[] }>;

/** `typeOfName` gives undefined for a name that does not exist. */
export function checkTypes(
  expression: Expression,
  typeOfName: (name: string) => KnownType | undefined,
): TypeCheck {
  const clashes: string[] = [];
  const need = (wanted: KnownType, tree: Expression, where: string): void => {
    const got = typeOfTree(tree);
    if (got === wanted || got === "any" || wanted === "any") return;
    clashes.push(`${where} needs a ${wanted}, not a ${got}`);
  };
  const typeOfTree = (tree: Expression): KnownType => {
    switch (tree.op) {
      case "value":
        if (tree.value === null) return "any";
        if (typeof tree.value === "string") return "text";
        return typeof tree.value === "number" ? "number" : "flag";
      case "name": {
        const type = typeOfName(tree.name);
        if (type === undefined) clashes.push(`there is no variable ${tree.name}`);
        return type ?? "any";
      }
      case "not":
        need("flag", tree.of, "not");
        return "flag";
      case "minus":
        need("number", tree.of, "-");
        return "number";
      case "if":
        return typeOfIf(tree);
      case "call":
        return typeOfCall(tree);
      default:
        return typeOfBinary(tree);
    }
  };
  const typeOfIf = (tree: Extract<Expression, { op: "if" }>): KnownType => {
    need("flag", tree.test, "?");
    const then = typeOfTree(tree.then);
    need(then, tree.otherwise, `: after a ${then}`);
    return then;
  };
  const typeOfCall = (tree: Extract<Expression, { op: "call" }>): KnownType => {
    const { takes, gives } = signatureOf(tree.function);
    tree.given.forEach((part, index) => {
      need(takes[Math.min(index, takes.length - 1)] ?? "any", part, tree.function);
    });
    return gives;
  };
  const typeOfBinary = (tree: Extract<Expression, { left: Expression }>): KnownType => {
    const { op, left, right } = tree;
    if (op === "or" || op === "and") {
      need("flag", left, op);
      need("flag", right, op);
      return "flag";
    }
    const type = typeOfTree(left);
    need(type, right, `${op} after a ${type}`);
    if (op === "==" || op === "!=") return "flag";
    const takesText = op === "+" || op === "<" || op === "<=" || op === ">" || op === ">=";
    if (type === "flag" || (type === "text" && !takesText)) {
      clashes.push(`${op} does not work on a ${type}`);
    }
    if (op === "<" || op === "<=" || op === ">" || op === ">=") return "flag";
    return op === "+" ? type : "number";
  };
  const type = typeOfTree(expression);
  return { type, clashes: [...new Set(clashes)] };
}
