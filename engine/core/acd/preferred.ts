// The agent whom a flow named, or who talked last with a caller, is kept for him for a while, where the
// queue wants that.
import type { AgentId, Ms } from "../ids.ts";
import type { Call, Queue, QueueVisit } from "../state.ts";
import { queueOf, type Turn } from "../turn.ts";
import { isAtWork } from "./lanes.ts";

/**
 * Whom the flow named goes before who talked last. Null when there is no such agent, or waiting for
 * him would lead to nothing.
 */
export const preferredOf = (turn: Turn, call: Call, queue: Queue): QueueVisit["only"] =>
  namedOf(turn, call, queue) ?? lastOf(turn, call, queue);

/** The agent whose id a flow put into the tag that the queue names; the latest one counts. */
function namedOf(turn: Turn, call: Call, queue: Queue): QueueVisit["only"] {
  const rule = queue.config.routing?.namedAgent ?? null;
  if (rule === null) return null;
  const named = [...call.path].reverse().find(({ name }) => name === rule.tag);
  return named === undefined ? null : keptFor(turn, queue, named.value, rule.patienceMs);
}

function lastOf(turn: Turn, call: Call, queue: Queue): QueueVisit["only"] {
  const rule = queue.config.routing?.lastAgent ?? null;
  if (rule === null) return null;
  const last = turn.centre.lastAgents.get(call.ani);
  if (last === undefined || last.atMs + rule.withinMs < turn.nowMs) return null;
  return keptFor(turn, queue, last.agentId, rule.patienceMs);
}

function keptFor(turn: Turn, queue: Queue, agentId: AgentId, patienceMs: Ms): QueueVisit["only"] {
  const agent = turn.centre.agents.get(agentId);
  const serves = agent?.serves.includes(queue.config.id) === true;
  if (agent === undefined || patienceMs <= 0 || !isAtWork(agent) || !serves) return null;
  return { agentId, untilMs: turn.nowMs + patienceMs };
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
