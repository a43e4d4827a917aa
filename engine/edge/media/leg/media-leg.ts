// One party's media: what it sends us, and what we let it hear. It knows nothing of sockets and of
// the control link.
import { randomBytes } from "node:crypto";
import { type G711Codec, pcmaToPcmu, pcmuToPcma, transcodeInPlace } from "../dsp/g711.ts";
import type { DetectedTone } from "../dsp/progress-tone-detector.ts";
import { isRtcp, newRtpView, type RtpView, readRtp, rtpHeaderBytes } from "../dsp/rtp-packet.ts";
import { DigitReceiver, DigitSender } from "../dsp/telephone-event.ts";
import type { AudioTerms } from "../sdp/audio-terms.ts";
import { silenceClip } from "../source/clip.ts";
import type { Player } from "../source/player.ts";
import { LegListening, type ListeningModes, sameModes } from "./leg-listening.ts";
import { type LegQuality, QualityWatch, qualityIntervalMs } from "./leg-quality.ts";
import { type LegTap, mixSource, type TapAudio } from "./leg-tap.ts";
import type { LegTransport } from "./leg-transport.ts";
import { OutboundStream, type StreamStart } from "./outbound-stream.ts";
import { ReceiveStats } from "./receive-stats.ts";
import { RtcpReporter } from "./rtcp-reporter.ts";

export interface LegEvents {
  digit(leg: MediaLeg, digit: string): void;
  playCompleted(leg: MediaLeg, playId: string): void;
  media(leg: MediaLeg, media: "flowing" | "silent" | "failed"): void;
  tone(leg: MediaLeg, tone: DetectedTone): void;
  quality(leg: MediaLeg, quality: LegQuality): void;
}

/** Takes a leg's audio for mixing. */
export interface AudioSink {
  onAudio(
    from: MediaLeg,
    audio: { codec: G711Codec; timestamp: number; packet: Buffer; start: number; end: number },
  ): void;
}

/** A leg's place in a bridge. */
export interface LegPlace {
  /** The one leg whose packets it gets, or a mixer's frames, or silence. */
  hears: MediaLeg | "mix" | null;
  /** The one leg that gets this leg's packets at once. */
  peer: MediaLeg | null;
  /** The mixer in which this leg is heard. */
  sink: AudioSink | null;
}

export class MediaLeg {
  readonly legId: string;
  readonly transport: LegTransport;
  readonly out: OutboundStream;
  readonly stats = new ReceiveStats();
  /** Packets that were whole RTP but of no format agreed. */
  unknownFormat = 0;
  malformed = 0;
  /** The recorder, while the leg is recorded. */
  tap: LegTap | null = null;

  /** Null while nothing is listened for, which is most of the time. */
  private listening: LegListening | null = null;
  private readonly events: LegEvents;
  private readonly silentMs: number;
  private readonly qualityMs: number;
  private readonly digitsIn: DigitReceiver;
  private readonly digitsOut = new DigitSender();
  private readonly quality = new QualityWatch();
  readonly rtcp: RtcpReporter;
  private qualityAtMs = 0;

  private eventPayloadTypes: readonly number[] = [];
  private codecOfPayloadType: (G711Codec | undefined)[] = [];
  private maySend = false;
  private mayReceive = false;

  private hasAgreed = false;

  private player: Player | null = null;
  private hears: LegPlace["hears"] = null;
  private peer: MediaLeg | null = null;
  private sink: AudioSink | null = null;
  /** It has been given something to hear: from then on it gets silence rather than nothing. */
  private served = false;
  private lastForwardMs = 0;
  private sendingDigit = false;

  private media: "waiting" | "flowing" | "silent" = "waiting";
  private lastPacketMs = 0;
  private expectedByMs = Number.POSITIVE_INFINITY;

