// Legs to numbers outside: each has its own passed toll check. Tickets of callbacks: one for a number
// in a queue, dialled by an agent who answered, try by try, and never after the end.
import type { Command } from "../command.ts";
import type { Fact } from "../fact.ts";
import type { CallId, TrunkId } from "../ids.ts";
import type { Must } from "./invariants.ts";
import type { AuditPart } from "./part.ts";

type FactOf<Type extends Fact["type"]> = Extract<Fact, { type: Type }>;

/** `attempts` null: the ticket is older than the audit. */
type Ticket = Readonly<{ key: string; attempts: number | null }>;

export function createDialAudit(must: Must): AuditPart {
  /** Calls with a passed check that was not used yet. */
  const passed = new Set<CallId>();
  /** Numbers that a trunk rings: another trunk may go on with the same one, and with no other. */
  const rung = new Map<CallId, string>();
  /** Calls that went to another trunk in this step, and to which. */
  const moved = new Map<CallId, TrunkId>();
  const tickets = new Map<CallId, Ticket>();
  const keys = new Set<string>();
  /** Offers that were answered in this step: by call and agent. */
  const answered = new Set<string>();

  function booked({ callId, queueId, number }: FactOf<"callbackBooked">): void {
    const key = `${queueId} ${number}`;
    must(9, !keys.has(key), "one callback a number and queue", { callId, key });
    keys.add(key);
    tickets.set(callId, { key, attempts: 0 });
  }

  function dialled(fact: FactOf<"callbackDialled">): void {
    const { callId, agentId, attempt } = fact;
    const ticket = tickets.get(callId);
    must(9, ticket !== undefined, "a callback is dialled while it is open", fact);
    must(9, !passed.has(callId), "a callback is dialled once at a time", fact);
    must(6, answered.has(`${callId} ${agentId}`), "its agent answered before", fact);
    passed.add(callId);
    if (ticket === undefined) return;
    const isNext = ticket.attempts === null || attempt === ticket.attempts + 1;
    must(9, isNext, "tries are numbered one by one", fact);
    tickets.set(callId, { ...ticket, attempts: attempt });
  }

  function attemptEnded({ callId, next }: FactOf<"trunkAttemptEnded">): void {
    if (next === null) rung.delete(callId);
    else moved.set(callId, next);
  }

  function rings(command: Extract<Command, { type: "dialLeg" }>): void {
    const { callId, number, trunkId } = command;
    const isNext = moved.get(callId) === trunkId && rung.get(callId) === number;
    const isPassed = passed.delete(callId) || isNext;
    must(39, isPassed, "a number is dialled after its own passed toll check", command);
    rung.set(callId, number);
  }

  function ended(fact: FactOf<"callbackEnded">): void {
    const ticket = tickets.get(fact.callId);
    must(9, ticket !== undefined, "a callback ends once", fact);
    if (ticket === undefined) return;
    keys.delete(ticket.key);
    tickets.delete(fact.callId);
  }

  return {
    begin(state) {
      for (const { callId, callback, ani, place } of state.calls) {
        if (place.kind === "dialling" && place.stage === "ringingAgent") passed.add(callId);
        else if (place.kind === "dialling") rung.set(callId, ani);
        if (callback === null) continue;
        const key = `${"queueId" in place ? place.queueId : ""} ${ani}`;
        keys.add(key);
        tickets.set(callId, { key, attempts: null });
      }
    },
    onFact(fact) {
      if (fact.type === "callbackBooked") booked(fact);
      else if (fact.type === "callbackDialled") dialled(fact);
      else if (fact.type === "callbackEnded") ended(fact);
      else if (fact.type === "trunkAttemptEnded") attemptEnded(fact);
      else if (fact.type === "callDialled") {
        if (fact.rule !== null) passed.add(fact.callId);
      } else if (fact.type === "offerEnded") {
        if (fact.result === "answered") answered.add(`${fact.callId} ${fact.agentId}`);
      } else if (fact.type === "callbackPaused") passed.delete(fact.callId);
      else if (fact.type === "callEnded") {
        must(9, !tickets.has(fact.callId), "a callback's books are closed before it ends", fact);
        passed.delete(fact.callId);
      }
    },
    onStepDone(_event, { commands }) {
      answered.clear();
      for (const command of commands) if (command.type === "dialLeg") rings(command);
      moved.clear();
    },
    open: () => passed.size + rung.size + tickets.size,
  };
}
