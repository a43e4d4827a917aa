// Who talks with whom: one call an agent, one agent a call or a conference of those who were taken in.
// Times of a talk add up to its length. Supervisors are in one talk at most.
import type { Fact } from "../fact.ts";
import type { AgentId, CallId, Ms } from "../ids.ts";
import type { Must } from "./invariants.ts";
import type { AuditPart } from "./part.ts";

type FactOf<Type extends Fact["type"]> = Extract<Fact, { type: Type }>;

/** `startedAtMs` null: began before the audit. */
type TalkBook = Readonly<{ callId: CallId; startedAtMs: Ms | null }>;

export function createTalkAudit(must: Must): AuditPart {
  const talks = new Map<AgentId, TalkBook>();
  const talkers = new Map<CallId, Set<AgentId>>();
  const monitors = new Map<AgentId, CallId>();
  const started = new Set<CallId>();
  /** Calls of this step whose agent's side failed. */
  const failed = new Set<CallId>();
  let ends: FactOf<"callEnded">[] = [];

  function talkStarted(fact: FactOf<"talkStarted">): void {
    const { callId, agentId, atMs } = fact;
    must(3, !talks.has(agentId), "an agent talks in one call", fact);
    talks.set(agentId, { callId, startedAtMs: atMs });
    const others = talkers.get(callId) ?? new Set();
    talkers.set(callId, others.add(agentId));
    started.add(callId);
  }

  function talkEnded(fact: FactOf<"talkEnded">): void {
    const { callId, agentId, talkMs, holdMs, atMs } = fact;
    const talk = talks.get(agentId);
    must(3, talk?.callId === callId, "a talk ends once, for who talked", fact);
    if (talk !== undefined && talk.startedAtMs !== null) {
      const sum = talkMs + holdMs;
      must(28, sum === atMs - talk.startedAtMs, "talk and hold add up to the talk", fact);
    }
    must(28, talkMs >= 0 && holdMs >= 0, "no time is below 0", fact);
    talks.delete(agentId);
    const others = talkers.get(callId);
    others?.delete(agentId);
    if (others?.size === 0) talkers.delete(callId);
    if (fact.by === "network") failed.add(callId);
  }

  function onMonitor(fact: FactOf<"monitorStarted" | "monitorEnded">): void {
    const { supervisorId, callId } = fact;
    const starts = fact.type === "monitorStarted";
    const known = monitors.get(supervisorId);
    must(3, known === (starts ? undefined : callId), "a supervisor is in one talk", fact);
    if (starts) monitors.set(supervisorId, callId);
    else monitors.delete(supervisorId);
  }

  return {
    begin(state) {
      for (const { callId, place } of state.calls) {
        if (place.kind !== "bridge") continue;
        const inConference = place.consult?.stage === "conference" ? [place.consult.agentId] : [];
        const agentIds = [place.agentId, ...inConference];
        talkers.set(callId, new Set(agentIds));
        for (const agentId of agentIds) talks.set(agentId, { callId, startedAtMs: null });
        if (place.monitor?.stage === "joined") monitors.set(place.monitor.supervisorId, callId);
      }
    },
    onFact(fact) {
      if (fact.type === "talkStarted") talkStarted(fact);
      else if (fact.type === "talkEnded") talkEnded(fact);
      else if (fact.type === "monitorStarted" || fact.type === "monitorEnded") onMonitor(fact);
      else if (fact.type === "seatLostInTalk") failed.add(fact.callId);
      else if (fact.type === "callEnded") ends.push(fact);
    },
    onStepDone(event) {
      for (const callId of started) {
        const agents = talkers.get(callId)?.size ?? 0;
        must(3, agents <= 2, "a call has one agent, or two in a conference", { callId, agents });
      }
      for (const fact of ends) {
        must(3, !talkers.has(fact.callId), "a call that ends has no talk", fact);
        // After a restart caller and agent may both be gone.
        const agentFailed = failed.has(fact.callId) && event.type !== "engineRestarted";
        const isCallers = fact.by === "caller" || fact.by === "network";
        must(12, !agentFailed || isCallers, "a failed seat releases no caller", fact);
      }
      started.clear();
      failed.clear();
      ends = [];
    },
    open: () => talks.size + monitors.size,
  };
}
