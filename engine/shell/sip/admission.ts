// Decides whether a new call may come in: overload is refused early, standing calls stay untouched.
import type { Ms } from "../../core/ids.ts";

export type Refusal = "rate" | "load" | "legs";

export type Admission = Readonly<{
  /** Null lets the call in and takes one token. */
  admit(now: Readonly<{ nowMs: Ms; loopDelayMs: number; legsCount: number }>): Refusal | null;
  configure(limits: Readonly<{ callsPerSecondMax: number }>): void;
}>;

export type AdmissionLimits = Readonly<{
  callsPerSecondMax: number;
  /** Legs that may exist at once, callers and agents together. */
  legsMax: number;
  /** Delay of the event loop from which new calls are refused. */
  loopDelayMsMax: number;
}>;

/** A token bucket that holds one second of calls, with limits on delay and on legs before it. */
export function createAdmission(limits: AdmissionLimits): Admission {
  let perSecond = limits.callsPerSecondMax;
  let tokens = perSecond;
  let filledAtMs: Ms | null = null;
  return {
    admit({ nowMs, loopDelayMs, legsCount }) {
      if (legsCount >= limits.legsMax) return "legs";
      if (loopDelayMs > limits.loopDelayMsMax) return "load";
      const sinceMs = filledAtMs === null ? 0 : Math.max(0, nowMs - filledAtMs);
      tokens = Math.min(Math.max(perSecond, 1), tokens + (sinceMs * perSecond) / 1_000);
      filledAtMs = nowMs;
      if (tokens < 1) return "rate";
      tokens -= 1;
      return null;
    },
    configure({ callsPerSecondMax }) {
      perSecond = callsPerSecondMax;
      tokens = Math.min(tokens, Math.max(perSecond, 1));
    },
  };
}
