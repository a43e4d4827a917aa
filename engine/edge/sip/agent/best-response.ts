// Which of several failures a proxy passes back (RFC 3261 16.7 step 6). Pure.

/** A final response of one branch; `response` is null for one that never came. */
export interface Failure<Response> {
  status: number;
  response: Response | null;
}

const preferred = new Set([401, 407, 415, 420, 484]);

/** The better of two: 6xx before all, then the lowest class, in it what tells the caller more. */
export function better<Response>(
  one: Failure<Response> | null,
  other: Failure<Response>,
): Failure<Response> {
  return one === null || rank(other.status) < rank(one.status) ? other : one;
}

function rank(status: number): number {
  if (status >= 600) return 0;
  const group = Math.floor(status / 100) * 10;
  if (preferred.has(status)) return group;
  // A branch that was silent or cancelled says least.
  return status === 408 || status === 487 ? group + 2 : group + 1;
}
