// Questions to the caller: prompts, silence, wrong keys, and how often they are asked. Menus, inputs
// and surveys differ only in what they make of the keys.
import type { CallId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { FlowPosition } from "../state.ts";
import { callOf, forget, order, remind, type Turn } from "../turn.ts";
import type { Prompt, Question } from "./flow-config.ts";
import type { Taken } from "./node-behaviour.ts";
import { playSpoken, positionOf, setPosition } from "./position.ts";

type Asking = Extract<FlowPosition["at"], { kind: "asking" }>;

/** Asks for the first time; what was typed ahead is answered before anything is said. */
export function ask(
  turn: Turn,
  callId: CallId,
  question: Question,
  answer: (digit: string) => Taken | "more",
): Taken {
  const { typeAhead } = positionOf(turn, callId);
  setPosition(turn, callId, {
    at: { kind: "asking", attempt: 1, playId: null, digits: "" },
    ...(question.typeAhead === false ? { typeAhead: "" } : {}),
  });
  if (question.typeAhead !== false && typeAhead !== "") {
    const taken = answerTyped(turn, callId, answer);
    if (taken !== "more") return taken;
    awaitKey(turn, callId, question);
    return null;
  }
  say(turn, callId, question, question.prompts);
  return null;
}

/** The keys that were typed ahead, one by one, for as long as more are wanted. */
function answerTyped(
  turn: Turn,
  callId: CallId,
  answer: (digit: string) => Taken | "more",
): Taken | "more" {
  for (;;) {
    const { typeAhead } = positionOf(turn, callId);
    const digit = typeAhead.slice(0, 1);
    if (digit === "") return "more";
    setPosition(turn, callId, { typeAhead: typeAhead.slice(1) });
    const taken = answer(digit);
    if (taken !== "more") return taken;
  }
}

/** Asks again after a wrong key or silence, or gives up. */
export function askAgain(
  turn: Turn,
  callId: CallId,
  question: Question,
  after: "wrong" | "silence",
): Taken {
  const { attempt } = askingOf(turn, callId);
  // What was typed ahead belonged to a question that the caller is not at.
  if (after === "wrong") setPosition(turn, callId, { typeAhead: "" });
  if (attempt >= question.attemptsMax) return "giveUp";
  const at: Asking = { kind: "asking", attempt: attempt + 1, playId: null, digits: "" };
  setPosition(turn, callId, { at });
  const first = after === "wrong" ? [question.noMatchPrompt] : [];
  say(turn, callId, question, [...first, ...question.prompts]);
  return null;
}

/** A key in a question: false when the prompts must be heard first, and the key is kept or dropped. */
export function takesKey(turn: Turn, callId: CallId, question: Question): boolean {
  const { playId } = askingOf(turn, callId);
  if (playId === null) return true;
  if (question.interruptible === false) return false;
  const { callerLegId } = callOf(turn, callId);
  order(turn, { type: "stopPlay", legId: callerLegId, playId });
  forget(turn, { kind: "playWatchdog", callId });
  setAsking(turn, callId, { playId: null });
  return true;
}

/** The prompts are over: what was pressed meanwhile counts now, then silence does. */
export function promptsOver(
  turn: Turn,
  callId: CallId,
  question: Question,
  answer: (digit: string) => Taken | "more",
): Taken {
  setAsking(turn, callId, { playId: null });
  if (question.interruptible === false) {
    const taken = answerTyped(turn, callId, answer);
    if (taken !== "more") return taken;
  }
  awaitKey(turn, callId, question);
  return null;
}

export function awaitKey(turn: Turn, callId: CallId, question: Question): void {
  remind(turn, { kind: "menuTimeout", callId }, turn.nowMs + question.timeoutMs);
}

export function askingOf(turn: Turn, callId: CallId): Asking {
  const { at } = positionOf(turn, callId);
  assert(at.kind === "asking", "a question is asked");
  return at;
}

export function setAsking(turn: Turn, callId: CallId, changes: Partial<Asking>): void {
  setPosition(turn, callId, { at: { ...askingOf(turn, callId), ...changes } });
}

function say(turn: Turn, callId: CallId, question: Question, prompts: readonly Prompt[]): void {
  forget(turn, { kind: "menuTimeout", callId });
  const playId = playSpoken(turn, callId, prompts);
  setAsking(turn, callId, { playId });
  if (playId === null) awaitKey(turn, callId, question);
}
