// A caller enters a queue. Who has a callback booked there and calls by himself meanwhile gets the
// place of the ticket, which is over: nobody is called back who is on the line.
import { enterQueue } from "../acd/queue.ts";
import type { FlowOutReason } from "../fact.ts";
import type { CallId } from "../ids.ts";
import type { QueueVisit } from "../state.ts";
import { callOf, type Turn } from "../turn.ts";
import { cancelTicket, ticketKey } from "./callback.ts";
import { passesToll } from "./toll-check.ts";

type Target = Parameters<typeof enterQueue>[2];

/** As {@link enterQueue}. */
export function enterAsCaller(turn: Turn, callId: CallId, target: Target): FlowOutReason | null {
  const visit = ticketPlace(turn, callId, target.queueId);
  if (visit === null) return enterQueue(turn, callId, target);
  const priority = Math.max(visit.priority, target.priority);
  return enterQueue(turn, callId, { ...target, priority, from: visit });
}

/** The place of the ticket that waits for this caller, who takes it; null when there is none. */
function ticketPlace(turn: Turn, callId: CallId, queueId: string): QueueVisit | null {
  const { ani } = callOf(turn, callId);
  const outbound = turn.centre.queues.get(queueId)?.config.outbound;
  const passed = outbound === undefined ? "notAllowed" : passesToll(outbound, ani);
  const number = typeof passed === "string" ? ani : passed.number;
  const ticketId = turn.centre.callbacks.get(ticketKey(queueId, number));
  const place = ticketId === undefined ? undefined : turn.centre.calls.get(ticketId)?.place;
  if (ticketId === undefined || place === undefined || !("visit" in place)) return null;
  // While it is dialled the two calls meet at the agent; the dialled one decides by itself.
  return cancelTicket(turn, ticketId, "caller") === null ? place.visit : null;
}
