// A key while prompts play that must be heard to their end.
import type { CallId } from "../../ids.ts";
import type { Turn } from "../../turn.ts";
import type { Question } from "../flow-config.ts";
import { positionOf, setPosition } from "../position.ts";

/** Keeps it for when they are over, unless keys pressed earlier do not count. */
export function keepKey(turn: Turn, callId: CallId, question: Question, digit: string): null {
  const { typeAhead } = positionOf(turn, callId);
  if (question.typeAhead !== false && typeAhead.length < 10) {
    setPosition(turn, callId, { typeAhead: typeAhead + digit });
  }
  return null;
}
