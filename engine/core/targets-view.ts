// Where an agent can hand a caller over to, as plain objects for the desk.
import { isFree } from "./acd/agent-state.ts";
import { lineOf, waitingCount } from "./acd/queue.ts";
import type { Language } from "./centre-config.ts";
import type { AgentStateKind } from "./fact.ts";
import type { AgentId, Ms, QueueId } from "./ids.ts";
import { sizeOf } from "./ordered.ts";
import type { Centre } from "./state.ts";

type Text = Record<Language, string>;

type TargetsView = {
  queues: {
    queueId: QueueId;
    name: Text;
    waiting: number;
    longestWaitSinceMs: Ms | null;
    agentsReady: number;
  }[];
  agents: {
    agentId: AgentId;
    name: Text;
    state: Exclude<AgentStateKind, "loggedOut">;
    isFree: boolean;
  }[];
  /** On behalf of which queues the agent may call numbers, and what may be shown. */
  dial: { queueId: QueueId; name: Text; callerIds: string[] }[];
};

/** Queues, and colleagues who are logged in; those who can be rung now come first. */
export function targetsView(centre: Centre, agentId: AgentId): TargetsView {
  const queues = [...centre.queues.values()].filter(({ retired }) => !retired);
  return {
    queues: queues.map((queue) => ({
      queueId: queue.config.id,
      name: { ...queue.config.name },
      waiting: waitingCount(queue),
      longestWaitSinceMs: lineOf(centre, queue).reduce<Ms | null>(
        (least, { queuedAtMs }) => (least === null ? queuedAtMs : Math.min(least, queuedAtMs)),
        null,
      ),
      agentsReady: sizeOf(queue.ready),
    })),
    agents: [...centre.agents.values()]
      .flatMap((agent) => {
        const { kind } = agent.state;
        if (agent.id === agentId || kind === "loggedOut" || agent.retired) return [];
        const name = { ...agent.config.name };
        return [{ agentId: agent.id, name, state: kind, isFree: isFree(agent) }];
      })
      .sort((a, b) => Number(b.isFree) - Number(a.isFree))
      .slice(0, agentsMax),
    dial: queues.flatMap(({ config }) => {
      const isServed = centre.agents.get(agentId)?.serves.includes(config.id) ?? false;
      if (config.outbound === undefined || !isServed) return [];
      const { callerIds } = config.outbound;
      return [{ queueId: config.id, name: { ...config.name }, callerIds: [...callerIds] }];
    }),
  };
}

/** A frame holds these with room to spare; who is free comes first. */
const agentsMax = 500;
