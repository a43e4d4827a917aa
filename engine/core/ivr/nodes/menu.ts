// One key, one way.
import type { CallId } from "../../ids.ts";
import { forget, record, type Turn } from "../../turn.ts";
import { ask, askAgain, promptsOver, takesKey } from "../asking.ts";
import type { NodeOf } from "../flow-config.ts";
import type { NodeBehaviour, Taken } from "../node-behaviour.ts";
import { addToPath, positionOf } from "../position.ts";
import { keepKey } from "./keep-key.ts";

type Menu = NodeOf<"menu">;

export const menu: NodeBehaviour<Menu> = {
  ways: ({ choices, giveUp }) => ({
    ...Object.fromEntries(Object.entries(choices).map(([key, to]) => [`choices.${key}`, to])),
    giveUp,
  }),
  enter: (turn, callId, node) =>
    ask(turn, callId, node, (digit) => choose(turn, callId, node, digit)),
  playEnded: (turn, callId, node) =>
    promptsOver(turn, callId, node, (digit) => choose(turn, callId, node, digit)),
  digit(turn, callId, node, digit) {
    if (!takesKey(turn, callId, node)) return keepKey(turn, callId, node, digit);
    return choose(turn, callId, node, digit);
  },
  silence: (turn, callId, node) => askAgain(turn, callId, node, "silence"),
};

function choose(turn: Turn, callId: CallId, node: Menu, digit: string): Taken {
  forget(turn, { kind: "menuTimeout", callId });
  const { nodeId } = positionOf(turn, callId);
  const matched = Object.hasOwn(node.choices, digit);
  record(turn, { type: "flowChoice", callId, nodeId, digit, matched });
  if (!matched) return askAgain(turn, callId, node, "wrong");
  const label = node.labels?.[digit];
  const words = label === undefined ? {} : { label };
  addToPath(turn, callId, { name: nodeId, value: digit, ...words });
  return `choices.${digit}`;
}
