// The end of a supervisor's stay in a talk, without a word to the others.
import type { AgentId, CallId } from "../ids.ts";
import { callOf, forget, record, setCall, type Turn } from "../turn.ts";
import { dropLeg } from "./close.ts";

/** Lets the supervisor go who listens to this agent; nothing happens when there is none. */
export function dropMonitor(turn: Turn, callId: CallId, agentId: AgentId): void {
  const { place } = callOf(turn, callId);
  if (place.kind !== "bridge") return;
  const { monitor } = place.talk;
  if (monitor === null || monitor.agentId !== agentId) return;
  const { supervisorId, legId, sinceMs, stage } = monitor;
  forget(turn, { kind: "monitorRing", callId });
  const watcher = turn.centre.watchers.get(supervisorId);
  if (watcher !== undefined) turn.centre.watchers.set(supervisorId, { ...watcher, callId: null });
  setCall(turn, callId, { place: { ...place, talk: { ...place.talk, monitor: null } } });
  if (turn.centre.legs.has(legId)) dropLeg(turn, legId);
  if (stage === "ringing") return;
  const monitorMs = turn.nowMs - sinceMs;
  record(turn, { type: "monitorEnded", callId, agentId, supervisorId, monitorMs });
}
