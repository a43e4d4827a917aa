// One question of a survey, answered with a key.
import type { CallId } from "../../ids.ts";
import { forget, record, type Turn } from "../../turn.ts";
import { ask, askAgain, promptsOver, takesKey } from "../asking.ts";
import type { NodeOf } from "../flow-config.ts";
import type { NodeBehaviour, Taken } from "../node-behaviour.ts";
import { assign } from "../position.ts";
import { keepKey } from "./keep-key.ts";

type Survey = NodeOf<"survey">;

export const survey: NodeBehaviour<Survey> = {
  ways: ({ next, giveUp }) => ({ next, giveUp }),
  enter(turn, callId, node) {
    record(turn, { type: "surveyAsked", callId, question: node.question });
    return ask(turn, callId, node, (digit) => rate(turn, callId, node, digit));
  },
  playEnded: (turn, callId, node) =>
    promptsOver(turn, callId, node, (digit) => rate(turn, callId, node, digit)),
  digit(turn, callId, node, digit) {
    if (!takesKey(turn, callId, node)) return keepKey(turn, callId, node, digit);
    return rate(turn, callId, node, digit);
  },
  silence: (turn, callId, node) => askAgain(turn, callId, node, "silence"),
};

function rate(turn: Turn, callId: CallId, node: Survey, digit: string): Taken {
  forget(turn, { kind: "menuTimeout", callId });
  const score = Number(digit);
  // `*` and `#` are no number, and below no scale.
  const valid = score >= node.scoreMin && score <= node.scoreMax;
  const { question } = node;
  record(turn, { type: "surveyAnswered", callId, question, digit, valid });
  if (!valid) return askAgain(turn, callId, node, "wrong");
  if (node.into !== undefined) assign(turn, callId, { [node.into]: score });
  return "next";
}
