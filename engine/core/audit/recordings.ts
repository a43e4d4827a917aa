// Recordings: one of a call that lives, and each ends once, be it after the call.
import type { CallId, RecordingId } from "../ids.ts";
import type { Must } from "./invariants.ts";
import type { AuditPart } from "./part.ts";

export function createRecordingAudit(must: Must): AuditPart {
  const running = new Map<RecordingId, CallId>();
  const live = new Set<CallId>();
  return {
    begin(state) {
      for (const { callId } of state.calls) live.add(callId);
      for (const { recordingId, callId } of state.recordings) running.set(recordingId, callId);
    },
    onFact(fact) {
      switch (fact.type) {
        case "callArrived":
        case "callDialled":
        case "callbackBooked":
          live.add(fact.callId);
          return;
        case "callEnded":
          live.delete(fact.callId);
          return;
        case "recordingStarted":
          must(8, live.has(fact.callId), "a call that lives is recorded", fact);
          must(8, !running.has(fact.recordingId), "a recording starts once", fact);
          running.set(fact.recordingId, fact.callId);
          return;
        case "recordingPaused":
        case "recordingResumed":
          must(8, running.has(fact.recordingId), "what is paused is being recorded", fact);
          return;
        case "recordingEnded":
          must(8, running.get(fact.recordingId) === fact.callId, "a recording ends once", fact);
          running.delete(fact.recordingId);
          return;
      }
    },
    onStepDone: () => {},
    open: () => running.size,
  };
}
