// What agents ask for from their desks. Each request gets one reply: done, or refused with a reason.
import { dialColleague } from "../call/internal.ts";
import { dialNumber } from "../call/outbound.ts";
import { endRinging, talkRequested } from "../call/parties.ts";
import { endWrapUp, recordWrapUp } from "../call/talk.ts";
import type { DeskRefusal } from "../command.ts";
import type { AgentRequest, CentreEvent } from "../event.ts";
import type { Agent } from "../state.ts";
import { order, setAgent, type Turn } from "../turn.ts";
import { logOutAgent, makeNotReady, makeReady } from "./agent-state.ts";
import { acknowledge, askHelp, endHelp } from "./messages.ts";
import { seatRefusal } from "./standing.ts";
import { extendWrapUp, wantWrapUp } from "./wrap-up.ts";

type AgentRequested = Extract<CentreEvent, { type: "agentRequested" }>;

/** Null means done. */
type Reply = DeskRefusal | null;

export function agentRequested(turn: Turn, event: AgentRequested): void {
  const { agentId, requestId, request } = event;
  const agent = turn.centre.agents.get(agentId);
  const refusal = agent === undefined ? "unknownAgent" : answer(turn, agent, request);
  order(turn, { type: "replyToDesk", agentId, requestId, refusal });
}

function answer(turn: Turn, agent: Agent, request: AgentRequest): Reply {
  switch (request.type) {
    case "logIn":
      if (agent.state.kind === "loggedOut") makeNotReady(turn, agent.id, "login");
      return null;
    case "logOut":
      return logOut(turn, agent);
    case "goReady":
      return goReady(turn, agent);
    case "goNotReady":
      return goNotReady(turn, agent, request.reason);
    case "rejectOffer":
      if (agent.state.kind !== "offered") return "noOffer";
      if (agent.state.offerId !== request.offerId) return "staleOffer";
      endRinging(turn, agent.id, "rejected");
      return null;
    case "endWrapUp":
      return finishWrapUp(turn, agent, request);
    case "wantWrapUp":
      return wantWrapUp(turn, agent, request.isWanted);
    case "extendWrapUp":
      return extendWrapUp(turn, agent);
    case "acknowledge":
      return acknowledge(turn, agent, request.messageId);
    case "askHelp":
      return askHelp(turn, agent, request.text);
    case "endHelp":
      return endHelp(turn, agent, agent.id);
    case "dial":
      return dialNumber(turn, agent, request);
    case "dialAgent":
      return dialColleague(turn, agent, request.agentId);
    case "rejoin":
      if (agent.state.kind !== "onCall") return "noCall";
      return talkRequested(turn, agent.id, { callId: agent.state.callId, request });
    default:
      if (agent.state.kind !== "onCall" && agent.state.kind !== "dialling") return "noCall";
      return talkRequested(turn, agent.id, { callId: agent.state.callId, request });
  }
}

function logOut(turn: Turn, agent: Agent): Reply {
  const { kind } = agent.state;
  if (kind === "onCall" || kind === "offered" || kind === "dialling") return "busy";
  if (kind === "wrapUp") recordWrapUp(turn, agent.id, { code: null, notes: "" });
  if (kind !== "loggedOut") logOutAgent(turn, agent.id);
  return null;
}

/** During an offer, call or wrap-up it takes back a chosen not ready. */
function goReady(turn: Turn, agent: Agent): Reply {
  const { kind } = agent.state;
  if (kind === "loggedOut") return "notLoggedIn";
  if (kind === "notReady") {
    const refusal = seatRefusal(agent);
    if (refusal !== null) return refusal;
    makeReady(turn, agent.id);
  } else setAgent(turn, agent.id, { nextNotReady: null });
  return null;
}

/** During an offer, call or wrap-up it chooses what follows. */
function goNotReady(turn: Turn, agent: Agent, reason: string): Reply {
  const { kind } = agent.state;
  if (kind === "loggedOut") return "notLoggedIn";
  if (!turn.centre.config.notReadyReasons.some(({ id }) => id === reason)) return "unknownReason";
  if (kind === "ready" || kind === "notReady") makeNotReady(turn, agent.id, reason);
  else setAgent(turn, agent.id, { nextNotReady: reason });
  return null;
}

function finishWrapUp(
  turn: Turn,
  agent: Agent,
  request: Extract<AgentRequest, { type: "endWrapUp" }>,
): Reply {
  if (agent.state.kind !== "wrapUp") return "noWrapUp";
  const { code, notes } = request;
  const { wrapUpCodes } = turn.centre.config;
  if (code !== null && !wrapUpCodes.some(({ id }) => id === code)) return "unknownCode";
  endWrapUp(turn, agent.id, { code, notes: notes.slice(0, notesMax) });
  return null;
}

const notesMax = 4_000;
