// The control link between an engine and the built-in media server: JSON, one object a line,
// UTF-8, over TCP on loopback. The engine dials. Commands carry the engine's own ids and are
// idempotent; the media server goes on with everything when the link is gone, and the engine that
// comes next takes over. What happened to legs meanwhile (digits, ended plays, tones, media) follows
// the result of its first `list`, in order; so an engine lists first. At most `mediaLineBytesMax`
// bytes a line.
import { z } from "zod";

export const mediaControlVersion = 2;
export const mediaLineBytesMax = 262_144;

const id = z.string().min(1).max(200);
const sdp = z.string().max(65_536);
export const srtpMode = z.enum(["off", "optional", "required"]);
export type SrtpMode = z.infer<typeof srtpMode>;
export const g711Name = z.enum(["PCMA", "PCMU"]);
export type G711Name = z.infer<typeof g711Name>;

export const playItem = z.discriminatedUnion("kind", [
  /** WAV below the media server's prompt folder, e.g. `zh/welcome.wav` or `music/calm.wav`. */
  z.strictObject({ kind: z.literal("file"), path: z.string().min(1).max(300) }),
  /** Like `file`, endless, each listener with his own phase (music on hold). */
  z.strictObject({ kind: z.literal("music"), path: z.string().min(1).max(300) }),
  /** One period of the configured country's tone; `repeat` of the play makes it endless. */
  z.strictObject({
    kind: z.literal("tone"),
    tone: z.enum(["ringback", "busy", "congestion", "specialInformation", "beep"]),
  }),
  z.strictObject({ kind: z.literal("silence"), ms: z.number().int().min(0).max(600_000) }),
]);
export type MediaPlayItem = z.infer<typeof playItem>;

/**
 * What a leg may do in a bridge. Talkers hear each other. A `listener` hears the talkers and is
 * heard by nobody (monitor). A `whisperer` hears the talkers and is heard by the talker `whisperTo`
 * alone; when that leg is gone, by nobody. A supervisor who barges in is a talker.
 */
export const bridgeRole = z.discriminatedUnion("role", [
  z.strictObject({ legId: id, role: z.literal("talker") }),
  z.strictObject({ legId: id, role: z.literal("listener") }),
  z.strictObject({ legId: id, role: z.literal("whisperer"), whisperTo: id }),
]);
export type MediaBridgeRole = z.infer<typeof bridgeRole>;

/**
 * First line of a client. `epoch` orders owners: a hello with an epoch lower than the highest seen
 * is refused, an equal or higher one takes over and the older link is closed.
 */
export const mediaHello = z.strictObject({
  type: z.literal("hello"),
  version: z.literal(mediaControlVersion),
  secret: z.string().max(200),
  epoch: z.number().int().min(0),
});

