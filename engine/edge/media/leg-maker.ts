// Makes legs: opens their sockets or connection and settles the first description.
import { randomInt } from "node:crypto";
import type { MediaRequest } from "../../wire/media-control.ts";
import { type LegEvents, MediaLeg } from "./leg/media-leg.ts";
import { RtpPorts } from "./leg/rtp-ports.ts";
import type { SetupQueue } from "./leg/setup-queue.ts";
import type { WebRtcStack } from "./leg/webrtc-leg.ts";
import { agree, agreeRtp, type LegEntry, type Signalling } from "./leg-entry.ts";
import { localAddressFor } from "./local-address.ts";
import { RequestError } from "./request-error.ts";
import { RtpNegotiation } from "./sdp/rtp-negotiation.ts";
import { LegPlays, type LegSounds } from "./source/leg-plays.ts";

type CreateLeg = Extract<MediaRequest, { type: "createLeg" }>;

export interface LegMakerOptions {
  host: string;
  publicHost: string | null;
  rtpPortMin: number;
  rtpPortMax: number;
  silentMs: number;
  /** Between two reports of a leg's quality; 5 s unless told. */
  qualityMs?: number;
  /** Between two RTCP reports of a leg, on average; 5 s unless told. */
  rtcpIntervalMs?: number;
}

export interface LegMakerParts {
  webrtc: WebRtcStack | null;
  setups: SetupQueue;
  sounds: LegSounds;
  legEvents: LegEvents;
  playFinished(play: { legId: string; playId: string; outcome: "completed" | "failed" }): void;
  /** A browser's connection failed, perhaps before its leg was known. */
  webrtcFailed(legId: string): void;
}

export class LegMaker {
  private readonly options: LegMakerOptions;
  private readonly parts: LegMakerParts;
  private readonly ports: RtpPorts;

  constructor(options: LegMakerOptions, parts: LegMakerParts) {
    this.options = options;
    this.parts = parts;
    this.ports = new RtpPorts({
      host: options.host,
      portMin: options.rtpPortMin,
      portMax: options.rtpPortMax,
    });
  }

  async makeRtp(request: CreateLeg): Promise<LegEntry> {
    const transport = await this.ports.open();
    const { leg, entry } = this.entryOf(request.legId, {
      kind: "rtp",
      transport,
      negotiation: new RtpNegotiation({
        port: transport.port,
        addressFor: (remote) => localAddressFor(this.options, remote),
        sessionId: randomInt(1, 2 ** 47),
        srtp: request.srtp ?? "off",
        preferredCodec: request.preferredCodec ?? null,
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

  async makeWebRtc(request: CreateLeg): Promise<LegEntry> {
    const { webrtc } = this.parts;
    if (webrtc === null) throw new RequestError("badRequest", "no WebRTC here");
    const { legId } = request;
    const ssrc = randomInt(1, 2 ** 32 - 1);
    const connection = webrtc.create({
      ssrc,
      events: {
        packet: (packet) => leg.receive(packet, performance.now()),
        connected: () => {
          this.parts.setups.done(legId);
          leg.expectMediaBy(performance.now() + firstMediaMs);
        },
        failed: () => {
          this.parts.setups.done(legId);
          this.parts.webrtcFailed(legId);
        },
      },
    });
    const { leg, entry } = this.entryOf(legId, { kind: "webrtc", connection }, ssrc);
    try {
      if (request.remoteSdp === undefined) {
        connection.offer();
        return entry;
      }
      await this.parts.setups.turn(legId);
      agree(entry, connection.answer(request.remoteSdp));
      return entry;
    } catch (error) {
      this.parts.setups.done(legId);
      leg.close();
      throw error;
    }
  }

  private entryOf(
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
      events: this.parts.legEvents,
    });
    const finished = (playId: string, outcome: "completed" | "failed"): void =>
      this.parts.playFinished({ legId, playId, outcome });
    const entry: LegEntry = {
      leg,
      signalling,
      plays: new LegPlays(leg, this.parts.sounds, finished),
      bridge: null,
      echoes: false,
      remoteHolds: false,
      acceptedAnswer: null,
      digitsRequestId: null,
    };
    return { leg, entry };
  }
}

/** A browser's first packet follows its connection within this time. */
const firstMediaMs = 3000;
