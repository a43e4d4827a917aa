// What is wrong with one flow by itself, each with its line.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadFlows } from "./flows.ts";
import { type Problem, SiteError } from "./site-error.ts";

const root = mkdtempSync(join(tmpdir(), "flow-graph-"));
afterAll(() => rmSync(root, { recursive: true }));
let dirs = 0;

const head = (id: string) => `flow: ${id}\ntitle: { zh: 一, en: One }\nstart: a\n`;
const line = ({ line: at, path, reason }: Problem) => `${at}: ${path}: ${reason}`;

function folder(files: Readonly<Record<string, string>>): string {
  dirs += 1;
  const dir = join(root, String(dirs));
  mkdirSync(dir);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

/** Body from line 4 on. */
function problemsOf(body: string): readonly string[] {
  try {
    return loadFlows(folder({ "one.yaml": head("one") + body })).flatMap(({ warnings }) =>
      warnings.map((problem) => `warning ${line(problem)}`),
    );
  } catch (error) {
    if (!(error instanceof SiteError)) throw error;
    return error.problems.map(line);
  }
}

const menu = (id: string, choices: string, giveUp: string) =>
  `  ${id}: { kind: menu, prompts: [p], choices: { ${choices} }, noMatchPrompt: n, giveUp: ${giveUp} }\n`;
const end = "  z: { kind: end, outcome: served }\n";

describe("a flow", () => {
  it.each([
    [
      "loops without a key",
      `nodes:\n  a: { kind: play, prompts: [p], next: b }\n  b: { kind: hours, calendarId: c, open: a, closed: z }\n${end}`,
      ["6: nodes.b.open: leads back to a without a key of the caller: an endless loop"],
    ],
    ["loops through a menu", `nodes:\n${menu("a", '"1": a, "2": z', "a")}${end}`, []],
    [
      "has a node that nothing leads to",
      `nodes:\n  a: { kind: echo }\n${end}`,
      ["warning 6: nodes.z: no way leads here"],
    ],
    [
      "has a menu behind too many",
      `nodes:\n${["a", "b", "c", "d"].map((id, n) => menu(id, `"1": ${"bcde"[n]}`, "z")).join("")}${menu("e", '"1": z', "z")}${end}`,
      ["warning 9: nodes.e: is behind 4 other menus; more than 3 lose callers"],
    ],
    [
      "has an expression that is none",
      `variables: { n: { type: number } }\nnodes:\n  a: { kind: condition, cases: [{ if: "n >", next: z }], otherwise: z }\n${end}`,
      ["6: nodes.a.cases[0].if: no expression: the end is not expected here (character 4)"],
    ],
    [
      "mixes types",
      `variables: { n: { type: number, initial: one } }\nnodes:\n  a: { kind: set, values: { n: '"x"', m: "1" }, next: b }\n  b: { kind: condition, cases: [{ if: n + 1, next: z }], otherwise: z }\n${end}`,
      [
        "4: variables.n.initial: is a text, not a number",
        "6: nodes.a.values.n: needs a number, not a text",
        "6: nodes.a.values.m: there is no variable m",
        "7: nodes.b.cases[0].if: needs a flag, not a number",
      ],
    ],
    [
      "never reads a variable",
      `variables: { n: { type: number } }\nnodes:\n  a: { kind: set, values: { n: "1" }, next: z }\n${end}`,
      ["warning 4: variables.n: is never read"],
    ],
    [
      "has shares that are not a whole",
      `nodes:\n  a: { kind: split, branches: [{ percent: 10, next: z }, { percent: 80, next: z }] }\n${end}`,
      ["5: nodes.a.branches: the shares add up to 90, not 100"],
    ],
    [
      "calls one that is not there",
      `nodes:\n  a: { kind: flow, flow: two, next: z }\n${end}`,
      ["5: nodes.a.flow: there is no flow two"],
    ],
    [
      "calls itself",
      `nodes:\n  a: { kind: flow, flow: one, next: z }\n${end}`,
      ["5: nodes.a.flow: calls itself: one, one"],
    ],
    [
      "has a prompt outside the folder",
      `nodes:\n  a: { kind: play, prompts: [../../etc/passwd], next: z }\n${end}`,
      ["5: nodes.a.prompts[0]: the key of a prompt"],
    ],
    [
      "is no YAML",
      "nodes: {",
      [
        "4: : not valid YAML: Flow map in block collection must be sufficiently indented and end with a }",
      ],
    ],
    ["is a list", "nodes: []\n", ["4: nodes: Invalid input: expected record, received array"]],
  ])("that %s", (_, body, expected) => {
    expect(problemsOf(body)).toEqual(expected);
  });

  it("that is a bomb of aliases, or 10 MB, is refused before it costs anything", () => {
    const levels = Array.from(
      { length: 9 },
      (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(", ")}]`,
    );
    const before = performance.now();
    expect(problemsOf(`l0: &l0 [x]\n${levels.join("\n")}\nnodes: {}\n`).join()).toMatch(/alias/);
    expect(problemsOf(`# ${"x".repeat(10_000_000)}\n`)).toEqual([
      "null: : has more than 4194304 bytes",
    ]);
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it("has another version when a flow that it calls changes", () => {
    const one = `${head("one")}nodes:\n  a: { kind: flow, flow: two, next: z }\n${end}`;
    const two = (result: string) =>
      `${head("two")}nodes:\n  a: { kind: return, result: ${result} }\n`;
    const versions = [two("x"), two("y")].map((text) =>
      loadFlows(folder({ "one.yaml": one, "two.yaml": text })).map(({ flow }) => flow),
    );
    const [[a, b] = [], [c, d] = []] = versions;
    expect(a?.version).not.toBe(c?.version);
    expect([a?.uses, c?.uses]).toEqual([{ two: b?.version }, { two: d?.version }]);
  });
});
