// The agents of a call: which of them does or suffers something, and what that means in a plain talk,
// a consult and a conference. The one place where "an agent of this call" is told apart.

import { returnToQueue } from "../acd/queue.ts";
import { leaveRing, winRing } from "../acd/ring-all.ts";
import { startWrapUp } from "../acd/wrap-up.ts";
import type { DeskRefusal } from "../command.ts";
import type { AgentRequest } from "../event.ts";
import type { AgentId, CallId, LegId } from "../ids.ts";
import { assert } from "../invariant.ts";
import type { Call, Place } from "../state.ts";
import type { OfferResult } from "../stats/queue-stats.ts";
import { agentOf, callOf, order, type Turn } from "../turn.ts";
import { startCallback } from "./callback-dial.ts";
import { dropLeg } from "./close.ts";
import {
  consultAnswered,
  dropConsult,
  endConsult,
  leaveConference,
  mergeConsult,
  passOn,
  startConsult,
} from "./consult.ts";
import { endInternalRinging, internalAnswered, internalGone } from "./internal.ts";
import { diallerGone, dialOther } from "./outbound.ts";
import { pauseRecording } from "./recording.ts";
import { legLostInTalk, rejoinRequested } from "./rejoin.ts";
import {
  agentHungUp,
  bridgePlace,
  endHold,
  endTalk,
  loseSeatInTalk,
  startHold,
  startTalk,
} from "./talk.ts";
import { transferBlind } from "./transfer.ts";

/** The leg of an agent who talks or dials in a call. */
export function legOfAgent(place: Place, agentId: AgentId): LegId | null {
  if (place.kind === "dialling") return place.dial.agentId === agentId ? place.dial.legId : null;
  if (place.kind === "internal") {
    const { from, to } = place.internal;
    return [from, to].find((party) => party.agentId === agentId)?.legId ?? null;
  }
  if (place.kind !== "bridge") return null;
  const { talk } = place;
  if (talk.agentId === agentId) return talk.legId;
  return talk.consult?.agentId === agentId ? talk.consult.legId : null;
}

/** An agent's leg answered: of an offer, a consult, or a call that an agent makes. */
export function agentAnswered(turn: Turn, callId: CallId, agentId: AgentId): void {
  switch (callOf(turn, callId).place.kind) {
    case "offer":
      winRing(turn, callId, agentId);
      if (callOf(turn, callId).callback === null) startTalk(turn, callId);
      else startCallback(turn, callId);
      return;
    case "dialling":
      dialOther(turn, callId);
      return;
    case "internal":
      internalAnswered(turn, callId);
      return;
    default:
      consultAnswered(turn, callId);
  }
}

/** Ends what rings at an agent, whoever lets it ring. */
export function endRinging(
  turn: Turn,
  agentId: AgentId,
  result: Exclude<OfferResult, "answered">,
): void {
  const { state } = agentOf(turn, agentId);
  assert(state.kind === "offered", "something rings at this agent");
  const { kind } = callOf(turn, state.callId).place;
  if (kind === "offer") leaveRing(turn, state.callId, agentId, result);
  else if (kind === "internal") endInternalRinging(turn, state.callId, result);
  else endConsult(turn, state.callId, result);
}

/** An agent's leg of a talk, or of a call being made, is over, by the agent on the device, or because it was lost. */
export function agentGone(
  turn: Turn,
  callId: CallId,
  gone: Readonly<{ agentId: AgentId; isLost: boolean }>,
): void {
  const { agentId, isLost } = gone;
  const { kind } = callOf(turn, callId).place;
  if (kind === "dialling") {
    diallerGone(turn, callId, isLost);
    return;
  }
  if (kind === "internal") {
    internalGone(turn, callId, gone);
    return;
  }
  const end = { by: isLost ? "network" : "agent", isLost } as const;
  const { talk } = bridgePlace(callOf(turn, callId));
  const stage = talk.consult?.stage.kind ?? "none";
  if (talk.agentId !== agentId) {
    if (stage === "conference") leaveConference(turn, callId, end);
    else endConsult(turn, callId, isLost ? "failed" : "left");
  } else if (stage === "private" || stage === "conference") passOn(turn, callId, end);
  else if (stage === "ringing") leaveCallerInQueue(turn, callId, isLost);
  else if (isLost) legLostInTalk(turn, callId);
  else agentHungUp(turn, callId);
}

