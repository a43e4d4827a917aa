// Legs that we ring, whoever answers: INVITE, and what may come back.
import { randomUUID } from "node:crypto";
import type { AgentId, CallId, LegId } from "../../core/ids.ts";
import type { MediaLegKind } from "../media/media-port.ts";
import { toNumber } from "./call-identity.ts";
import { toDialogRef } from "./dialog-ref.ts";
import { answerChallenge, type TrunkCredentials } from "./digest-answer.ts";
import { sdpOf } from "./edge-link.ts";
import { failureCause } from "./far-cause.ts";
import { isSdpFault } from "./inbound.ts";
import { cancelLeg, cancelled, endLeg, hangUp } from "./leg-end.ts";
import { enqueue, type Leg } from "./leg-table.ts";
import { allowedMethods, callIdHeader, headerSafe, type Parts } from "./parts.ts";
import { parseSipUri } from "./sip-headers.ts";
import type { SrfAck, SrfHeaders, SrfResponse } from "./srf-types.ts";
import { legTerms, listenTo, type TrunkMedia } from "./trunk-media.ts";

export type RungLeg = Readonly<{
  legId: LegId;
  callId: CallId;
  role: Leg["role"];
  agentId: AgentId | null;
  /** SIP URI of the INVITE. */
  target: string;
  media: MediaLegKind;
  headers: SrfHeaders;
  /** Of a leg over a trunk: its media, and that the network's tones are listened for. */
  trunk?: TrunkMedia;
  /** Answer to a digest challenge of the target; without them a challenge ends the leg. */
  credentials?: TrunkCredentials | undefined;
  /** Told when the edge says that the device's connection is gone (410). */
  onGone?(): void;
}>;

export function ringLeg(parts: Parts, rung: RungLeg): void {
  const { legId, callId, role, agentId, target, media: kind } = rung;
  if (parts.legs.get(legId) !== undefined) {
    parts.counters.commandsIgnored += 1;
    return;
  }
  const state = { kind: "preparing" } as const;
  const leg = parts.legs.add({ legId, callId, role, agentId, state });
  enqueue([leg], async () => {
    if (parseSipUri(target) === null) {
      endLeg(parts, leg, { reason: "unreachable", sipStatus: null });
      return;
    }
    const { trunk } = rung;
    const terms = trunk === undefined ? {} : legTerms(trunk);
    const made = await parts.media.createLeg({ legId, kind, sdpOffer: null, ...terms });
    if (leg.state.kind !== "preparing") return;
    if (leg.dropping !== null) return endLeg(parts, leg, cancelled);
    if (!made.ok) {
      parts.counters.mediaFailures += 1;
      parts.log.warn({ legId, code: made.code }, `no media for a rung leg: ${made.message}`);
      endLeg(parts, leg, { reason: "error", sipStatus: null });
      return;
    }
    if (trunk !== undefined) void listenTo(parts.media, { legId, trunk, tones: true });
    const names = rung.credentials === undefined ? null : newCallNames(rung.headers);
    await sendInvite(parts, leg, { rung, sdpOffer: made.value, names, answers: [] });
  });
}

/** From, Allow and the call's id. `@localhost` becomes the address of the edge's transport. */
export function inviteHeaders(callId: CallId, callerId: string): SrfHeaders {
  const number = toNumber(callerId);
  return {
    From: number === "" ? anonymous : `"${number}" <${numberUri(number)}>`,
    Allow: allowedMethods,
    [callIdHeader]: headerSafe(callId),
  };
}

/** An address of ours for a number. */
export const numberUri = (number: string): string =>
  `sip:${encodeURIComponent(number).replace(/%2B/g, "+")}@localhost`;

const anonymous = '"Anonymous" <sip:anonymous@anonymous.invalid>';

/** `names`: null when the edge may choose them. `answers`: what was given to each challenge so far. */
type Invite = Readonly<{
  rung: RungLeg;
  sdpOffer: string;
  names: SrfHeaders | null;
  answers: readonly SrfHeaders[];
}>;

async function sendInvite(parts: Parts, leg: Leg, invite: Invite): Promise<void> {
  const { rung, sdpOffer, answers } = invite;
  const sent = await parts.edge.invite({
    target: rung.target,
    headers: {
      ...rung.headers,
      ...invite.names,
      ...(invite.names === null ? {} : { CSeq: `${answers.length + 1} INVITE` }),
      ...answers.at(-1),
    },
    body: sdpOffer,
    onResponse: (response, ack) => {
      if (response.status === 410) rung.onGone?.();
      const answered = response.status >= 200 && response.status < 300;
      if (answered && rung.trunk !== undefined) {
        void listenTo(parts.media, { legId: rung.legId, trunk: rung.trunk, tones: false });
      }
      if (repeatWithDigest(parts, leg, { invite, response })) return;
      onResponse(parts, leg, { response, ack });
    },
  });
  // A final response may have been handled before this line.
  if (leg.state.kind !== "preparing") {
    if (leg.state.kind === "over" && sent.ok) sent.value.cancel("SIP;cause=487");
    return;
  }
  if (!sent.ok) {
    parts.counters.edgeFailures += 1;
    parts.log.warn({ legId: leg.legId }, `INVITE not sent: ${sent.message}`);
    endLeg(
      parts,
      leg,
      leg.dropping === null ? { reason: "unreachable", sipStatus: null } : cancelled,
    );
    return;
  }
  leg.state = { kind: "inviting", sent: sent.value, target: rung.target };
  if (leg.dropping !== null) cancelLeg(parts, leg, sent.value);
}

