// One browser's connection through node-datachannel. Whoever offers in SIP, towards the library the
// browser offers and we answer: the library takes a connection down whose peer is verified before it
// has stored the remote description, and a browser nearby that waits for our answer's name and
// password is never that quick. So our offers are written without the library, and its connection is
// made when the browser has answered.
import { randomBytes, randomInt } from "node:crypto";
import type { Audio, PeerConnection, Track } from "node-datachannel";
import { candidateAddresses, isAny } from "../local-address.ts";
import { type AudioTerms, offeredTerms } from "../sdp/audio-terms.ts";
import { type Direction, SdpError } from "../sdp/session-description.ts";
import {
  type BrowserDescription,
  type LocalWebRtc,
  readBrowserSdp,
  writeWebRtcAnswer,
  writeWebRtcOffer,
} from "../sdp/webrtc-sdp.ts";
import type { DtlsCertificate } from "./dtls-certificate.ts";
import type { WebRtcAgreement, WebRtcEvents, WebRtcLeg } from "./webrtc-leg.ts";

type Library = typeof import("node-datachannel").default;

export interface DatachannelLegOptions {
  host: string;
  publicHost: string | null;
  port: number;
  certificate: DtlsCertificate;
  ssrc: number;
  events: WebRtcEvents;
  onClosed: () => void;
}

export class DatachannelLeg implements WebRtcLeg {
  readonly kind = "webrtc";
  /** The library drops changed and replayed packets itself and counts none of them. */
  refused = 0;
  localSdp = "";
  private readonly library: Library;
  private readonly options: DatachannelLegOptions;
  private connection: PeerConnection | null = null;
  private track: Track | null = null;
  private readonly local: LocalWebRtc;
  private remoteUfrag: string | null = null;
  private expectedFingerprint: string | null = null;
  private connected = false;
  private over = false;
  private connectTimer: NodeJS.Timeout | null = null;

  constructor(library: Library, options: DatachannelLegOptions) {
    this.library = library;
    this.options = options;
    this.local = {
      // RFC 8839 section 5.4: at least 24 and 128 bits of chance.
      ice: {
        iceUfrag: randomBytes(6).toString("hex"),
        icePwd: randomBytes(16).toString("hex"),
        fingerprint: options.certificate.fingerprint,
        setup: "actpass",
      },
      addresses: candidateAddresses(options),
      port: options.port,
      ssrc: options.ssrc,
      sessionId: randomInt(1, 2 ** 47),
      version: 0,
    };
  }

  offer(): string {
    this.localSdp = writeWebRtcOffer(this.nextVersion(), offeredTerms);
    return this.localSdp;
  }

  acceptAnswer(answer: string): WebRtcAgreement {
    const description = readBrowserSdp(answer);
    if (this.remoteUfrag === null) {
      if (description.setup === "actpass") {
        throw new SdpError("badSdp", "setup:actpass in an answer");
      }
      this.connect(description);
    }
    return agreement(description);
  }

  answer(offer: string): WebRtcAgreement {
    const description = readBrowserSdp(offer);
    const terms = firstCodec(description.terms);
    if (this.remoteUfrag === null) this.connect({ ...description, terms });
    else if (description.iceUfrag !== this.remoteUfrag) {
      throw new SdpError("badSdp", "ICE restart is not supported yet");
    }
    this.localSdp = writeWebRtcAnswer(this.nextVersion(), description);
    return { ...agreement(description), terms };
  }

  send(packet: Uint8Array, length: number): void {
    const { track } = this;
    if (track === null || !this.connected || this.over) return;
    try {
      // The library copies.
      track.sendMessageBinary(Buffer.from(packet.buffer, packet.byteOffset, length));
    } catch {
      // It throws when the connection went this very moment; its state change follows.
    }
  }

  sendRtcp(packet: Uint8Array): void {
    this.send(packet, packet.length);
  }

  close(): void {
    if (this.over) return;
    this.end();
  }

