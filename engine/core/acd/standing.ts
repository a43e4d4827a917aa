// Where a free agent stands: in the idle line of every lane that the agent may take calls of.
import type { DeskRefusal } from "../command.ts";
import type { AgentId } from "../ids.ts";
import { insertOrdered, removeOrdered } from "../ordered.ts";
import type { Agent, Lane, LaneRef, Queue, ReadyAgent } from "../state.ts";
import { agentToday, nextDayMs } from "../stats/stats.ts";
import { agentOf, remind, setAgent, type Turn } from "../turn.ts";
import { idleOrder } from "./line.ts";
import { strategies } from "./strategies/all-strategies.ts";

/** What keeps calls from a seat; the first that applies. */
export type SeatFault = "device" | "desk" | "microphone" | "frozen" | "slow";

/** A call can be delivered to this agent now. */
export const isLive = (agent: Agent): boolean => seatFaultOf(agent) === null;

/**
 * A browser needs its page, its registration and what the page told of itself; a phone its
 * registration; a fixed device nothing.
 */
export function seatFaultOf({ config, contact, desk, health, isSlow }: Agent): SeatFault | null {
  const { kind } = config.device;
  if (kind === "fixed") return null;
  if (kind === "phone") return contact === null ? "device" : null;
  if (desk !== "open") return "desk";
  if (contact === null) return "device";
  if (health === null) return null;
  if (health.isFrozen) return "frozen";
  if (health.microphone !== "on" && health.microphone !== "off") return "microphone";
  return isSlow ? "slow" : null;
}

/** Why an agent cannot work from this seat now; null when nothing is wrong. */
export function seatRefusal(agent: Agent): DeskRefusal | null {
  const fault = seatFaultOf(agent);
  if (fault === null) return null;
  return fault === "device" || fault === "desk" ? "deviceUnreachable" : "seatUnfit";
}

/** Enters the idle lines of the agent's lanes, when a call can be offered. */
export function standUp(turn: Turn, agentId: AgentId): void {
  const agent = agentOf(turn, agentId);
  if (agent.state.kind !== "ready" || agent.retired || !isLive(agent)) return;
  const { centre, nowMs } = turn;
  const { idle } = agent.state;
  const today = agentToday(centre.stats, agentId, nowMs);
  const stats = centre.stats.agents.get(agentId) ?? null;
  const standing: { lane: LaneRef; place: ReadyAgent }[] = [];
  let isAtLimit = false;
  for (const ref of agent.lanes) {
    const queue = centre.queues.get(ref.queueId);
    const lane = queue === undefined ? undefined : laneAt(queue, ref.key);
    if (queue === undefined || lane === undefined) continue;
    if (hasDoneTheDay(queue, today.byQueue)) {
      isAtLimit = true;
      continue;
    }
    const rank = strategies[queue.config.strategy]({ agent, queue, today, stats, nowMs });
    const place = { agentId, rank, ...idle };
    insertOrdered(lane.ready, place, idleOrder);
    standing.push({ lane: ref, place });
    turn.touched.add(ref.queueId);
  }
  setAgent(turn, agentId, { standing });
  if (isAtLimit) remind(turn, { kind: "newDay", agentId }, nextDayMs(centre.stats, nowMs));
}

/** Leaves the idle lines; nothing happens when the agent stands in none. */
export function standDown(turn: Turn, agentId: AgentId): void {
  const { standing } = agentOf(turn, agentId);
  if (standing.length === 0) return;
  for (const { lane, place } of standing) {
    const queue = turn.centre.queues.get(lane.queueId);
    const ready = queue === undefined ? undefined : laneAt(queue, lane.key)?.ready;
    if (ready !== undefined) removeOrdered(ready, place, idleOrder);
  }
  setAgent(turn, agentId, { standing: [] });
}

/** A new day: who had taken all calls of a queue may take some again. */
export function newDay(turn: Turn, agentId: AgentId): void {
  if (!turn.centre.agents.has(agentId)) return;
  standDown(turn, agentId);
  standUp(turn, agentId);
}

/** The agent has taken as many calls of the queue as one may in a day. */
export function hasDoneTheDay(queue: Queue, callsToday: Readonly<Record<string, number>>): boolean {
  const max = queue.config.routing?.agentCallsPerDayMax ?? null;
  return max !== null && (callsToday[queue.config.id] ?? 0) >= max;
}

const laneAt = (queue: Queue, key: string): Lane | undefined =>
  key === "" ? queue : queue.lanes.get(key);
