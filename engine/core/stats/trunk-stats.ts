// What a trunk made of the calls that it was given, by Q.850 cause.
import { type CauseLabel, causeLabel } from "../call/q850.ts";
import type { Fact } from "../fact.ts";
import type { TrunkId } from "../ids.ts";

export type TrunkStats = {
  /** Attempts that ended, by cause; answered ones are not among them. */
  failed: Map<CauseLabel, number>;
  answered: number;
};

/** A trunk's books, bounded by the table of causes. */
export function countAttempt(
  trunks: Map<TrunkId, TrunkStats>,
  { trunkId, result, cause }: Extract<Fact, { type: "trunkAttemptEnded" }>,
): void {
  const stats = trunks.get(trunkId) ?? { failed: new Map(), answered: 0 };
  trunks.set(trunkId, stats);
  if (result === "answered") {
    stats.answered += 1;
    return;
  }
  const label = causeLabel(cause);
  stats.failed.set(label, (stats.failed.get(label) ?? 0) + 1);
}
