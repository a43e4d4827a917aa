// The agent who talked last with a caller is kept for him for a while, where the queue wants that.
import type { AgentId } from "../ids.ts";
import type { Call, Queue, QueueVisit } from "../state.ts";
import { queueOf, type Turn } from "../turn.ts";
import { isAtWork } from "./lanes.ts";

/** Null when there is no such agent, or waiting for him would lead to nothing. */
export function preferredOf(turn: Turn, call: Call, queue: Queue): QueueVisit["only"] {
  const rule = queue.config.routing?.lastAgent ?? null;
  if (rule === null || rule.patienceMs <= 0) return null;
  const last = turn.centre.lastAgents.get(call.ani);
  if (last === undefined || last.atMs + rule.withinMs < turn.nowMs) return null;
  const agent = turn.centre.agents.get(last.agentId);
  if (agent === undefined || !isAtWork(agent) || !agent.serves.includes(queue.config.id)) {
    return null;
  }
  return { agentId: agent.id, untilMs: turn.nowMs + rule.patienceMs };
}

/** A talk began: the caller may want the same agent again. */
export function rememberAgent(turn: Turn, call: Call, talk: PlaceOfTalk): void {
  const { lastAgents } = turn.centre;
  const rule = queueOf(turn, talk.queueId).config.routing?.lastAgent ?? null;
  if (rule === null || call.ani === "") return;
  lastAgents.delete(call.ani);
  lastAgents.set(call.ani, { agentId: talk.agentId, atMs: turn.nowMs });
  for (const ani of lastAgents.keys()) {
    if (lastAgents.size <= lastAgentsMax) break;
    lastAgents.delete(ani);
  }
}

type PlaceOfTalk = Readonly<{ agentId: AgentId; queueId: string }>;

const lastAgentsMax = 20_000;
