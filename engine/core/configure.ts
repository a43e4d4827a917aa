// A new configuration on a running centre: nothing that runs is split. Calls keep their number, flow
// version and queue; agents and queues that are gone finish what they have.
import { leaveIfRetired, setServes, standDown } from "./acd/agent-state.ts";
import { waitingCount } from "./acd/queue.ts";
import { comeBack } from "./acd/seat.ts";
import { endRinging } from "./call/parties.ts";
import type { AgentConfig, CentreConfig, QueueConfig } from "./centre-config.ts";
import type { QueueId } from "./ids.ts";
import { type Agent, type Centre, flowKey } from "./state.ts";
import { configureStats } from "./stats/stats.ts";
import { agentOf, setAgent, type Turn } from "./turn.ts";

export function configure(turn: Turn, config: CentreConfig): void {
  turn.centre.config = config;
  configureQueues(turn, config.queues);
  configureFlows(turn.centre);
  configureAgents(turn, config.agents);
  dropRetiredQueues(turn);
}

/** Forgets queues that are no longer configured once no call has anything to do with them. */
export function dropRetiredQueues(turn: Turn): void {
  const { centre } = turn;
  for (const [queueId, queue] of centre.queues) {
    if (!queue.retired || waitingCount(queue) > 0 || hasCallOf(centre, queueId)) continue;
    for (const agent of centre.agents.values()) {
      if (!agent.serves.includes(queueId)) continue;
      setServes(
        turn,
        agent.id,
        agent.serves.filter((other) => other !== queueId),
      );
    }
    centre.queues.delete(queueId);
    configureStats(
      centre.stats,
      [...centre.queues.values()].map(({ config }) => config),
    );
  }
}

function configureQueues(turn: Turn, configs: readonly QueueConfig[]): void {
  const { queues, stats } = turn.centre;
  for (const queue of queues.values()) queue.retired = true;
  for (const config of configs) {
    const known = queues.get(config.id);
    if (known === undefined) {
      queues.set(config.id, { config, retired: false, waiting: [], ringing: [], ready: [] });
    } else {
      known.config = config;
      known.retired = false;
    }
    turn.touched.add(config.id);
  }
  configureStats(
    stats,
    [...queues.values()].map(({ config }) => config),
  );
}

/** Keeps the flows of the configuration and those that calls are in. */
function configureFlows(centre: Centre): void {
  const kept = new Map(centre.config.flows.map((flow) => [flowKey(flow), flow]));
  for (const { place } of centre.calls.values()) {
    if (place.kind !== "flow") continue;
    const key = place.position.flowKey;
    const flow = centre.flows.get(key);
    if (flow !== undefined) kept.set(key, flow);
  }
  centre.flows = kept;
}

function configureAgents(turn: Turn, configs: readonly AgentConfig[]): void {
  const { agents } = turn.centre;
  const configured = new Set(configs.map(({ id }) => id));
  for (const agent of [...agents.values()]) {
    if (!configured.has(agent.id)) retire(turn, agent);
  }
  for (const config of configs) {
    const known = agents.get(config.id);
    if (known === undefined) addAgent(turn, config);
    else {
      standDown(turn, config.id);
      setAgent(turn, config.id, { config, retired: false });
    }
    setServes(turn, config.id, servesOf(turn.centre, config));
    comeBack(turn, config.id);
  }
}

function addAgent(turn: Turn, config: AgentConfig): void {
  turn.centre.agents.set(config.id, {
    id: config.id,
    config,
    state: { kind: "loggedOut", sinceMs: turn.nowMs },
    desk: "closed",
    contact: null,
    graceEndsAtMs: config.device.kind === "fixed" ? null : turn.nowMs,
    nextNotReady: null,
    pop: null,
    serves: [],
    retired: false,
  });
}

function retire(turn: Turn, agent: Agent): void {
  standDown(turn, agent.id);
  const retired = setAgent(turn, agent.id, { retired: true });
  const { kind } = retired.state;
  if (kind === "onCall" || kind === "wrapUp") return;
  // The withdrawn offer makes the agent ready, and a retired agent leaves at that point.
  if (retired.state.kind === "offered") endRinging(turn, agent.id, "withdrawn");
  else leaveIfRetired(turn, agentOf(turn, agent.id));
}

/** Queues whose every requirement the agent meets. */
function servesOf(centre: Centre, agent: AgentConfig): QueueId[] {
  const meets = ({ requirements }: QueueConfig): boolean =>
    requirements.every(({ skillId, levelMin }) => {
      const level = Object.hasOwn(agent.skills, skillId) ? agent.skills[skillId] : undefined;
      return level !== undefined && level >= levelMin;
    });
  return [...centre.queues.values()]
    .filter(({ config }) => meets(config))
    .map(({ config }) => config.id);
}

const hasCallOf = (centre: Centre, queueId: QueueId): boolean =>
  [...centre.calls.values()].some(
    ({ place }) => "visit" in place && place.visit.queueId === queueId,
  );
