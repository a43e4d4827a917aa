// What a centre's surfaces show at one moment.
import { waitingCount } from "../../core/acd/queue.ts";
import type { Centre } from "../../core/centre.ts";
import type { Ms } from "../../core/ids.ts";
import { wallboardView } from "../../core/view.ts";
import type { ShownFigures } from "./verify.ts";

const tries = 5;

/** `renderMetrics` may let an event pass in between; then it is asked again. */
export async function shownFigures(
  centre: Centre,
  { nowMs, renderMetrics }: Readonly<{ nowMs: () => Ms; renderMetrics: () => Promise<string> }>,
): Promise<ShownFigures> {
  for (let n = 0; n < tries; n += 1) {
    const factSeq = centre.factSeq;
    const metrics = await renderMetrics();
    if (centre.factSeq !== factSeq) continue;
    return {
      factSeq,
      nowMs: nowMs(),
      stats: structuredClone(centre.stats),
      waiting: [...centre.queues.values()].map((queue) => [queue.config.id, waitingCount(queue)]),
      wallboard: wallboardView(centre, nowMs()).queues,
      metrics,
    };
  }
  throw new Error("the centre was never still while its figures were read");
}
