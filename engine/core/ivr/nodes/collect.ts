// Digits that the caller types: a number, a card, an identity number. They are kept in a variable and
// told to nobody: the facts only say that they were typed.
import type { CallId } from "../../ids.ts";
import { forget, record, type Turn } from "../../turn.ts";
import { ask, askAgain, askingOf, awaitKey, promptsOver, setAsking, takesKey } from "../asking.ts";
import { passesCheck } from "../digit-check.ts";
import type { NodeOf } from "../flow-config.ts";
import type { NodeBehaviour, Taken } from "../node-behaviour.ts";
import { assign, positionOf } from "../position.ts";
import { keepKey } from "./keep-key.ts";

type Collect = NodeOf<"collect">;

export const collect: NodeBehaviour<Collect> = {
  ways: ({ next, giveUp }) => ({ next, giveUp }),
  enter: (turn, callId, node) => ask(turn, callId, node, (digit) => add(turn, callId, node, digit)),
  playEnded: (turn, callId, node) =>
    promptsOver(turn, callId, node, (digit) => add(turn, callId, node, digit)),
  digit(turn, callId, node, digit) {
    if (!takesKey(turn, callId, node)) return keepKey(turn, callId, node, digit);
    const taken = add(turn, callId, node, digit);
    if (taken !== "more") return taken;
    awaitKey(turn, callId, node);
    return null;
  },
  /** Silence after enough digits ends them. */
  silence(turn, callId, node) {
    const { digits } = askingOf(turn, callId);
    return digits === "" ? askAgain(turn, callId, node, "silence") : finish(turn, callId, node);
  },
};

function add(turn: Turn, callId: CallId, node: Collect, digit: string): Taken | "more" {
  if (digit === node.terminator) return finish(turn, callId, node);
  const digits = askingOf(turn, callId).digits + digit;
  setAsking(turn, callId, { digits });
  return digits.length >= node.digitsMax ? finish(turn, callId, node) : "more";
}

function finish(turn: Turn, callId: CallId, node: Collect): Taken {
  forget(turn, { kind: "menuTimeout", callId });
  const { digits } = askingOf(turn, callId);
  const valid = digits.length >= node.digitsMin && passesCheck(node.check, digits);
  const { nodeId } = positionOf(turn, callId);
  record(turn, { type: "flowCollected", callId, nodeId, length: digits.length, valid });
  if (!valid) return askAgain(turn, callId, node, "wrong");
  assign(turn, callId, { [node.into]: digits });
  return "next";
}
