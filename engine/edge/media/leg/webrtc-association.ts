// One ICE and DTLS association with a browser through node-datachannel. A leg has one at a time, and a
// second one while the browser restarts ICE: the library can restart nothing.
import type { Audio, PeerConnection, Track } from "node-datachannel";
import { isAny } from "../local-address.ts";
import { SdpError } from "../sdp/session-description.ts";
import type { BrowserDescription, IceParameters } from "../sdp/webrtc-sdp.ts";
import type { DtlsCertificate } from "./dtls-certificate.ts";
import type { WebRtcEvents } from "./webrtc-leg.ts";

export type Library = typeof import("node-datachannel").default;

export interface AssociationOptions {
  host: string;
  port: number;
  certificate: DtlsCertificate;
  ssrc: number;
  ice: IceParameters;
  events: WebRtcEvents;
}

export class Association {
  /** Packets that came before the far side's certificate was verified. */
  refused = 0;
  private readonly connection: PeerConnection;
  private readonly track: Track;
  private readonly expectedFingerprint: string;
  private readonly events: WebRtcEvents;
  private connected = false;
  private over = false;
  private timer: NodeJS.Timeout | null = null;

  /** Answers this offer towards the library. Throws `SdpError`. */
  constructor(library: Library, options: AssociationOptions, description: BrowserDescription) {
    const { certificate, host, port, ice } = options;
    this.events = options.events;
    this.expectedFingerprint = description.fingerprint;
    this.connection = new library.PeerConnection("leg", {
      iceServers: [],
      ...(isAny(host) ? {} : { bindAddress: host }),
      enableIceUdpMux: true,
      portRangeBegin: port,
      portRangeEnd: port,
      certificatePemFile: certificate.certificatePem,
      keyPemFile: certificate.keyPem,
      disableAutoNegotiation: true,
      // `isExpectedPeer` verifies, and counts.
      disableFingerprintVerification: true,
    });
    closing.add(this.connection);
    this.connection.onStateChange((state) => {
      if (state === "closed") closing.delete(this.connection);
      this.onState(state);
    });
    this.track = this.connection.addTrack(audioOf(library, options.ssrc, description));
    this.track.onMessage((packet) => {
      // Nothing is heard before the far side's certificate has been verified.
      if (this.connected) this.events.packet(packet);
      else this.refused += 1;
    });
    this.track.onError(() => {});
    // Without this listener the library keeps a pointer to a track that is collected.
    this.track.onClosed(() => closing.delete(this.track));
    closing.add(this.track);
    try {
      this.connection.setRemoteDescription(reducedFor(description, ice), "offer");
      const { iceUfrag, icePwd } = ice;
      this.connection.setLocalDescription("answer", { iceUfrag, icePwd });
    } catch (error) {
      this.close();
      throw new SdpError("badSdp", error instanceof Error ? error.message : String(error));
    }
    this.timer = setTimeout(() => this.fail("not connected in time"), connectMs);
  }

  send(packet: Uint8Array, length: number): void {
    if (!this.connected || this.over) return;
    try {
      // The library copies.
      this.track.sendMessageBinary(Buffer.from(packet.buffer, packet.byteOffset, length));
    } catch {
      // It throws when the connection went this very moment; its state change follows.
    }
  }

  /** Nothing is told any more. */
  close(): void {
    if (this.over) return;
    this.over = true;
    this.connected = false;
    this.stopTimer();
    for (const part of [this.track, this.connection]) {
      try {
        part.close();
      } catch {
        // Closed by the browser already.
      }
    }
  }

  private onState(state: string): void {
    if (this.over) return;
    if (state === "connected") {
      this.stopTimer();
      if (!this.isExpectedPeer()) {
        this.fail("fingerprint");
        return;
      }
      const first = !this.connected;
      this.connected = true;
      if (first) this.events.connected();
    }
    if (state === "failed" || state === "closed") this.fail(state);
  }

  /** RFC 8122: the certificate must be the one that the description named. */
  private isExpectedPeer(): boolean {
    const [algorithm = "", value = ""] = this.expectedFingerprint.split(" ");
    const shown = this.connection.remoteFingerprint();
    return (
      value !== "" &&
      shown.algorithm.toLowerCase() === algorithm.toLowerCase() &&
      shown.value.toLowerCase() === value.toLowerCase()
    );
  }

  private fail(why: string): void {
    if (this.over) return;
    this.close();
    this.events.failed(why);
  }

  private stopTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}

/** The library picks `active` for who leaves it open; a role once settled stays (RFC 8842 5.5). */
function reducedFor({ reduced }: BrowserDescription, { setup }: IceParameters): string {
  return setup === "passive" ? reduced.replace("a=setup:actpass", "a=setup:active") : reduced;
}

function audioOf(library: Library, ssrc: number, { terms, mid }: BrowserDescription): Audio {
  const section = new library.Audio(mid, "SendRecv");
  for (const { codec, payloadType } of terms.codecs) {
    section.addAudioCodec(payloadType, `${codec}/8000`);
  }
  if (terms.eventPayloadType !== null) {
    section.addAudioCodec(terms.eventPayloadType, "telephone-event/8000", "0-15");
  }
  section.addSSRC(ssrc, "rexian", "rexian", "audio");
  return section;
}

/** Native objects until they have said that they are closed: collected earlier, they crash. */
const closing = new Set<PeerConnection | Track>();

const connectMs = 15_000;
