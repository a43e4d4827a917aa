// Service level in its known variants. A ratio is never shown without its two numbers.

/** Calls of one queue and period, by arrival into the queue. */
export type ServiceLevelCounts = Readonly<{
  offered: number;
  answered: number;
  answeredWithinTarget: number;
  /** All abandons within the target, short ones too. */
  abandonedWithinTarget: number;
}>;

export type Ratio = Readonly<{
  numerator: number;
  denominator: number;
  /** Null while the denominator is 0. */
  ratio: number | null;
}>;

/** H≤T ÷ H: answered calls only; hides abandons. */
export const serviceLevelHandledOnly = (counts: ServiceLevelCounts): Ratio =>
  ratioOf(counts.answeredWithinTarget, counts.answered);

/** H≤T ÷ (O − A≤T): early abandons are left out. */
export const serviceLevelAbandonIgnored = (counts: ServiceLevelCounts): Ratio =>
  ratioOf(counts.answeredWithinTarget, counts.offered - counts.abandonedWithinTarget);

/** (H≤T + A≤T) ÷ O: early abandons count as served in time. */
export const serviceLevelAbandonPositive = (counts: ServiceLevelCounts): Ratio =>
  ratioOf(counts.answeredWithinTarget + counts.abandonedWithinTarget, counts.offered);

/** H≤T ÷ O: every abandon counts against it. The strictest, and the default everywhere. */
export const serviceLevelAbandonNegative = (counts: ServiceLevelCounts): Ratio =>
  ratioOf(counts.answeredWithinTarget, counts.offered);

/** H≤T ÷ (H + A), A with short abandons: what flowed out and who still waits is left out. */
export const serviceLevelGenesys = (
  counts: ServiceLevelCounts & Readonly<{ abandoned: number; shortAbandoned: number }>,
): Ratio =>
  ratioOf(counts.answeredWithinTarget, counts.answered + counts.abandoned + counts.shortAbandoned);

const ratioOf = (numerator: number, denominator: number): Ratio => ({
  numerator,
  denominator,
  ratio: denominator > 0 ? numerator / denominator : null,
});
