// Whether an agent can be reached: desk, registration, and for how long a lost seat is forgiven.
import { agentGone, endRinging, legOfAgent } from "../call/parties.ts";
import type { CentreEvent } from "../event.ts";
import type { AgentId, Ms } from "../ids.ts";
import type { Agent } from "../state.ts";
import { agentOf, callOf, forget, remind, setAgent, type Turn } from "../turn.ts";
import { goneReason, isAlwaysReady, makeNotReady, makeReady } from "./agent-state.ts";
import { isLive, standDown, standUp } from "./standing.ts";

/** A desk that breaks while ringing is forgiven for less: the caller hears nobody come. */
const offerGraceMsMax = 2_000;

type DeskChanged = Extract<CentreEvent, { type: "deskChanged" }>;
type DeviceBound = Extract<CentreEvent, { type: "deviceBound" }>;

export function deskChanged(turn: Turn, agentId: AgentId, desk: DeskChanged["desk"]): void {
  changeSeat(turn, agentId, { desk });
  const { state, config } = agentOf(turn, agentId);
  if (state.kind !== "offered" || config.device.kind !== "browser") return;
  if (desk === "closed") endRinging(turn, agentId, "seatLost");
  else if (desk === "lost") {
    const graceMs = Math.min(offerGraceMsMax, turn.centre.config.seatGraceMs);
    remind(turn, { kind: "offerSeatGrace", agentId }, turn.nowMs + graceMs);
  } else forget(turn, { kind: "offerSeatGrace", agentId });
}

export function deviceBound(turn: Turn, event: DeviceBound): void {
  const { agentId, contact, expiresAtMs } = event;
  changeSeat(turn, agentId, { contact });
  remind(turn, { kind: "bindingExpiry", agentId }, expiresAtMs);
  comeBack(turn, agentId);
}

export function deviceUnbound(turn: Turn, agentId: AgentId): void {
  forget(turn, { kind: "bindingExpiry", agentId });
  changeSeat(turn, agentId, { contact: null });
}

/** An always-ready agent whose device is there logs in and gets ready by itself. */
export function comeBack(turn: Turn, agentId: AgentId): void {
  const agent = agentOf(turn, agentId);
  if (!isAlwaysReady(agent) || !isLive(agent)) return;
  const { state } = agent;
  if (state.kind === "loggedOut") makeNotReady(turn, agentId, "login");
  else if (state.kind !== "notReady" || !automaticReasons.has(state.reason)) return;
  makeReady(turn, agentId);
}

/** A pause after an offer that failed is over. */
export function pauseOver(turn: Turn, agentId: AgentId): void {
  comeBack(turn, agentId);
}

/** A seat has been gone for longer than is forgiven. */
export function seatGraceOver(turn: Turn, agentId: AgentId): void {
  const agent = agentOf(turn, agentId);
  if (isLive(agent)) return;
  if (agent.state.kind === "ready") makeNotReady(turn, agentId, goneReason(agent));
  else loseSilentSeat(turn, agentId);
}

export function offerSeatGraceOver(turn: Turn, agentId: AgentId): void {
  const { state } = agentOf(turn, agentId);
  if (state.kind === "offered") endRinging(turn, agentId, "seatLost");
}

/**
 * Takes an agent out of a talk when the seat has been gone for too long and nothing is heard from it
 * either; who is alone with the caller gives the caller back to the queue. A talk whose audio flows goes on without its desk.
 */
export function loseSilentSeat(turn: Turn, agentId: AgentId): void {
  const agent = agentOf(turn, agentId);
  if (!("callId" in agent.state) || !talking.has(agent.state.kind)) return;
  if (!isDeskGone(agent, turn.nowMs)) return;
  const { place, id } = callOf(turn, agent.state.callId);
  const legId = legOfAgent(place, agentId);
  if (legId === null || turn.centre.legs.get(legId)?.media === "flowing") return;
  agentGone(turn, id, { agentId, isLost: true });
}

/**
 * After a restart nobody's page is connected: all desks count as lost since now, and are forgiven
 * for `graceMs`.
 */
export function deskUnknownAfterRestart(turn: Turn, agentId: AgentId, graceMs: Ms): void {
  if (agentOf(turn, agentId).config.device.kind !== "browser") return;
  standDown(turn, agentId);
  const graceEndsAtMs = turn.nowMs + graceMs;
  setAgent(turn, agentId, { desk: "lost", graceEndsAtMs });
  remind(turn, { kind: "seatGrace", agentId }, graceEndsAtMs);
}

function changeSeat(
  turn: Turn,
  agentId: AgentId,
  changes: Partial<Pick<Agent, "desk" | "contact">>,
): void {
  const before = agentOf(turn, agentId);
  standDown(turn, agentId);
  const after = setAgent(turn, agentId, changes);
  if (isLive(after)) {
    forget(turn, { kind: "seatGrace", agentId });
    setAgent(turn, agentId, { graceEndsAtMs: null });
  } else if (before.graceEndsAtMs === null) {
    const graceEndsAtMs = turn.nowMs + turn.centre.config.seatGraceMs;
    setAgent(turn, agentId, { graceEndsAtMs });
    remind(turn, { kind: "seatGrace", agentId }, graceEndsAtMs);
  }
  standUp(turn, agentId);
}

const talking: ReadonlySet<string> = new Set(["onCall", "dialling"]);

const isDeskGone = (agent: Agent, nowMs: Ms): boolean =>
  agent.config.device.kind === "browser" &&
  agent.desk !== "open" &&
  agent.graceEndsAtMs !== null &&
  agent.graceEndsAtMs <= nowMs;

const automaticReasons: ReadonlySet<string> = new Set([
  "login",
  "rona",
  "rejected",
  "unreachable",
  "seatLost",
]);
