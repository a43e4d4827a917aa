// The end of a call: exactly one for each that arrived. Places and agents are settled before.
import type { LegCause } from "../event.ts";
import type { CallOutcome, ReleasedBy } from "../fact.ts";
import type { CallId, LegId } from "../ids.ts";
import { callOf, endLeg, forget, forgetLeg, record, type Turn } from "../turn.ts";
import { giveChannel } from "./made-call.ts";

export const normal: LegCause = { reason: "normal", sipStatus: null };

export type CallEnd = Readonly<{ outcome: CallOutcome; by: ReleasedBy; cause: LegCause }>;

/** Closes the books of a call whose caller leg is over. */
export function closeCall(turn: Turn, callId: CallId, end: CallEnd): void {
  const { centre } = turn;
  const call = callOf(turn, callId);
  for (const kind of callDeadlines) forget(turn, { kind, callId });
  forgetLeg(turn, call.callerLegId);
  centre.calls.delete(callId);
  giveChannel(turn, call.trunkId);
  const { direction } = call;
  record(turn, {
    type: "callEnded",
    callId,
    ...end,
    ...(direction === null ? {} : { direction }),
  });
}

/** Releases the caller and closes the call. */
export function releaseCall(turn: Turn, callId: CallId, end: CallEnd): void {
  dropLeg(turn, callOf(turn, callId).callerLegId, end.cause);
  closeCall(turn, callId, end);
}

/** Ends a leg and forgets it: whatever comes from it later is late. */
export function dropLeg(turn: Turn, legId: LegId, cause: LegCause = normal): void {
  endLeg(turn, legId, { type: "dropLeg", legId, cause });
}

const callDeadlines = [
  "menuTimeout",
  "lookUpTimeout",
  "flowOverflow",
  "playWatchdog",
  "announcement",
  "waitTooLong",
  "relax",
  "overflow",
  "ringTimeout",
  "consultTimeout",
  "monitorRing",
  "dialTimeout",
  "rejoin",
  "callbackOffer",
  "callbackRetry",
  "callbackTooOld",
] as const;
