// What the core wants done. Requests, not results: each names the id that its results will carry,
// and doing one twice is harmless. Commands of one leg are performed in the order given.
import type { Language, Localized } from "./centre-config.ts";
import type { LegCause } from "./event.ts";
import type { Direction } from "./fact.ts";
import type {
  AgentId,
  BridgeId,
  CallId,
  LegId,
  Ms,
  OfferId,
  PlayId,
  QueueId,
  RecordingId,
  RequestId,
  TrunkId,
} from "./ids.ts";
import type { Values } from "./ivr/value.ts";

export type Command = Readonly<
  /** Final failure response to a caller leg that was not answered. */
  | { type: "rejectLeg"; legId: LegId; sipStatus: number; reason: string }
  /** 200 OK to a caller leg; media exist from here on. */
  | { type: "answerLeg"; legId: LegId }
  /** INVITE to an agent's device. Never leaves before the screen pop of the same step. */
  | {
      type: "ringAgentLeg";
      legId: LegId;
      callId: CallId;
      agentId: AgentId;
      /** SIP URI to send the INVITE to: registered contact or fixed URI. */
      target: string;
      media: "webrtc" | "rtp";
      /** Calling number to show on the device. */
      callerId: string;
      /** The device shall answer by itself: its owner asked for the call. */
      autoAnswer?: boolean;
    }
  /**
   * INVITE to a number over a trunk. Answered by `legRinging`, `legAnswered` or `legFailed`; where the
   * trunk goes is the shell's configuration.
   */
  | {
      type: "dialLeg";
      legId: LegId;
      callId: CallId;
      trunkId: TrunkId;
      /** Digits, with a leading `+` or without. */
      number: string;
      /** Number of ours to show. */
      callerId: string;
    }
  /** Ends a leg in whatever state: CANCEL, failure response or BYE. */
  | { type: "dropLeg"; legId: LegId; cause: LegCause }
  /**
   * Asks an answered leg's far end whether the dialog still stands. Only a no is told: `legReleased`
   * with cause `legDead`.
   */
  | { type: "probeLeg"; legId: LegId }
  /** Replaces what the leg hears. `repeat` plays the list until stopped. */
  | { type: "play"; legId: LegId; playId: PlayId; items: readonly PlayItem[]; repeat: boolean }
  | { type: "stopPlay"; legId: LegId; playId: PlayId }
  /** Joins exactly these legs; stops their plays. Same id again replaces the members. */
  | {
      type: "bridge";
      bridgeId: BridgeId;
      legIds: readonly LegId[];
      /** Legs that do not talk with everybody. */
      roles?: readonly BridgeRole[];
    }
  | { type: "unbridge"; bridgeId: BridgeId }
  /** The leg hears itself (echo test). */
  | { type: "echo"; legId: LegId }
  | { type: "sendDigits"; legId: LegId; digits: string }
  /** Asks another system over HTTP; answered by `lookUpEnded`. */
  | { type: "lookUp"; callId: CallId; lookUpId: string; request: LookUpRequest }
  /** Records a caller's leg, and what others say to it, until the leg ends. */
  | {
      type: "startRecording";
      recordingId: RecordingId;
      callId: CallId;
      legId: LegId;
      startedAtMs: Ms;
    }
  | { type: "pauseRecording"; recordingId: RecordingId; legId: LegId }
  | { type: "resumeRecording"; recordingId: RecordingId; legId: LegId }
  | { type: "stopRecording"; recordingId: RecordingId }
  /** Its end is in the journal: the media server need not keep it. */
  | { type: "forgetRecording"; recordingId: RecordingId }
  | { type: "popScreen"; agentId: AgentId; pop: ScreenPop }
  | { type: "replyToDesk"; agentId: AgentId; requestId: RequestId; refusal: DeskRefusal | null }
>;

export type LookUpRequest = Readonly<{
  method: "GET" | "POST";
  url: string;
  /** Header to the name of a secret that the site keeps. */
  secretHeaders: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body: Values | null;
  timeoutMs: Ms;
  /** Variable to the JSON path of its value in the answer. */
  into: Readonly<Record<string, string>>;
}>;

/** A listener is heard by nobody, a whisperer by one leg only; both hear who talks. */
export type BridgeRole = Readonly<
  { legId: LegId; role: "listener" } | { legId: LegId; role: "whisperer"; whisperTo: LegId }
>;

export type PlayItem = Readonly<
  | { kind: "prompt"; key: string; language: Language }
  /** A file below the prompt folder's `music`; each listener has a phase of his own. */
  | { kind: "music"; key: string }
  | { kind: "tone"; tone: "ringback" | "busy" | "beep" }
  | { kind: "silence"; ms: Ms }
>;

/** Why a desk request was refused; the screen has a sentence for each. */
export type DeskRefusal =
  | "notLoggedIn"
  | "unknownAgent"
  | "unknownReason"
  | "unknownCode"
  | "noOffer"
  | "staleOffer"
  | "noCall"
  | "notHeld"
  | "alreadyHeld"
  | "noWrapUp"
  | "wrapUpAtMax"
  | "deviceUnreachable"
  | "seatUnfit"
  | "busy"
  | "invalidDigits"
  | "unknownQueue"
  | "queueFull"
  | "agentNotReady"
  | "inConsult"
  | "noConsult"
  | "notAnswered"
  | "notAllowed"
  | "notMonitoring"
  | "notRecorded"
  | "invalidNumber"
  | "numberNotAllowed"
  | "callerIdNotAllowed"
  | "noLine"
  /** No trunk works. */
  | "noTrunk"
  | "noText"
  | "nobodyThere"
  | "noMessage"
  | "noHelp"
  | "unknownGroup"
  | "noChange";

/** What the agent sees before the phone rings. */
export type ScreenPop = Readonly<{
  callId: CallId;
  offerId: OfferId;
  queueId: QueueId;
  ani: string;
  dnis: string;
  firstDnis: string | null;
  hotline: Readonly<Record<Language, string>>;
  queueName: Readonly<Record<Language, string>>;
  language: Language;
  arrivedAtMs: Ms;
  queuedAtMs: Ms;
  /** The offer ends at this time (RONA). */
  answerByMs: Ms;
  /** Menu choices and tags from the flow, in order: node or tag name and value. */
  path: readonly PathStep[];
  /** Absent for callers who came in. Otherwise `ani` is who is called, `dnis` what they see. */
  direction?: Direction;
  /** The colleague who handed the caller over, when one did. */
  transferredBy?: Readonly<{ agentId: AgentId; name: Readonly<Record<Language, string>> }>;
}>;

/** One step on the way through the flow: a tag, or a menu's node with the digit pressed there. */
export type PathStep = Readonly<{
  name: string;
  value: string;
  /** The choice in words, where the flow gives any. */
  label?: Localized | undefined;
}>;