export const mediaRequest = z.discriminatedUnion("type", [
  /**
   * Makes a leg. With `remoteSdp` the result's `localSdp` answers it (RFC 3264), else it offers.
   * A known `legId` returns its present SDP. Errors: `noCodec`, `badSdp`, `noPort`, `limit`.
   */
  z.strictObject({
    type: z.literal("createLeg"),
    id,
    legId: id,
    kind: z.enum(["rtp", "webrtc"]),
    remoteSdp: sdp.optional(),
    /**
     * Of plain legs, keys by SDES (RFC 4568). `optional`: taken where offered, not offered by us;
     * `required`: `noCodec` for who does not offer it. Absent: `off`.
     */
    srtp: srtpMode.optional(),
    /** Of plain legs, the codec to offer first and to take where offered. Absent: the far side's order. */
    preferredCodec: g711Name.optional(),
  }),
  /** The answer to the offer of `createLeg`. */
  z.strictObject({ type: z.literal("acceptAnswer"), id, legId: id, remoteSdp: sdp }),
  /** A re-offer of the far side (re-INVITE); the result has `localSdp` and `remoteHolds`. */
  z.strictObject({ type: z.literal("answerReoffer"), id, legId: id, remoteSdp: sdp }),
  z.strictObject({ type: z.literal("dropLeg"), id, legId: id }),
  /** Replaces what the leg hears; takes it out of its bridge. */
  z.strictObject({
    type: z.literal("play"),
    id,
    legId: id,
    playId: id,
    items: z.array(playItem).min(1).max(100),
    repeat: z.boolean(),
  }),
  /** Silences the leg if it still hears `playId`; no `playFinished` follows. */
  z.strictObject({ type: z.literal("stopPlay"), id, legId: id, playId: id }),
  /**
   * Joins exactly these legs (they leave plays and other bridges). Known `bridgeId`: replaces legs
   * and roles; what a leg hears goes on unbroken where nothing changes for it. Legs that `roles`
   * does not name are talkers. `badRequest` when `roles` names a leg that is not in `legIds`, one
   * twice, or whispers to no talker.
   */
  z.strictObject({
    type: z.literal("bridge"),
    id,
    bridgeId: id,
    legIds: z.array(id).min(1).max(8),
    roles: z.array(bridgeRole).max(8).optional(),
  }),
  z.strictObject({ type: z.literal("unbridge"), id, bridgeId: id }),
  z.strictObject({ type: z.literal("echo"), id, legId: id }),
  /** Sends RFC 4733 digits to the leg's far side. `badRequest` when it takes no telephone-events. */
  z.strictObject({
    type: z.literal("sendDigits"),
    id,
    legId: id,
    digits: z.string().regex(/^[0-9A-D*#]{1,40}$/),
  }),
  /**
   * What the leg's audio is listened to for from now on; at first for nothing. `inbandDigits`: digits
   * as sound, for trunks without telephone-events; `digit` follows as for those. `digitsHidden`: its
   * digits, as events and as sound, are neither passed on nor recorded; single packets of speech may
   * be lost with them. `tones`: `toneDetected` follows. Done already: nothing changes.
   */
  z.strictObject({
    type: z.literal("listenFor"),
    id,
    legId: id,
    inbandDigits: z.boolean(),
    digitsHidden: z.boolean(),
    tones: z.boolean(),
  }),
  /**
   * Records one party in stereo: left what that party says, right what others say to it. Goes on
   * through plays (silence on the right), other bridges and without an engine; ends with the leg.
   * A known `recordingId` changes nothing. `file` is a path below the recordings' folder, ending in
   * `.wav`; the result's `file` says what it became (`.sealed` follows when encrypted). Errors:
   * `unknownLeg`, `limit` (the leg is recorded already, or no recordings here), `diskLow`.
   */
  z.strictObject({
    type: z.literal("startRecording"),
    id,
    recordingId: id,
    legId: id,
    file: z
      .string()
      .max(300)
      .regex(/^([A-Za-z0-9_-][A-Za-z0-9._-]*\/){0,8}[A-Za-z0-9_-][A-Za-z0-9._-]*\.wav$/),
  }),
  /** Silence on both sides until resumed, with marks. Done already: nothing changes. */
  z.strictObject({ type: z.literal("pauseRecording"), id, recordingId: id }),
  z.strictObject({ type: z.literal("resumeRecording"), id, recordingId: id }),
  /** Ends the file; `recordingEnded` follows. An ended one: nothing changes. */
  z.strictObject({ type: z.literal("stopRecording"), id, recordingId: id }),
  /** The engine has noted how the recording ended: it is listed no more. */
  z.strictObject({ type: z.literal("forgetRecording"), id, recordingId: id }),
  z.strictObject({ type: z.literal("list"), id }),
]);
export type MediaRequest = z.infer<typeof mediaRequest>;

export const mediaLegStats = z.strictObject({
  legId: id,
  kind: z.enum(["rtp", "webrtc"]),
  bridgeId: id.nullable(),
  playId: id.nullable(),
  packetsIn: z.number(),
  packetsOut: z.number(),
  packetsLost: z.number(),
  /**
   * Strangers', malformed, of no format agreed, changed or replayed ones. Of a browser's leg without
   * those that the WebRTC library drops: with a wrong key or seen before.
   */
  packetsRefused: z.number(),
  jitterMs: z.number(),
});
export type MediaLegStats = z.infer<typeof mediaLegStats>;

/** How a recording ended. `sha256` (hexadecimal) and `bytes` are those of the whole file on disk. */
export const recordingEnd = z.strictObject({
  /**
   * `complete`: ended in order. `repaired`: its media server died; the last second may be missing.
   * `failed`: writing failed, the file holds what was written before.
   */
  outcome: z.enum(["complete", "repaired", "failed"]),
  durationMs: z.number(),
  bytes: z.number(),
  sha256: z.string().nullable(),
});
export type MediaRecordingEnd = z.infer<typeof recordingEnd>;

export const mediaRecording = z.strictObject({
  recordingId: id,
  /** Null after a restart of the media server. */
  legId: id.nullable(),
  file: z.string(),
  state: z.enum(["recording", "paused", "ending", "ended"]),
  end: recordingEnd.nullable(),
});
export type MediaRecording = z.infer<typeof mediaRecording>;

/** Server to engine. `result` answers the request with the same `id`. */
export const mediaMessage = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("welcome"),
    version: z.number(),
    instanceId: z.string(),
    pid: z.number(),
  }),
  /** The hello was refused: `secret`, `version` or `epoch`; the server then closes. */
  z.strictObject({ type: z.literal("refused"), why: z.string() }),
  z.strictObject({
    type: z.literal("result"),
    id,
    localSdp: sdp.optional(),
    remoteHolds: z.boolean().optional(),
    /** Of `startRecording`. */
    file: z.string().optional(),
    legs: z.array(mediaLegStats).optional(),
    bridges: z
      .array(
        z.strictObject({
          bridgeId: id,
          legIds: z.array(id),
          /** Legs that are no talkers; absent when all are. */
          roles: z.array(bridgeRole).optional(),
        }),
      )
      .optional(),
    recordings: z.array(mediaRecording).optional(),
  }),
  z.strictObject({ type: z.literal("failed"), id, code: z.string(), message: z.string() }),
  z.strictObject({ type: z.literal("digit"), legId: id, digit: z.string().length(1) }),
  /**
   * What the far side's network or machine says by tones, once until something else is told:
   * China's ringback, busy (0.35 s) and congestion (0.7 s), the special information tone before an
   * announcement, a machine's beep, or 3 s without sound.
   */
  z.strictObject({
    type: z.literal("toneDetected"),
    legId: id,
    tone: z.enum(["ringback", "busy", "congestion", "specialInformation", "beep", "silence"]),
  }),
  /** A play that was not repeated came to its end, or could not be played. */
  z.strictObject({
    type: z.literal("playFinished"),
    legId: id,
    playId: id,
    outcome: z.enum(["completed", "failed"]),
  }),
  /**
   * `flowing`: packets arrive (again); `silent`: none for `mediaSilentMs`; `failed`: ICE or DTLS
   * failed or its time ran out.
   */
  z.strictObject({
    type: z.literal("legMedia"),
    legId: id,
    media: z.enum(["flowing", "silent", "failed"]),
  }),
  /**
   * Every 5 s of a leg that sends, or ought to: what came in that time, and how well it would be
   * heard. `mos` is the E-model's estimate, 1 to 4.5, null when nothing came. `oneWay`: the leg is
   * joined with somebody and hears him, but has sent nothing for the whole time.
   */
  z.strictObject({
    type: z.literal("legQuality"),
    legId: id,
    packetsIn: z.number(),
    packetsLost: z.number(),
    packetsOut: z.number(),
    jitterMs: z.number(),
    mos: z.number().nullable(),
    oneWay: z.boolean(),
    /** There and back, by RTCP; null while the far side does not report. */
    roundTripMs: z.number().nullable(),
    /** How the far side receives us, by its last RTCP report: share lost, 0 to 1. */
    peer: z.strictObject({ lossShare: z.number(), jitterMs: z.number() }).nullable(),
  }),
  /** Once for each recording; `list` has it too until `forgetRecording`. */
  z.strictObject({
    type: z.literal("recordingEnded"),
    recordingId: id,
    file: z.string(),
    end: recordingEnd,
  }),
  /**
   * Calls go on. `diskLow`: less space than configured, nothing new is recorded; `diskEnough`: over.
   * `writeFailed`: this recording ended. `behind`: the disk is too slow, silence stands for what
   * could not be kept.
   */
  z.strictObject({
    type: z.literal("recordingTrouble"),
    what: z.enum(["diskLow", "diskEnough", "writeFailed", "behind"]),
    recordingId: id.nullable(),
    message: z.string().max(500),
  }),
]);
export type MediaMessage = z.infer<typeof mediaMessage>;

export type MediaErrorCode =
  | "noCodec"
  | "badSdp"
  | "noPort"
  | "limit"
  | "unknownLeg"
  | "unknownBridge"
  | "unknownRecording"
  | "diskLow"
  | "badRequest";
