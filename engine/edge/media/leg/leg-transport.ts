// How a leg's packets reach its far side: a UDP socket or a WebRTC connection.

export interface LegTransport {
  readonly kind: "rtp" | "webrtc";
  /** Sends the first `length` bytes now, or drops them. The buffer may be reused 160 ms later. */
  send(packet: Uint8Array, length: number): void;
  /** Sends an RTCP compound, or drops it. */
  sendRtcp(packet: Uint8Array): void;
  /** Packets not taken: strangers' ones and what was not RTP. */
  readonly refused: number;
  close(): void;
}
