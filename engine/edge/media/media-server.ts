// The media server: legs, plays and bridges by the engine's ids. It goes on with everything whoever
// owns it; the control link only asks and listens.
import { randomInt } from "node:crypto";
import type { ToneCountry } from "../../wire/edge-config.ts";
import type { MediaLegStats, MediaMessage, MediaRequest } from "../../wire/media-control.ts";
import { Bridge } from "./bridge/bridge.ts";
import { readRoles, sameMembers, writeRoles } from "./bridge/bridge-roles.ts";
import { type LegEvents, MediaLeg } from "./leg/media-leg.ts";
import { NoPortError, RtpPorts } from "./leg/rtp-ports.ts";
import type { RtpTransport } from "./leg/rtp-transport.ts";
import { SetupQueue } from "./leg/setup-queue.ts";
import type { WebRtcAgreement, WebRtcLeg, WebRtcStack } from "./leg/webrtc-leg.ts";
import { localAddressFor } from "./local-address.ts";
import type { Recorder } from "./recording/recorder.ts";
import { RequestError } from "./request-error.ts";
import { offeredTerms } from "./sdp/audio-terms.ts";
import { type RtpAgreement, RtpNegotiation } from "./sdp/rtp-negotiation.ts";
import { SdpError } from "./sdp/session-description.ts";
import { type ToneClips, toneClipsOf } from "./source/clip.ts";
import { LegPlays } from "./source/leg-plays.ts";
import { PromptLibrary } from "./source/prompt-library.ts";
import { Tick } from "./tick.ts";

export interface MediaServerOptions {
  host: string;
  publicHost: string | null;
  rtpPortMin: number;
  rtpPortMax: number;
  promptsDir: string;
  /** Whose tones callers hear; China's unless told. */
  toneCountry?: ToneCountry | undefined;
  silentMs: number;
  legsMax: number;
  /** Between two reports of a leg's quality; 5 s unless told. */
  qualityMs?: number;
  /** Between two RTCP reports of a leg, on average; 5 s unless told. */
  rtcpIntervalMs?: number;
}

/** What a request gives back beside its id. */
export type MediaResult = Omit<Extract<MediaMessage, { type: "result" }>, "type" | "id">;
export type MediaEvent = Extract<
  MediaMessage,
  { type: "digit" | "toneDetected" | "playFinished" | "legMedia" | "legQuality" }
>;

type RecordingRequest = Extract<
  MediaRequest,
  {
    type:
      | "startRecording"
      | "pauseRecording"
      | "resumeRecording"
      | "stopRecording"
      | "forgetRecording";
  }
>;

type Signalling =
  | { kind: "rtp"; transport: RtpTransport; negotiation: RtpNegotiation }
  | { kind: "webrtc"; connection: WebRtcLeg };

interface LegEntry {
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

export class MediaServer {
  private readonly options: MediaServerOptions;
  private readonly webrtc: WebRtcStack | null;
  private readonly recorder: Recorder | null;
  private readonly emit: (event: MediaEvent) => void;
  private readonly tick: Tick;
  private readonly ports: RtpPorts;
  private readonly sounds: Readonly<{ prompts: PromptLibrary; tones: ToneClips }>;
  private readonly setups = new SetupQueue();
  private readonly legs = new Map<string, LegEntry>();
  private readonly bridges = new Map<string, Bridge>();
  /** Legs that are being made; requests for them wait. */
  private readonly making = new Map<string, Promise<LegEntry>>();
  private closed = false;

  constructor(
    options: MediaServerOptions,
    parts: {
      webrtc: WebRtcStack | null;
      recorder: Recorder | null;
      emit: (event: MediaEvent) => void;
    },
  ) {
    this.options = options;
    this.webrtc = parts.webrtc;
    this.recorder = parts.recorder;
    this.emit = parts.emit;
    this.tick = new Tick();
    this.ports = new RtpPorts({
      host: options.host,
      portMin: options.rtpPortMin,
      portMax: options.rtpPortMax,
    });
    this.sounds = {
      prompts: new PromptLibrary(options.promptsDir),
      tones: toneClipsOf(options.toneCountry ?? "cn"),
    };
  }

  /** Does a request. Rejects with `RequestError`. */
  async handle(request: MediaRequest): Promise<MediaResult> {
    try {
      return await this.perform(request);
    } catch (error) {
      if (error instanceof SdpError) throw new RequestError(error.code, error.message);
      if (error instanceof NoPortError) throw new RequestError("noPort", error.message);
      throw error;
    }
  }

  get legsCount(): number {
    return this.legs.size;
  }

