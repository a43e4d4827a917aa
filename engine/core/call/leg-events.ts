// What the network and the media report about legs. A leg that is not known was dropped before: its
// late answer is refused by dropping it again (RFC 5407 3.1.2: 200 crossing CANCEL).
import { announcementEnded } from "../acd/announce.ts";
import { queueDigit } from "../acd/callback-choice.ts";
import { loseSilentSeat } from "../acd/seat.ts";
import type { CentreEvent, LegCause, LegQuality } from "../event.ts";
import { flowDigit, flowPlayEnded } from "../ivr/flow.ts";
import { queueExitKey } from "../ivr/queue-exit.ts";
import type { Leg } from "../state.ts";
import { agentOf, callOf, forget, forgetLeg, ignore, order, record, type Turn } from "../turn.ts";
import { callerGone } from "./caller-gone.ts";
import { awaitBye } from "./failed-leg.ts";
import { farewellSaid } from "./farewell.ts";
import { endMonitor, monitorAnswered } from "./monitor.ts";
import { otherAnswered, otherRings, otherSounds } from "./outbound.ts";
import { agentAnswered, agentGone, endRinging } from "./parties.ts";
import { isRejoinLeg, rejoined, rejoinLegGone } from "./rejoin.ts";
import { watchSilence } from "./silent-leg.ts";
import { takerGone } from "./take-over.ts";
import { endHold, startHold } from "./talk.ts";

export type LegEvent = Extract<
  CentreEvent,
  {
    type:
      | "legAnswered"
      | "legRinging"
      | "legFailed"
      | "legReleased"
      | "legHeld"
      | "legMediaChanged"
      | "legQualityChanged"
      | "digitPressed"
      | "legToneHeard"
      | "playFinished";
  }
>;

export function legEvent(turn: Turn, event: LegEvent): void {
  const leg = turn.centre.legs.get(event.legId);
  if (leg === undefined) {
    legGone(turn, event);
    return;
  }
  const why = handleLegEvent(turn, leg, event);
  if (why !== null) ignore(turn, event.type, why);
}

/**
 * An event of a leg that is not known any more. The end of a dropped leg is expected, its media and
 * keys are of no interest; an answer crossed our CANCEL.
 */
function legGone(turn: Turn, event: LegEvent): void {
  const { droppedLegs } = turn.centre;
  const dropped = droppedLegs.has(event.legId);
  if (event.type === "legFailed" || event.type === "legReleased") droppedLegs.delete(event.legId);
  if (event.type === "legAnswered") {
    const cause = { reason: "cancelled", sipStatus: null } as const;
    order(turn, { type: "dropLeg", legId: event.legId, cause });
    ignore(turn, event.type, dropped ? "crossedDrop" : "unknownLeg");
  } else if (!dropped) ignore(turn, event.type, "unknownLeg");
}

/** Why the event had no effect, or null. */
type NoEffect = string | null;

function handleLegEvent(turn: Turn, leg: Leg, event: LegEvent): NoEffect {
  if (leg.role === "supervisor") return supervisorLegEvent(turn, leg, event);
  switch (event.type) {
    case "legRinging":
      if (leg.role === "caller") otherRings(turn, leg.callId, event.earlyMedia ?? false);
      return null;
    case "legAnswered":
      return legAnswered(turn, leg, event.dialogRef);
    case "legFailed":
      return legOver(turn, leg, { cause: event.cause, failed: true });
    case "legReleased":
      return legOver(turn, leg, { cause: event.cause, failed: false });
    case "legHeld":
      return legHeld(turn, leg, event.held);
    case "legMediaChanged":
      return legMediaChanged(turn, leg, event.media);
    case "legQualityChanged":
      return legQualityChanged(turn, leg, event.quality);
    case "legToneHeard":
      if (leg.role !== "caller") return "noChange";
      return otherSounds(turn, leg.callId, event.tone) ? null : "noChange";
    case "digitPressed":
      return digitPressed(turn, leg, event.digit);
    case "playFinished": {
      const { callId, playId } = { callId: leg.callId, playId: event.playId };
      const { kind } = callOf(turn, callId).place;
      // The end of a play that was replaced meanwhile is routine.
      if (kind === "flow") flowPlayEnded(turn, callId, playId);
      else if (!announcementEnded(turn, callId, playId)) farewellSaid(turn, callId, playId);
      return null;
    }
    default:
      return null;
  }
}

/** A supervisor's leg: nothing that happens to it touches the talk. */
function supervisorLegEvent(turn: Turn, leg: Leg, event: LegEvent): NoEffect {
  switch (event.type) {
    case "legAnswered":
      if (leg.dialogRef !== null) return "duplicate";
      turn.centre.legs.set(leg.id, { ...leg, dialogRef: event.dialogRef });
      monitorAnswered(turn, leg.callId);
      return null;
    case "legFailed":
    case "legReleased":
      forgetLeg(turn, leg.id);
      if (!hasTaken(turn, leg)) endMonitor(turn, leg.callId);
      else takerGone(turn, leg.callId, !chosen.has(event.cause.reason));
      return null;
    case "legMediaChanged":
      if (leg.media === event.media) return "noChange";
      turn.centre.legs.set(leg.id, { ...leg, media: event.media });
      watchSilence(turn, leg.id, event.media !== "flowing");
      if (event.media !== "failed") return null;
      if (hasTaken(turn, leg)) takerGone(turn, leg.callId, true);
      else endMonitor(turn, leg.callId);
      return null;
    default:
      return "supervisor";
  }
}

