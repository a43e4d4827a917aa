// A second, simpler model of a centre, kept from facts, events and commands alone: it judges each
// step of the core and knows nothing of how the core decides. Small per step, so it stays on in
// production; `begin` takes over a centre that runs already.
import type { DebugState } from "../debug-state.ts";
import type { CentreEvent } from "../event.ts";
import type { Fact } from "../fact.ts";
import { createAgentAudit } from "./agents.ts";
import { createCallAudit } from "./calls.ts";
import { createDialAudit } from "./dials.ts";
import { mustOf, type Report } from "./invariants.ts";
import { createLegAudit } from "./legs.ts";
import { createOfferAudit } from "./offers.ts";
import type { AuditPart, AuditStep } from "./part.ts";
import { createRecordingAudit } from "./recordings.ts";
import { createStepAudit } from "./steps.ts";
import { createTalkAudit } from "./talks.ts";

export type Auditor = Readonly<{
  /** What runs already, when the audit does not start with an empty centre. */
  begin(state: DebugState): void;
  /** Every step, in order. */
  onStep(event: CentreEvent, step: AuditStep): void;
  /** Entries in its books: 0 when traffic has ended, but for the agents. */
  openBooks(): number;
}>;

export function createAuditor(report: Report): Auditor {
  const must = mustOf(report);
  const parts: readonly AuditPart[] = [
    createCallAudit(must),
    createOfferAudit(must),
    createTalkAudit(must),
    createAgentAudit(must),
    createDialAudit(must),
    createLegAudit(must),
    createRecordingAudit(must),
    createStepAudit(must),
  ];
  return {
    begin: (state) => {
      for (const part of parts) part.begin(state);
    },
    onStep: (event, step) => {
      for (const fact of step.facts) onFact(parts, fact, event);
      for (const part of parts) part.onStepDone(event, step);
    },
    openBooks: () => parts.reduce((sum, part) => sum + part.open(), 0),
  };
}

function onFact(parts: readonly AuditPart[], fact: Fact, event: CentreEvent): void {
  for (const part of parts) part.onFact(fact, event);
}
