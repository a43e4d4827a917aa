// A flow that calls another one, as a procedure: inputs in, outputs and a result back.
import type { CallId, FlowId } from "../../ids.ts";
import { flowKey } from "../../state.ts";
import { record, type Turn } from "../../turn.ts";
import type { Flow, NodeOf } from "../flow-config.ts";
import type { NodeBehaviour, Taken } from "../node-behaviour.ts";
import {
  assign,
  flowAt,
  initialVariables,
  positionOf,
  setPosition,
  valueOfExpression,
} from "../position.ts";
import type { Values } from "../value.ts";

const depthMax = 8;

/** Puts the call before the first node of the called flow; `start` is then the way. */
export const flowCall: NodeBehaviour<NodeOf<"flow">> = {
  ways: ({ next, results }) => ({
    next,
    ...Object.fromEntries(Object.entries(results).map(([name, to]) => [`results.${name}`, to])),
  }),
  enter(turn, callId, node) {
    const position = positionOf(turn, callId);
    const called = calledFlow(turn, flowAt(turn, position), node.flowId);
    if (called === undefined || position.callers.length >= depthMax) return "fail";
    const given = Object.fromEntries(
      Object.entries(node.inputs).map(([name, expression]) => [
        name,
        valueOfExpression(turn, callId, expression),
      ]),
    );
    record(turn, { type: "flowEntered", callId, flowId: called.id, version: called.version });
    const { flowKey: key, nodeId, variables } = position;
    setPosition(turn, callId, {
      flowKey: flowKey(called),
      nodeId: called.start,
      variables: initialVariables(called, given),
      callers: [...position.callers, { flowKey: key, nodeId, variables }],
    });
    return "start";
  },
};

export const returnNode: NodeBehaviour<NodeOf<"return">> = {
  ways: () => ({}),
  enter: (turn, callId, { result }) => comeBack(turn, callId, result),
};

/** Back to the node that called; the end of the call when none did. */
function comeBack(turn: Turn, callId: CallId, result: string | null): Taken {
  const position = positionOf(turn, callId);
  const frame = position.callers.at(-1);
  if (frame === undefined) return "fail";
  const given: Values = position.variables;
  setPosition(turn, callId, { ...frame, callers: position.callers.slice(0, -1) });
  const node = flowAt(turn, positionOf(turn, callId)).nodes[frame.nodeId];
  if (node?.kind !== "flow") return "fail";
  const entries = Object.entries(node.outputs).map(([name, output]) => [
    name,
    Object.hasOwn(given, output) ? (given[output] ?? null) : null,
  ]);
  assign(turn, callId, Object.fromEntries(entries));
  return result !== null && Object.hasOwn(node.results, result) ? `results.${result}` : "next";
}

function calledFlow(turn: Turn, from: Flow, flowId: FlowId): Flow | undefined {
  const version = from.uses?.[flowId];
  return version === undefined
    ? undefined
    : turn.centre.flows.get(flowKey({ id: flowId, version }));
}
