// Why a call is where it is: which agents cannot take it and by which rule, who is before it, and how
// the one who is rung was chosen. Plain data; a replay of the journal to the same input gives it again.
import { estimateWait } from "./acd/estimate.ts";
import { misfitOf, needOf } from "./acd/need.ts";
import { lineOf } from "./acd/queue.ts";
import { hasDoneTheDay, type SeatFault, seatFaultOf } from "./acd/standing.ts";
import type { SkillRequirement } from "./centre-config.ts";
import type { AgentId, CallId, GroupId, Ms, OfferId, QueueId, SkillId } from "./ids.ts";
import type { Agent, Call, Centre, Need, Place, Queue, QueueVisit } from "./state.ts";
import { agentToday } from "./stats/stats.ts";

/** The first rule that keeps the agent from the call; `free` means that none does. */
export type Verdict =
  | { rule: "free" }
  | { rule: "loggedOut" | "retired" | "dayLimit" }
  | { rule: "seatNotLive"; fault: SeatFault }
  | { rule: "notReady"; reason: string }
  | { rule: "offered" | "dialling" | "onCall" | "wrapUp"; callId: CallId }
  | { rule: "keptForAgent"; agentId: AgentId }
  | { rule: "skill"; skillId: SkillId; levelMin: number; level: number }
  | { rule: "reserve"; groupId: GroupId };

export type CallWhy = {
  callId: CallId;
  nowMs: Ms;
  place: Place["kind"];
  /** Null unless the call waits or rings. */
  line: {
    queueId: QueueId;
    position: number;
    /** The nearest calls before it, in order of service; they are offered first. */
    before: CallId[];
    priority: number;
    queuedAtMs: Ms;
    /** Steps of relaxation reached. */
    ring: number;
    requirements: SkillRequirement[];
    reserves: GroupId[];
    keptFor: AgentId | null;
    estimate: { waitMs: Ms | null; isReliable: boolean };
    /** Agents by the rule that keeps them from the call. */
    byRule: Record<string, number>;
    /** At most 500 agents; those who meet the need come first. */
    agents: { agentId: AgentId; verdict: Verdict }[];
  } | null;
  /** Null unless the call rings. */
  offer: {
    offerId: OfferId;
    agentId: AgentId;
    madeAtMs: Ms;
    answerByMs: Ms;
    strategy: string;
    /** The first who could have been rung, best first; empty when a colleague chose. */
    ranking: { agentId: AgentId; rank: number; idleSinceMs: Ms }[];
  } | null;
};

/** Null for a call that is not live. */
export function explainCall(centre: Centre, callId: CallId): CallWhy | null {
  const call = centre.calls.get(callId);
  if (call === undefined) return null;
  const { place } = call;
  const waits = place.kind === "queue" || place.kind === "offer";
  const queue = waits ? centre.queues.get(place.visit.queueId) : undefined;
  return {
    callId,
    nowMs: centre.nowMs,
    place: place.kind,
    line: waits && queue !== undefined ? lineWhy(centre, call, queue, place.visit) : null,
    offer:
      place.kind === "offer" && queue !== undefined
        ? {
            offerId: place.offer.offerId,
            agentId: place.offer.agentId,
            madeAtMs: place.offer.madeAtMs,
            answerByMs: place.offer.answerByMs,
            strategy: queue.config.strategy,
            ranking: place.offer.ranking.map((candidate) => ({ ...candidate })),
          }
        : null,
  };
}

function lineWhy(
  centre: Centre,
  call: Call,
  queue: Queue,
  visit: QueueVisit,
): NonNullable<CallWhy["line"]> {
  const need = needOf(queue.config, visit);
  const line = lineOf(centre, queue);
  const at = line.findIndex(({ callId }) => callId === call.id);
  const verdicts = [...centre.agents.values()].map((agent) => {
    const misfit = misfitOf(centre, agent, need);
    const verdict = misfit ?? busyWhy(centre, agent, queue);
    return { agentId: agent.id, verdict, meets: misfit === null };
  });
  const byRule: Record<string, number> = {};
  for (const { verdict } of verdicts) byRule[verdict.rule] = (byRule[verdict.rule] ?? 0) + 1;
  const { waitMs, isReliable } = estimateWait(centre, queue, { callId: call.id, ...visit });
  return {
    queueId: visit.queueId,
    position: at + 1,
    before: line.slice(Math.max(0, at - beforeMax), at).map(({ callId }) => callId),
    priority: visit.priority,
    queuedAtMs: visit.queuedAtMs,
    ring: visit.ring,
    ...plain(need),
    estimate: { waitMs, isReliable },
    byRule,
    agents: verdicts
      .sort((a, b) => Number(b.meets) - Number(a.meets))
      .slice(0, agentsMax)
      .map(({ agentId, verdict }) => ({ agentId, verdict })),
  };
}

/** Why an agent who meets the need is not rung. */
function busyWhy(centre: Centre, agent: Agent, queue: Queue): Verdict {
  const { state } = agent;
  switch (state.kind) {
    case "loggedOut":
      return { rule: "loggedOut" };
    case "notReady":
      return { rule: "notReady", reason: state.reason };
    case "ready": {
      if (agent.retired) return { rule: "retired" };
      const fault = seatFaultOf(agent);
      if (fault !== null) return { rule: "seatNotLive", fault };
      const { byQueue } = agentToday(centre.stats, agent.id, centre.nowMs);
      return { rule: hasDoneTheDay(queue, byQueue) ? "dayLimit" : "free" };
    }
    default:
      return { rule: state.kind, callId: state.callId };
  }
}

const plain = ({ requirements, reserves, only }: Need) => ({
  requirements: requirements.map((requirement) => ({ ...requirement })),
  reserves: [...reserves],
  keptFor: only,
});

const beforeMax = 5;
const agentsMax = 500;