  private connect(description: BrowserDescription): void {
    const { certificate, host, port } = this.options;
    const connection = new this.library.PeerConnection("leg", {
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
    this.connection = connection;
    closing.add(connection);
    connection.onStateChange((state) => {
      if (state === "closed") closing.delete(connection);
      this.onState(state);
    });
    this.expectedFingerprint = description.fingerprint;
    this.addTrack(connection, description);
    const { ice } = this.local;
    // What was settled stays in later descriptions (RFC 8842 section 5.5).
    ice.setup = description.setup === "active" ? "passive" : "active";
    try {
      connection.setRemoteDescription(description.reduced, "offer");
      connection.setLocalDescription("answer", { iceUfrag: ice.iceUfrag, icePwd: ice.icePwd });
    } catch (error) {
      throw new SdpError("badSdp", error instanceof Error ? error.message : String(error));
    }
    this.remoteUfrag = description.iceUfrag;
    this.connectTimer = setTimeout(() => this.fail("not connected in time"), connectMs);
  }

  private addTrack(
    connection: PeerConnection,
    audio: { terms: AudioTerms; mid: string; direction: Direction },
  ): void {
    const section: Audio = new this.library.Audio(audio.mid, "SendRecv");
    for (const { codec, payloadType } of audio.terms.codecs) {
      section.addAudioCodec(payloadType, `${codec}/8000`);
    }
    if (audio.terms.eventPayloadType !== null) {
      section.addAudioCodec(audio.terms.eventPayloadType, "telephone-event/8000", "0-15");
    }
    section.addSSRC(this.options.ssrc, "rexian", "rexian", "audio");
    const track = connection.addTrack(section);
    track.onMessage((packet) => {
      // Nothing is heard before the far side's certificate has been verified.
      if (this.connected) this.options.events.packet(packet);
      else this.refused += 1;
    });
    track.onError(() => {});
    // Without this listener the library keeps a pointer to a track that is collected.
    track.onClosed(() => closing.delete(track));
    closing.add(track);
    this.track = track;
  }

  private nextVersion(): LocalWebRtc {
    this.local.version += 1;
    return this.local;
  }

  private onState(state: string): void {
    if (this.over) return;
    if (state === "connected") {
      if (this.connectTimer !== null) clearTimeout(this.connectTimer);
      this.connectTimer = null;
      if (!this.isExpectedPeer()) {
        this.fail("fingerprint");
        return;
      }
      const first = !this.connected;
      this.connected = true;
      if (first) this.options.events.connected();
    }
    if (state === "failed" || state === "closed") this.fail(state);
  }

  /** RFC 8122: the certificate must be the one that the description named. */
  private isExpectedPeer(): boolean {
    const [algorithm = "", value = ""] = (this.expectedFingerprint ?? "").split(" ");
    const shown = this.connection?.remoteFingerprint();
    return (
      shown !== undefined &&
      value !== "" &&
      shown.algorithm.toLowerCase() === algorithm.toLowerCase() &&
      shown.value.toLowerCase() === value.toLowerCase()
    );
  }

  private fail(why: string): void {
    if (this.over) return;
    this.end();
    this.options.events.failed(why);
  }

  private end(): void {
    this.over = true;
    this.connected = false;
    if (this.connectTimer !== null) clearTimeout(this.connectTimer);
    this.connectTimer = null;
    for (const part of [this.track, this.connection]) {
      try {
        part?.close();
      } catch {
        // Closed by the browser already.
      }
    }
    this.options.onClosed();
  }
}

function agreement({ direction, terms }: BrowserDescription): WebRtcAgreement {
  return {
    terms,
    maySend: direction === "sendrecv" || direction === "recvonly",
    mayReceive: direction === "sendrecv" || direction === "sendonly",
    remoteHolds: direction === "sendonly" || direction === "inactive",
  };
}

function firstCodec(terms: AudioTerms): AudioTerms {
  return { ...terms, codecs: terms.codecs.slice(0, 1) };
}

/** Native objects until they have said that they are closed: collected earlier, they crash. */
const closing = new Set<PeerConnection | Track>();

const connectMs = 15_000;
