// Offers: one an agent, one a call, each ended once, each for somebody who waits.
import type { Fact } from "../fact.ts";
import type { AgentId, CallId, OfferId } from "../ids.ts";
import type { Must } from "./invariants.ts";
import type { AuditPart } from "./part.ts";

type FactOf<Type extends Fact["type"]> = Extract<Fact, { type: Type }>;

export function createOfferAudit(must: Must): AuditPart {
  const open = new Map<OfferId, Readonly<{ callId: CallId; agentId: AgentId }>>();
  const byCall = new Map<CallId, Set<OfferId>>();
  /** When the open offers of a call were made, where more than one may be. */
  const rounds = new Map<CallId, Fact["atMs"]>();
  /** Calls of which an offer was answered in this step. */
  const won = new Set<CallId>();
  const byAgent = new Map<AgentId, OfferId>();
  /** Agents who did not answer in this step, and calls that rang in vain. */
  let missed: FactOf<"offerEnded">[] = [];
  const madeNotReady = new Set<AgentId>();
  const wentOn = new Set<CallId>();

  function made(fact: FactOf<"offerMade">): void {
    const { offerId, callId, agentId } = fact;
    must(9, !open.has(offerId), "an offer is made once", fact);
    const isRound = fact.together === true && rounds.get(callId) === fact.atMs;
    must(1, !byCall.has(callId) || isRound, "one open offer a call, or one round of them", fact);
    must(2, !byAgent.has(agentId), "one open offer an agent", fact);
    must(13, fact.answerByMs > fact.atMs, "an offer ends after it was made", fact);
    open.set(offerId, { callId, agentId });
    if (fact.together === true) rounds.set(callId, fact.atMs);
    add(callId, offerId);
    byAgent.set(agentId, offerId);
  }

  function add(callId: CallId, offerId: OfferId): void {
    const offers = byCall.get(callId) ?? new Set();
    byCall.set(callId, offers.add(offerId));
  }

  function remove(callId: CallId, offerId: OfferId): void {
    const offers = byCall.get(callId);
    offers?.delete(offerId);
    if (offers?.size !== 0) return;
    byCall.delete(callId);
    rounds.delete(callId);
  }

  function ended(fact: FactOf<"offerEnded">): void {
    const { offerId, agentId, callId } = fact;
    const offer = open.get(offerId);
    const isIts = offer?.agentId === agentId && offer.callId === callId;
    must(
      fact.result === "answered" ? 6 : 9,
      isIts,
      "an open offer ends, once, for its agent",
      fact,
    );
    if (offer === undefined) return;
    open.delete(offerId);
    remove(offer.callId, offerId);
    if (fact.result === "answered") won.add(offer.callId);
    byAgent.delete(offer.agentId);
    if (unanswered.has(fact.result)) missed.push(fact);
  }

  return {
    begin(state) {
      for (const { offerId, callId, agentId } of state.offers) {
        open.set(offerId, { callId, agentId });
        add(callId, offerId);
        byAgent.set(agentId, offerId);
      }
    },
    onFact(fact) {
      if (fact.type === "offerMade") made(fact);
      else if (fact.type === "offerEnded") ended(fact);
      else if (fact.type === "agentStateChanged" && fact.to !== "ready") {
        madeNotReady.add(fact.agentId);
      } else if (fact.type === "queueEntered" || fact.type === "callEnded") {
        wentOn.add(fact.callId);
      }
    },
    onStepDone() {
      for (const fact of missed) {
        must(23, madeNotReady.has(fact.agentId), "who does not answer is not ready", fact);
        const ringsOn = byCall.has(fact.callId);
        must(23, ringsOn || wentOn.has(fact.callId), "who rang in vain waits at once", fact);
      }
      for (const callId of won) {
        must(1, !byCall.has(callId), "one winner: nothing rings on for who talks", callId);
      }
      won.clear();
      missed = [];
      madeNotReady.clear();
      wentOn.clear();
    },
    open: () => open.size,
  };
}

/** Ends of an offer that were the agent's or the seat's doing. */
const unanswered: ReadonlySet<string> = new Set(["noAnswer", "rejected", "failed", "seatLost"]);
