// Legs: nothing is asked of a leg that is over, and a call that ended leaves none.
import type { Command } from "../command.ts";
import type { CentreEvent } from "../event.ts";
import type { CallId, LegId } from "../ids.ts";
import type { Must } from "./invariants.ts";
import type { AuditPart } from "./part.ts";

export function createLegAudit(must: Must): AuditPart {
  const legs = new Map<LegId, CallId>();
  const byCall = new Map<CallId, Set<LegId>>();

  function begins(legId: LegId, callId: CallId): void {
    legs.set(legId, callId);
    const own = byCall.get(callId) ?? new Set();
    byCall.set(callId, own.add(legId));
  }

  function ends(legId: LegId): void {
    const callId = legs.get(legId);
    if (callId === undefined) return;
    legs.delete(legId);
    const own = byCall.get(callId);
    own?.delete(legId);
    if (own?.size === 0) byCall.delete(callId);
  }

  function onEvent(event: CentreEvent): void {
    if (event.type === "callArrived") {
      // A second arrival of a known leg or call is a duplicate and opens nothing.
      if (!legs.has(event.legId) && !byCall.has(event.callId)) begins(event.legId, event.callId);
    } else if (event.type === "legFailed" || event.type === "legReleased") ends(event.legId);
  }

  function onCommand(command: Command, late: LegId | null): void {
    switch (command.type) {
      case "ringAgentLeg":
      case "dialLeg":
        must(10, !legs.has(command.legId), "a leg is rung once", command);
        begins(command.legId, command.callId);
        return;
      case "dropLeg":
      case "rejectLeg":
        must(10, legs.has(command.legId) || command.legId === late, "a leg ends once", command);
        ends(command.legId);
        return;
      case "bridge":
        for (const legId of command.legIds) {
          must(10, legs.has(legId), "who is joined has a live leg", command);
        }
        return;
      case "answerLeg":
      case "play":
      case "stopPlay":
      case "echo":
      case "sendDigits":
      case "probeLeg":
        must(10, legs.has(command.legId), "a live leg is told", command);
        return;
      default:
    }
  }

  /** What the edge does not hold is over; a leg of before may be told to end once too often. */
  function onRestart(liveLegs: readonly LegId[], commands: readonly Command[]): void {
    const live = new Set(liveLegs);
    for (const legId of [...legs.keys()]) if (!live.has(legId)) ends(legId);
    for (const command of commands) {
      if (command.type === "ringAgentLeg" || command.type === "dialLeg")
        begins(command.legId, command.callId);
      else if (command.type === "dropLeg" || command.type === "rejectLeg") ends(command.legId);
    }
  }

  return {
    begin(state) {
      for (const leg of state.legs) begins(leg.id, leg.callId);
    },
    onFact: () => {},
    onStepDone(event, { commands, facts }) {
      onEvent(event);
      const late = event.type === "legAnswered" && !legs.has(event.legId) ? event.legId : null;
      if (event.type === "engineRestarted") onRestart(event.liveLegs, commands);
      else for (const command of commands) onCommand(command, late);
      if (late !== null) {
        const isDropped = commands.some((c) => c.type === "dropLeg" && c.legId === late);
        must(11, isDropped, "an answer that crossed its drop is dropped again", event);
      }
      for (const fact of facts) {
        if (fact.type !== "callEnded") continue;
        const left = byCall.get(fact.callId);
        must(10, left === undefined, "a call that ended leaves no leg", { fact, left });
      }
    },
    open: () => legs.size,
  };
}