  /** Ends everything, e.g. when no engine came back. */
  releaseAll(): void {
    for (const legId of [...this.legs.keys()]) this.dropLeg(legId);
    for (const bridge of this.bridges.values()) bridge.close();
    this.bridges.clear();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.tick.stop();
    this.releaseAll();
    await Promise.all([this.webrtc?.close(), this.recorder?.close()]);
  }

  private async perform(request: MediaRequest): Promise<MediaResult> {
    switch (request.type) {
      case "createLeg":
        return this.createLeg(request);
      case "acceptAnswer":
        return this.acceptAnswer(request);
      case "answerReoffer":
        return this.answerReoffer(request);
      case "dropLeg":
        await this.making.get(request.legId)?.catch(() => {});
        this.dropLeg(request.legId);
        return {};
      case "play":
        return this.play(request);
      case "stopPlay":
        (await this.entry(request.legId)).plays.stop(request.playId);
        return {};
      case "bridge":
        return this.bridge(request);
      case "unbridge":
        this.unbridge(request.bridgeId);
        return {};
      case "echo":
        return this.echo(request.legId);
      case "sendDigits":
        return this.sendDigits(request);
      case "listenFor":
        (await this.entry(request.legId)).leg.listenFor(request);
        return {};
      case "startRecording":
      case "pauseRecording":
      case "resumeRecording":
      case "stopRecording":
      case "forgetRecording":
        return this.record(request);
      case "list":
        return this.list();
    }
  }

  private async createLeg(
    request: Extract<MediaRequest, { type: "createLeg" }>,
  ): Promise<MediaResult> {
    const { legId } = request;
    const making = this.making.get(legId);
    const known = making === undefined ? this.legs.get(legId) : await making;
    if (known !== undefined) return presentSdp(known);
    // No await before the leg is noted: a dropLeg may be in the same packet.
    if (this.legs.size + this.making.size >= this.options.legsMax) {
      throw new RequestError("limit", `more than ${this.options.legsMax} legs`);
    }
    const made = request.kind === "rtp" ? this.makeRtpLeg(request) : this.makeWebRtcLeg(request);
    this.making.set(legId, made);
    try {
      const entry = await made;
      if (this.closed) {
        entry.leg.close();
        throw new RequestError("limit", "the media server is closing");
      }
      this.legs.set(legId, entry);
      this.tick.add(entry.leg);
      return presentSdp(entry);
    } finally {
      this.making.delete(legId);
    }
  }

  private async makeRtpLeg(
    request: Extract<MediaRequest, { type: "createLeg" }>,
  ): Promise<LegEntry> {
    const transport = await this.ports.open();
    const { leg, entry } = this.makeEntry(request.legId, {
      kind: "rtp",
      transport,
      negotiation: new RtpNegotiation({
        port: transport.port,
        addressFor: (remote) => localAddressFor(this.options, remote),
        sessionId: randomInt(1, 2 ** 47),
        srtp: request.srtp ?? "off",
      }),
    });
    transport.listen((packet) => leg.receive(packet, performance.now()));
    try {
      const { signalling } = entry;
      if (signalling.kind !== "rtp") return entry;
      if (request.remoteSdp === undefined) signalling.negotiation.offer();
      else agreeRtp(entry, transport, signalling.negotiation.answer(request.remoteSdp));
      return entry;
    } catch (error) {
      leg.close();
      throw error;
    }
  }

  private async makeWebRtcLeg(
    request: Extract<MediaRequest, { type: "createLeg" }>,
  ): Promise<LegEntry> {
    const { webrtc } = this;
    if (webrtc === null) throw new RequestError("badRequest", "no WebRTC here");
    const { legId } = request;
    const ssrc = randomInt(1, 2 ** 32 - 1);
    const connection = webrtc.create({
      ssrc,
      events: {
        packet: (packet) => leg.receive(packet, performance.now()),
        connected: () => {
          this.setups.done(legId);
          leg.expectMediaBy(performance.now() + firstMediaMs);
        },
        failed: () => {
          this.setups.done(legId);
          if (this.legs.has(legId)) this.emit({ type: "legMedia", legId, media: "failed" });
        },
      },
    });
    const { leg, entry } = this.makeEntry(legId, { kind: "webrtc", connection }, ssrc);
    try {
      if (request.remoteSdp === undefined) {
        connection.offer();
        return entry;
      }
      await this.setups.turn(legId);
      agreeWebRtc(entry, connection.answer(request.remoteSdp));
      return entry;
    } catch (error) {
      this.setups.done(legId);
      leg.close();
      throw error;
    }
  }

