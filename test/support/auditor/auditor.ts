// The auditor of tests and simulations: the one that runs in production, judging each step by its
// facts and commands, and on top of it the whole state by brute force. Throws at the first broken
// invariant; `[15]` in its message is the invariant's number.
import {
  createAuditor as createStepAuditor,
  type Auditor as StepAuditor,
} from "../../../engine/core/audit/auditor.ts";
import { type Must, mustOf, type Violation } from "../../../engine/core/audit/invariants.ts";
import type { Step } from "../../../engine/core/centre.ts";
import type { DebugState } from "../../../engine/core/debug-state.ts";
import type { CentreEvent } from "../../../engine/core/event.ts";
import { checkAgents } from "./agents.ts";
import { type Books, createBooks } from "./books.ts";
import { checkCounters } from "./counters.ts";
import { checkMatching } from "./matching.ts";
import { createOrderCheck } from "./order.ts";
import { checkPlaces } from "./places.ts";

export class AuditError extends Error {
  override readonly name = "AuditError";
  readonly invariant: number;
  constructor({ invariant, what, detail }: Violation) {
    super(`[${invariant}] ${what}: ${JSON.stringify(detail)}`);
    this.invariant = invariant;
  }
}

export type Auditor = {
  /** Every step, in order. */
  onStep(step: Step, event: CentreEvent): void;
  /** The state after the step. */
  check(state: DebugState, event: CentreEvent): void;
  /** Nothing is left when traffic has ended. */
  checkQuiet(state: DebugState): void;
  /** Facts by type, for asking whether a run had what it should prove. */
  readonly counts: ReadonlyMap<string, number>;
};

export function createAuditor(): Auditor {
  const must = mustOf((violation) => {
    throw new AuditError(violation);
  });
  const steps: StepAuditor = createStepAuditor((violation) => {
    throw new AuditError(violation);
  });
  const books: Books = createBooks();
  const order = createOrderCheck(must);

  return {
    counts: books.counts,
    onStep(step, event) {
      steps.onStep(event, step);
      order.onStep();
      if (event.type === "configured") books.onConfigured();
      for (const fact of step.facts) {
        books.onFact(fact);
        // Who waited when the offer was made, before the next fact changes it.
        if (fact.type === "offerMade") order.onOffer(fact, books);
        else if (fact.type === "agentLent") order.onSkillsChanged(fact.agentId);
      }
    },
    check(state, event) {
      checkPlaces(must, state, books);
      checkAgents(must, state, books);
      checkCounters(must, state, books);
      checkMatching(must, state);
      order.check(state);
      if (event.type !== "timeAdvanced") return;
      const late = state.deadlines.find(({ atMs }) => atMs <= state.nowMs);
      must(20, late === undefined, "no deadline lies in the past", late);
    },
    checkQuiet: (state) => checkQuiet(must, state, steps),
  };
}

function checkQuiet(must: Must, state: DebugState, steps: StepAuditor): void {
  for (const name of ["calls", "legs", "offers", "bridges"] as const) {
    must(35, state[name].length === 0, `no ${name} are left`, state[name]);
  }
  const standing = state.queues.filter(({ line }) => line.length > 0);
  must(35, standing.length === 0, "nobody stands in line", standing);
  const left = state.deadlines.filter((due) => "callId" in due);
  must(35, left.length === 0, "no deadline of a call is left", left);
  must(35, Object.keys(state.trunks).length === 0, "no channel is taken", state.trunks);
  must(35, steps.openBooks() === 0, "the auditor's books are closed", steps.openBooks());
}
