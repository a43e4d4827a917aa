// One leg of the media server: the leg itself, what it plays, where it is joined, and its signalling.
import type { MediaLegStats, MediaMessage } from "../../wire/media-control.ts";
import type { Bridge } from "./bridge/bridge.ts";
import type { MediaLeg } from "./leg/media-leg.ts";
import type { RtpTransport } from "./leg/rtp-transport.ts";
import type { WebRtcAgreement, WebRtcLeg } from "./leg/webrtc-leg.ts";
import { RequestError } from "./request-error.ts";
import { offeredTerms } from "./sdp/audio-terms.ts";
import type { RtpAgreement, RtpNegotiation } from "./sdp/rtp-negotiation.ts";
import type { LegPlays } from "./source/leg-plays.ts";

/** What a request gives back beside its id. */
export type MediaResult = Omit<Extract<MediaMessage, { type: "result" }>, "type" | "id">;
export type Signalling =
  | { kind: "rtp"; transport: RtpTransport; negotiation: RtpNegotiation }
  | { kind: "webrtc"; connection: WebRtcLeg };

export interface LegEntry {
  leg: MediaLeg;
  signalling: Signalling;
  plays: LegPlays;
  bridge: Bridge | null;
  echoes: boolean;
  remoteHolds: boolean;
  /** Idempotence of requests that could not be repeated harmlessly. */
  acceptedAnswer: string | null;
  digitsRequestId: string | null;
}

export function agreeRtp(entry: LegEntry, transport: RtpTransport, agreement: RtpAgreement): void {
  transport.setRemote(agreement.remote);
  transport.setSrtp(agreement.srtp);
  transport.setRtcp(agreement.rtcp);
  agree(entry, agreement);
}

/** Takes over what the two sides agreed. */
export function agree(entry: LegEntry, agreement: WebRtcAgreement): void {
  const { terms, maySend, mayReceive } = agreement;
  entry.remoteHolds = agreement.remoteHolds;
  entry.leg.applyTerms(
    terms,
    { maySend, mayReceive, ourEventPayloadType: offeredTerms.eventPayloadType },
    performance.now(),
  );
}

export function presentSdp(entry: LegEntry): MediaResult {
  const { signalling, remoteHolds } = entry;
  const localSdp =
    signalling.kind === "rtp" ? signalling.negotiation.localSdp : signalling.connection.localSdp;
  return { localSdp, remoteHolds };
}

export function statsOf(entry: LegEntry): MediaLegStats {
  const { leg } = entry;
  return {
    legId: leg.legId,
    kind: leg.transport.kind,
    bridgeId: entry.bridge?.bridgeId ?? null,
    playId: entry.plays.present,
    packetsIn: leg.stats.packets,
    packetsOut: leg.out.packets,
    packetsLost: leg.stats.lost,
    packetsRefused: leg.transport.refused + leg.malformed + leg.unknownFormat + leg.rtcp.malformed,
    jitterMs: Math.round(leg.stats.jitterMs * 10) / 10,
  };
}

export function unknownLeg(legId: string): RequestError {
  return new RequestError("unknownLeg", `no leg ${legId}`);
}