const hasTaken = (turn: Turn, leg: Leg): boolean =>
  callOf(turn, leg.callId).place.kind === "takenOver";

function legAnswered(turn: Turn, leg: Leg, dialogRef: string): NoEffect {
  if (leg.dialogRef !== null) return "duplicate";
  turn.centre.legs.set(leg.id, { ...leg, dialogRef });
  const { callId } = leg;
  if (isRejoinLeg(turn, leg)) rejoined(turn, callId, leg.id);
  else if (leg.role !== "caller") agentAnswered(turn, callId, leg.agentId ?? "");
  else if (callOf(turn, callId).place.kind === "dialling") otherAnswered(turn, callId);
  else record(turn, { type: "callAnswered", callId });
  return null;
}

function legOver(
  turn: Turn,
  leg: Leg,
  end: Readonly<{ cause: LegCause; failed: boolean }>,
): NoEffect {
  if (leg.role === "caller") {
    callerGone(turn, leg.callId, end);
    return null;
  }
  forgetLeg(turn, leg.id);
  if (leg.agentId === null) return null;
  if (isRejoinLeg(turn, leg)) {
    rejoinLegGone(turn, leg.callId);
    return null;
  }
  const { reason } = end.cause;
  if (agentOf(turn, leg.agentId).state.kind === "offered") {
    const rejected = reason === "busy" || reason === "rejected";
    const result = rejected ? "rejected" : reason === "noAnswer" ? "noAnswer" : "failed";
    endRinging(turn, leg.agentId, result);
  } else {
    agentGone(turn, leg.callId, { agentId: leg.agentId, isLost: !chosen.has(reason) });
  }
  return null;
}

function legHeld(turn: Turn, leg: Leg, held: boolean): NoEffect {
  if (leg.role === "caller") return "heldByCaller";
  const { place } = callOf(turn, leg.callId);
  if (place.kind !== "bridge" || place.talk.rejoin !== undefined) return "notTalking";
  // A phone that holds while three or two agents talk is silent by itself.
  if (place.talk.consult !== null) return "inConsult";
  const done = held ? startHold(turn, leg.callId, "device") : endHold(turn, leg.callId, "device");
  return done ? null : "noChange";
}

function legMediaChanged(turn: Turn, leg: Leg, media: Leg["media"]): NoEffect {
  // Reported again after a restart or by a quick recovery: nothing to tell.
  if (leg.media === media) return null;
  turn.centre.legs.set(leg.id, { ...leg, media });
  const { callId } = leg;
  const role = leg.role === "caller" ? "caller" : "agent";
  const silent = media !== "flowing";
  watchSilence(turn, leg.id, silent);
  if (silent !== (leg.media !== "flowing")) {
    record(turn, { type: "mediaSilent", callId, leg: role, silent });
  }
  const { agentId } = leg;
  if (agentId === null) return null;
  if (!silent) {
    audioIsBack(turn, leg);
    return null;
  }
  if (isRejoinLeg(turn, leg)) {
    if (media === "failed") rejoinLegGone(turn, callId);
  } else if (agentOf(turn, agentId).state.kind === "offered") {
    if (media === "failed") endRinging(turn, agentId, "failed");
  } else if (media === "failed") awaitBye(turn, leg.id);
  else loseSilentSeat(turn, agentId);
  return null;
}

/** The browser that was away slept: its leg is the old one. */
function audioIsBack(turn: Turn, { id, callId }: Leg): void {
  const { place } = callOf(turn, callId);
  if (place.kind !== "bridge" || place.talk.rejoin === undefined) return;
  if (place.talk.legId === id) rejoined(turn, callId, id);
}

function legQualityChanged(turn: Turn, leg: Leg, quality: LegQuality): NoEffect {
  turn.centre.legs.set(leg.id, { ...leg, quality });
  const role = leg.role === "caller" ? "caller" : "agent";
  record(turn, { type: "legQualityChanged", callId: leg.callId, leg: role, ...quality });
  return null;
}

function digitPressed(turn: Turn, leg: Leg, digit: string): NoEffect {
  if (!/^[0-9A-D*#]$/.test(digit)) return "noDigit";
  if (leg.role !== "caller") return null;
  const { kind } = callOf(turn, leg.callId).place;
  if (kind === "flow") flowDigit(turn, leg.callId, digit);
  else if (kind === "queue" || kind === "offer") {
    if (!queueExitKey(turn, leg.callId, digit)) queueDigit(turn, leg.callId, digit);
  }
  return null;
}

/** Ends that the agent chose, on a device that talks or rings for a call of the agent's own. */
const chosen: ReadonlySet<string> = new Set(["normal", "busy", "rejected"]);

/** The end of a play was never reported: the call goes on as if it had ended. */
export function playOverdue(turn: Turn, callId: string): void {
  forget(turn, { kind: "playWatchdog", callId });
  if (callOf(turn, callId).place.kind === "flow") flowPlayEnded(turn, callId, null);
  else if (!announcementEnded(turn, callId, null)) farewellSaid(turn, callId, null);
}
