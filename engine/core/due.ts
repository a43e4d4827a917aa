// Deadlines that are reached, and what each means.
import { notReadyTooLong } from "./acd/agent-state.ts";
import { announce } from "./acd/announce.ts";
import { offerCallback } from "./acd/callback-choice.ts";
import { endOffer } from "./acd/offer.ts";
import { overflow, relaxNeed, waitTooLong } from "./acd/queue.ts";
import { loanOver, reserveOver } from "./acd/reserves.ts";
import { deviceUnbound, offerSeatGraceOver, pauseOver, seatGraceOver } from "./acd/seat.ts";
import { newDay } from "./acd/standing.ts";
import { callbackTooOld, retryCallback } from "./call/callback.ts";
import { endConsult } from "./call/consult.ts";
import { failedLegGone } from "./call/failed-leg.ts";
import { internalTimedOut } from "./call/internal.ts";
import { playOverdue } from "./call/leg-events.ts";
import { endMonitor } from "./call/monitor.ts";
import { dialTimedOut } from "./call/outbound.ts";
import { probeSilentLeg } from "./call/silent-leg.ts";
import { endWrapUp, loseSeatInTalk } from "./call/talk.ts";
import { clearDeadline, type Due, nextDeadline } from "./deadlines.ts";
import { assertNever } from "./invariant.ts";
import { lookUpTimedOut, menuTimedOut } from "./ivr/flow.ts";
import { flowOverflow } from "./ivr/queue-exit.ts";
import { callOf, type Turn } from "./turn.ts";

/**
 * Fires every deadline up to now, the earliest first. Ends, because a deadline that is set here is
 * in the future. `after` runs after each one, so that what it frees is used before the next.
 */
export function fireDue(turn: Turn, after: () => void): void {
  for (;;) {
    const next = nextDeadline(turn.centre.deadlines);
    if (next === null || next.atMs > turn.nowMs) return;
    clearDeadline(turn.centre.deadlines, next.due);
    fire(turn, next.due);
    after();
  }
}

function fire(turn: Turn, due: Due): void {
  switch (due.kind) {
    case "menuTimeout":
      menuTimedOut(turn, due.callId);
      return;
    case "lookUpTimeout":
      lookUpTimedOut(turn, due.callId);
      return;
    case "flowOverflow":
      flowOverflow(turn, due.callId);
      return;
    case "playWatchdog":
      playOverdue(turn, due.callId);
      return;
    case "announcement":
      announce(turn, due.callId);
      return;
    case "waitTooLong":
      waitTooLong(turn, due.callId);
      return;
    case "relax":
      relaxNeed(turn, due.callId);
      return;
    case "overflow":
      overflow(turn, due.callId);
      return;
    case "callbackOffer":
      offerCallback(turn, due.callId);
      return;
    case "callbackRetry":
      retryCallback(turn, due.callId);
      return;
    case "callbackTooOld":
      callbackTooOld(turn, due.callId);
      return;
    case "ringTimeout":
      endOffer(turn, due.callId, "noAnswer");
      return;
    case "consultTimeout":
      endConsult(turn, due.callId, "noAnswer");
      return;
    case "dialTimeout":
      if (callOf(turn, due.callId).place.kind === "internal") internalTimedOut(turn, due.callId);
      else dialTimedOut(turn, due.callId);
      return;
    case "monitorRing":
      endMonitor(turn, due.callId);
      return;
    case "silentLeg":
      probeSilentLeg(turn, due.legId);
      return;
    case "failedLeg":
      failedLegGone(turn, due.legId);
      return;
    case "rejoin":
      loseSeatInTalk(turn, due.callId);
      return;
    case "seatGrace":
      seatGraceOver(turn, due.agentId);
      return;
    case "offerSeatGrace":
      offerSeatGraceOver(turn, due.agentId);
      return;
    case "wrapUp":
      endWrapUp(turn, due.agentId, { code: null, notes: "" });
      return;
    case "notReadyLimit":
      notReadyTooLong(turn, due.agentId);
      return;
    case "comeBack":
      pauseOver(turn, due.agentId);
      return;
    case "bindingExpiry":
      deviceUnbound(turn, due.agentId);
      return;
    case "newDay":
      newDay(turn, due.agentId);
      return;
    case "loanOver":
      loanOver(turn, due.agentId);
      return;
    case "reserveOver":
      reserveOver(turn, due.groupId);
      return;
    default:
      assertNever(due);
  }
}
