// Every way in which a leg ends. The media leg goes with it, and one event tells the core.
import type { LegCause } from "../../core/event.ts";
import type { Leg } from "./leg-table.ts";
import type { Parts } from "./parts.ts";

/** The leg is over on the SIP side already (final response, CANCEL, BYE), or is given up. */
export function endLeg(parts: Parts, leg: Leg, cause: LegCause): void {
  if (leg.state.kind === "over") return;
  const type = leg.state.kind === "talking" ? "legReleased" : "legFailed";
  parts.legs.end(leg);
  // In order behind what was asked for this leg before, so a media leg in the making goes too.
  void parts.media.dropLeg(leg.legId);
  parts.post({ type, legId: leg.legId, cause });
}

/** The core wants the leg to end, in whatever state it is. */
export function dropLeg(parts: Parts, leg: Leg, cause: LegCause): void {
  switch (leg.state.kind) {
    case "arrived": {
      const status = cause.sipStatus ?? statusOf(cause);
      parts.edge.respond(leg.state.res, toFailureStatus(status));
      endLeg(parts, leg, cause);
      return;
    }
    case "talking":
      parts.edge.bye(leg.state.dialogId, reasonHeader(cause));
      endLeg(parts, leg, cause);
      return;
    case "inviting": {
      if (leg.dropping !== null) return;
      leg.dropping = cause;
      leg.state.sent.cancel(reasonHeader(cause) ?? "SIP;cause=487");
      // Nobody listens to it any more. The SIP side ends with the final response (RFC 3261 9.1).
      void parts.media.dropLeg(leg.legId);
      leg.guard = setTimeout(() => endLeg(parts, leg, cancelled), cancelMsMax);
      return;
    }
    case "answering":
    case "preparing":
      // The task in progress sees it at its next step.
      leg.dropping ??= cause;
      return;
    case "over":
      return;
  }
}

/** Ends a call that talks because of us: the other side's SDP or media cannot be used. */
export function hangUp(parts: Parts, leg: Leg, cause: LegCause): void {
  if (leg.state.kind === "talking") parts.edge.bye(leg.state.dialogId, reasonHeader(cause));
  endLeg(parts, leg, cause);
}

export const cancelled: LegCause = { reason: "cancelled", sipStatus: 487 };

/** Reason header (RFC 3326) for our BYE or CANCEL. */
function reasonHeader({ reason }: LegCause): string | null {
  const q850 = q850Causes[reason];
  return q850 === undefined ? null : `Q.850;cause=${q850}`;
}

function statusOf({ reason }: LegCause): number {
  return reason === "busy" ? 486 : reason === "rejected" ? 603 : 480;
}

export function toFailureStatus(status: number): number {
  return Number.isInteger(status) && status >= 400 && status <= 606 ? status : 480;
}

const q850Causes: Readonly<Partial<Record<LegCause["reason"], number>>> = {
  normal: 16,
  busy: 17,
  noAnswer: 19,
  rejected: 21,
  mediaLost: 41,
  edgeLost: 41,
  error: 41,
};
const cancelMsMax = 40_000;
