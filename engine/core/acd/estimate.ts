// How long a caller will wait: each of the calls before him is over when an agent of those at work,
// each in his share of the queues that he serves, has handled one more, or when its caller leaves. So
// the wait for place n is the sum of 1 ÷ (μ + jθ) over j = 0 … n − 1 before him (Erlang A: μ calls
// handled, θ leaving for each that waits, a millisecond). Adjusts at once to staffing.
import type { CallId, Ms } from "../ids.ts";
import { countBefore, sizeOf } from "../ordered.ts";
import type { Centre, Queue, QueueVisit } from "../state.ts";
import { type Forecasts, handleMsOf, isReliable, leavingRateOf } from "../stats/forecasts.ts";
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
  return Math.round(drainMs(position, share / handleMs, leavingRateOf(forecasts)));
}

/** Until `position` calls are over; the long tail as an integral, by its middles. */
function drainMs(position: number, handled: number, leaving: number): Ms {
  if (leaving === 0) return position / handled;
  const exact = Math.min(position, exactMax);
  let ms = 0;
  for (let before = 0; before < exact; before += 1) ms += 1 / (handled + before * leaving);
  if (position === exact) return ms;
  const rateAt = (before: number) => handled + (before - 0.5) * leaving;
  return ms + Math.log(rateAt(position) / rateAt(exact)) / leaving;
}

const exactMax = 50;
