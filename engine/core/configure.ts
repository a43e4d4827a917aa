// A new configuration on a running centre: nothing that runs is split. Calls keep their number, flow
// version and queue; agents and queues that are gone finish what they have. Only what changed costs:
// calls of queues and standings of agents that are as before stay where they are.
import { leaveIfRetired } from "./acd/agent-state.ts";
import { indexLanes, lanesOf, refit } from "./acd/lanes.ts";
import { callOrder } from "./acd/line.ts";
import { baseNeed } from "./acd/need.ts";
import { rejoin, waitingCount } from "./acd/queue.ts";
import { comeBack } from "./acd/seat.ts";
import { standDown } from "./acd/standing.ts";
import { configureWatchers } from "./call/monitor.ts";
import { endRinging } from "./call/parties.ts";
import { forgetUnwatchedTrunks } from "./call/trunk-state.ts";
import type { AgentConfig, CentreConfig, QueueConfig } from "./centre-config.ts";
import type { QueueId } from "./ids.ts";
import { createOrdered, itemsOf, sizeOf } from "./ordered.ts";
import { sameData } from "./same.ts";
import { type Agent, type Centre, flowKey, type Queue } from "./state.ts";
import { cutBooks, newThresholds } from "./stats/configured-queues.ts";
import { agentOf, record, setAgent, type Turn } from "./turn.ts";

export function configure(turn: Turn, config: CentreConfig): void {
  const changed = config.queues.filter((queue) => !isAsBefore(turn.centre.queues, queue));
  if (changed.length > 0) {
    for (const agentId of turn.centre.agents.keys()) standDown(turn, agentId);
  }
  turn.centre.config = config;
  configureQueues(turn, config.queues, changed);
  configureFlows(turn.centre);
  forgetUnwatchedTrunks(turn.centre);
  configureAgents(turn, config.agents, changed.length > 0);
  configureWatchers(turn, config.supervisors ?? []);
  dropRetiredQueues(turn);
}

/** Neither its calls' needs nor its agents' ranks change, and it has no lanes to forget. */
function isAsBefore(queues: Centre["queues"], config: QueueConfig): boolean {
  const known = queues.get(config.id);
  if (known === undefined || !sameData(known.config, config)) return false;
  return lanesOf(known).every((lane) => lane === known || sizeOf(lane.waiting) > 0);
}

/** Forgets queues that are no longer configured once no call has anything to do with them. */
export function dropRetiredQueues(turn: Turn): void {
  const { centre } = turn;
  const dropped = new Set<QueueId>();
  for (const [queueId, queue] of centre.queues) {
    if (!queue.retired || waitingCount(queue) > 0 || hasCallOf(centre, queueId)) continue;
    centre.queues.delete(queueId);
    dropped.add(queueId);
  }
  if (dropped.size > 0) {
    const index = indexLanes(centre);
    for (const agent of centre.agents.values()) {
      if (agent.lanes.some(({ queueId }) => dropped.has(queueId))) refit(turn, agent.id, index);
    }
    cutBooks(centre.stats.queues, new Set(centre.queues.keys()));
  }
  centre.hasRetiredQueues = [...centre.queues.values()].some(({ retired }) => retired);
}

function configureQueues(
  turn: Turn,
  configs: readonly QueueConfig[],
  changedConfigs: readonly QueueConfig[],
): void {
  const { queues, stats } = turn.centre;
  for (const queue of queues.values()) queue.retired = true;
  for (const config of configs) {
    const known = queues.get(config.id);
    if (known === undefined) {
      queues.set(config.id, createQueue(config));
    } else {
      known.config = config;
      known.retired = false;
    }
    turn.touched.add(config.id);
  }
  for (const { id } of changedConfigs) {
    const queue = queues.get(id);
    if (queue !== undefined) openLanesAnew(turn, queue);
  }
  cutBooks(stats.queues, new Set(queues.keys()));
  const changed = newThresholds(
    stats.queues,
    [...queues.values()].map(({ config }) => config),
  );
  for (const { id, targetMs, shortAbandonMs } of changed) {
    record(turn, { type: "queueConfigured", queueId: id, targetMs, shortAbandonMs });
  }
}

const createQueue = (config: QueueConfig): Queue => ({
  key: "",
  need: baseNeed(config),
  waiting: createOrdered(),
  ready: createOrdered(),
  config,
  retired: false,
  ringing: new Map(),
  lanes: new Map(),
  staffing: { agents: 0, share: 0 },
  turns: new Map(),
});

/** What calls need may have changed: each goes to the lane where it belongs now, at its old place. */
function openLanesAnew(turn: Turn, queue: Queue): void {
  const waiting = lanesOf(queue).flatMap((lane) => itemsOf(lane.waiting));
  queue.need = baseNeed(queue.config);
  queue.waiting = createOrdered();
  queue.lanes = new Map();
  for (const { callId } of waiting.sort(callOrder)) rejoin(turn, callId);
  if (queue.config.strategy !== "roundRobin") queue.turns.clear();
}

/** Keeps the flows of the configuration and those that calls are in or will come back to. */
function configureFlows(centre: Centre): void {
  const kept = new Map(centre.config.flows.map((flow) => [flowKey(flow), flow]));
  const keep = (key: string): void => {
    const flow = centre.flows.get(key);
    if (flow === undefined || kept.has(key)) return;
    kept.set(key, flow);
    for (const [id, version] of Object.entries(flow.uses ?? {})) keep(flowKey({ id, version }));
  };
  for (const { place, resume } of centre.calls.values()) {
    const positions = [place.kind === "flow" ? place.position : null, resume ?? null];
    for (const position of positions) {
      if (position === null) continue;
      keep(position.flowKey);
      for (const caller of position.callers) keep(caller.flowKey);
    }
  }
  centre.flows = kept;
}

function configureAgents(
  turn: Turn,
  configs: readonly AgentConfig[],
  haveQueuesChanged: boolean,
): void {
  const { agents } = turn.centre;
  const configured = new Set(configs.map(({ id }) => id));
  for (const agent of [...agents.values()]) {
    if (!configured.has(agent.id)) retire(turn, agent);
  }
  const index = indexLanes(turn.centre);
  for (const config of configs) {
    const known = agents.get(config.id);
    const isAsBefore = known !== undefined && !known.retired && sameData(known.config, config);
    if (known === undefined) addAgent(turn, config);
    else if (!isAsBefore) setAgent(turn, config.id, { config, retired: false });
    if (haveQueuesChanged || !isAsBefore) refit(turn, config.id, index);
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
    health: null,
    isSlow: false,
    graceEndsAtMs: config.device.kind === "fixed" ? null : turn.nowMs,
    nextNotReady: null,
    wantsWrapUp: false,
    pop: null,
    lastDial: null,
    messages: [],
    help: null,
    serves: [],
    lanes: [],
    standing: [],
    loan: null,
    retired: false,
  });
}

function retire(turn: Turn, agent: Agent): void {
  standDown(turn, agent.id);
  const retired = setAgent(turn, agent.id, { retired: true });
  const { kind } = retired.state;
  if (kind === "onCall" || kind === "dialling" || kind === "wrapUp") return;
  // The withdrawn offer makes the agent ready, and a retired agent leaves at that point.
  if (retired.state.kind === "offered") endRinging(turn, agent.id, "withdrawn");
  else leaveIfRetired(turn, agentOf(turn, agent.id));
}

const hasCallOf = (centre: Centre, queueId: QueueId): boolean =>
  [...centre.calls.values()].some(
    ({ place }) => "visit" in place && place.visit.queueId === queueId,
  );
