// The one matcher. It reserves in the same turn in which a call or an agent became free, so no call
// waits beside a free agent and no agent is given two calls.
import type { QueueId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Queue, QueuedCall, ReadyAgent } from "../state.ts";
import type { Turn } from "../turn.ts";
import { headOrder } from "./line.ts";
import { makeOffer } from "./offer.ts";
import { strategies } from "./strategies/strategy.ts";

/**
 * Offers calls until no touched queue has both a waiting call and an eligible agent. Untouched
 * queues have no such pair, since each turn ends with this.
 */
export function matchTouched(turn: Turn): void {
  for (;;) {
    const best = bestMatch(turn);
    if (best === null) break;
    const readyBefore = best.queue.ready.length;
    makeOffer(turn, best.head.callId, best.agent.agentId);
    assert(best.queue.ready.length < readyBefore, "an offer takes the agent out of the idle line");
  }
  turn.touched.clear();
}

type Match = Readonly<{ queue: Queue; head: QueuedCall; agent: ReadyAgent }>;

function bestMatch(turn: Turn): Match | null {
  let best: Match | null = null;
  for (const queueId of turn.touched) {
    const match = matchOf(turn, queueId);
    if (match === null) turn.touched.delete(queueId);
    else if (best === null || headOrder(match, best) < 0) best = match;
  }
  return best;
}

function matchOf(turn: Turn, queueId: QueueId): Match | null {
  const queue = turn.centre.queues.get(queueId);
  const head = queue?.waiting[0];
  if (queue === undefined || head === undefined) return null;
  const agent = strategies[queue.config.strategy](queue);
  return agent === null ? null : { queue, head, agent };
}
