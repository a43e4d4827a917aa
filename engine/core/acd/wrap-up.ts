// Work after a call: how it begins and how long it may last, by the queue's rule. It always has an end,
// so that nobody can be forgotten in it.

import type { QueueConfig, WrapUpRule } from "../centre-config.ts";
import type { DeskRefusal } from "../command.ts";
import type { CallId, QueueId } from "../ids.ts";
import type { Agent } from "../state.ts";
import { queueOf, record, remind, setAgent, type Turn } from "../turn.ts";
import { changeState, extendState, makeReady } from "./agent-state.ts";

/** The agent's talk is over: into wrap-up, or ready at once where there is none. */
export function startWrapUp(
  turn: Turn,
  ended: Readonly<{ agentId: string; callId: CallId; queueId: QueueId }>,
): void {
  const { agentId, callId, queueId } = ended;
  const { config } = queueOf(turn, queueId);
  const { mode, extendMs, msMax } = ruleOf(config);
  const isWanted = turn.centre.agents.get(agentId)?.wantsWrapUp === true;
  setAgent(turn, agentId, { wantsWrapUp: false });
  const ms = mode === "discretionary" ? msMax : config.wrapUpMs;
  if (ms <= 0 || mode === "none" || (mode === "optional" && !isWanted)) {
    setAgent(turn, agentId, { pop: null });
    makeReady(turn, agentId);
    return;
  }
  const { nowMs: sinceMs } = turn;
  const endsAtMs = sinceMs + ms;
  const latestMs = Math.max(endsAtMs, sinceMs + msMax);
  const state = { kind: "wrapUp", sinceMs, callId, queueId, endsAtMs, latestMs, extendMs } as const;
  changeState(turn, agentId, state);
  remind(turn, { kind: "wrapUp", agentId }, endsAtMs);
}

/** Wants the time before it ends, or does without it: where the queue leaves that to the agent. */
export function wantWrapUp(turn: Turn, agent: Agent, isWanted: boolean): DeskRefusal | null {
  if (!mayWantWrapUp(turn.centre.queues, agent)) return "noWrapUp";
  setAgent(turn, agent.id, { wantsWrapUp: isWanted });
  return null;
}

/** The agent talks for a queue whose wrap-up is optional. */
export function mayWantWrapUp(
  queues: ReadonlyMap<QueueId, Readonly<{ config: QueueConfig }>>,
  { state }: Agent,
): boolean {
  if (state.kind !== "onCall" || state.queueId === null) return false;
  const config = queues.get(state.queueId)?.config;
  return config !== undefined && ruleOf(config).mode === "optional";
}

/** One more step, up to the queue's longest time. */
export function extendWrapUp(turn: Turn, agent: Agent): DeskRefusal | null {
  const { state } = agent;
  if (state.kind !== "wrapUp") return "noWrapUp";
  const endsAtMs = Math.min(state.endsAtMs + state.extendMs, state.latestMs);
  if (endsAtMs <= state.endsAtMs) return "wrapUpAtMax";
  extendState(turn, agent.id, { ...state, endsAtMs });
  remind(turn, { kind: "wrapUp", agentId: agent.id }, endsAtMs);
  const { callId, queueId } = state;
  record(turn, { type: "wrapUpExtended", callId, agentId: agent.id, queueId, endsAtMs });
  return null;
}

const ruleOf = ({ wrapUp, wrapUpMs }: QueueConfig): WrapUpRule =>
  wrapUp ?? { mode: "mandatory", extendMs: 0, msMax: wrapUpMs };
