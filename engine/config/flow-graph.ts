// Checks of one flow by itself: where its ways lead, its loops, its variables.

import { type Expression, namesIn } from "../core/ivr/expression/expression.ts";
import { checkTypes, type KnownType } from "../core/ivr/expression/type-check.ts";
import type { Assignments, Flow, FlowNode } from "../core/ivr/flow-config.ts";
import { waysOf } from "../core/ivr/node-kinds.ts";
import { callNames } from "../core/ivr/position.ts";
import type { Finding } from "./flow-compile.ts";
import type { YamlPath } from "./yaml-file.ts";

/** Menus that a caller passes before somebody calls it a maze. */
const menusMax = 4;

/** What makes the flow unusable. */
export const flowErrors = (flow: Flow): readonly Finding[] => {
  const targets = badTargets(flow);
  return targets.length > 0
    ? targets
    : [...endlessLoops(flow), ...badValues(flow), ...oddities(flow)];
};

/** What works and is probably not meant. For flows without errors. */
export const flowWarnings = (flow: Flow): readonly Finding[] => [
  ...unreachable(flow),
  ...deepMenus(flow),
  ...unusedVariables(flow),
];

const at = (nodeId: string, way: string): YamlPath => ["nodes", nodeId, ...way.split(".")];

function badTargets({ start, nodes }: Flow): readonly Finding[] {
  const known = (nodeId: string): boolean => Object.hasOwn(nodes, nodeId);
  const bad = Object.entries(nodes).flatMap(([id, node]) =>
    Object.entries(waysOf(node))
      .filter(([, to]) => !known(to))
      .map(([way, to]) => ({ path: at(id, way), reason: `there is no node ${to}` })),
  );
  return known(start) ? bad : [{ path: ["start"], reason: `there is no node ${start}` }, ...bad];
}

/** Nodes in which a caller can change what happens: a loop through one of them is no trap. */
const waitsForCaller: ReadonlySet<FlowNode["kind"]> = new Set([
  "menu",
  "collect",
  "survey",
  "queue",
  "flow",
]);

/** Loops that no key of the caller's can leave, each once. */
function endlessLoops({ nodes }: Flow): readonly Finding[] {
  const state = new Map<string, "open" | "done">();
  const found: Finding[] = [];
  for (const root of Object.keys(nodes)) {
    // Without recursion: a flow may be a thousand nodes long.
    const path: { nodeId: string; ways: [string, string][] }[] = [];
    const open = (nodeId: string): void => {
      const node = nodes[nodeId];
      if (node === undefined || state.has(nodeId) || waitsForCaller.has(node.kind)) return;
      state.set(nodeId, "open");
      path.push({ nodeId, ways: Object.entries(waysOf(node)) });
    };
    open(root);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const way = step.ways.shift();
      if (way === undefined) {
        state.set(step.nodeId, "done");
        path.pop();
      } else if (state.get(way[1]) === "open") {
        const reason = `leads back to ${way[1]} without a key of the caller: an endless loop`;
        found.push({ path: at(step.nodeId, way[0]), reason });
      } else open(way[1]);
    }
  }
  return found;
}

/** Values that contradict each other, which the schema of one key cannot see. */
function oddities({ nodes }: Flow): readonly Finding[] {
  return Object.entries(nodes).flatMap(([id, node]): readonly Finding[] => {
    const path = ["nodes", id];
    if (node.kind === "menu") {
      return Object.keys(node.labels ?? {})
        .filter((digit) => !Object.hasOwn(node.choices, digit))
        .map((digit) => ({
          path: [...path, "labels", digit],
          reason: `the menu has no choice ${digit}`,
        }));
    }
    if (node.kind === "split") {
      const sum = node.branches.reduce((total, { percent }) => total + percent, 0);
      if (Math.abs(sum - 100) < 1e-6) return [];
      return [{ path: [...path, "branches"], reason: `the shares add up to ${sum}, not 100` }];
    }
    if (node.kind === "collect" && node.digitsMin > node.digitsMax) {
      return [{ path: [...path, "digitsMax"], reason: "is below digitsMin" }];
    }
    if (node.kind === "survey" && node.scoreMin > node.scoreMax) {
      return [{ path: [...path, "scoreMax"], reason: "is below scoreMin" }];
    }
    return [];
  });
}

type Use = Readonly<{ path: YamlPath; expression: Expression; wanted: KnownType }>;

function badValues(flow: Flow): readonly Finding[] {
  const variables = flow.variables ?? {};
  const names = new Map<string, KnownType>(Object.entries(callNames));
  for (const [name, { type }] of Object.entries(variables)) names.set(name, type);
  const found: Finding[] = Object.entries(variables).flatMap(([name, { type, initial }]) => {
    const is = initial === null ? type : typeName(initial);
    if (is === type) return [];
    return [{ path: ["variables", name, "initial"], reason: `is a ${is}, not a ${type}` }];
  });
  for (const [id, node] of Object.entries(flow.nodes)) {
    for (const { path, expression, wanted } of usesOf(node, names)) {
      const { type, clashes } = checkTypes(expression, (name) => names.get(name));
      const fits = wanted === "any" || type === "any" || type === wanted;
      const all = fits ? clashes : [...clashes, `needs a ${wanted}, not a ${type}`];
      found.push(...all.map((reason) => ({ path: ["nodes", id, ...path], reason })));
    }
    for (const { path, name, type } of setBy(node)) {
      const declared = Object.hasOwn(variables, name) ? variables[name] : undefined;
      const where = ["nodes", id, ...path];
      if (declared === undefined)
        found.push({ path: where, reason: `there is no variable ${name}` });
      else if (type !== "any" && declared.type !== type) {
        found.push({ path: where, reason: `${name} is a ${declared.type}, not a ${type}` });
      }
    }
  }
  return found;
}

