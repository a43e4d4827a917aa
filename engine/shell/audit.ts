// The auditor on the running engine: counts and tells broken invariants, and stops nothing. The run is
// judged from the state that the engine begins with.
import { createAuditor } from "../core/audit/auditor.ts";
import type { AuditStep } from "../core/audit/part.ts";
import type { Centre } from "../core/centre.ts";
import { debugState } from "../core/debug-state.ts";
import type { CentreEvent } from "../core/event.ts";

export type RunningAudit = Readonly<{
  onStep(event: CentreEvent, step: AuditStep): void;
  /** Broken invariants so far. */
  violations(): number;
}>;

/** A bug that repeats itself is not told for ever. */
const toldMax = 100;

export function startAudit(
  centre: Centre,
  log: Readonly<{ error(details: object, message: string): void }>,
): RunningAudit {
  let violations = 0;
  const auditor = createAuditor((violation) => {
    violations += 1;
    if (violations <= toldMax) log.error({ violation }, "bug: an invariant is broken");
  });
  auditor.begin(debugState(centre));
  return { onStep: auditor.onStep, violations: () => violations };
}
