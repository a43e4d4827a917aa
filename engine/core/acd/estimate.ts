// How long a caller will wait: calls before him at his own place in line × mean handling time ÷
// agents at work, each in his share of the queues that he serves. Adjusts at once to staffing.
import type { CallId, Ms } from "../ids.ts";
import { countBefore, sizeOf } from "../ordered.ts";
import type { Centre, Queue, QueueVisit } from "../state.ts";
import { type Forecasts, handleMsOf, isReliable } from "../stats/forecasts.ts";
import { lanesOf } from "./lanes.ts";
import { callOrder } from "./line.ts";

export type WaitEstimate = Readonly<{
  /** 1 is the next to be offered; calls that ring are not counted. */
  position: number;
  /** Ringing excluded. Null: nobody who serves the queue is at work, or too little was measured. */
  waitMs: Ms | null;
  /** Whether it may be told to the caller. */
  isReliable: boolean;
}>;

export function estimateWait(
  centre: Centre,
  queue: Queue,
  call: QueueVisit & Readonly<{ callId: CallId }>,
): WaitEstimate {
  const before = lanesOf(queue).reduce(
    (sum, { waiting }) => sum + countBefore(waiting, call, callOrder),
    0,
  );
  const position = before + 1;
  const stats = centre.stats.queues.get(queue.config.id);
  const waitMs = stats === undefined ? null : waitAt(queue, stats.forecasts, position);
  const reliable = waitMs !== null && stats !== undefined && isReliable(stats.forecasts);
  return { position, waitMs, isReliable: reliable };
}

function waitAt(queue: Queue, forecasts: Forecasts, position: number): Ms | null {
  const { share } = queue.staffing;
  const handleMs = handleMsOf(forecasts);
  if (share <= 0 || handleMs === null) return null;
  const free = lanesOf(queue).some(({ ready }) => sizeOf(ready) > 0);
  if (free && position === 1) return 0;
  return Math.round((position * handleMs) / share);
}