/**
 * The agent who asks a colleague goes before that one answered: nobody is there for the caller, who
 * did not choose to leave, and so waits at the old place again.
 */
function leaveCallerInQueue(turn: Turn, callId: CallId, isLost: boolean): void {
  dropConsult(turn, callId, "withdrawn");
  if (isLost) {
    loseSeatInTalk(turn, callId);
    return;
  }
  const { visit, talk } = bridgePlace(callOf(turn, callId));
  if (turn.centre.legs.has(talk.legId)) dropLeg(turn, talk.legId);
  const { agentId, queueId } = endTalk(turn, callId, "agent");
  returnToQueue(turn, callId, visit);
  startWrapUp(turn, { agentId, callId, queueId });
}

type TalkRequest = Extract<
  AgentRequest,
  {
    type:
      | "hold"
      | "unhold"
      | "release"
      | "sendDigits"
      | "pauseRecording"
      | "resumeRecording"
      | "transferBlind"
      | "consultStart"
      | "consultComplete"
      | "consultCancel"
      | "consultMerge"
      | "rejoin";
  }
>;

/** What an agent in a talk asks for. */
export function talkRequested(
  turn: Turn,
  agentId: AgentId,
  asked: Readonly<{ callId: CallId; request: TalkRequest }>,
): DeskRefusal | null {
  const { callId, request } = asked;
  if (request.type === "pauseRecording" || request.type === "resumeRecording") {
    return pauseRecording(turn, callId, request.type === "pauseRecording");
  }
  if (request.type === "rejoin") return rejoinRequested(turn, agentId, callId);
  const call = callOf(turn, callId);
  if (call.place.kind !== "bridge") {
    // Nobody is there who could be held or handed over.
    if (request.type !== "release") return "notAnswered";
    agentGone(turn, callId, { agentId, isLost: false });
    return null;
  }
  const { talk } = call.place;
  if (talk.consult !== null) return consultRequested(turn, call, { agentId, request });
  // Until the agent is back there is only the caller.
  if (talk.rejoin !== undefined && request.type !== "release") return "notAnswered";
  switch (request.type) {
    case "hold":
      return startHold(turn, callId, "desk") ? null : "alreadyHeld";
    case "unhold":
      return endHold(turn, callId, "desk") ? null : "notHeld";
    case "release":
      agentHungUp(turn, callId);
      return null;
    case "sendDigits":
      return sendDigits(turn, call, request.digits);
    case "transferBlind":
      return transferBlind(turn, callId, request.target);
    case "consultStart":
      return startConsult(turn, callId, request.agentId);
    default:
      return "noConsult";
  }
}

/**
 * Requests while a second agent is in the call. `release` never leaves a caller alone: it gives up
 * the consult for who asked, leaves it for who was asked, and leaves a conference for both.
 */
function consultRequested(
  turn: Turn,
  call: Call,
  asked: Readonly<{ agentId: AgentId; request: TalkRequest }>,
): DeskRefusal | null {
  const { agentId, request } = asked;
  const { talk } = bridgePlace(call);
  const isAsker = talk.agentId === agentId;
  const stage = talk.consult?.stage.kind;
  const end = { by: "agent", isLost: false } as const;
  switch (request.type) {
    case "release":
      if (stage === "conference") agentGone(turn, call.id, { agentId, isLost: false });
      else endConsult(turn, call.id, isAsker ? "cancelled" : "left");
      return null;
    case "sendDigits":
      return stage === "conference" ? sendDigits(turn, call, request.digits) : "inConsult";
    case "consultCancel":
      if (!isAsker) return "inConsult";
      if (stage === "conference") leaveConference(turn, call.id, end);
      else endConsult(turn, call.id, "cancelled");
      return null;
    case "consultComplete":
      if (!isAsker) return "inConsult";
      if (stage === "ringing") return "notAnswered";
      passOn(turn, call.id, end);
      return null;
    case "consultMerge":
      if (!isAsker || stage === "conference") return "inConsult";
      if (stage === "ringing") return "notAnswered";
      mergeConsult(turn, call.id);
      return null;
    default:
      return "inConsult";
  }
}

function sendDigits(turn: Turn, call: Call, digits: string): DeskRefusal | null {
  if (!/^[0-9A-D*#]{1,40}$/.test(digits)) return "invalidDigits";
  order(turn, { type: "sendDigits", legId: call.callerLegId, digits });
  return null;
}
