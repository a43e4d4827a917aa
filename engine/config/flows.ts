// Compiles flow files into flows of the core and checks what the files alone can show.
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Flow } from "../core/ivr/flow-config.ts";
import { type FlowFile, flowFile } from "../wire/flow-file.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { compileNode, type Finding } from "./flow-compile.ts";
import { flowErrors, flowWarnings } from "./flow-graph.ts";
import { type Problem, SiteError } from "./site-error.ts";
import { messageOf, readYaml, type YamlFile, type YamlPath } from "./yaml-file.ts";

/** More flow files than this in one folder are refused. */
const flowsMax = 1_000;

export type LoadedFlow = Readonly<{
  flow: Flow;
  title: FlowFile["title"];
  file: string;
  /** What works and is probably not meant. */
  warnings: readonly Problem[];
  /** A problem found later (queues, calendars, prompts) at a place of the flow file. */
  problem(path: YamlPath, reason: string): Problem;
}>;

/**
 * All `*.yaml` of the folder, by id. Throws {@link SiteError} with the problems of all files.
 * `version` is a SHA-256 in hexadecimal, of the file's content and the versions of called flows.
 */
export function loadFlows(dir: string): readonly LoadedFlow[] {
  const problems: Problem[] = [];
  const flows: LoadedFlow[] = [];
  for (const name of yamlNames(dir)) {
    try {
      flows.push(compile(readYaml(join(dir, name), flowFile), name));
    } catch (error) {
      if (!(error instanceof SiteError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new SiteError(problems);
  return deepFreeze(withUses(flows));
}

function yamlNames(dir: string): readonly string[] {
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

function compile(yaml: YamlFile<FlowFile>, name: string): LoadedFlow {
  const { flow: id, title, start, variables, nodes } = yaml.value;
  const findings: Finding[] = [];
  if (`${id}.yaml` !== name) {
    findings.push({
      path: ["flow"],
      reason: `must be the name of the file, ${name}, without .yaml`,
    });
  }
  const compiled = Object.entries(nodes).map(([nodeId, node]) => [
    nodeId,
    compileNode(node, ["nodes", nodeId], findings),
  ]);
  const flow: Flow = {
    id,
    version: createHash("sha256").update(yaml.text).digest("hex"),
    start,
    nodes: Object.fromEntries(compiled),
    ...(Object.keys(variables).length === 0 ? {} : { variables }),
  };
  const problemOf = ({ path, reason }: Finding): Problem => yaml.problem(path, reason);
  const errors = [...findings, ...flowErrors(flow)];
  if (errors.length > 0) throw new SiteError(errors.map(problemOf));
  const warnings = flowWarnings(flow).map(problemOf);
  return { flow, title, file: yaml.file, warnings, problem: yaml.problem };
}

/** Pins the versions of called flows, so that a change of one is a change of those that call it. */
function withUses(flows: readonly LoadedFlow[]): readonly LoadedFlow[] {
  const byId = new Map(flows.map((loaded) => [loaded.flow.id, loaded]));
  const done = new Map<string, LoadedFlow>();
  const problems: Problem[] = [];
  const visit = (loaded: LoadedFlow, callers: readonly string[]): LoadedFlow => {
    const known = done.get(loaded.flow.id);
    if (known !== undefined) return known;
    const uses: Record<string, string> = {};
    for (const { path, flowId } of callsOf(loaded.flow)) {
      const called = byId.get(flowId);
      const fail = (reason: string) => problems.push(loaded.problem(path, reason));
      if (called === undefined) fail(`there is no flow ${flowId}`);
      else if (flowId === loaded.flow.id || callers.includes(flowId)) {
        fail(`calls itself: ${[...callers, loaded.flow.id, flowId].join(", ")}`);
      } else uses[flowId] = visit(called, [...callers, loaded.flow.id]).flow.version;
    }
    const pinned =
      Object.keys(uses).length === 0 ? loaded : { ...loaded, flow: pin(loaded.flow, uses) };
    done.set(loaded.flow.id, pinned);
    return pinned;
  };
  const all = flows.map((loaded) => visit(loaded, []));
  if (problems.length > 0) throw new SiteError(problems);
  return all;
}

function pin(flow: Flow, uses: Readonly<Record<string, string>>): Flow {
  const hash = createHash("sha256").update(flow.version);
  for (const id of Object.keys(uses).sort()) hash.update(`\n${id}@${uses[id]}`);
  return { ...flow, version: hash.digest("hex"), uses };
}

const callsOf = (flow: Flow): readonly Readonly<{ path: YamlPath; flowId: string }>[] =>
  Object.entries(flow.nodes).flatMap(([id, node]) =>
    node.kind === "flow" ? [{ path: ["nodes", id, "flow"], flowId: node.flowId }] : [],
  );
