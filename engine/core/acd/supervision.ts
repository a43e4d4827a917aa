// What a supervisor does to agents from the desk. Every act that is done leaves a `supervisorActed`
// fact; what no longer fits (the talk is over, the wrap-up ended by itself) is refused and changes
// nothing.
import { endRinging } from "../call/parties.ts";
import { agentHungUp, endWrapUp, recordWrapUp } from "../call/talk.ts";
import type { DeskRefusal } from "../command.ts";
import type { SupervisorRequest } from "../event.ts";
import type { SupervisorAct } from "../fact.ts";
import type { AgentId } from "../ids.ts";
import type { Agent } from "../state.ts";
import { callOf, record, setAgent, type Turn } from "../turn.ts";
import { logOutAgent, makeNotReady, makeReady } from "./agent-state.ts";
import { seatRefusal } from "./standing.ts";

export type ActRequest = Extract<
  SupervisorRequest,
  { type: "forceReady" | "forceNotReady" | "endAgentWrapUp" | "logOutAgent" | "disconnect" }
>;

export function supervisorActs(
  turn: Turn,
  supervisorId: AgentId,
  request: ActRequest,
): DeskRefusal | null {
  const agent = turn.centre.agents.get(request.agentId);
  if (agent === undefined) return "unknownAgent";
  const act = acts[request.type];
  const refusal = perform(turn, agent, request);
  if (refusal !== null) return refusal;
  record(turn, {
    type: "supervisorActed",
    supervisorId,
    agentId: agent.id,
    act,
    detail: request.type === "forceNotReady" ? request.reason : null,
  });
  return null;
}

function perform(turn: Turn, agent: Agent, request: ActRequest): DeskRefusal | null {
  switch (request.type) {
    case "forceReady":
      return forceReady(turn, agent);
    case "forceNotReady":
      return forceNotReady(turn, agent, request.reason);
    case "endAgentWrapUp":
      if (agent.state.kind !== "wrapUp") return "noWrapUp";
      endWrapUp(turn, agent.id, { code: null, notes: "" });
      return null;
    case "logOutAgent":
      return forceLogOut(turn, agent);
    case "disconnect":
      return disconnect(turn, agent);
  }
}

/** With a call or in wrap-up it takes back a not ready that was to follow. */
function forceReady(turn: Turn, agent: Agent): DeskRefusal | null {
  const { kind } = agent.state;
  if (kind === "loggedOut") return "notLoggedIn";
  const refusal = kind === "notReady" ? seatRefusal(agent) : null;
  if (refusal !== null) return refusal;
  setAgent(turn, agent.id, { nextNotReady: null });
  if (kind === "notReady") makeReady(turn, agent.id);
  return null;
}

/** With a call or in wrap-up it follows; an offer is taken away and goes on at its place. */
function forceNotReady(turn: Turn, agent: Agent, reason: string): DeskRefusal | null {
  const { kind } = agent.state;
  if (kind === "loggedOut") return "notLoggedIn";
  if (!turn.centre.config.notReadyReasons.some(({ id }) => id === reason)) return "unknownReason";
  if (kind === "ready" || kind === "notReady") makeNotReady(turn, agent.id, reason);
  else {
    setAgent(turn, agent.id, { nextNotReady: reason });
    if (kind === "offered") endRinging(turn, agent.id, "withdrawn");
  }
  return null;
}

/** A talk is never cut by a logout: `disconnect` does that. */
function forceLogOut(turn: Turn, agent: Agent): DeskRefusal | null {
  switch (agent.state.kind) {
    case "loggedOut":
      return "notLoggedIn";
    case "onCall":
    case "dialling":
      return "busy";
    case "offered":
      endRinging(turn, agent.id, "withdrawn");
      break;
    case "wrapUp":
      recordWrapUp(turn, agent.id, { code: null, notes: "" });
      break;
    default:
  }
  if (turn.centre.agents.has(agent.id)) logOutAgent(turn, agent.id);
  return null;
}

/** Ends the agent's talk with a caller (强拆); with a colleague in it there is more than one talk. */
function disconnect(turn: Turn, agent: Agent): DeskRefusal | null {
  if (agent.state.kind !== "onCall") return "noCall";
  const { callId } = agent.state;
  const { place } = callOf(turn, callId);
  if (place.kind !== "bridge") return "noCall";
  if (place.talk.consult !== null) return "inConsult";
  agentHungUp(turn, callId, "supervisor");
  return null;
}

const acts: Readonly<Record<ActRequest["type"], SupervisorAct>> = {
  forceReady: "forceReady",
  forceNotReady: "forceNotReady",
  endAgentWrapUp: "endWrapUp",
  logOutAgent: "logOut",
  disconnect: "disconnect",
};
