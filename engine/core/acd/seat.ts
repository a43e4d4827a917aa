// Whether an agent can be reached: desk, registration, and for how long a lost seat is forgiven.
import { agentGone, endRinging, legOfAgent } from "../call/parties.ts";
import { agentAway, mayRejoin, seatIsBack } from "../call/rejoin.ts";
import { hasDeadline } from "../deadlines.ts";
import type { CentreEvent } from "../event.ts";
import type { AgentId, Ms } from "../ids.ts";
import type { Agent } from "../state.ts";
import { agentOf, callOf, forget, ignore, remind, setAgent, type Turn } from "../turn.ts";
import { goneReason, isAlwaysReady, makeNotReady, makeReady } from "./agent-state.ts";
import { isLive, seatFaultOf, standDown, standUp } from "./standing.ts";

/** A desk that breaks while ringing is forgiven for less: the caller hears nobody come. */
const offerGraceMsMax = 2_000;

type DeskChanged = Extract<CentreEvent, { type: "deskChanged" }>;
type DeviceBound = Extract<CentreEvent, { type: "deviceBound" }>;
type HealthChanged = Extract<CentreEvent, { type: "seatHealthChanged" }>;

/** A page that opens anew is not frozen, and its link has not been measured yet. */
export function deskChanged(turn: Turn, agentId: AgentId, desk: DeskChanged["desk"]): void {
  const { health } = agentOf(turn, agentId);
  const isNew = desk === "open" && health !== null;
  const fresh = isNew ? { ...health, isFrozen: false, roundTripMs: null } : health;
  changeSeat(turn, agentId, { desk, health: fresh, ...(isNew ? { isSlow: false } : {}) });
  if (desk === "open") seatIsBack(turn, agentOf(turn, agentId));
  else loseSilentSeat(turn, agentId);
  if (desk === "closed" && isRung(turn, agentId)) endRinging(turn, agentId, "seatLost");
  else watchOffer(turn, agentId);
}

/** Told again, it changes nothing; on a device that is no browser it means nothing. */
export function seatHealthChanged(turn: Turn, { agentId, health }: HealthChanged): void {
  const agent = agentOf(turn, agentId);
  if (agent.config.device.kind !== "browser") {
    ignore(turn, "seatHealthChanged", "notABrowser");
    return;
  }
  const isSlow = isSlowNow(turn, agent, health.roundTripMs);
  changeSeat(turn, agentId, { health, isSlow });
  watchOffer(turn, agentId);
}

/** Slow above the limit, and until well below it, so that a link at the limit does not flutter. */
function isSlowNow(turn: Turn, { isSlow }: Agent, roundTripMs: Ms | null): boolean {
  const maxMs = turn.centre.config.seatRoundTripMsMax;
  if (maxMs === undefined || roundTripMs === null) return false;
  return roundTripMs > (isSlow ? maxMs * slowUntilShare : maxMs);
}

/** While ringing, a seat that cannot take the call any more is forgiven for a moment. */
function watchOffer(turn: Turn, agentId: AgentId): void {
  if (!isRung(turn, agentId)) return;
  const fault = seatFaultOf(agentOf(turn, agentId));
  const due = { kind: "offerSeatGrace", agentId } as const;
  // What is slow, or has lost its registration, still rings.
  if (fault === null || fault === "slow" || fault === "device") forget(turn, due);
  else if (!hasDeadline(turn.centre.deadlines, due)) {
    remind(turn, due, turn.nowMs + Math.min(offerGraceMsMax, turn.centre.config.seatGraceMs));
  }
}

function isRung(turn: Turn, agentId: AgentId): boolean {
  const { state, config } = agentOf(turn, agentId);
  return state.kind === "offered" && config.device.kind === "browser";
}

export function deviceBound(turn: Turn, event: DeviceBound): void {
  const { agentId, contact, expiresAtMs } = event;
  changeSeat(turn, agentId, { contact });
  const trustedMs = turn.centre.config.seatBindingMsMax ?? Infinity;
  const endsAtMs = Math.min(expiresAtMs, turn.nowMs + trustedMs);
  remind(turn, { kind: "bindingExpiry", agentId }, endsAtMs);
  seatIsBack(turn, agentOf(turn, agentId));
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
 * The desk is gone and nothing is heard from the agent either: the caller hears music and waits for the
 * agent. Where nobody waits, the agent is taken out of the talk when the seat has been gone for too
 * long. A talk whose audio flows goes on without its desk.
 */
export function loseSilentSeat(turn: Turn, agentId: AgentId): void {
  const agent = agentOf(turn, agentId);
  if (!("callId" in agent.state) || !talking.has(agent.state.kind)) return;
  if (agent.config.device.kind !== "browser") return;
  if (agent.desk === "open" && agent.health?.isFrozen !== true) return;
  const { place, id } = callOf(turn, agent.state.callId);
  const legId = legOfAgent(place, agentId);
  if (legId === null || turn.centre.legs.get(legId)?.media === "flowing") return;
  if (mayRejoin(turn, place, agentId)) agentAway(turn, id);
  else if (isGraceOver(agent, turn.nowMs)) agentGone(turn, id, { agentId, isLost: true });
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
  changes: Partial<Pick<Agent, "desk" | "contact" | "health" | "isSlow">>,
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

const isGraceOver = ({ graceEndsAtMs }: Agent, nowMs: Ms): boolean =>
  graceEndsAtMs !== null && graceEndsAtMs <= nowMs;

/** Of the longest round trip that is allowed: below it a slow seat is fine again. */
const slowUntilShare = 0.8;

const automaticReasons: ReadonlySet<string> = new Set([
  "login",
  "rona",
  "rejected",
  "unreachable",
  "seatLost",
]);
