// Slows down guessing. Only failures count: a whole shift may log in from one address.

export type LoginGuard = {
  /** Seconds to wait before another try, or 0. */
  waitSeconds(attempt: Attempt): number;
  failed(attempt: Attempt): void;
};
type Attempt = Readonly<{ username: string; source: string }>;

const failuresOfUserMax = 5;
const failuresOfSourceMax = 20;
const windowMs = 60_000;
const entriesMax = 10_000;

/** A user or source with too many failures waits until the minute of its first one is over. */
export function createLoginGuard(nowMs: () => number): LoginGuard {
  const failures = new Map<string, { count: number; untilMs: number }>();
  const left = (key: string, max: number): number => {
    const entry = failures.get(key);
    if (entry === undefined || entry.untilMs <= nowMs() || entry.count < max) return 0;
    return Math.ceil((entry.untilMs - nowMs()) / 1_000);
  };
  const count = (key: string): void => {
    const entry = failures.get(key);
    if (entry !== undefined && entry.untilMs > nowMs()) {
      entry.count += 1;
      return;
    }
    failures.delete(key);
    if (failures.size >= entriesMax) {
      const oldest = failures.keys().next().value;
      if (oldest !== undefined) failures.delete(oldest);
    }
    failures.set(key, { count: 1, untilMs: nowMs() + windowMs });
  };
  return {
    waitSeconds: ({ username, source }) =>
      Math.max(
        left(`user ${username}`, failuresOfUserMax),
        left(`from ${source}`, failuresOfSourceMax),
      ),
    failed({ username, source }) {
      count(`user ${username}`);
      count(`from ${source}`);
    },
  };
}
