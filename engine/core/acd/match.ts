// The one matcher. It reserves in the same turn in which a call or an agent became free, so no call
// waits beside a free agent and no agent is given two calls.
import type { QueueId } from "../ids.ts";
import { assert } from "../invariant.ts";
import { firstOf, itemsOf, sizeOf } from "../ordered.ts";
import type { Lane, Queue, QueuedCall, ReadyAgent } from "../state.ts";
import { callOf, type Turn } from "../turn.ts";
import { lanesOf } from "./lanes.ts";
import { callOrder, headOrder } from "./line.ts";
import { isTogether, makeOffer } from "./offer.ts";
import { ringTogether, togetherMax } from "./ring-all.ts";

/**
 * Offers calls until no touched queue has both a waiting call and an eligible agent. Untouched
 * queues have no such pair, since each turn ends with this.
 */
export function matchTouched(turn: Turn): void {
  for (;;) {
    const best = bestMatch(turn);
    if (best === null) break;
    const readyBefore = sizeOf(best.lane.ready);
    const { head, agent, lane, queue } = best;
    makeOffer(turn, head.callId, agent.agentId, rankingOf(lane));
    if (isTogether(queue, callOf(turn, head.callId))) {
      const more = itemsOf(lane.ready, togetherMax - 1).map(({ agentId }) => agentId);
      ringTogether(turn, head.callId, more);
    }
    assert(sizeOf(lane.ready) < readyBefore, "an offer takes the agent out of the idle line");
  }
  turn.touched.clear();
}

type Match = Readonly<{ queue: Queue; lane: Lane; head: QueuedCall; agent: ReadyAgent }>;

function bestMatch(turn: Turn): Match | null {
  const rule = { choice: turn.centre.config.queueChoice ?? "priority", nowMs: turn.nowMs } as const;
  let best: Match | null = null;
  for (const queueId of turn.touched) {
    const match = matchOf(turn, queueId);
    if (match === null) turn.touched.delete(queueId);
    else if (best === null || headOrder(match, best, rule) < 0) best = match;
  }
  return best;
}

/** The first call of the queue that somebody can take now. */
function matchOf(turn: Turn, queueId: QueueId): Match | null {
  const queue = turn.centre.queues.get(queueId);
  if (queue === undefined) return null;
  let best: Match | null = null;
  for (const lane of lanesOf(queue)) {
    const head = firstOf(lane.waiting);
    const agent = firstOf(lane.ready);
    if (head === undefined || agent === undefined) continue;
    if (best === null || callOrder(head, best.head) < 0) best = { queue, lane, head, agent };
  }
  return best;
}

const rankingOf = (lane: Lane) =>
  itemsOf(lane.ready, rankingMax).map(({ agentId, rank, sinceMs }) => ({
    agentId,
    rank,
    idleSinceMs: sinceMs,
  }));

/** Candidates that an offer remembers. */
const rankingMax = 5;
