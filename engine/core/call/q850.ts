// Causes of ISDN (Q.850) and final responses of SIP: one table, read in both directions (RFC 3398
// 7.2.4.1 and 8.2.6.1). A cause that the far side gives in a Reason header (RFC 3326) goes before it.
import type { LegCause, LegCauseReason } from "../event.ts";

/** Causes that a trunk's books and labels name one by one; the rest is `other`. */
export type CauseLabel = `${number}` | "other";

/** Q.850 cause to the final response that says the same to a caller; null: no failure. */
const statusByCause: ReadonlyMap<number, number | null> = new Map([
  [1, 404],
  [2, 404],
  [3, 404],
  [16, null],
  [17, 486],
  [18, 408],
  [19, 480],
  [20, 480],
  [21, 403],
  [22, 410],
  [23, 410],
  [25, 483],
  [26, 404],
  [27, 502],
  [28, 484],
  [29, 501],
  [31, 480],
  [34, 503],
  [38, 503],
  [41, 503],
  [42, 503],
  [47, 503],
  [55, 403],
  [57, 403],
  [58, 503],
  [63, 503],
  [65, 488],
  [70, 488],
  [79, 501],
  [87, 403],
  [88, 503],
  [102, 504],
  [111, 500],
  [127, 500],
]);

/** Final response to Q.850 cause. 487 follows our own CANCEL; 488 and 606 without their Warning. */
const causeByStatus: ReadonlyMap<number, number> = new Map([
  [400, 41],
  [401, 21],
  [402, 21],
  [403, 21],
  [404, 1],
  [405, 63],
  [406, 79],
  [407, 21],
  [408, 102],
  [410, 22],
  [413, 127],
  [414, 127],
  [415, 79],
  [416, 127],
  [420, 127],
  [421, 127],
  [423, 127],
  [480, 18],
  [481, 41],
  [482, 25],
  [483, 25],
  [484, 28],
  [485, 1],
  [486, 17],
  [487, 16],
  [488, 31],
  [500, 41],
  [501, 79],
  [502, 38],
  [503, 41],
  [504, 102],
  [505, 127],
  [513, 127],
  [600, 17],
  [603, 21],
  [604, 1],
  [606, 31],
  [607, 21],
]);

/** For ends that no final response tells of. */
const causeByReason: Readonly<Partial<Record<LegCauseReason, number>>> = {
  normal: 16,
  cancelled: 16,
  busy: 17,
  noAnswer: 19,
  rejected: 21,
  unreachable: 38,
  mediaLost: 41,
  edgeLost: 41,
  legDead: 41,
  error: 41,
};

/** The response that tells a caller of this cause; null when it is no failure or not known. */
export const statusOfQ850 = (q850: number): number | null => statusByCause.get(q850) ?? null;

/** The cause is who was called, not the path there; "normal, unspecified" says nothing. */
export function isAboutWhoIsCalled(q850: number): boolean {
  const status = statusOfQ850(q850);
  return status !== null && status < 500 && q850 !== unspecified;
}

/** Null for a success, and for what the table does not know. */
export const q850OfStatus = (sipStatus: number): number | null =>
  causeByStatus.get(sipStatus) ?? null;

/** The cause for our own Reason header; null: better none. */
export const q850OfReason = (reason: LegCauseReason): number | null =>
  causeByReason[reason] ?? null;

/** The far side's own cause, else what its response means, else what happened. */
export function q850Of({ reason, sipStatus, q850 }: LegCause): number | null {
  return q850 ?? (sipStatus === null ? null : q850OfStatus(sipStatus)) ?? q850OfReason(reason);
}

export function causeLabel(cause: LegCause): CauseLabel {
  const q850 = q850Of(cause);
  return q850 !== null && statusByCause.has(q850) ? `${q850}` : "other";
}

const unspecified = 31;
