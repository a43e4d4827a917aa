// Blind transfer (RFC 5359 2.4): the caller goes to a queue or to a certain agent, the agent who
// talked goes into wrap-up. Whatever cannot be done is refused before anything is touched, so that
// the caller stays with the agent; what fails later leaves the caller in a queue.

import { isFree } from "../acd/agent-state.ts";
import { makeOffer } from "../acd/offer.ts";
import { enterQueue, isFull, returnToQueue } from "../acd/queue.ts";
import { startWrapUp } from "../acd/wrap-up.ts";
import type { DeskRefusal } from "../command.ts";
import type { TransferTarget } from "../event.ts";
import type { AgentId, CallId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { QueueVisit } from "../state.ts";
import { callOf, order, type Turn } from "../turn.ts";
import { dropLeg } from "./close.ts";
import { settleTransfer, startTransfer } from "./pending-transfer.ts";
import { endTalk } from "./talk.ts";

/**
 * Hands the caller over, or says why not. To an agent: rung at once for as long as the queue rings
 * its agents; who does not answer gives the caller back to the queue of the talk, at the old place.
 */
export function transferBlind(
  turn: Turn,
  callId: CallId,
  target: TransferTarget,
): DeskRefusal | null {
  const refusal = refusalOf(turn, target);
  if (refusal !== null) return refusal;
  const { visit, fromAgentId } = leaveAgent(turn, callId, target);
  if (target.kind === "queue") {
    const { queueId } = target;
    enterQueue(turn, callId, { queueId, priority: visit.priority, source: "transfer" });
    settleTransfer(turn, callId, "completed");
  } else {
    returnToQueue(turn, callId, visit);
    makeOffer(turn, callId, target.agentId);
  }
  startWrapUp(turn, { agentId: fromAgentId, callId, queueId: visit.queueId });
  return null;
}

function refusalOf(turn: Turn, target: TransferTarget): DeskRefusal | null {
  if (target.kind === "queue") {
    const queue = turn.centre.queues.get(target.queueId);
    if (queue === undefined || queue.retired) return "unknownQueue";
    return isFull(queue) ? "queueFull" : null;
  }
  const agent = turn.centre.agents.get(target.agentId);
  return agent !== undefined && isFree(agent) ? null : "agentNotReady";
}

/** The agent's part is over; the caller is in no place until put into one. */
function leaveAgent(
  turn: Turn,
  callId: CallId,
  target: TransferTarget,
): Readonly<{ visit: QueueVisit; fromAgentId: AgentId }> {
  const { place } = callOf(turn, callId);
  assert(place.kind === "bridge", "who is transferred was talking");
  const { visit, talk } = place;
  order(turn, { type: "unbridge", bridgeId: talk.bridgeId });
  dropLeg(turn, talk.legId);
  endTalk(turn, callId, "agent");
  const { agentId: fromAgentId } = talk;
  startTransfer(turn, callId, { kind: "blind", fromAgentId, queueId: visit.queueId, target });
  return { visit, fromAgentId };
}
