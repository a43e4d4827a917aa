// [15] each offer by brute force: of all calls that waited and that this agent may take, the one that
// was taken is the first in the declared order. [18] the order of who waits never turns round.
import type { Must } from "../../../engine/core/audit/invariants.ts";
import type { DebugState } from "../../../engine/core/debug-state.ts";
import type { Fact } from "../../../engine/core/fact.ts";
import type { Books } from "./books.ts";
import { hasDoneTheDay, meets, type QueueState } from "./matching.ts";

type OfferMade = Extract<Fact, { type: "offerMade" }>;
/** Deadline or 0, queue's priority, then the place in its line; the smaller is served first. */
type Rank = readonly number[];
type Placed = QueueState["line"][number] & Readonly<{ queue: QueueState }>;

export function createOrderCheck(must: Must) {
  /** Offers made in steps that are not yet judged, and who else waited then. */
  let toJudge: Readonly<{ fact: OfferMade; rivals: readonly string[] }>[] = [];
  /** Agents whose loan began or ended in this step: what they had at the offer, nobody can say. */
  const skillsChanged = new Set<string>();
  /** Each queue's line as last seen. */
  const lines = new Map<string, readonly number[]>();

  function judge(state: DebugState): void {
    const agents = new Map(state.agents.map((agent) => [agent.agentId, agent]));
    const placed = new Map(
      state.queues.flatMap((queue) =>
        queue.line.map((place) => [place.callId, { ...place, queue }] as const),
      ),
    );
    for (const { fact, rivals } of toJudge) {
      const agent = agents.get(fact.agentId);
      const mine = placed.get(fact.callId);
      // A call that left in the same step has no place to compare any more.
      if (agent === undefined || mine?.queue.queueId !== fact.queueId) continue;
      if (skillsChanged.has(fact.agentId)) continue;
      must(5, meets(state, agent, mine.needs), "an offer meets the need", { fact, mine });
      const heads = new Map<string, Placed>();
      for (const callId of rivals) {
        const other = placed.get(callId);
        if (other === undefined) continue;
        if (!meets(state, agent, other.needs) || hasDoneTheDay(agent, other.queue)) continue;
        const head = heads.get(other.queue.queueId);
        if (head === undefined || isBefore(placeOf(other), placeOf(head))) {
          heads.set(other.queue.queueId, other);
        }
      }
      // The first of each queue competes; within a queue only the place in line counts.
      for (const other of heads.values()) {
        // What it needs changed in this step: before or after the offer, nobody can say.
        if (other.needSinceMs === state.nowMs) continue;
        const rank = other.queue === mine.queue ? placeOf : (call: Placed) => rankOf(state, call);
        must(15, isBefore(rank(mine), rank(other)), "the first in order is first", { mine, other });
      }
    }
  }

  /** Who waited before and waits still stands in the same order; others come in between. */
  function checkMonotone(state: DebugState): void {
    for (const { queueId, line } of state.queues) {
      // By the place's own number: who leaves and comes again has another place.
      const now = new Map(line.map(({ sequence }, index) => [sequence, index]));
      const still = (lines.get(queueId) ?? []).flatMap((sequence) => now.get(sequence) ?? []);
      const isSame = still.every((at, index) => index === 0 || (still[index - 1] ?? 0) < at);
      must(18, isSame, "two waiting calls never change places", { queueId, still });
      lines.set(queueId, [...now.keys()]);
    }
  }

  return {
    onStep: () => {
      toJudge = [];
      skillsChanged.clear();
    },
    onSkillsChanged: (agentId: string) => void skillsChanged.add(agentId),
    onOffer(fact: OfferMade, books: Books): void {
      // An agent's choice is not the queue's.
      if (fact.source === "transfer") return;
      const waiting = [...books.queues.values()].flatMap((book) => [...book.waiting.values()]);
      const rivals = waiting.filter(({ ringing }) => !ringing).map(({ callId }) => callId);
      toJudge.push({ fact, rivals });
    },
    check(state: DebugState): void {
      judge(state);
      checkMonotone(state);
      toJudge = [];
    },
  };
}

function isBefore(a: Rank, b: Rank): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

const placeOf = ({ level, fromMs, sequence }: Placed): Rank => [-level, fromMs, sequence];

/** Between the first calls of two queues, by the rule of the configuration. */
function rankOf(state: DebugState, place: Placed): Rank {
  const { queue, queuedAtMs } = place;
  const { ageingMs } = queue;
  const aged = ageingMs === null ? 0 : Math.floor((state.nowMs - queuedAtMs) / ageingMs);
  const deadlineMs = state.queueChoice === "deadlineFirst" ? queuedAtMs + queue.targetMs : 0;
  return [deadlineMs, -(queue.priority + aged), ...placeOf(place)];
}