  private makeEntry(
    legId: string,
    signalling: Signalling,
    ssrc = randomInt(1, 2 ** 32 - 1),
  ): { leg: MediaLeg; entry: LegEntry } {
    const leg = new MediaLeg({
      legId,
      transport: signalling.kind === "rtp" ? signalling.transport : signalling.connection,
      start: { ssrc, sequence: randomInt(0, 2 ** 15), timestamp: randomInt(0, 2 ** 32) },
      silentMs: this.options.silentMs,
      ...(this.options.qualityMs === undefined ? {} : { qualityMs: this.options.qualityMs }),
      ...(this.options.rtcpIntervalMs === undefined
        ? {}
        : { rtcpIntervalMs: this.options.rtcpIntervalMs }),
      events: this.legEvents,
    });
    const finished = (playId: string, outcome: "completed" | "failed"): void =>
      this.emit({ type: "playFinished", legId, playId, outcome });
    const entry: LegEntry = {
      leg,
      signalling,
      plays: new LegPlays(leg, this.sounds, finished),
      bridge: null,
      echoes: false,
      remoteHolds: false,
      acceptedAnswer: null,
      digitsRequestId: null,
    };
    return { leg, entry };
  }

  private readonly legEvents: LegEvents = {
    digit: (leg, digit) => this.emit({ type: "digit", legId: leg.legId, digit }),
    tone: (leg, tone) => this.emit({ type: "toneDetected", legId: leg.legId, tone }),
    playCompleted: (leg, playId) => this.legs.get(leg.legId)?.plays.completed(playId),
    media: (leg, media) => this.emit({ type: "legMedia", legId: leg.legId, media }),
    quality: (leg, quality) => this.emit({ type: "legQuality", legId: leg.legId, ...quality }),
  };

  private async acceptAnswer(
    request: Extract<MediaRequest, { type: "acceptAnswer" }>,
  ): Promise<MediaResult> {
    const entry = await this.entry(request.legId);
    if (entry.acceptedAnswer === request.remoteSdp) return { remoteHolds: entry.remoteHolds };
    const { signalling } = entry;
    if (signalling.kind === "rtp") {
      // A fork's later answer (183, then 200 from elsewhere) replaces the first.
      const agreement = signalling.negotiation.acceptAnswer(request.remoteSdp);
      agreeRtp(entry, signalling.transport, agreement);
    } else {
      await this.setups.turn(request.legId);
      if (this.legs.get(request.legId) !== entry) throw unknownLeg(request.legId);
      agreeWebRtc(entry, signalling.connection.acceptAnswer(request.remoteSdp));
    }
    entry.acceptedAnswer = request.remoteSdp;
    return { remoteHolds: entry.remoteHolds };
  }

  private async answerReoffer(
    request: Extract<MediaRequest, { type: "answerReoffer" }>,
  ): Promise<MediaResult> {
    const entry = await this.entry(request.legId);
    const { signalling } = entry;
    if (signalling.kind === "rtp") {
      const agreement = signalling.negotiation.answer(request.remoteSdp);
      agreeRtp(entry, signalling.transport, agreement);
    } else agreeWebRtc(entry, signalling.connection.answer(request.remoteSdp));
    return presentSdp(entry);
  }

  private async play(request: Extract<MediaRequest, { type: "play" }>): Promise<MediaResult> {
    const entry = await this.entry(request.legId);
    if (entry.plays.knows(request.playId)) {
      entry.plays.repeatOutcome(request.playId);
      return {};
    }
    this.leaveBridge(entry);
    entry.plays.start(request);
    return {};
  }

  private async bridge(request: Extract<MediaRequest, { type: "bridge" }>): Promise<MediaResult> {
    const entries: LegEntry[] = [];
    for (const legId of new Set(request.legIds)) entries.push(await this.entry(legId));
    const known = this.bridges.get(request.bridgeId);
    const legs = entries.map((entry) => entry.leg);
    const roles = readRoles(legs, request.roles ?? []);
    if (known !== undefined && sameMembers(known, legs, roles)) return {};
    if (known === undefined && this.bridges.size >= this.options.legsMax) {
      throw new RequestError("limit", "too many bridges");
    }
    const bridge =
      known ?? new Bridge(request.bridgeId, { tick: this.tick, nowMs: () => performance.now() });
    this.bridges.set(request.bridgeId, bridge);
    for (const member of known?.legs ?? []) {
      const entry = this.legs.get(member.legId);
      if (entry !== undefined && !entries.includes(entry)) entry.bridge = null;
    }
    for (const entry of entries) {
      if (entry.bridge !== bridge) this.leaveBridge(entry);
      entry.plays.cancel();
      entry.bridge = bridge;
    }
    bridge.setLegs(legs, roles);
    return {};
  }

