// Every way in which a leg ends. The media leg goes with it. One event tells the core, unless the
// core itself dropped the leg: it has forgotten it by then.
import { q850OfReason } from "../../core/call/q850.ts";
import type { LegCause } from "../../core/event.ts";
import type { SentInvite } from "./edge-link.ts";
import type { Leg } from "./leg-table.ts";
import type { Parts } from "./parts.ts";

/** The leg is over on the SIP side already (final response, CANCEL, BYE), or is given up. */
export function endLeg(parts: Parts, leg: Leg, cause: LegCause): void {
  if (leg.state.kind === "over") return;
  const type = leg.state.kind === "talking" ? "legReleased" : "legFailed";
  parts.legs.end(leg);
  // In order behind what was asked for this leg before, so a media leg in the making goes too.
  void parts.media.dropLeg(leg.legId);
  if (leg.dropping === null) parts.post({ type, legId: leg.legId, cause });
}

/** The core wants the leg to end, in whatever state it is. Once is enough. */
export function dropLeg(parts: Parts, leg: Leg, cause: LegCause): void {
  if (leg.dropping !== null || leg.state.kind === "over") return;
  leg.dropping = cause;
  switch (leg.state.kind) {
    case "arrived":
      parts.edge.respond(leg.state.res, toFailureStatus(cause.sipStatus ?? statusOf(cause)));
      endLeg(parts, leg, cause);
      return;
    case "talking":
      hangUp(parts, leg, cause);
      return;
    case "inviting":
      cancelLeg(parts, leg, leg.state.sent);
      return;
    case "answering":
    case "preparing":
      // The task in progress sees it at its next step.
      return;
  }
}

/** The SIP side ends with the final response (RFC 3261 9.1); until then the leg is ours. */
export function cancelLeg(parts: Parts, leg: Leg, sent: SentInvite): void {
  sent.cancel((leg.dropping && reasonHeader(leg.dropping)) ?? "SIP;cause=487");
  // Nobody listens to it any more.
  void parts.media.dropLeg(leg.legId);
  leg.guard ??= setTimeout(() => endLeg(parts, leg, cancelled), cancelMsMax);
}

/** Ends a call that talks because of us: the other side's SDP or media cannot be used. */
export function hangUp(parts: Parts, leg: Leg, cause: LegCause): void {
  if (leg.state.kind === "talking") parts.edge.bye(leg.state.dialogId, reasonHeader(cause));
  endLeg(parts, leg, cause);
}

export const cancelled: LegCause = { reason: "cancelled", sipStatus: 487 };

/** Reason header (RFC 3326) for our BYE or CANCEL. */
function reasonHeader({ reason }: LegCause): string | null {
  if (reason === "answeredElsewhere") return 'SIP;cause=200;text="Call completed elsewhere"';
  const q850 = q850OfReason(reason);
  return q850 === null ? null : `Q.850;cause=${q850}`;
}

function statusOf({ reason }: LegCause): number {
  return reason === "busy" ? 486 : reason === "rejected" ? 603 : 480;
}

export function toFailureStatus(status: number): number {
  return Number.isInteger(status) && status >= 400 && status <= 606 ? status : 480;
}

const cancelMsMax = 40_000;
