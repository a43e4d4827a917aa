// What the engine asks of a media server, in the engine's own words. Adapters speak the wire.
// Every request settles with a result: nothing here throws or rejects.
import type { PlayItem } from "../../core/command.ts";
import type { RecordingEnd, RecordingTrouble } from "../../core/event.ts";
import type { BridgeId, LegId, PlayId, RecordingId } from "../../core/ids.ts";
import type { G711Name, MediaMessage, SrtpMode } from "../../wire/media-control.ts";

export type MediaLegKind = "rtp" | "webrtc";

/**
 * Why the media server did not do it. `noCodec`, `badSdp`: the far side's SDP cannot be used;
 * `noPort`, `limit`: no room; `unknownLeg`, `unknownBridge`, `unknownRecording`: gone already; `diskLow`:
 * too little space for recordings; `timeout`: no result in
 * time; `lost`: the media server that had the leg is gone; `overflow`: too many requests wait;
 * `badRequest`: a fault of ours.
 */
export type MediaFailureCode =
  | "noCodec"
  | "badSdp"
  | "noPort"
  | "limit"
  | "unknownLeg"
  | "unknownBridge"
  | "unknownRecording"
  | "diskLow"
  | "badRequest"
  | "timeout"
  | "lost"
  | "overflow";

export type MediaResult<Value> =
  | Readonly<{ ok: true; value: Value }>
  | Readonly<{ ok: false; code: MediaFailureCode; message: string }>;

/** Who is not a plain talker: `listener` monitors, `whisperer` is heard by `whisperTo` alone. */
export type BridgeRole =
  | Readonly<{ legId: LegId; role: "talker" | "listener" }>
  | Readonly<{ legId: LegId; role: "whisperer"; whisperTo: LegId }>;

/** A re-offer's answer; `remoteHolds` says that the far side wants no audio from us. */
type ReofferAnswer = Readonly<{ localSdp: string; remoteHolds: boolean }>;

/** What the media server holds right now. */
export type MediaInventory = Readonly<{
  legs: readonly Readonly<{ legId: LegId; bridgeId: BridgeId | null; playId: PlayId | null }>[];
  bridges: readonly Readonly<{ bridgeId: BridgeId; legIds: readonly LegId[] }>[];
  recordings: readonly HeldRecording[];
}>;

/** `end` null: it goes on. */
export type HeldRecording = Readonly<{
  recordingId: RecordingId;
  file: string;
  end: RecordingEnd["end"] | null;
}>;

/** Of the last five seconds. */
export type MediaQuality = Readonly<{
  packetsIn: number;
  packetsLost: number;
  packetsOut: number;
  jitterMs: number;
  /** Null when nothing came. */
  mos: number | null;
  /** It hears somebody and has sent nothing for the whole time. */
  oneWay: boolean;
  /** By RTCP; null while the far side does not report. */
  roundTripMs: number | null;
  peer: Readonly<{ lossShare: number; jitterMs: number }> | null;
}>;

/** What the far side's network or machine says by tones. */
export type DetectedTone = Extract<MediaMessage, { type: "toneDetected" }>["tone"];

export type MediaListener = Readonly<{
  digit(legId: LegId, digit: string): void;
  /** Of a leg that is listened to for tones. */
  toneDetected?(legId: LegId, tone: DetectedTone): void;
  playFinished(legId: LegId, playId: PlayId, outcome: "completed" | "failed"): void;
  legMedia(legId: LegId, media: "flowing" | "silent" | "failed"): void;
  /** Every 5 s of a leg that sends, or ought to and does not (`oneWay`). `mos` null: nothing came. */
  legQuality?(legId: LegId, quality: MediaQuality): void;
  recordingEnded(ended: RecordingEnd): void;
  /** `recordingId` null: trouble of all recordings. */
  recordingTrouble(
    trouble: Readonly<{
      what: RecordingTrouble;
      recordingId: RecordingId | null;
      message: string;
    }>,
  ): void;
  /**
   * The link is up. `replaced`: it leads to another instance than before, so all legs of before
   * are lost. False for the first instance that this process sees.
   */
  up(link: Readonly<{ instanceId: string; replaced: boolean }>): void;
  /** The link is gone; requests wait for the next one until their time is over. */
  down(): void;
}>;

export type MediaPort = Readonly<{
  /** Names the one listener, and dials for ever until `close`. */
  open(listener: MediaListener): void;
  isUp(): boolean;
  /** With `sdpOffer` the result is our answer to it, else our offer. A known leg: its present SDP. */
  createLeg(
    leg: Readonly<{
      legId: LegId;
      kind: MediaLegKind;
      sdpOffer: string | null;
      /** Of plain legs; `off` when left out. */
      srtp?: SrtpMode;
      /** Of plain legs; the far side's order when left out. */
      preferredCodec?: G711Name;
    }>,
  ): Promise<MediaResult<string>>;
  /** What the leg is listened to for from now on; at first for nothing. */
  listenFor(
    listening: Readonly<{
      legId: LegId;
      inbandDigits: boolean;
      digitsHidden: boolean;
      tones: boolean;
    }>,
  ): Promise<MediaResult<undefined>>;
  acceptAnswer(
    answer: Readonly<{ legId: LegId; sdpAnswer: string }>,
  ): Promise<MediaResult<undefined>>;
  answerReoffer(
    reoffer: Readonly<{ legId: LegId; sdpOffer: string }>,
  ): Promise<MediaResult<ReofferAnswer>>;
  dropLeg(legId: LegId): Promise<MediaResult<undefined>>;
  play(
    play: Readonly<{ legId: LegId; playId: PlayId; items: readonly PlayItem[]; repeat: boolean }>,
  ): Promise<MediaResult<undefined>>;
  stopPlay(play: Readonly<{ legId: LegId; playId: PlayId }>): Promise<MediaResult<undefined>>;
  /** Legs that `roles` does not name are talkers. */
  bridge(
    bridge: Readonly<{
      bridgeId: BridgeId;
      legIds: readonly LegId[];
      roles?: readonly BridgeRole[];
    }>,
  ): Promise<MediaResult<undefined>>;
  unbridge(bridgeId: BridgeId): Promise<MediaResult<undefined>>;
  echo(legId: LegId): Promise<MediaResult<undefined>>;
  sendDigits(digits: Readonly<{ legId: LegId; digits: string }>): Promise<MediaResult<undefined>>;
  /** Records what the leg says and what others say to it; the result is the file's name on disk. */
  startRecording(
    recording: Readonly<{ recordingId: RecordingId; legId: LegId; file: string }>,
  ): Promise<MediaResult<string>>;
  pauseRecording(recordingId: RecordingId): Promise<MediaResult<undefined>>;
  resumeRecording(recordingId: RecordingId): Promise<MediaResult<undefined>>;
  stopRecording(recordingId: RecordingId): Promise<MediaResult<undefined>>;
  forgetRecording(recordingId: RecordingId): Promise<MediaResult<undefined>>;
  list(): Promise<MediaResult<MediaInventory>>;
  close(): Promise<void>;
}>;
