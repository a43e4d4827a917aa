// Offers: one an agent, one a call, each ended once, each for somebody who waits.
import type { Fact } from "../fact.ts";
import type { AgentId, CallId, OfferId } from "../ids.ts";
import type { Must } from "./invariants.ts";
import type { AuditPart } from "./part.ts";

type FactOf<Type extends Fact["type"]> = Extract<Fact, { type: Type }>;

export function createOfferAudit(must: Must): AuditPart {
  const open = new Map<OfferId, Readonly<{ callId: CallId; agentId: AgentId }>>();
  const byCall = new Map<CallId, OfferId>();
  const byAgent = new Map<AgentId, OfferId>();
  /** Agents who did not answer in this step, and calls that rang in vain. */
  let missed: FactOf<"offerEnded">[] = [];
  const madeNotReady = new Set<AgentId>();
  const wentOn = new Set<CallId>();

  function made(fact: FactOf<"offerMade">): void {
    const { offerId, callId, agentId } = fact;
    must(9, !open.has(offerId), "an offer is made once", fact);
    must(1, !byCall.has(callId), "one open offer a call", fact);
    must(2, !byAgent.has(agentId), "one open offer an agent", fact);
    must(13, fact.answerByMs > fact.atMs, "an offer ends after it was made", fact);
    open.set(offerId, { callId, agentId });
    byCall.set(callId, offerId);
    byAgent.set(agentId, offerId);
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
    byCall.delete(offer.callId);
    byAgent.delete(offer.agentId);
    if (unanswered.has(fact.result)) missed.push(fact);
  }

  return {
    begin(state) {
      for (const { offerId, callId, agentId } of state.offers) {
        open.set(offerId, { callId, agentId });
        byCall.set(callId, offerId);
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
        must(23, wentOn.has(fact.callId), "who rang in vain waits at once", fact);
      }
      missed = [];
      madeNotReady.clear();
      wentOn.clear();
    },
    open: () => open.size,
  };
}

/** Ends of an offer that were the agent's or the seat's doing. */
const unanswered: ReadonlySet<string> = new Set(["noAnswer", "rejected", "failed", "seatLost"]);