function typeName(value: string | number | boolean): KnownType {
  if (typeof value === "string") return "text";
  return typeof value === "number" ? "number" : "flag";
}

/** Expressions of a node, and what each must give. */
function usesOf(node: FlowNode, names: ReadonlyMap<string, KnownType>): readonly Use[] {
  const all = (given: Assignments, key: string, wanted: (name: string) => KnownType) =>
    Object.entries(given).map(([name, expression]) => ({
      path: [key, name],
      expression,
      wanted: wanted(name),
    }));
  const any = (): KnownType => "any";
  const said = "prompts" in node ? node.prompts : [];
  const spoken = said.flatMap((prompt, index): readonly Use[] => {
    if (typeof prompt === "string") return [];
    const path = ["prompts", index, "value"];
    const isText = prompt.say === "date" || prompt.say === "time";
    const wanted = isText ? "text" : prompt.say === "digits" ? "any" : "number";
    return [{ path, expression: prompt.value, wanted }];
  });
  switch (node.kind) {
    case "set":
      return all(node.values, "values", (name) => names.get(name) ?? "any");
    case "condition":
      return node.cases.map((one, index) => ({
        path: ["cases", index, "if"],
        expression: one.if,
        wanted: "flag",
      }));
    case "lookUp":
      return [
        ...node.url.flatMap((part) =>
          typeof part === "string" ? [] : [{ path: ["url"], expression: part, wanted: any() }],
        ),
        ...all(node.body ?? {}, "body", any),
      ];
    case "table":
      return [{ path: ["key"], expression: node.key, wanted: "any" }];
    case "tag":
      return typeof node.value === "string"
        ? []
        : [{ path: ["expression"], expression: node.value, wanted: "any" }];
    case "flow":
      return all(node.inputs, "inputs", any);
    default:
      return spoken;
  }
}

type Setting = Readonly<{ path: YamlPath; name: string; type: KnownType }>;

/** Variables that a node sets, with the type that it gives. */
function setBy(node: FlowNode): readonly Setting[] {
  const each = (given: Readonly<Record<string, unknown>>, key: string): readonly Setting[] =>
    Object.keys(given).map((name) => ({ path: [key, name], name, type: "any" }));
  switch (node.kind) {
    case "collect":
      return [{ path: ["into"], name: node.into, type: "text" }];
    case "survey":
      return node.into === undefined ? [] : [{ path: ["into"], name: node.into, type: "number" }];
    case "set":
      return each(node.values, "values");
    case "lookUp":
    case "table":
      return each(node.into, "into");
    case "flow":
      return each(node.outputs, "outputs");
    default:
      return [];
  }
}

function unreachable({ start, nodes }: Flow): readonly Finding[] {
  const seen = new Set([start]);
  for (const nodeId of seen) {
    const node = nodes[nodeId];
    if (node !== undefined) for (const to of Object.values(waysOf(node))) seen.add(to);
  }
  return Object.keys(nodes)
    .filter((id) => !seen.has(id))
    .map((id) => ({ path: ["nodes", id], reason: "no way leads here" }));
}

/** A menu that cannot be reached without passing too many others. */
function deepMenus({ start, nodes }: Flow): readonly Finding[] {
  const depth = new Map<string, number>();
  let layer = [start];
  for (let menus = 0; layer.length > 0; menus += 1) {
    const next: string[] = [];
    const same = new Set(layer.filter((id) => !depth.has(id)));
    for (const id of same) {
      depth.set(id, menus);
      const node = nodes[id];
      if (node === undefined) continue;
      for (const to of Object.values(waysOf(node))) {
        if (depth.has(to)) continue;
        if (node.kind === "menu") next.push(to);
        else same.add(to);
      }
    }
    layer = next;
  }
  return Object.entries(nodes)
    .filter(([id, node]) => node.kind === "menu" && (depth.get(id) ?? 0) >= menusMax)
    .map(([id]) => ({
      path: ["nodes", id],
      reason: `is behind ${depth.get(id)} other menus; more than ${menusMax - 1} lose callers`,
    }));
}

function unusedVariables(flow: Flow): readonly Finding[] {
  const used = new Set<string>();
  for (const node of Object.values(flow.nodes)) {
    for (const { expression } of usesOf(node, new Map())) {
      for (const name of namesIn(expression)) used.add(name);
    }
  }
  return Object.entries(flow.variables ?? {})
    .filter(([name, { output }]) => !output && !used.has(name))
    .map(([name]) => ({ path: ["variables", name], reason: "is never read" }));
}