  constructor(leg: {
    legId: string;
    transport: LegTransport;
    start: StreamStart;
    silentMs: number;
    /** Between two reports of quality; 5 s unless told. */
    qualityMs?: number;
    /** Between two RTCP reports, on average; 5 s unless told. */
    rtcpIntervalMs?: number;
    events: LegEvents;
  }) {
    this.legId = leg.legId;
    this.transport = leg.transport;
    this.events = leg.events;
    this.silentMs = leg.silentMs;
    this.qualityMs = leg.qualityMs ?? qualityIntervalMs;
    this.rtcp = new RtcpReporter(cname, leg.rtcpIntervalMs);
    this.out = new OutboundStream(leg.transport, leg.start);
    this.digitsIn = new DigitReceiver((digit) => this.events.digit(this, digit));
  }

  /** Applies what the sides agreed. */
  applyTerms(
    terms: AudioTerms,
    agreed: { maySend: boolean; mayReceive: boolean; ourEventPayloadType: number | null },
    nowMs: number,
  ): void {
    const first = terms.codecs[0];
    if (first !== undefined) {
      this.out.codec = first.codec;
      this.out.payloadType = first.payloadType;
    }
    this.out.eventPayloadType = terms.eventPayloadType;
    const byType: (G711Codec | undefined)[] = [];
    // Static types always: some far sides send the other law than they agreed to.
    byType[0] = "PCMU";
    byType[8] = "PCMA";
    for (const { codec, payloadType } of terms.codecs) byType[payloadType] = codec;
    this.codecOfPayloadType = byType;
    this.eventPayloadTypes = [terms.eventPayloadType, agreed.ourEventPayloadType].filter(
      (type) => type !== null,
    );
    this.hasAgreed = true;
    if (agreed.mayReceive && !this.mayReceive) {
      this.lastPacketMs = nowMs;
      if (this.expectedByMs < nowMs) this.expectMediaBy(nowMs + this.silentMs);
    }
    this.maySend = agreed.maySend;
    this.mayReceive = agreed.mayReceive;
  }

  /** The leg must have sent its first packet by then, else it counts as silent. */
  expectMediaBy(atMs: number): void {
    if (this.media === "waiting") this.expectedByMs = atMs;
  }

  get currentPlayer(): Player | null {
    return this.player;
  }

  /** From now on the leg hears this play and nothing else. */
  hearPlayer(player: Player): void {
    this.hearNothing();
    this.player = player;
  }

  /** Takes a place among others. When what the leg hears stays the same, it goes on unbroken. */
  join(place: LegPlace, nowMs: number): void {
    if (this.player !== null || !this.served || this.hears !== place.hears) {
      this.player = null;
      this.served = true;
      this.out.switchSource();
      // A peer's next packet is at most 20 ms away: no silence before it.
      this.lastForwardMs = place.hears === null ? 0 : nowMs;
    }
    this.hears = place.hears;
    this.peer = place.peer;
    this.sink = place.sink;
    if (place.hears !== null && place.hears !== this) this.expectFirstPacket(nowMs);
  }

  /** Who is joined with somebody ought to send; a browser's time runs from its connection. */
  private expectFirstPacket(nowMs: number): void {
    if (this.transport.kind !== "rtp" || this.expectedByMs !== Number.POSITIVE_INFINITY) return;
    this.expectMediaBy(nowMs + this.silentMs);
  }

  /** Silence. The leg's own words go nowhere. */
  hearNothing(): void {
    this.player = null;
    this.hears = null;
    this.peer = null;
    this.sink = null;
    this.served = true;
    this.lastForwardMs = 0;
    this.out.switchSource();
  }

  /** From now on the leg is listened to for this. */
  listenFor(modes: ListeningModes): void {
    if (this.listening !== null && sameModes(this.listening.modes, modes)) return;
    const wanted = modes.inbandDigits || modes.digitsHidden || modes.tones;
    this.listening = wanted
      ? new LegListening(modes, {
          digit: (digit) => this.events.digit(this, digit),
          tone: (tone) => this.events.tone(this, tone),
        })
      : null;
  }

  /** False when the far side takes no telephone-events or too many digits wait. */
  sendDigits(digits: string): boolean {
    return this.out.eventPayloadType !== null && this.digitsOut.push(digits);
  }

