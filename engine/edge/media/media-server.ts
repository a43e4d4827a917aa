// The media server: legs, plays and bridges by the engine's ids. It goes on with everything whoever
// owns it; the control link only asks and listens.
import type { ToneCountry } from "../../wire/edge-config.ts";
import type { MediaMessage, MediaRequest } from "../../wire/media-control.ts";
import { Bridge } from "./bridge/bridge.ts";
import { readRoles, sameMembers, writeRoles } from "./bridge/bridge-roles.ts";
import type { LegEvents } from "./leg/media-leg.ts";
import { NoPortError } from "./leg/rtp-ports.ts";
import { SetupQueue } from "./leg/setup-queue.ts";
import type { WebRtcStack } from "./leg/webrtc-leg.ts";
import {
  agree,
  agreeRtp,
  type LegEntry,
  type MediaResult,
  presentSdp,
  statsOf,
  unknownLeg,
} from "./leg-entry.ts";
import { LegMaker, type LegMakerOptions } from "./leg-maker.ts";
import type { Recorder } from "./recording/recorder.ts";
import { performRecording } from "./recording/recording-requests.ts";
import { RequestError } from "./request-error.ts";
import { SdpError } from "./sdp/session-description.ts";
import { toneClipsOf } from "./source/clip.ts";
import { PromptLibrary } from "./source/prompt-library.ts";
import { Tick } from "./tick.ts";

export interface MediaServerOptions extends LegMakerOptions {
  promptsDir: string;
  /** Whose tones callers hear; China's unless told. */
  toneCountry?: ToneCountry | undefined;
  legsMax: number;
}

export type MediaEvent = Extract<
  MediaMessage,
  { type: "digit" | "toneDetected" | "playFinished" | "legMedia" | "legQuality" }
>;

export class MediaServer {
  private readonly options: MediaServerOptions;
  private readonly webrtc: WebRtcStack | null;
  private readonly recorder: Recorder | null;
  private readonly emit: (event: MediaEvent) => void;
  private readonly tick: Tick;
  private readonly maker: LegMaker;
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
    this.maker = new LegMaker(options, {
      webrtc: parts.webrtc,
      setups: this.setups,
      sounds: {
        prompts: new PromptLibrary(options.promptsDir),
        tones: toneClipsOf(options.toneCountry ?? "cn"),
      },
      legEvents: this.legEvents,
      playFinished: (play) => this.emit({ type: "playFinished", ...play }),
      webrtcFailed: (legId) => {
        if (this.legs.has(legId)) this.emit({ type: "legMedia", legId, media: "failed" });
      },
    });
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
        return performRecording(
          this.recorder,
          request,
          async (legId) => (await this.entry(legId)).leg,
        );
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
    const made =
      request.kind === "rtp" ? this.maker.makeRtp(request) : this.maker.makeWebRtc(request);
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
      agree(entry, signalling.connection.acceptAnswer(request.remoteSdp));
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
    } else agree(entry, signalling.connection.answer(request.remoteSdp));
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
