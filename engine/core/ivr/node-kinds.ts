// Every node kind with its behaviour. A new kind is: a type in flow-config, a file in nodes, a line
// here, and its file form in engine/wire/flow.
import type { NodeId } from "../ids.ts";
import type { FlowNode, NodeKind, NodeOf } from "./flow-config.ts";
import type { NodeBehaviour, Way } from "./node-behaviour.ts";
import { collect } from "./nodes/collect.ts";
import { flowCall, returnNode } from "./nodes/flow-call.ts";
import { echo, end, queue } from "./nodes/leaving.ts";
import { lookUp } from "./nodes/look-up.ts";
import { menu } from "./nodes/menu.ts";
import { play } from "./nodes/play.ts";
import { survey } from "./nodes/survey.ts";
import { condition, hours, language, set, split, table, tag } from "./nodes/values.ts";

const nodeKinds: { readonly [Kind in NodeKind]: NodeBehaviour<NodeOf<Kind>> } = {
  play,
  menu,
  collect,
  survey,
  language,
  hours,
  set,
  condition,
  split,
  lookUp,
  table,
  tag,
  flow: flowCall,
  return: returnNode,
  queue,
  echo,
  end,
};

/** The behaviour of a node. The table above pairs each kind with its own, which types cannot follow. */
export const behaviourOf = (node: FlowNode): NodeBehaviour<FlowNode> =>
  nodeKinds[node.kind] as NodeBehaviour<FlowNode>;

/** Every way out of a node, as its place in the file, with where it leads. */
export const waysOf = (node: FlowNode): Readonly<Record<Way, NodeId>> =>
  behaviourOf(node).ways(node);
