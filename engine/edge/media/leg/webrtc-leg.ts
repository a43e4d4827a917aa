// The narrow face of a WebRTC stack: one audio connection to one browser, packets in and out. Which
// stack lies behind is `webrtc-stack.ts`' matter alone.
import type { AudioTerms } from "../sdp/audio-terms.ts";
import type { LegTransport } from "./leg-transport.ts";

/** What the two sides agreed. */
export interface WebRtcAgreement {
  terms: AudioTerms;
  maySend: boolean;
  mayReceive: boolean;
  remoteHolds: boolean;
}

export interface WebRtcLeg extends LegTransport {
  readonly kind: "webrtc";
  /** The description last written; empty before the first. */
  readonly localSdp: string;
  /** Our offer. */
  offer(): string;
  /** Reads the browser's answer to our offer. Throws `SdpError`. */
  acceptAnswer(answer: string): WebRtcAgreement;
  /**
   * Answers the first offer of the browser, or a later one, in which it may restart ICE. Throws
   * `SdpError`.
   */
  answer(offer: string): WebRtcAgreement;
}

/** What happens on the connection after set-up began. */
export interface WebRtcEvents {
  packet(packet: Buffer): void;
  connected(): void;
  /** ICE or DTLS failed, took too long, or the browser closed. At most once. */
  failed(why: string): void;
}

/** Makes WebRTC legs, all on one UDP port. */
export interface WebRtcStack {
  readonly port: number;
  create(leg: { ssrc: number; events: WebRtcEvents }): WebRtcLeg;
  close(): Promise<void>;
}