  /** A packet of the far side, already known to be his. */
  receive(packet: Buffer, nowMs: number): void {
    if (isRtcp(packet)) {
      this.rtcp.receive(packet, this.out.ssrc, nowMs);
      return;
    }
    const view = sharedView;
    if (!readRtp(packet, view)) {
      this.malformed += 1;
      return;
    }
    const codec = this.codecOfPayloadType[view.payloadType];
    const isEvent = codec === undefined && this.eventPayloadTypes.includes(view.payloadType);
    if (codec === undefined && !isEvent) {
      this.unknownFormat += 1;
      return;
    }
    this.stats.onPacket(view, nowMs);
    this.lastPacketMs = nowMs;
    if (this.media !== "flowing") {
      this.media = "flowing";
      this.events.media(this, "flowing");
    }
    if (codec === undefined) this.receiveEvent(packet, view, nowMs);
    else this.receiveAudio(packet, view, codec, nowMs);
  }

  /** Every 20 ms. */
  tick(nowMs: number): void {
    if (this.digitsIn.pending) this.digitsIn.onTime(nowMs);
    this.watchMedia(nowMs);
    if (nowMs >= this.qualityAtMs) this.lookAtQuality(nowMs);
    if (this.rtcp.isDue(nowMs)) this.reportRtcp(nowMs, false);
    if (!this.maySend) {
      this.out.pause();
      return;
    }
    if (this.hears === "mix" && this.player === null) return;
    if (this.digitsOut.idle) this.sendingDigit = false;
    else if (this.sendDigitStep(nowMs)) return;
    if (this.player !== null) this.playFrame(this.player, nowMs);
    else if (this.served && nowMs - this.lastForwardMs > comfortMs) this.sendSilence(nowMs);
  }

  /** A mixer's frame for this leg: `codes` in the codec of `out`, 160 bytes, at the tick. */
  sendMixed(codes: Uint8Array, nowMs: number): void {
    if (!this.maySend) return;
    if (!this.digitsOut.idle && this.sendDigitStep(nowMs)) return;
    this.out.beginFrame(nowMs);
    const buffer = this.out.frameBuffer();
    buffer.set(codes, rtpHeaderBytes);
    if (this.tap !== null) {
      this.tap.heard(
        tapAudio(
          this.out.codec,
          { bytes: codes, start: 0, end: codes.length },
          { source: mixSource, timestamp: this.out.timestamp },
        ),
        nowMs,
      );
    }
    this.out.sendFrame(buffer, nowMs);
  }

  skipFrames(count: number): void {
    this.out.skipFrames(count);
  }

  close(): void {
    this.reportRtcp(performance.now(), true);
    this.hearNothing();
    this.maySend = false;
    this.transport.close();
  }

  private receiveEvent(packet: Buffer, view: RtpView, nowMs: number): void {
    this.digitsIn.onEvent(
      { ssrc: view.ssrc, timestamp: view.timestamp, bytes: packet, start: view.payloadStart },
      nowMs,
    );
    this.listening?.onEvent();
    const { peer } = this;
    // The digit's listener may have changed the bridge just now.
    if (peer === null || peer === this || !peer.maySend) return;
    const hidden = this.listening?.modes.digitsHidden === true;
    if (hidden || peer.out.eventPayloadType === null) peer.out.skipForwarded();
    else {
      peer.lastForwardMs = nowMs;
      peer.out.forward(packet, view, peer.out.eventPayloadType, nowMs);
    }
  }

  private receiveAudio(packet: Buffer, view: RtpView, codec: G711Codec, nowMs: number): void {
    if (this.digitsIn.pending) this.digitsIn.onAudio(view.timestamp);
    // First, because what it hides no recorder may hear either.
    this.listening?.onAudio(packet, view, codec);
    this.tap?.said(tapPacket(packet, view, codec), nowMs);
    if (this.sink !== null) {
      this.sink.onAudio(this, {
        codec,
        timestamp: view.timestamp,
        packet,
        start: view.payloadStart,
        end: view.payloadEnd,
      });
    }
    // Last, because it renumbers and transcodes in place.
    this.peer?.hearForwarded(packet, view, codec, nowMs);
  }

