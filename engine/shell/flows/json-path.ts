// A value in a JSON answer: `$`, `.name` and `[index]`, nothing else.
import type { Value } from "../../core/ivr/value.ts";

/** Null for a path that leads nowhere, or to something that is no plain value. */
export function valueAt(json: unknown, path: string): Value {
  let value = json;
  for (const step of stepsOf(path) ?? [""]) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return null;
    value = (value as Record<string, unknown>)[step];
  }
  return isValue(value) ? value : null;
}

/** Null for a text that is no such path. */
function stepsOf(path: string): readonly string[] | null {
  if (!path.startsWith("$")) return null;
  const step = /[.]([A-Za-z0-9_-]+)|\[([0-9]+)\]/y;
  const steps: string[] = [];
  for (step.lastIndex = 1; step.lastIndex < path.length; ) {
    const found = step.exec(path);
    if (found === null) return null;
    steps.push(found[1] ?? found[2] ?? "");
  }
  return steps;
}

const isValue = (value: unknown): value is Value =>
  value === null || ["string", "number", "boolean"].includes(typeof value);
