// One of the auditor's books.
import type { Command } from "../command.ts";
import type { DebugState } from "../debug-state.ts";
import type { CentreEvent } from "../event.ts";
import type { Fact } from "../fact.ts";

export type AuditStep = Readonly<{ commands: readonly Command[]; facts: readonly Fact[] }>;

export type AuditPart = Readonly<{
  begin(state: DebugState): void;
  onFact(fact: Fact, event: CentreEvent): void;
  /** After all facts of a step. */
  onStepDone(event: CentreEvent, step: AuditStep): void;
  /** Entries that must be gone when traffic has ended. */
  open(): number;
}>;
