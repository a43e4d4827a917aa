// The record of a call that an agent makes, from its first moment.

import { changeState } from "../acd/agent-state.ts";
import type { NumberConfig } from "../centre-config.ts";
import type { Direction } from "../fact.ts";
import type { AgentId, CallId, TrunkId } from "../ids.ts";
import type { Agent, Place } from "../state.ts";
import { agentOf, nextSequence, setAgent, type Turn } from "../turn.ts";

/** Unique over restarts, since time and sequence are the state's; the same in a replay. */
export const madeCallId = (turn: Turn): CallId =>
  `m${turn.nowMs.toString(36)}-${nextSequence(turn)}`;

/** Books the call; its `place` names legs that are rung in the same turn. */
export function openMadeCall(
  turn: Turn,
  callId: CallId,
  made: Readonly<{
    direction: Direction;
    callerLegId: string;
    trunkId: TrunkId;
    number: NumberConfig;
    ani: string;
    place: Place;
    idsUsed: number;
  }>,
): void {
  const { centre, nowMs } = turn;
  const { trunkId, number } = made;
  takeChannel(turn, trunkId);
  centre.calls.set(callId, {
    id: callId,
    ...made,
    dnis: number.digits,
    firstDnis: null,
    language: number.language,
    arrivedAtMs: nowMs,
    path: [],
    talked: false,
    visitLeft: true,
    transfer: null,
    transferredBy: null,
    callback: null,
    callbackDigits: null,
  });
}

/** A call more on the trunk; `""` is none. */
export function takeChannel({ centre }: Turn, trunkId: TrunkId): void {
  if (trunkId !== "") centre.trunkCalls.set(trunkId, (centre.trunkCalls.get(trunkId) ?? 0) + 1);
}

export function giveChannel({ centre }: Turn, trunkId: TrunkId): void {
  const others = (centre.trunkCalls.get(trunkId) ?? 1) - 1;
  if (others > 0) centre.trunkCalls.set(trunkId, others);
  else centre.trunkCalls.delete(trunkId);
}

/** May this agent make a call now: free, or not ready by own choice. */
export const mayDial = ({ state, retired }: Agent): boolean =>
  !retired && (state.kind === "ready" || state.kind === "notReady");

/** The agent dials; who was not ready is so again afterwards. */
export function startDialling(turn: Turn, agentId: AgentId, callId: CallId): void {
  const { state, nextNotReady } = agentOf(turn, agentId);
  const after = state.kind === "notReady" ? state.reason : nextNotReady;
  changeState(turn, agentId, { kind: "dialling", sinceMs: turn.nowMs, callId });
  setAgent(turn, agentId, { nextNotReady: after });
}
