// [17] work conservation, and [5] who stands ready is who is able, by looking at everybody.
import type { Must } from "../../../engine/core/audit/invariants.ts";
import type { DebugState } from "../../../engine/core/debug-state.ts";

export type QueueState = DebugState["queues"][number];
type AgentSeen = DebugState["agents"][number];

export function checkMatching(must: Must, state: DebugState): void {
  const free = state.agents.filter(isEligible);
  for (const queue of state.queues) {
    const serving = free.filter((agent) => !hasDoneTheDay(agent, queue));
    for (const waiting of queue.line) {
      if (waiting.ringing) continue;
      const idle = serving.find((agent) => meets(state, agent, waiting.needs));
      must(17, idle === undefined, "no call waits beside a free agent who meets its need", {
        waiting,
        idle,
      });
    }
    for (const lane of queue.lanes) {
      const eligible = serving.filter((agent) => meets(state, agent, lane.needs));
      const ids = eligible.map(({ agentId }) => agentId);
      const isSame = [...lane.ready].sort().join() === ids.sort().join();
      must(5, isSame, "the idle line is who is eligible", { queue: queue.queueId, lane, ids });
    }
    checkStaffing(must, state, queue);
  }
}

function checkStaffing(must: Must, state: DebugState, queue: QueueState): void {
  const staff = state.agents.filter(
    (agent) =>
      agent.serves.includes(queue.queueId) && !["loggedOut", "notReady"].includes(agent.state.kind),
  );
  const share = staff.reduce((sum, { serves }) => sum + 1 / serves.length, 0);
  const { staffing } = queue;
  const isSame = staffing.agents === staff.length && Math.abs(staffing.share - share) < 1e-6;
  must(19, isSame, "staffing is who is at work", { queue: queue.queueId, staffing, share });
}

export function meets(
  state: DebugState,
  agent: AgentSeen,
  needs: QueueState["line"][number]["needs"],
): boolean {
  const skilled = needs.requirements.every(
    ({ skillId, levelMin }) => (agent.skills[skillId] ?? 0) >= levelMin,
  );
  const { reserve } = agent;
  const helps =
    reserve === null || state.reserves.includes(reserve) || needs.reserves.includes(reserve);
  return skilled && helps && (needs.only === null || needs.only === agent.agentId);
}

export const hasDoneTheDay = (agent: AgentSeen, queue: QueueState): boolean =>
  queue.agentCallsPerDayMax !== null &&
  (agent.callsToday[queue.queueId] ?? 0) >= queue.agentCallsPerDayMax;

function isEligible(agent: AgentSeen): boolean {
  if (agent.state.kind !== "ready") return false;
  if (agent.device === "fixed") return true;
  if (agent.contact === null) return false;
  return agent.device === "phone" || (agent.desk === "open" && isFit(agent));
}

/** As far as the page told: who told nothing is fit. */
const isFit = ({ health }: AgentSeen): boolean =>
  health === null ||
  (!health.isFrozen && !health.isSlow && ["on", "off"].includes(health.microphone));
