// Compiles flow files into flows of the core and checks what one file alone can show.
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Flow, FlowNode } from "../core/centre-config.ts";
import { type FlowFile, flowFile } from "../wire/flow-file.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { type Problem, SiteError } from "./site-error.ts";
import { messageOf, readYaml, type YamlFile, type YamlPath } from "./yaml-file.ts";

/** More flow files than this in one folder are refused. */
const flowsMax = 1_000;

export type LoadedFlow = Readonly<{
  flow: Flow;
  title: FlowFile["title"];
  file: string;
  /** A problem found later (queues, calendars, prompts) at a place of the flow file. */
  problem(path: YamlPath, reason: string): Problem;
}>;

/**
 * All `*.yaml` of the folder, by id. Throws {@link SiteError} with the problems of all files.
 * `version` is the SHA-256 of the file's content in hexadecimal.
 */
export function loadFlows(dir: string): readonly LoadedFlow[] {
  const problems: Problem[] = [];
  const flows: LoadedFlow[] = [];
  for (const name of flowFileNames(dir)) {
    try {
      const yaml = readYaml(join(dir, name), flowFile);
      const found = checkFlow(yaml, name);
      if (found.length > 0) problems.push(...found);
      else flows.push(compile(yaml));
    } catch (error) {
      if (!(error instanceof SiteError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new SiteError(problems);
  return deepFreeze(flows);
}

/** Nodes that may follow, with the place in the file that names each. */
function targetsOf(node: FlowNode): readonly Readonly<{ path: YamlPath; nodeId: string }>[] {
  switch (node.kind) {
    case "play":
    case "language":
    case "tag":
      return [{ path: ["next"], nodeId: node.next }];
    case "menu":
      return [
        ...Object.entries(node.choices).map(([digit, nodeId]) => ({
          path: ["choices", digit],
          nodeId,
        })),
        { path: ["giveUp"], nodeId: node.giveUp },
      ];
    case "hours":
      return [
        { path: ["open"], nodeId: node.open },
        { path: ["closed"], nodeId: node.closed },
      ];
    default:
      return [];
  }
}

function flowFileNames(dir: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(dir)
      .filter((name) => name.endsWith(".yaml"))
      .sort();
  } catch (error) {
    throw new SiteError([
      { file: dir, line: null, path: "", reason: `cannot be read: ${messageOf(error)}` },
    ]);
  }
  if (names.length <= flowsMax) return names;
  throw new SiteError([
    { file: dir, line: null, path: "", reason: `has more than ${flowsMax} flow files` },
  ]);
}

function checkFlow(yaml: YamlFile<FlowFile>, name: string): readonly Problem[] {
  const { flow, start, nodes } = yaml.value;
  const problems: Problem[] = [];
  if (`${flow}.yaml` !== name) {
    problems.push(yaml.problem(["flow"], `must be the name of the file, ${name}, without .yaml`));
  }
  const known = new Set(Object.keys(nodes));
  if (!known.has(start)) problems.push(yaml.problem(["start"], `there is no node ${start}`));
  for (const [id, node] of Object.entries(nodes)) {
    for (const target of targetsOf(node)) {
      if (known.has(target.nodeId)) continue;
      const path = ["nodes", id, ...target.path];
      problems.push(yaml.problem(path, `there is no node ${target.nodeId}`));
    }
    if (node.kind !== "menu") continue;
    for (const digit of Object.keys(node.labels ?? {})) {
      if (Object.hasOwn(node.choices, digit)) continue;
      const path = ["nodes", id, "labels", digit];
      problems.push(yaml.problem(path, `the menu has no choice ${digit}`));
    }
  }
  return problems;
}

function compile(yaml: YamlFile<FlowFile>): LoadedFlow {
  const { flow, title, start, nodes } = yaml.value;
  const version = createHash("sha256").update(yaml.text).digest("hex");
  return {
    flow: {
      id: flow,
      version,
      start,
      nodes: Object.fromEntries(Object.entries(nodes).map(([id, node]) => [id, nodeOf(node)])),
    },
    title,
    file: yaml.file,
    problem: yaml.problem,
  };
}

function nodeOf(node: FlowFile["nodes"][string]): FlowNode {
  if (node.kind !== "queue") return node;
  const { skills, ...rest } = node;
  if (skills === undefined) return rest;
  const requirements = Object.entries(skills).map(([skillId, levelMin]) => ({ skillId, levelMin }));
  return { ...rest, requirements };
}