/**
 * Sends the INVITE once more, to the same target, with the answer to its challenge; a second time
 * when that answer's nonce was too old, and never again. False: the response is for who rings.
 */
function repeatWithDigest(
  parts: Parts,
  leg: Leg,
  { invite, response }: Readonly<{ invite: Invite; response: SrfResponse }>,
): boolean {
  const { rung, answers } = invite;
  const { credentials, target: uri } = rung;
  if (credentials === undefined || leg.dropping !== null || answers.length >= answersMax) {
    return false;
  }
  const answered = answers.length > 0;
  const answer = answerChallenge(response, { method: "INVITE", uri, credentials, answered });
  if (answer === null) return false;
  enqueue([leg], async () => {
    if (leg.state.kind === "over") return;
    // Dropped since the challenge, which has ended the INVITE.
    if (leg.dropping !== null) return endLeg(parts, leg, cancelled);
    leg.state = { kind: "preparing" };
    await sendInvite(parts, leg, { ...invite, answers: [...answers, answer] });
  });
  return true;
}

/**
 * Names that a repeated request shares with the first (RFC 3261 22.2). Ours rather than the edge's, so
 * that nothing in a response decides which call the next request belongs to.
 */
function newCallNames(headers: SrfHeaders): SrfHeaders {
  return { "Call-ID": randomUUID(), From: `${headers["From"]};tag=${randomUUID()}` };
}

function onResponse(
  parts: Parts,
  leg: Leg,
  { response, ack }: Readonly<{ response: SrfResponse; ack: SrfAck }>,
): void {
  const { status } = response;
  if (status < 200) {
    onProvisional(parts, leg, response);
    return;
  }
  if (status >= 300) {
    if (leg.state.kind === "talking") return;
    const cause = failureCause(status, response.get("reason"));
    endLeg(parts, leg, leg.dropping === null ? cause : { reason: "cancelled", sipStatus: status });
    return;
  }
  parts.edge.ack(ack);
  const dialogId = response.stackDialogId;
  const isExpected = leg.state.kind === "inviting" || leg.state.kind === "preparing";
  if (leg.dropping !== null || !isExpected) {
    // The 200 crossed our CANCEL (RFC 5407 3.1.2), or comes from another fork: ACK and BYE.
    parts.edge.bye(dialogId, null);
    if (isExpected) endLeg(parts, leg, cancelled);
    return;
  }
  onAnswer(parts, leg, { dialogId, sdpAnswer: sdpOf(response) });
}

/** 180 is told once, and once more when the far end begins to send sound (183 with SDP). */
function onProvisional(parts: Parts, leg: Leg, response: SrfResponse): void {
  if (response.status < 180 || leg.dropping !== null || leg.state.kind === "over") return;
  const sdpAnswer = leg.role === "dialled" ? sdpOf(response) : null;
  const { legId } = leg;
  if (sdpAnswer === null || leg.hasEarlyMedia) {
    if (leg.rang) return;
    leg.rang = true;
    parts.post({ type: "legRinging", legId });
    return;
  }
  leg.rang = true;
  leg.hasEarlyMedia = true;
  void parts.media.acceptAnswer({ legId, sdpAnswer }).then((accepted) => {
    if (leg.state.kind === "over" || leg.dropping !== null) return;
    // The answer in the 2xx decides; without early media the agent hears our ringback.
    if (!accepted.ok) parts.counters.mediaFailures += 1;
    parts.post({ type: "legRinging", legId, earlyMedia: accepted.ok });
  });
}

function onAnswer(
  parts: Parts,
  leg: Leg,
  { dialogId, sdpAnswer }: Readonly<{ dialogId: string; sdpAnswer: string | null }>,
): void {
  parts.legs.setTalking(leg, dialogId);
  const dialogRef = toDialogRef({ dialogId });
  parts.post({ type: "legAnswered", legId: leg.legId, dialogRef });
  if (sdpAnswer === null) {
    hangUp(parts, leg, { reason: "noCodec", sipStatus: null });
    return;
  }
  // Not behind the task that sends the INVITE: commands that follow the answer come after this one
  // because the media link keeps the order of requests.
  void parts.media.acceptAnswer({ legId: leg.legId, sdpAnswer }).then((accepted) => {
    if (accepted.ok || leg.state.kind !== "talking") return;
    parts.counters.mediaFailures += 1;
    parts.log.warn(
      { legId: leg.legId, code: accepted.code },
      `answer refused: ${accepted.message}`,
    );
    hangUp(parts, leg, {
      reason: isSdpFault(accepted.code) ? "noCodec" : "error",
      sipStatus: null,
    });
  });
}

const answersMax = 2;
