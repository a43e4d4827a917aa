// Who helps beside those who always do: reserve groups switched in by command, and agents lent out
// until a time. (Groups that come by themselves are a step of a queue's relaxation.)
import type { DeskRefusal } from "../command.ts";
import type { CentreEvent, SupervisorRequest } from "../event.ts";
import type { AgentId, GroupId } from "../ids.ts";
import { forget, ignore, record, remind, setAgent, type Turn } from "../turn.ts";
import { indexLanes, refit } from "./lanes.ts";

type ReserveSwitched = Extract<CentreEvent, { type: "reserveSwitched" }>;
type AgentLent = Extract<CentreEvent, { type: "agentLent" }>;

/** A group without members changes nothing and is said so. */
export function reserveSwitched(turn: Turn, event: ReserveSwitched): void {
  const { groupId, isOn, untilMs } = event;
  const isPast = untilMs !== null && untilMs <= turn.nowMs;
  if (isOn && isPast) ignore(turn, event.type, "alreadyOver");
  else if (isOn && membersOf(turn, groupId).length === 0) ignore(turn, event.type, "noMembers");
  else if (isOn) {
    turn.centre.reserves.set(groupId, untilMs);
    if (untilMs === null) forget(turn, { kind: "reserveOver", groupId });
    else remind(turn, { kind: "reserveOver", groupId }, untilMs);
    settle(turn, { groupId, isOn, untilMs });
  } else if (turn.centre.reserves.has(groupId)) reserveOver(turn, groupId);
  else ignore(turn, event.type, "noChange");
}

/** The group's time is over, or it was switched off. Calls that its members have go on. */
export function reserveOver(turn: Turn, groupId: GroupId): void {
  forget(turn, { kind: "reserveOver", groupId });
  turn.centre.reserves.delete(groupId);
  settle(turn, { groupId, isOn: false, untilMs: null });
}

/** A supervisor's wish from the desk; the event that it stands for says what happens. */
export function switchReserve(
  turn: Turn,
  { groupId, isOn, forMs }: RequestOf<"switchReserve">,
): DeskRefusal | null {
  if (membersOf(turn, groupId).length === 0) return "unknownGroup";
  if (!isOn && !turn.centre.reserves.has(groupId)) return "noChange";
  const untilMs = forMs === null ? null : turn.nowMs + Math.max(1, forMs);
  reserveSwitched(turn, { type: "reserveSwitched", groupId, isOn, untilMs });
  return null;
}

export function lendAgent(
  turn: Turn,
  { agentId, skills, forMs }: RequestOf<"lendAgent">,
): DeskRefusal | null {
  const agent = turn.centre.agents.get(agentId);
  if (agent === undefined) return "unknownAgent";
  if (forMs <= 0 && agent.loan === null) return "noChange";
  agentLent(turn, { type: "agentLent", agentId, skills, untilMs: turn.nowMs + forMs });
  return null;
}

type RequestOf<Type extends SupervisorRequest["type"]> = Extract<SupervisorRequest, { type: Type }>;

/** A loan replaces the one before. */
export function agentLent(turn: Turn, event: AgentLent): void {
  const { agentId, skills, untilMs } = event;
  const agent = turn.centre.agents.get(agentId);
  if (agent === undefined) ignore(turn, event.type, "unknownAgent");
  else if (untilMs > turn.nowMs) {
    setAgent(turn, agentId, { loan: { skills, untilMs } });
    remind(turn, { kind: "loanOver", agentId }, untilMs);
    record(turn, { type: "agentLent", agentId, untilMs });
    refit(turn, agentId);
  } else if (agent.loan === null) ignore(turn, event.type, "noChange");
  else loanOver(turn, agentId);
}

export function loanOver(turn: Turn, agentId: AgentId): void {
  if (!turn.centre.agents.has(agentId)) return;
  forget(turn, { kind: "loanOver", agentId });
  setAgent(turn, agentId, { loan: null });
  record(turn, { type: "agentLent", agentId, untilMs: null });
  refit(turn, agentId);
}

function settle(
  turn: Turn,
  change: Readonly<{ groupId: GroupId; isOn: boolean; untilMs: number | null }>,
): void {
  record(turn, { type: "reserveSwitched", ...change });
  const index = indexLanes(turn.centre);
  for (const agentId of membersOf(turn, change.groupId)) refit(turn, agentId, index);
}

const membersOf = (turn: Turn, groupId: GroupId): AgentId[] =>
  [...turn.centre.agents.values()]
    .filter(({ config }) => config.reserve === groupId)
    .map(({ id }) => id);
