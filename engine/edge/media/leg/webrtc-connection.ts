// One browser's connection through node-datachannel.
import { randomInt } from "node:crypto";
import type { Audio, PeerConnection, Track } from "node-datachannel";
import { candidateAddresses, isAny } from "../local-address.ts";
import { type AudioTerms, offeredTerms } from "../sdp/audio-terms.ts";
import { type Direction, SdpError } from "../sdp/session-description.ts";
import {
  type BrowserDescription,
  type LocalWebRtc,
  readBrowserSdp,
  readIceParameters,
  writeWebRtcAnswer,
  writeWebRtcOffer,
} from "../sdp/webrtc-sdp.ts";
import type { WebRtcAgreement, WebRtcEvents, WebRtcLeg } from "./webrtc-leg.ts";

type Library = typeof import("node-datachannel").default;

export interface DatachannelLegOptions {
  host: string;
  publicHost: string | null;
  port: number;
  ssrc: number;
  events: WebRtcEvents;
  onClosed: () => void;
}

export class DatachannelLeg implements WebRtcLeg {
  readonly kind = "webrtc";
  readonly refused = 0;
  localSdp = "";
  private readonly library: Library;
  private readonly options: DatachannelLegOptions;
  private readonly connection: PeerConnection;
  private track: Track | null = null;
  private local: LocalWebRtc | null = null;
  private remoteUfrag: string | null = null;
  private expectedFingerprint: string | null = null;
  private connected = false;
  private over = false;
  private connectTimer: NodeJS.Timeout | null = null;

  constructor(library: Library, options: DatachannelLegOptions) {
    this.library = library;
    this.options = options;
    this.connection = new library.PeerConnection("leg", {
      iceServers: [],
      ...(isAny(options.host) ? {} : { bindAddress: options.host }),
      enableIceUdpMux: true,
      portRangeBegin: options.port,
      portRangeEnd: options.port,
      disableAutoNegotiation: true,
      // The library verifies against a description that it may not have stored yet when a browser
      // nearby is quick, and then fails good calls. `isExpectedPeer` verifies instead.
      disableFingerprintVerification: true,
    });
    const { connection } = this;
    closing.add(connection);
    connection.onStateChange((state) => {
      if (state === "closed") closing.delete(connection);
      this.onState(state);
    });
  }

  async offer(): Promise<string> {
    this.addTrack({ terms: offeredTerms, mid: "0", direction: "sendrecv" });
    await this.gather("offer");
    this.localSdp = writeWebRtcOffer(this.describeLocal(), offeredTerms);
    return this.localSdp;
  }

  acceptAnswer(answer: string): WebRtcAgreement {
    const description = readBrowserSdp(answer);
    if (this.remoteUfrag !== null) return this.agree(description);
    if (description.setup === "actpass") throw new SdpError("badSdp", "setup:actpass in an answer");
    this.setRemote(description, "answer");
    // Later descriptions name the DTLS role that was settled now (RFC 8842 section 5.5).
    if (this.local !== null) {
      const setup = description.setup === "active" ? "passive" : "active";
      this.local = { ...this.local, ice: { ...this.local.ice, setup } };
    }
    return this.agree(description);
  }

  async answer(offer: string): Promise<WebRtcAgreement> {
    const description = readBrowserSdp(offer);
    if (this.remoteUfrag === null) {
      this.addTrack({ ...description, terms: firstCodec(description.terms) });
      this.setRemote(description, "offer");
      await this.gather("answer");
    } else if (description.iceUfrag !== this.remoteUfrag) {
      throw new SdpError("badSdp", "ICE restart is not supported yet");
    }
    const agreement = this.agree(description);
    this.localSdp = writeWebRtcAnswer(this.describeLocal(), description);
    return { ...agreement, terms: firstCodec(description.terms) };
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

  close(): void {
    if (this.over) return;
    this.end();
  }

  private addTrack(audio: { terms: AudioTerms; mid: string; direction: Direction }): void {
    const section: Audio = new this.library.Audio(audio.mid, "SendRecv");
    for (const { codec, payloadType } of audio.terms.codecs) {
      section.addAudioCodec(payloadType, `${codec}/8000`);
    }
    if (audio.terms.eventPayloadType !== null) {
      section.addAudioCodec(audio.terms.eventPayloadType, "telephone-event/8000", "0-15");
    }
    section.addSSRC(this.options.ssrc, "rexian", "rexian", "audio");
    const track = this.connection.addTrack(section);
    track.onMessage((packet) => {
      // Nothing is heard before the far side's certificate has been verified.
      if (this.connected) this.options.events.packet(packet);
    });
    track.onError(() => {});
    // Without this listener the library keeps a pointer to a track that is collected.
    track.onClosed(() => closing.delete(track));
    closing.add(track);
    this.track = track;
  }

  private setRemote(description: BrowserDescription, type: "offer" | "answer"): void {
    this.expectedFingerprint = description.fingerprint;
    try {
      this.connection.setRemoteDescription(description.reduced, type);
    } catch (error) {
      throw new SdpError("badSdp", error instanceof Error ? error.message : String(error));
    }
    this.remoteUfrag = description.iceUfrag;
    this.connectTimer = setTimeout(() => this.fail("not connected in time"), connectMs);
  }

  private gather(type: "offer" | "answer"): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new SdpError("badSdp", "gathering took too long")),
        gatherMs,
      );
      const check = (): void => {
        if (this.connection.localDescription() === null) return;
        clearTimeout(timer);
        resolve();
      };
      // Candidates are our own lines: the description is enough.
      this.connection.onLocalDescription(check);
      this.connection.setLocalDescription(type);
      check();
    });
  }

  private describeLocal(): LocalWebRtc {
    const description = this.connection.localDescription();
    if (description === null) throw new SdpError("badSdp", "the connection is gone");
    const before = this.local;
    this.local = {
      ice: before?.ice ?? readIceParameters(description.sdp),
      addresses: candidateAddresses(this.options),
      port: this.options.port,
      ssrc: this.options.ssrc,
      sessionId: before?.sessionId ?? randomInt(1, 2 ** 47),
      version: (before?.version ?? 0) + 1,
    };
    return this.local;
  }

  private agree(description: BrowserDescription): WebRtcAgreement {
    const { direction, terms } = description;
    return {
      terms,
      maySend: direction === "sendrecv" || direction === "recvonly",
      mayReceive: direction === "sendrecv" || direction === "sendonly",
      remoteHolds: direction === "sendonly" || direction === "inactive",
    };
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
    const shown = this.connection.remoteFingerprint();
    return (
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

function firstCodec(terms: AudioTerms): AudioTerms {
  return { ...terms, codecs: terms.codecs.slice(0, 1) };
}

/** Native objects until they have said that they are closed: collected earlier, they crash. */
const closing = new Set<PeerConnection | Track>();

const gatherMs = 3000;
const connectMs = 15_000;
