// What every step must be: numbered facts, one answer to a request, pops before rings, and a new
// configuration that splits nothing.
import type { CentreEvent } from "../event.ts";
import type { Must } from "./invariants.ts";
import type { AuditPart, AuditStep } from "./part.ts";

export function createStepAudit(must: Must): AuditPart {
  let seq: number | null = null;

  function onCommands(event: CentreEvent, { commands }: AuditStep): void {
    const popped = new Set<string>();
    let replies = 0;
    for (const command of commands) {
      if (command.type === "popScreen") popped.add(`${command.agentId} ${command.pop.callId}`);
      else if (command.type === "replyToDesk") replies += 1;
      // A supervisor rings at his own browser and needs no pop.
      else if (command.type === "ringAgentLeg" && event.type !== "supervisorRequested") {
        const isPopped = popped.has(`${command.agentId} ${command.callId}`);
        must(13, isPopped, "the screen pop leaves before the ring", command);
      }
    }
    const asked = event.type === "agentRequested" || event.type === "supervisorRequested";
    must(30, replies === Number(asked), "each request has one answer", event);
  }

  return {
    begin(state) {
      seq = state.factSeq;
    },
    onFact(fact) {
      must(29, seq === null || fact.seq === seq + 1, "facts are numbered without gaps", fact);
      seq = fact.seq;
    },
    onStepDone(event, step) {
      onCommands(event, step);
      if (event.type !== "configured") return;
      // A colleague who is rung and not configured any more is called off: the caller is back.
      const calledOff = new Set(
        step.facts.flatMap((fact) => (fact.type === "transferEnded" ? [fact.callId] : [])),
      );
      const split = step.facts.find(
        (fact) =>
          ends.has(fact.type) &&
          !(fact.type === "holdEnded" && calledOff.has(fact.callId)) &&
          // A call between agents that only rings: nobody talks yet.
          !(fact.type === "callEnded" && fact.outcome === "cancelled"),
      );
      must(25, split === undefined, "a new configuration splits nothing that runs", split);
    },
    open: () => 0,
  };
}

const ends: ReadonlySet<string> = new Set([
  "callEnded",
  "talkEnded",
  "seatLostInTalk",
  "holdEnded",
  "conferenceEnded",
  "wrapUpEnded",
]);
