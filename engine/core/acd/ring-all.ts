// One call that rings at several agents. There is exactly one winner: the first answer that the core
// hears of; in the same step everybody else's leg is released as answered elsewhere and everybody else
// stands at the old idle place again. An answer that crosses that release is of a dropped leg and is
// released, too (RFC 5407 3.1.2). Who rejects, fails or goes away leaves the round, the rest rings on;
// with the last one the call waits at its place. Who lets it ring to the end is not ready (RONA).
import type { LegCause } from "../event.ts";
import type { AgentId, CallId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Offer, PlaceOf } from "../state.ts";
import type { OfferResult } from "../stats/queue-stats.ts";
import { callOf, setCall, type Turn } from "../turn.ts";
import { endOffer, endRing, offerPlace, ringForOffer } from "./offer.ts";

/** Agents that one call rings at, at most. */
export const togetherMax = 20;

/** The call rings at these agents, too, until the same time. */
export function ringTogether(turn: Turn, callId: CallId, agentIds: readonly AgentId[]): void {
  for (const agentId of agentIds) {
    const place = offerPlace(callOf(turn, callId));
    const { madeAtMs, answerByMs } = place.offer;
    const others = place.others ?? [];
    const offer = ringForOffer(turn, callId, { agentId, madeAtMs, answerByMs, visit: place.visit });
    setCall(turn, callId, { place: { ...place, others: [...others, offer] } });
  }
}

/** The first answer: this agent's offer is the call's, all others are over. */
export function winRing(turn: Turn, callId: CallId, agentId: AgentId): void {
  const place = offerPlace(callOf(turn, callId));
  const offers = offersOf(place);
  const winner = offers.find((offer) => offer.agentId === agentId);
  assert(winner !== undefined, "who answers was rung");
  const { visit, hearing } = place;
  setCall(turn, callId, { place: { kind: "offer", visit, hearing, offer: winner } });
  for (const offer of offers) {
    if (offer !== winner) endRing(turn, callId, { offer, result: "withdrawn", cause: elsewhere });
  }
}

/** Ends what rings at one agent; the call rings on at others, or waits at its place. */
export function leaveRing(turn: Turn, callId: CallId, agentId: AgentId, result: Unanswered): void {
  const place = offerPlace(callOf(turn, callId));
  const left = offersOf(place).find((offer) => offer.agentId === agentId);
  const [first, ...others] = offersOf(place).filter((offer) => offer !== left);
  if (left === undefined || first === undefined) {
    endOffer(turn, callId, result);
    return;
  }
  setCall(turn, callId, { place: { ...place, offer: first, others } });
  endRing(turn, callId, { offer: left, result });
}

type Unanswered = Exclude<OfferResult, "answered">;

const offersOf = ({ offer, others }: PlaceOf<"offer">): readonly Offer[] => [
  offer,
  ...(others ?? []),
];

const elsewhere: LegCause = { reason: "answeredElsewhere", sipStatus: null };
