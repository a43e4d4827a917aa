// The newest facts in memory, so that a reader who follows closely costs no query.
import type { Fact } from "../../core/fact.ts";
import type { FactListener } from "../ports.ts";

export type FactRing = FactListener & {
  /** Facts after `seq`, or null when the ring does not reach back that far. */
  after(seq: number, limit: number): readonly Fact[] | null;
  /** The oldest facts that it has. */
  first(limit: number): readonly Fact[];
};

/** Holds at least the newest `max` facts, and never a quarter more. */
export function createFactRing(max = 5_000): FactRing {
  let facts: Fact[] = [];
  return {
    onFacts(added) {
      const last = facts.at(-1)?.seq ?? -1;
      // A replay after a crash tells the same facts again.
      for (const fact of added) if (fact.seq > last) facts.push(fact);
      if (facts.length >= max * 1.25) facts = facts.slice(-max);
    },
    after(seq, limit) {
      const first = facts[0];
      if (first === undefined || seq < first.seq - 1) return null;
      const from = firstAfter(facts, seq);
      return facts.slice(from, from + limit);
    },
    first: (limit) => facts.slice(0, limit),
  };
}

/** Index of the first fact with a greater `seq`. */
function firstAfter(facts: readonly Fact[], seq: number): number {
  let low = 0;
  let high = facts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((facts[middle]?.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
