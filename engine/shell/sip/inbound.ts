// Calls from trunks: who may come in, the answer, and the caller's change of mind.
import type { CallId, LegId } from "../../core/ids.ts";
import type { MediaFailureCode, MediaLegKind } from "../media/media-port.ts";
import type { Admission, Refusal } from "./admission.ts";
import { dialogIdCharsMax, toDialogRef } from "./dialog-ref.ts";
import { sdpOf } from "./edge-link.ts";
import { cancelled, endLeg, hangUp, toFailureStatus } from "./leg-end.ts";
import { enqueue, type Leg } from "./leg-table.ts";
import { allowedMethods, callIdHeader, headerSafe, type Parts } from "./parts.ts";
import type { Registrar } from "./registrar.ts";
import { tagOf } from "./sip-headers.ts";
import type { SrfRequest, SrfResponse } from "./srf-types.ts";
import { forbidden, type TrunkEntry } from "./trunk-entry.ts";
import { legTerms, listenTo } from "./trunk-media.ts";

export type InboundPolicy = Readonly<{
  admission: Admission;
  trunks: Pick<TrunkEntry, "enter">;
  devices: Pick<Registrar, "isDevice">;
  loopDelayMs(): number;
  newId(): CallId;
}>;

/** A new INVITE. Refused ones leave no trace but a count. */
export function onNewInvite(
  parts: Parts,
  policy: InboundPolicy,
  { req, res }: Readonly<{ req: SrfRequest; res: SrfResponse }>,
): void {
  const { counters, edge, legs, clock } = parts;
  counters.invitesReceived += 1;
  // Its address may be among a trunk's sources all the same.
  const isDevice = policy.devices.isDevice(req);
  const entered = isDevice ? forbidden(deviceRefusal) : policy.trunks.enter(req);
  if (!entered.ok) {
    const { status, counter, headers = {} } = entered;
    counters[counter] += 1;
    edge.respond(res, status, { headers });
    return;
  }
  const fault = faultOf(req);
  if (fault !== null) {
    counters.invitesMalformed += 1;
    edge.respond(res, fault);
    return;
  }
  const [nowMs, loopDelayMs] = [clock.nowMs(), policy.loopDelayMs()];
  const refusal = policy.admission.admit({ nowMs, loopDelayMs, legsCount: legs.size });
  if (refusal !== null) {
    counters[refusalCounters[refusal]] += 1;
    edge.respond(res, 503, { headers: { "Retry-After": String(retryAfterSeconds) } });
    return;
  }
  const callId = policy.newId();
  const legId: LegId = `${callId}.c`;
  const state = { kind: "arrived", req, res, trunk: entered.media } as const;
  const leg = legs.add({ legId, callId, role: "caller", agentId: null, state });
  // The edge answered CANCEL and INVITE already; in every later state it knows better than we.
  req.on("cancel", () => endLeg(parts, leg, cancelled));
  const { trunkId, identity } = entered;
  const { ani, dnis } = identity;
  parts.log.info({ callId, sipCallId: req.get("call-id"), trunkId, ani, dnis }, "call arrived");
  parts.post({ type: "callArrived", callId, legId, trunkId, ...identity });
}

/** 200 OK with our SDP. */
export function answerLeg(parts: Parts, leg: Leg): void {
  enqueue([leg], async () => {
    if (leg.state.kind !== "arrived") return ignored(parts);
    const { req, res, trunk } = leg.state;
    const sdpOffer = sdpOf(req);
    const kind = mediaKindOf(sdpOffer);
    const { legId } = leg;
    const made = await parts.media.createLeg({ legId, kind, sdpOffer, ...legTerms(trunk) });
    // A CANCEL or a dropLeg that came meanwhile has ended the leg.
    if (leg.state.kind !== "arrived") return;
    if (!made.ok) {
      parts.counters.mediaFailures += 1;
      parts.log.warn({ legId: leg.legId, code: made.code }, `not answered: ${made.message}`);
      const sipStatus = isSdpFault(made.code) ? 488 : 503;
      parts.edge.respond(res, sipStatus);
      endLeg(parts, leg, { reason: sipStatus === 488 ? "noCodec" : "error", sipStatus });
      return;
    }
    if (trunk.dtmf === "inband") void listenTo(parts.media, { legId, trunk, tones: false });
    leg.state = { kind: "answering" };
    leg.ackSdp = sdpOffer === null ? "answer" : null;
    await sendAnswer(parts, leg, { res, localSdp: made.value });
  });
}

