// Requests inside a dialog: BYE, ACK, re-INVITE and UPDATE, INFO, and the rest.
import { sdpOf } from "./edge-link.ts";
import { byeCause } from "./far-cause.ts";
import { isSdpFault, mediaKindOf } from "./inbound.ts";
import { endLeg, hangUp } from "./leg-end.ts";
import { enqueue, type Leg } from "./leg-table.ts";
import { allowedMethods, type Parts } from "./parts.ts";
import type { SrfMessage, SrfRequest, SrfResponse } from "./srf-types.ts";

type Exchange = Readonly<{ req: SrfRequest; res: SrfResponse }>;

export function onInDialogRequest(parts: Parts, leg: Leg, exchange: Exchange): void {
  const { req, res } = exchange;
  switch (req.method) {
    case "BYE":
      // Unsolicited ones (the edge's own, or of a dialog that ended without an engine) have no
      // transaction to answer.
      if (req.source === "network") parts.edge.respond(res, 200);
      endLeg(parts, leg, byeCause(req.get("reason")));
      return;
    case "ACK":
      onAck(parts, leg, req);
      return;
    case "INVITE":
      enqueue([leg], () => onReinvite(parts, leg, exchange));
      return;
    case "UPDATE":
      // Without SDP it only refreshes the session timer (RFC 4028).
      if (sdpOf(req) === null) parts.edge.respond(res, 200, { headers: { Allow: allowedMethods } });
      else enqueue([leg], () => onReinvite(parts, leg, exchange));
      return;
    case "INFO": {
      parts.edge.respond(res, 200);
      const digit = digitOfInfo(req);
      if (digit !== null) parts.post({ type: "digitPressed", legId: leg.legId, digit });
      return;
    }
    case "REFER":
      parts.counters.requestsRefused += 1;
      parts.edge.respond(res, 603);
      return;
    default:
      parts.edge.respond(res, 200);
  }
}

/** Hold, its end, a change of address: answered in the order of the leg's work. */
async function onReinvite(parts: Parts, leg: Leg, { req, res }: Exchange): Promise<void> {
  if (leg.state.kind !== "talking") return parts.edge.respond(res, 481);
  const sdpOffer = sdpOf(req);
  const headers = { "Content-Type": "application/sdp", Allow: allowedMethods };
  if (sdpOffer === null) {
    // An offerless re-INVITE: we offer what stands, the ACK answers (RFC 3261 14.2).
    const present = await parts.media.createLeg({
      legId: leg.legId,
      kind: mediaKindOf(null),
      sdpOffer: null,
    });
    if (!present.ok) return parts.edge.respond(res, 500);
    leg.ackSdp = "reanswer";
    parts.edge.respond(res, 200, { headers, body: present.value });
    return;
  }
  const answer = await parts.media.answerReoffer({ legId: leg.legId, sdpOffer });
  if (!answer.ok) {
    parts.counters.mediaFailures += 1;
    // The dialog goes on as it was (RFC 3261 14.2).
    parts.edge.respond(res, isSdpFault(answer.code) ? 488 : 500);
    return;
  }
  parts.edge.respond(res, 200, { headers, body: answer.value.localSdp });
  noteHold(parts, leg, answer.value.remoteHolds);
}

/** SDP in an ACK answers the offer in our 200. */
function onAck(parts: Parts, leg: Leg, req: SrfRequest): void {
  const kind = leg.ackSdp;
  leg.ackSdp = null;
  if (kind === null) return;
  const { legId } = leg;
  enqueue([leg], async () => {
    if (leg.state.kind !== "talking") return;
    const sdp = sdpOf(req);
    if (sdp === null) {
      if (kind === "answer") hangUp(parts, leg, { reason: "noCodec", sipStatus: null });
      return;
    }
    if (kind === "reanswer") {
      const answered = await parts.media.answerReoffer({ legId, sdpOffer: sdp });
      if (answered.ok) noteHold(parts, leg, answered.value.remoteHolds);
      return;
    }
    const accepted = await parts.media.acceptAnswer({ legId, sdpAnswer: sdp });
    if (accepted.ok) return;
    parts.counters.mediaFailures += 1;
    hangUp(parts, leg, { reason: "noCodec", sipStatus: null });
  });
}

function noteHold(parts: Parts, leg: Leg, held: boolean): void {
  if (leg.state.kind !== "talking" || leg.held === held) return;
  leg.held = held;
  parts.post({ type: "legHeld", legId: leg.legId, held });
}

/** `application/dtmf-relay` (`Signal=5`) and `application/dtmf` (`5`); null for anything else. */
function digitOfInfo(message: SrfMessage): string | null {
  const type = (message.get("content-type") ?? "").toLowerCase();
  const body = message.body ?? "";
  const signal = type.startsWith("application/dtmf-relay")
    ? /^\s*Signal\s*=\s*(\S{1,2})\s*$/im.exec(body)?.[1]
    : type.startsWith("application/dtmf")
      ? /^\s*(\S{1,2})\s*$/.exec(body)?.[1]
      : undefined;
  if (signal === undefined) return null;
  const digit = signal === "10" ? "*" : signal === "11" ? "#" : signal.toUpperCase();
  return /^[0-9A-D*#]$/.test(digit) ? digit : null;
}
