// Where a call stands in its flow, its variables, and what a node may read and change of them.
import { playPrompts } from "../call/hearing.ts";
import type { CallId, PlayId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Call, FlowPosition, PlaceOf } from "../state.ts";
import { callOf, setCall, type Turn } from "../turn.ts";
import { evaluate } from "./expression/evaluate.ts";
import type { Expression } from "./expression/expression.ts";
import type { Flow, FlowNode, Prompt } from "./flow-config.ts";
import { speak } from "./speech/speak.ts";
import { readAs, type Value, type Values } from "./value.ts";

export function positionOf(turn: Turn, callId: CallId): FlowPosition {
  return flowPlace(callOf(turn, callId)).position;
}

export function setPosition(turn: Turn, callId: CallId, changes: Partial<FlowPosition>): void {
  const position = { ...positionOf(turn, callId), ...changes };
  setCall(turn, callId, { place: { kind: "flow", position } });
}

export function flowAt(turn: Turn, position: FlowPosition): Flow {
  const flow = turn.centre.flows.get(position.flowKey);
  assert(flow !== undefined, "a flow is kept while calls are in it");
  return flow;
}

export function nodeAt(turn: Turn, position: FlowPosition): FlowNode {
  const node = flowAt(turn, position).nodes[position.nodeId];
  assert(node !== undefined, "a call stands at a node that exists");
  return node;
}

/** Variables of a flow before its first node; inputs that were given take the place of the initial. */
export function initialVariables(flow: Flow, given: Values): Values {
  return Object.fromEntries(
    Object.entries(flow.variables ?? {}).map(([name, { type, initial, input }]) => [
      name,
      input && Object.hasOwn(given, name) ? readAs(type, given[name] ?? null) : initial,
    ]),
  );
}

/** Sets variables that the flow declares, each read as its type; others are left alone. */
export function assign(turn: Turn, callId: CallId, values: Values): void {
  const position = positionOf(turn, callId);
  const declared = flowAt(turn, position).variables ?? {};
  const variables = { ...position.variables };
  for (const [name, value] of Object.entries(values)) {
    const variable = Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (variable !== undefined) variables[name] = readAs(variable.type, value);
  }
  setPosition(turn, callId, { variables });
}

export function valueOfExpression(turn: Turn, callId: CallId, expression: Expression): Value {
  const call = callOf(turn, callId);
  const { variables } = flowPlace(call).position;
  return evaluate(expression, (name) => {
    if (Object.hasOwn(variables, name)) return variables[name] ?? null;
    return callValue(call, name);
  });
}

/** Names that every flow can read, with what they hold. */
export const callNames = {
  "call.id": "text",
  "call.ani": "text",
  "call.dnis": "text",
  "call.originalDnis": "text",
  "call.language": "text",
  "call.trunk": "text",
} as const;

function callValue(call: Call, name: string): Value {
  switch (name) {
    case "call.id":
      return call.id;
    case "call.ani":
      return call.ani;
    case "call.dnis":
      return call.dnis;
    case "call.originalDnis":
      return call.firstDnis ?? call.dnis;
    case "call.language":
      return call.language;
    case "call.trunk":
      return call.trunkId;
    default:
      return null;
  }
}

/** Prompts with every spoken value as the prompts that say it. */
export function spoken(turn: Turn, callId: CallId, prompts: readonly Prompt[]): readonly string[] {
  const { language } = callOf(turn, callId);
  return prompts.flatMap((prompt) =>
    typeof prompt === "string"
      ? [prompt]
      : speak(prompt.say, valueOfExpression(turn, callId, prompt.value), language),
  );
}

/** Null when there is nothing to say, such as a value that is not known. */
export function playSpoken(turn: Turn, callId: CallId, prompts: readonly Prompt[]): PlayId | null {
  const keys = spoken(turn, callId, prompts);
  return keys.length === 0 ? null : playPrompts(turn, callId, keys);
}

/** For the screen pop; more than it shows would not be read. */
export function addToPath(turn: Turn, callId: CallId, step: Call["path"][number]): void {
  const { path } = callOf(turn, callId);
  if (path.length < pathMax) setCall(turn, callId, { path: [...path, step] });
}

function flowPlace(call: Call): PlaceOf<"flow"> {
  assert(call.place.kind === "flow", `call ${call.id} is in its flow`);
  return call.place;
}

const pathMax = 50;
