// Calls and their stays in queues: each ends once, keeps its place, and its times add up.
import type { Fact } from "../fact.ts";
import type { CallId, Ms, QueueId } from "../ids.ts";
import type { Must } from "./invariants.ts";
import type { AuditPart } from "./part.ts";

type FactOf<Type extends Fact["type"]> = Extract<Fact, { type: Type }>;

type CallBook = {
  arrivedAtMs: Ms;
  /** The queue that the call waits or rings in. */
  waitsIn: QueueId | null;
  /** Its latest place; who returns must have it again. */
  place: Readonly<{ queueId: QueueId; queuedAtMs: Ms }> | null;
  /** Entered and not yet counted as left. */
  isInside: boolean;
  handover: boolean;
};

export function createCallAudit(must: Must): AuditPart {
  const calls = new Map<CallId, CallBook>();
  /** Calls that this step handed over: only their own leg may end them. */
  const handed = new Set<CallId>();

  function begins(fact: FactOf<"callArrived" | "callDialled" | "callbackBooked">): void {
    must(8, !calls.has(fact.callId), "a call begins once", fact);
    if (fact.type === "callbackBooked") {
      const from = calls.get(fact.fromCallId)?.place;
      const same = from?.queueId === fact.queueId && from.queuedAtMs === fact.queuedAtMs;
      must(16, same, "a ticket has the place of its caller", fact);
    }
    calls.set(fact.callId, beginOf(fact));
  }

  function onEnded(fact: FactOf<"callEnded">, call: CallBook): void {
    must(8, !call.isInside, "a call that ends has left its queue", fact);
    must(14, !call.handover, "a call ends after its transfer", fact);
    const own = fact.by === "caller" || fact.by === "network";
    must(14, own || !handed.has(fact.callId), "the caller alone ends a handover", fact);
    calls.delete(fact.callId);
  }

  function onEntered(fact: FactOf<"queueEntered">, call: CallBook): void {
    const { queueId, queuedAtMs, returned, atMs } = fact;
    must(4, call.waitsIn === null || (returned && call.waitsIn === queueId), "in one queue", fact);
    if (returned) {
      const same = call.place?.queueId === queueId && call.place.queuedAtMs === queuedAtMs;
      must(16, same, "who returns has the place of before", { fact, place: call.place });
    } else {
      must(16, queuedAtMs === atMs, "a new place begins now", fact);
      must(4, !call.isInside, "a call leaves a queue before it enters another", fact);
      call.isInside = true;
    }
    call.place = { queueId, queuedAtMs };
    call.waitsIn = queueId;
  }

  function onLeft(fact: FactOf<"queueLeft">, call: CallBook): void {
    must(8, call.isInside, "a call leaves its queue once", fact);
    call.isInside = false;
    must(28, fact.waitMs === fact.atMs - fact.queuedAtMs, "the wait runs from queue entry", fact);
    const sinceMs = fact.atMs - call.arrivedAtMs;
    must(28, fact.sinceArrivalMs === sinceMs, "the response runs from arrival", fact);
    must(13, call.arrivedAtMs <= fact.queuedAtMs, "a call arrives before it queues", fact);
    call.waitsIn = null;
  }

  function onHandover(fact: FactOf<"transferStarted" | "transferEnded">, call: CallBook): void {
    const starts = fact.type === "transferStarted";
    must(14, call.handover !== starts, "a transfer starts and ends once", fact);
    call.handover = starts;
  }

  return {
    begin(state) {
      for (const call of state.calls) {
        const { place, queuedAtMs } = call;
        const queueId = "queueId" in place ? place.queueId : null;
        const waits = place.kind === "queue" || place.kind === "offer";
        calls.set(call.callId, {
          arrivedAtMs: call.arrivedAtMs,
          waitsIn: waits ? queueId : null,
          place: queueId === null || queuedAtMs === null ? null : { queueId, queuedAtMs },
          isInside: waits && !call.visitLeft,
          handover: call.transfer !== null,
        });
      }
    },
    onFact(fact) {
      if (
        fact.type === "callArrived" ||
        fact.type === "callDialled" ||
        fact.type === "callbackBooked"
      ) {
        begins(fact);
        return;
      }
      // Wrap-up belongs to the agent and a recording to its file: both outlive the call.
      if (!("callId" in fact) || afterItsCall.has(fact.type)) return;
      const call = calls.get(fact.callId);
      must(
        8,
        call !== undefined,
        "nothing happens to a call before it came or after it ended",
        fact,
      );
      if (call === undefined) return;
      if (handovers.has(fact.type)) handed.add(fact.callId);
      if (fact.type === "callEnded") onEnded(fact, call);
      else if (fact.type === "queueEntered") onEntered(fact, call);
      else if (fact.type === "queueLeft") onLeft(fact, call);
      else if (fact.type === "talkStarted" || fact.type === "callbackPaused") call.waitsIn = null;
      else if (fact.type === "transferStarted" || fact.type === "transferEnded") {
        onHandover(fact, call);
      }
    },
    onStepDone: () => handed.clear(),
    open: () => calls.size,
  };
}

/** A call that we make has a place from the start: for when its agent is lost in talk, or its turn. */
function beginOf(fact: FactOf<"callArrived" | "callDialled" | "callbackBooked">): CallBook {
  const { atMs: arrivedAtMs } = fact;
  const queueId = fact.type === "callArrived" ? null : fact.queueId;
  const queuedAtMs = fact.type === "callbackBooked" ? fact.queuedAtMs : arrivedAtMs;
  const place = queueId === null ? null : { queueId, queuedAtMs };
  return { arrivedAtMs, waitsIn: null, place, isInside: false, handover: false };
}

const handovers: ReadonlySet<string> = new Set([
  "transferStarted",
  "transferEnded",
  "consultAnswered",
  "conferenceStarted",
  "conferenceEnded",
]);

/** What is told of a call that may be over. */
const afterItsCall: ReadonlySet<string> = new Set([
  "wrapUpExtended",
  "wrapUpEnded",
  "recordingEnded",
]);