async function sendAnswer(
  parts: Parts,
  leg: Leg,
  { res, localSdp }: Readonly<{ res: SrfResponse; localSdp: string }>,
): Promise<void> {
  const headers = {
    "Content-Type": "application/sdp",
    Allow: allowedMethods,
    [callIdHeader]: headerSafe(leg.callId),
  };
  const onSent = (dialogId: string) => onAnswerSent(parts, leg, dialogId);
  const sent = await parts.edge.answer(res, { headers, body: localSdp, onSent });
  if (sent.ok || leg.state.kind !== "answering") return;
  // The usual reason: the caller's CANCEL was at the edge before our 200.
  parts.log.info({ legId: leg.legId }, `200 not sent: ${sent.message}`);
  endLeg(parts, leg, cancelled);
}

function onAnswerSent(parts: Parts, leg: Leg, dialogId: string): void {
  if (leg.state.kind !== "answering") {
    // Given up while the 200 was on its way: its dialog must not stay.
    parts.edge.bye(dialogId, null);
    return;
  }
  parts.legs.setTalking(leg, dialogId);
  if (leg.dropping !== null) {
    hangUp(parts, leg, leg.dropping);
    return;
  }
  const dialogRef = toDialogRef({ dialogId });
  parts.post({ type: "legAnswered", legId: leg.legId, dialogRef });
}

export function rejectLeg(
  parts: Parts,
  leg: Leg,
  { sipStatus, reason }: Readonly<{ sipStatus: number; reason: string }>,
): void {
  if (leg.state.kind !== "arrived") {
    ignored(parts);
    return;
  }
  const status = toFailureStatus(sipStatus);
  const text = reason.replace(/[^\x20-\x7e]|["\\]/g, "").slice(0, 80);
  const headers: Record<string, string> = { [callIdHeader]: headerSafe(leg.callId) };
  if (text !== "") headers["Warning"] = `399 rexian "${text}"`;
  if (status === 503) headers["Retry-After"] = String(retryAfterSeconds);
  parts.edge.respond(leg.state.res, status, { headers });
  leg.dropping = { reason: "rejected", sipStatus: status };
  endLeg(parts, leg, leg.dropping);
}

/** Browser-like offers (RFC 8829) are recognised, so that a WebRTC trunk can be a caller too. */
export function mediaKindOf(sdp: string | null): MediaLegKind {
  return sdp !== null && /^m=audio \d+ UDP\/TLS\/RTP\/SAVPF? /m.test(sdp) ? "webrtc" : "rtp";
}

export function isSdpFault(code: MediaFailureCode): boolean {
  return code === "noCodec" || code === "badSdp";
}

/** Status for an INVITE that cannot become a dialog or would not fit in a dialog reference. */
function faultOf(req: SrfRequest): number | null {
  const dialogIdChars = (req.get("call-id") ?? "").length + (tagOf(req.get("from")) ?? "").length;
  if (!req.has("contact") || !req.has("call-id") || tagOf(req.get("from")) === null) return 400;
  return dialogIdChars > dialogIdCharsMax - 20 ? 400 : null;
}

function ignored(parts: Parts): void {
  parts.counters.commandsIgnored += 1;
}

const refusalCounters = {
  rate: "invitesOverRate",
  load: "invitesOverLoad",
  legs: "invitesOverLegs",
} as const satisfies Record<Refusal, string>;
const retryAfterSeconds = 5;
const deviceRefusal = "agents call from their desk";
