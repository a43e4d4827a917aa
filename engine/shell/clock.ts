// The only place that reads the time for the core: epoch milliseconds that never go backwards.
import { performance } from "node:perf_hooks";
import type { Ms } from "../core/ids.ts";
import type { EngineClock } from "./ports.ts";

/**
 * Starts the engine's line of time at the wall clock, or at `notBeforeMs` (the journal's last entry)
 * when the wall clock was set back meanwhile. From there it follows the monotonic clock, so NTP
 * steps and daylight saving cannot fire or delay a deadline.
 */
export function createClock(notBeforeMs: Ms): EngineClock {
  const anchorMs = Math.max(Date.now(), notBeforeMs);
  const startedAt = performance.now();
  return { nowMs: () => Math.floor(anchorMs + (performance.now() - startedAt)) };
}
