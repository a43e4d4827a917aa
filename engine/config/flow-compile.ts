// From a node of a flow file to a node of the core: expressions are read, and said where they cannot be.
import type { Expression } from "../core/ivr/expression/expression.ts";
import { parseExpression } from "../core/ivr/expression/parse.ts";
import type { Assignments, FlowNode, Prompt } from "../core/ivr/flow-config.ts";
import type { FlowFile } from "../wire/flow-file.ts";
import type { YamlPath } from "./yaml-file.ts";

type NodeFile = FlowFile["nodes"][string];
export type Finding = Readonly<{ path: YamlPath; reason: string }>;
type Compiler = Readonly<{
  read(text: string, path: YamlPath): Expression;
  prompts(given: readonly FilePrompt[]): readonly Prompt[];
  assignments(given: Readonly<Record<string, string>>, key: string): Assignments;
}>;
type FilePrompt = string | Readonly<{ say: Exclude<Prompt, string>["say"]; value: string }>;

/** `path` is the node's place in the file. What cannot be read is null in its place, and a finding. */
export function compileNode(node: NodeFile, path: YamlPath, findings: Finding[]): FlowNode {
  const read = (text: string, at: YamlPath): Expression => {
    const parsed = parseExpression(text);
    if (parsed.ok) return parsed.expression;
    const reason = `no expression: ${parsed.reason} (character ${parsed.at + 1})`;
    findings.push({ path: [...path, ...at], reason });
    return { op: "value", value: null };
  };
  return compile(node, {
    read,
    prompts: (given) =>
      given.map((prompt, index) =>
        typeof prompt === "string"
          ? prompt
          : { say: prompt.say, value: read(prompt.value, ["prompts", index, "value"]) },
      ),
    assignments: (given, key) =>
      Object.fromEntries(
        Object.entries(given).map(([name, text]) => [name, read(text, [key, name])]),
      ),
  });
}

function compile({ note: _, ...node }: NodeFile, compiler: Compiler): FlowNode {
  const { read, prompts, assignments } = compiler;
  switch (node.kind) {
    case "play":
    case "menu":
    case "collect":
    case "survey":
    case "end":
      return { ...node, prompts: prompts(node.prompts) };
    case "set":
      return { ...node, values: assignments(node.values, "values") };
    case "condition":
      return {
        ...node,
        cases: node.cases.map((one, index) => ({
          if: read(one.if, ["cases", index, "if"]),
          next: one.next,
        })),
      };
    case "lookUp":
      return {
        ...node,
        url: urlParts(node.url).map((part) =>
          typeof part === "string" ? part : read(part.expression, ["url"]),
        ),
        body: node.body === undefined ? null : assignments(node.body, "body"),
      };
    case "table":
      return { ...node, key: read(node.key, ["key"]) };
    case "tag": {
      const { expression, value, ...rest } = node;
      return {
        ...rest,
        value: expression === undefined ? (value ?? "") : read(expression, ["expression"]),
      };
    }
    case "flow": {
      const { flow, inputs, ...rest } = node;
      return { ...rest, flowId: flow, inputs: assignments(inputs, "inputs") };
    }
    case "queue": {
      const { skills, ...rest } = node;
      if (skills === undefined) return rest;
      const requirements = Object.entries(skills).map(([skillId, levelMin]) => ({
        skillId,
        levelMin,
      }));
      return { ...rest, requirements };
    }
    default:
      return node;
  }
}

/** `a{b}c` is the text a, the expression b, the text c. */
function urlParts(url: string): readonly (string | Readonly<{ expression: string }>)[] {
  return url
    .split(/(\{[^{}]*\})/)
    .flatMap((part): (string | Readonly<{ expression: string }>)[] => {
      if (part === "") return [];
      return part.startsWith("{") ? [{ expression: part.slice(1, -1) }] : [part];
    });
}
