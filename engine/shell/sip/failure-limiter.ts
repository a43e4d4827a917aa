// Counts failures per key in fixed windows, in bounded memory: guessing passwords gets slow.
import type { Ms } from "../../core/ids.ts";

export type FailureLimiter = Readonly<{
  isBlocked(key: string, nowMs: Ms): boolean;
  fail(key: string, nowMs: Ms): void;
  forget(key: string): void;
}>;

export type FailureLimits = Readonly<{ failuresMax: number; windowMs: Ms; keysMax: number }>;

export function createFailureLimiter(limits: FailureLimits): FailureLimiter {
  // Insertion order is age: the oldest window goes first when the map is full.
  const windows = new Map<string, { startedAtMs: Ms; count: number }>();

  function current(key: string, nowMs: Ms) {
    const window = windows.get(key);
    if (window === undefined) return null;
    if (nowMs - window.startedAtMs < limits.windowMs) return window;
    windows.delete(key);
    return null;
  }

  return {
    isBlocked: (key, nowMs) => (current(key, nowMs)?.count ?? 0) >= limits.failuresMax,
    fail(key, nowMs) {
      const window = current(key, nowMs);
      if (window !== null) {
        window.count += 1;
        return;
      }
      const oldest = windows.size >= limits.keysMax ? windows.keys().next().value : undefined;
      if (oldest !== undefined) windows.delete(oldest);
      windows.set(key, { startedAtMs: nowMs, count: 1 });
    },
    forget: (key) => {
      windows.delete(key);
    },
  };
}
