// The lanes of a queue: opened for the first call with a need, closed when nobody stands in one that
// was for a certain agent. Agents stand in every lane whose need they meet.
import type { AgentId, SkillId } from "../ids.ts";
import { assert } from "../invariant.ts";
import { createOrdered, insertOrdered, removeOrdered, sizeOf } from "../ordered.ts";
import type { Agent, Centre, Lane, LaneRef, Queue, QueuedCall, QueueVisit } from "../state.ts";
import { agentOf, setAgent, type Turn } from "../turn.ts";
import { callOrder } from "./line.ts";
import { laneKeyOf, misfitOf, needOf, skillsOf } from "./need.ts";
import { standDown, standUp } from "./standing.ts";

/** The base lane first. */
export const lanesOf = (queue: Queue): readonly Lane[] =>
  queue.lanes.size === 0 ? [queue] : [queue, ...queue.lanes.values()];

/** Puts a call at its place in the lane of its need. */
export function joinLane(turn: Turn, queue: Queue, call: QueuedCall): void {
  insertOrdered(openLane(turn, queue, call).waiting, call, callOrder);
  turn.touched.add(queue.config.id);
}

/** Takes a waiting call out of its lane. */
export function leaveLane(turn: Turn, queue: Queue, call: QueuedCall): void {
  const key = laneKeyOf(call);
  const lane = key === "" ? queue : queue.lanes.get(key);
  const removed = lane !== undefined && removeOrdered(lane.waiting, call, callOrder);
  assert(removed, `call ${call.callId} stands in the line that it leaves`);
  turn.touched.add(queue.config.id);
  if (lane.need.only !== null && sizeOf(lane.waiting) === 0) closeLane(turn, queue, lane);
}

/** Where to look for the lanes of an agent: under a skill that each of them asks for. */
export type LaneIndex = ReadonlyMap<SkillId | null, readonly IndexedLane[]>;
type IndexedLane = Readonly<{ queue: Queue; lane: Lane; at: number }>;

/** Good until a lane is opened or closed. Null: lanes that ask for no skill. */
export function indexLanes(centre: Centre): LaneIndex {
  const index = new Map<SkillId | null, IndexedLane[]>();
  let at = 0;
  for (const queue of centre.queues.values()) {
    for (const lane of lanesOf(queue)) {
      const skillId = lane.need.requirements[0]?.skillId ?? null;
      const others = index.get(skillId);
      if (others === undefined) index.set(skillId, [{ queue, lane, at }]);
      else others.push({ queue, lane, at });
      at += 1;
    }
  }
  return index;
}

/** Finds out anew which lanes the agent may take calls of; offers and calls go on. */
export function refit(turn: Turn, agentId: AgentId, index = indexLanes(turn.centre)): void {
  const { centre } = turn;
  standDown(turn, agentId);
  const agent = agentOf(turn, agentId);
  countStaff(turn, agent, -1);
  const found = [null, ...Object.keys(skillsOf(agent))]
    .flatMap((skillId) => index.get(skillId) ?? [])
    .filter(({ lane }) => misfitOf(centre, agent, lane.need) === null)
    .sort((a, b) => a.at - b.at);
  const fitted = setAgent(turn, agentId, {
    serves: found.flatMap(({ queue, lane }) => (lane === queue ? [queue.config.id] : [])),
    lanes: found.map(({ queue, lane }): LaneRef => ({ queueId: queue.config.id, key: lane.key })),
  });
  countStaff(turn, fitted, 1);
  standUp(turn, agentId);
}

/** Agents at work count for the queues that they serve, each in its share. */
export function countStaff(turn: Turn, agent: Agent, sign: 1 | -1): void {
  if (!isAtWork(agent)) return;
  for (const queueId of agent.serves) {
    const queue = turn.centre.queues.get(queueId);
    if (queue === undefined) continue;
    const agents = queue.staffing.agents + sign;
    const share = queue.staffing.share + sign / agent.serves.length;
    // Rounding must not leave a share of nobody.
    queue.staffing = { agents, share: agents === 0 ? 0 : share };
  }
}

export const isAtWork = ({ state }: Agent): boolean =>
  state.kind !== "loggedOut" && state.kind !== "notReady";

function openLane(turn: Turn, queue: Queue, visit: QueueVisit): Lane {
  const key = laneKeyOf(visit);
  const known = key === "" ? queue : queue.lanes.get(key);
  if (known !== undefined) return known;
  const need = needOf(queue.config, visit);
  const lane: Lane = { key, need, waiting: createOrdered(), ready: createOrdered() };
  queue.lanes.set(key, lane);
  const ref: LaneRef = { queueId: queue.config.id, key };
  const { agents } = turn.centre;
  const only = need.only === null ? undefined : agents.get(need.only);
  for (const agent of need.only === null ? agents.values() : only === undefined ? [] : [only]) {
    if (misfitOf(turn.centre, agent, need) !== null) continue;
    standDown(turn, agent.id);
    setAgent(turn, agent.id, { lanes: [...agent.lanes, ref] });
    standUp(turn, agent.id);
  }
  return lane;
}

function closeLane(turn: Turn, queue: Queue, lane: Lane): void {
  queue.lanes.delete(lane.key);
  lane.ready = createOrdered();
  const agent = lane.need.only === null ? undefined : turn.centre.agents.get(lane.need.only);
  if (agent === undefined) return;
  const isOther = (ref: LaneRef): boolean =>
    ref.queueId !== queue.config.id || ref.key !== lane.key;
  setAgent(turn, agent.id, {
    lanes: agent.lanes.filter(isOther),
    standing: agent.standing.filter((standing) => isOther(standing.lane)),
  });
}
