// Facts and commands as one line each, whole, so that a test compares everything that happened.
// Times are shown as seconds since the start of the test.
import type { Command } from "../../engine/core/command.ts";
import type { Fact } from "../../engine/core/fact.ts";
import { startMs } from "./site.ts";

type Seen = Readonly<{ facts: Fact[]; commands: Command[]; mark: () => void }>;

/** Does something and gives the facts and then the commands that followed. */
export function stepOf(world: Seen, run: () => unknown): string[] {
  world.mark();
  run();
  return [...world.facts.map(lineOf), ...world.commands.map((command) => `> ${lineOf(command)}`)];
}

function lineOf(item: Fact | Command): string {
  const rest = Object.entries(item)
    .filter(([key]) => key !== "type" && key !== "seq" && key !== "atMs")
    .map(([key, value]) => `${key}=${textOf(value)}`);
  return [item.type, ...rest].join(" ");
}

function textOf(value: unknown): string {
  if (typeof value === "number") {
    return value > startMs / 2 ? `@${(value - startMs) / 1_000}s` : String(value);
  }
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join(",")}]`;
  const named = Object.entries(value).map(([key, item]) => `${key}:${textOf(item)}`);
  return `{${named.join(" ")}}`;
}