  private hearForwarded(packet: Buffer, view: RtpView, codec: G711Codec, nowMs: number): void {
    if (!this.maySend) return;
    this.lastForwardMs = nowMs;
    if (this.sendingDigit) {
      this.out.skipForwarded();
      return;
    }
    if (codec !== this.out.codec) {
      transcodeInPlace(packet, {
        table: codec === "PCMU" ? pcmuToPcma : pcmaToPcmu,
        start: view.payloadStart,
        end: view.payloadEnd,
      });
    }
    this.tap?.heard(tapPacket(packet, view, this.out.codec), nowMs);
    this.out.forward(packet, view, this.out.payloadType, nowMs);
  }

  private sendDigitStep(nowMs: number): boolean {
    const step = this.digitsOut.next();
    this.sendingDigit = step !== null;
    if (step === null) return false;
    // Forwarded packets keep the clock; frames of our own count it.
    if (this.player !== null || nowMs - this.lastForwardMs > comfortMs) this.out.beginFrame(nowMs);
    this.out.sendDigitStep(step, nowMs);
    return true;
  }

  private playFrame(player: Player, nowMs: number): void {
    const buffer = this.out.frameBuffer();
    if (player.fill(buffer, rtpHeaderBytes, this.out.codec)) {
      this.out.beginFrame(nowMs);
      this.out.sendFrame(buffer, nowMs);
      return;
    }
    this.player = null;
    this.sendSilence(nowMs);
    this.events.playCompleted(this, player.playId);
  }

  private sendSilence(nowMs: number): void {
    this.out.beginFrame(nowMs);
    const buffer = this.out.frameBuffer();
    silenceClip[this.out.codec].copy(buffer, rtpHeaderBytes);
    this.out.sendFrame(buffer, nowMs);
  }

  private lookAtQuality(nowMs: number): void {
    const first = this.qualityAtMs === 0;
    this.qualityAtMs = nowMs + this.qualityMs;
    if (first) return;
    const quality = this.quality.look({
      packetsIn: this.stats.packets,
      packetsLost: this.stats.lost,
      packetsOut: this.out.packets,
      jitterMs: this.stats.jitterMs,
      shouldSend: this.mayReceive && this.hears !== null && this.hears !== this,
      peer: this.rtcp.peer,
    });
    if (quality !== null) this.events.quality(this, quality);
  }

  /** Nothing before the first packet, and to nobody who has not agreed. */
  private reportRtcp(nowMs: number, bye: boolean): void {
    if (!this.hasAgreed || this.out.packets + this.stats.packets === 0) return;
    this.transport.sendRtcp(this.rtcp.report({ out: this.out, stats: this.stats, bye }, nowMs));
  }

  private watchMedia(nowMs: number): void {
    if (!this.mayReceive) return;
    const ended = this.media === "flowing" && nowMs - this.lastPacketMs >= this.silentMs;
    const neverCame = this.media === "waiting" && nowMs >= this.expectedByMs;
    if (!ended && !neverCame) return;
    this.media = "silent";
    this.events.media(this, "silent");
  }
}

/** Packets are handled one at a time, so that one view serves all. */
const sharedView = newRtpView();
const sharedTapAudio: TapAudio = {
  source: 0,
  timestamp: 0,
  codec: "PCMU",
  bytes: new Uint8Array(),
  start: 0,
  end: 0,
};

function tapPacket(packet: Uint8Array, view: RtpView, codec: G711Codec): TapAudio {
  const span = { bytes: packet, start: view.payloadStart, end: view.payloadEnd };
  return tapAudio(codec, span, { source: view.ssrc, timestamp: view.timestamp });
}

function tapAudio(
  codec: G711Codec,
  span: Readonly<{ bytes: Uint8Array; start: number; end: number }>,
  clock: Readonly<{ source: number; timestamp: number }>,
): TapAudio {
  const audio = sharedTapAudio;
  audio.codec = codec;
  audio.bytes = span.bytes;
  audio.start = span.start;
  audio.end = span.end;
  audio.source = clock.source;
  audio.timestamp = clock.timestamp;
  return audio;
}

/** Who we are in RTCP: of this process, as RFC 7022 section 4.1 asks, without a host's name. */
const cname = randomBytes(12).toString("base64url");

/** A bridged leg that got nothing for so long hears silence instead. */
const comfortMs = 200;
