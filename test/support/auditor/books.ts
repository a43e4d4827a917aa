// What the facts say, without judging them: live calls, lines, agents, and counts by interval.
import type { AgentStateKind, Fact } from "../../../engine/core/fact.ts";

/** A call in line; `order` is that of first entries, over all queues. */
export type Waiting = Readonly<{ callId: string; order: number; ringing: boolean }>;
type QueueBook = { waiting: Map<string, Waiting>; offered: number; left: number };
type AgentBook = Readonly<{ kind: AgentStateKind; firstMs: number | null }>;
type Cohort = { offered: number; left: number };

export type Books = Readonly<{
  onFact(fact: Fact): void;
  /** Who is logged out may be another person from here on. */
  onConfigured(): void;
  calls: ReadonlySet<string>;
  offers: ReadonlySet<string>;
  /** Supervisors in talks: to the call. */
  monitors: ReadonlyMap<string, string>;
  /** `firstMs` null: not known since when the core counts this agent's time. */
  agents: Map<string, AgentBook>;
  queueOf(queueId: string): QueueBook;
  queues: ReadonlyMap<string, QueueBook>;
  /** By queue and interval of entry. */
  cohorts: Map<string, Cohort>;
  counts: ReadonlyMap<string, number>;
  ended(): number;
}>;

const cohortMs = 900_000;
export const cohortKey = (queueId: string, queuedAtMs: number): string =>
  `${queueId} ${Math.floor(queuedAtMs / cohortMs)}`;

export function createBooks(): Books {
  const counts = new Map<string, number>();
  const calls = new Set<string>();
  const offers = new Set<string>();
  const monitors = new Map<string, string>();
  const agents = new Map<string, AgentBook>();
  const queues = new Map<string, QueueBook>();
  const cohorts = new Map<string, Cohort>();
  const places = new Map<string, number>();
  let order = 0;
  /** Calls that came in and ended; those that agents made are counted apart. */
  let ended = 0;

  function queueOf(queueId: string): QueueBook {
    const known = queues.get(queueId) ?? { waiting: new Map(), offered: 0, left: 0 };
    queues.set(queueId, known);
    return known;
  }

  function cohortOf(queueId: string, queuedAtMs: number): Cohort {
    const key = cohortKey(queueId, queuedAtMs);
    const known = cohorts.get(key) ?? { offered: 0, left: 0 };
    cohorts.set(key, known);
    return known;
  }

  const goes = (callId: string) => {
    for (const book of queues.values()) book.waiting.delete(callId);
  };

  function onEntered(fact: Extract<Fact, { type: "queueEntered" }>): void {
    const { callId, queueId, queuedAtMs, returned } = fact;
    if (!returned) {
      queueOf(queueId).offered += 1;
      cohortOf(queueId, queuedAtMs).offered += 1;
      order += 1;
      places.set(callId, order);
    }
    const at = places.get(callId) ?? order;
    queueOf(queueId).waiting.set(callId, { callId, order: at, ringing: false });
  }

  function onFact(fact: Fact): void {
    counts.set(fact.type, (counts.get(fact.type) ?? 0) + 1);
    switch (fact.type) {
      case "callArrived":
        calls.add(fact.callId);
        return;
      case "callDialled":
      case "callbackBooked":
        calls.add(fact.callId);
        order += 1;
        places.set(fact.callId, order);
        return;
      case "callbackDialled":
      case "callbackPaused":
        goes(fact.callId);
        return;
      case "callEnded":
        if (fact.direction === undefined) ended += 1;
        goes(fact.callId);
        calls.delete(fact.callId);
        places.delete(fact.callId);
        return;
      case "queueEntered":
        onEntered(fact);
        return;
      case "queueLeft":
        queueOf(fact.queueId).left += 1;
        cohortOf(fact.queueId, fact.queuedAtMs).left += 1;
        if (fact.outcome.kind !== "answered") queueOf(fact.queueId).waiting.delete(fact.callId);
        return;
      case "offerMade": {
        offers.add(fact.offerId);
        const { waiting } = queueOf(fact.queueId);
        const mine = waiting.get(fact.callId);
        if (mine !== undefined) waiting.set(fact.callId, { ...mine, ringing: true });
        return;
      }
      case "offerEnded":
        offers.delete(fact.offerId);
        if (fact.result !== "answered") queueOf(fact.queueId).waiting.delete(fact.callId);
        return;
      case "talkStarted":
        queueOf(fact.queueId).waiting.delete(fact.callId);
        return;
      case "monitorStarted":
        monitors.set(fact.supervisorId, fact.callId);
        return;
      case "monitorEnded":
        monitors.delete(fact.supervisorId);
        return;
      case "agentStateChanged": {
        const known = agents.get(fact.agentId);
        const firstMs = known === undefined ? fact.atMs - fact.inPreviousMs : known.firstMs;
        agents.set(fact.agentId, { kind: fact.to, firstMs });
        return;
      }
      default:
    }
  }

  function onConfigured(): void {
    for (const [agentId, { kind }] of agents) {
      if (kind === "loggedOut") agents.set(agentId, { kind, firstMs: null });
    }
  }

  const books = { onFact, onConfigured, calls, offers, monitors, agents, queueOf, queues, cohorts };
  return { ...books, counts, ended: () => ended };
}