  private unbridge(bridgeId: string): void {
    const bridge = this.bridges.get(bridgeId);
    if (bridge === undefined) return;
    this.bridges.delete(bridgeId);
    for (const { legId } of bridge.legs) {
      const entry = this.legs.get(legId);
      if (entry !== undefined) entry.bridge = null;
    }
    bridge.close();
  }

  private async echo(legId: string): Promise<MediaResult> {
    const entry = await this.entry(legId);
    if (entry.echoes) return {};
    this.leaveBridge(entry);
    entry.plays.cancel();
    entry.leg.join({ hears: entry.leg, peer: entry.leg, sink: null }, performance.now());
    entry.echoes = true;
    return {};
  }

  private async sendDigits(
    request: Extract<MediaRequest, { type: "sendDigits" }>,
  ): Promise<MediaResult> {
    const entry = await this.entry(request.legId);
    if (entry.digitsRequestId === request.id) return {};
    if (!entry.leg.sendDigits(request.digits)) {
      throw new RequestError("badRequest", "no telephone-event there, or too many digits wait");
    }
    entry.digitsRequestId = request.id;
    return {};
  }

  private async record(request: RecordingRequest): Promise<MediaResult> {
    const { recorder } = this;
    if (recorder === null) throw new RequestError("limit", "nothing is recorded here");
    switch (request.type) {
      case "startRecording": {
        const known = recorder.fileOf(request.recordingId);
        if (known !== undefined) return { file: known };
        return { file: recorder.start(request, (await this.entry(request.legId)).leg) };
      }
      case "pauseRecording":
      case "resumeRecording":
        recorder.pause(request.recordingId, request.type === "pauseRecording");
        return {};
      case "stopRecording":
        recorder.stop(request.recordingId);
        return {};
      case "forgetRecording":
        recorder.forget(request.recordingId);
        return {};
    }
  }

  private list(): MediaResult {
    return {
      ...(this.recorder === null ? {} : { recordings: this.recorder.list() }),
      legs: [...this.legs.values()].map(statsOf),
      bridges: [...this.bridges.values()].map((bridge) => ({
        bridgeId: bridge.bridgeId,
        legIds: bridge.legs.map((leg) => leg.legId),
        ...writeRoles(bridge),
      })),
    };
  }

  private dropLeg(legId: string): void {
    const entry = this.legs.get(legId);
    if (entry === undefined) return;
    this.legs.delete(legId);
    this.tick.remove(entry.leg);
    this.setups.done(legId);
    this.leaveBridge(entry);
    entry.plays.cancel();
    this.recorder?.legGone(entry.leg);
    entry.leg.close();
  }

  private leaveBridge(entry: LegEntry): void {
    entry.echoes = false;
    const { bridge } = entry;
    if (bridge === null) return;
    entry.bridge = null;
    bridge.remove(entry.leg);
    if (bridge.legs.length === 0) this.bridges.delete(bridge.bridgeId);
  }

  private async entry(legId: string): Promise<LegEntry> {
    await this.making.get(legId)?.catch(() => {});
    const entry = this.legs.get(legId);
    if (entry === undefined) throw unknownLeg(legId);
    return entry;
  }
}

function agreeRtp(entry: LegEntry, transport: RtpTransport, agreement: RtpAgreement): void {
  transport.setRemote(agreement.remote);
  transport.setSrtp(agreement.srtp);
  transport.setRtcp(agreement.rtcp);
  agree(entry, agreement);
}

function agreeWebRtc(entry: LegEntry, agreement: WebRtcAgreement): void {
  agree(entry, agreement);
}

function agree(entry: LegEntry, agreement: WebRtcAgreement): void {
  const { terms, maySend, mayReceive } = agreement;
  entry.remoteHolds = agreement.remoteHolds;
  entry.leg.applyTerms(
    terms,
    { maySend, mayReceive, ourEventPayloadType: offeredTerms.eventPayloadType },
    performance.now(),
  );
}

function presentSdp(entry: LegEntry): MediaResult {
  const { signalling, remoteHolds } = entry;
  const localSdp =
    signalling.kind === "rtp" ? signalling.negotiation.localSdp : signalling.connection.localSdp;
  return { localSdp, remoteHolds };
}

function statsOf(entry: LegEntry): MediaLegStats {
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

function unknownLeg(legId: string): RequestError {
  return new RequestError("unknownLeg", `no leg ${legId}`);
}

/** A browser's first packet follows its connection within this time. */
const firstMediaMs = 3000;
