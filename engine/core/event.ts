// Everything that can happen to a centre. Past facts, made by the shells; ids and times come in.
import type { Calendars, CentreConfig } from "./centre-config.ts";
import type {
  AgentId,
  BridgeId,
  CallId,
  GroupId,
  LegId,
  Ms,
  PlayId,
  QueueId,
  RecordingId,
  RequestId,
  SkillId,
  TrunkId,
} from "./ids.ts";
import type { Values } from "./ivr/value.ts";

/** One input of the core as the journal keeps it. */
export type JournalEntry = Readonly<{ seq: number; nowMs: Ms; event: CentreEvent }>;

export type CentreEvent = Readonly<
  // -- configuration
  | { type: "configured"; config: CentreConfig }
  /** `dayOffsetMinutes`: how far the site's day is ahead of UTC now; as before when not given. */
  | { type: "calendarsUpdated"; calendars: Calendars; dayOffsetMinutes?: number }
  // -- caller legs
  | {
      type: "callArrived";
      callId: CallId;
      legId: LegId;
      trunkId: TrunkId;
      /** Calling number as the network gave it; empty when withheld. */
      ani: string;
      /** Number dialled on this call (Request-URI). */
      dnis: string;
      /** Number dialled first (Diversion, RFC 5806; History-Info, RFC 7044), when it differs. */
      firstDnis: string | null;
    }
  // -- any leg
  /** Our 2xx went out, or the 2xx of a leg that we rang came in. `dialogRef` is opaque. */
  | { type: "legAnswered"; legId: LegId; dialogRef: string }
  /** `earlyMedia`: the far end sends sound already (183 with SDP), such as its own ringback. */
  | { type: "legRinging"; legId: LegId; earlyMedia?: boolean }
  /** A leg that never was answered is over (final failure, CANCEL, no codec). */
  | { type: "legFailed"; legId: LegId; cause: LegCause }
  /** An answered leg is over: BYE from that party, or it was lost. */
  | { type: "legReleased"; legId: LegId; cause: LegCause }
  /** The device asked for hold or its end by re-INVITE (RFC 5359 2.1). */
  | { type: "legHeld"; legId: LegId; held: boolean }
  | { type: "legMediaChanged"; legId: LegId; media: "flowing" | "silent" | "failed" }
  /** How well a leg is heard has changed for who listens. */
  | { type: "legQualityChanged"; legId: LegId; quality: LegQuality }
  | { type: "digitPressed"; legId: LegId; digit: string }
  /** What the network says in the sound of a leg that is dialled and not answered. */
  | { type: "legToneHeard"; legId: LegId; tone: NetworkTone }
  | { type: "playFinished"; legId: LegId; playId: PlayId; outcome: "completed" | "failed" }
  /** What a look-up gave: values by variable; `why` null means that it was answered. */
  | {
      type: "lookUpEnded";
      callId: CallId;
      lookUpId: string;
      values: Values;
      why: LookUpFailure | null;
    }
  // -- trunks
  /** A watched trunk's peer answers OPTIONS and is registered with, or not; told when it changes. */
  | { type: "trunkStateChanged"; trunkId: TrunkId; isUp: boolean }
  // -- recordings
  | ({ type: "recordingEnded" } & RecordingEnd)
  /** All that a media server holds, after a new link to it; `end` null: it goes on. */
  | {
      type: "recordingsFound";
      recordings: readonly Readonly<{
        recordingId: RecordingId;
        file: string;
        end: RecordingEnd["end"] | null;
      }>[];
    }
  | {
      type: "recordingTrouble";
      what: RecordingTrouble;
      recordingId: RecordingId | null;
      message: string;
    }
  // -- agents and their devices
  /** `lost`: the socket broke; `closed`: the page said good-bye. */
  | { type: "deskChanged"; agentId: AgentId; desk: "open" | "lost" | "closed" }
  /** What a browser seat says of itself, or its shell of it; told when it changes. */
  | { type: "seatHealthChanged"; agentId: AgentId; health: SeatHealth }
  | { type: "deviceBound"; agentId: AgentId; contact: string; expiresAtMs: Ms }
  | { type: "deviceUnbound"; agentId: AgentId }
  | { type: "agentRequested"; agentId: AgentId; requestId: RequestId; request: AgentRequest }
  | {
      type: "supervisorRequested";
      supervisorId: AgentId;
      requestId: RequestId;
      request: SupervisorRequest;
    }
  // -- who helps where, as a supervisor asked
  /** Members of a reserve group serve like everybody, until a time or until switched off. */
  | { type: "reserveSwitched"; groupId: GroupId; isOn: boolean; untilMs: Ms | null }
  /** The agent serves with these skills on top of the own ones until `untilMs`; past: it ends now. */
  | {
      type: "agentLent";
      agentId: AgentId;
      skills: Readonly<Record<SkillId, number>>;
      untilMs: Ms;
    }
  // -- time and recovery
  | { type: "timeAdvanced" }
  /**
   * First event of an engine process that found a journal: what the edge still holds. Everything
   * else that the state believes in is gone. Deadlines that passed meanwhile fire afterwards.
   */
  | {
      type: "engineRestarted";
      liveLegs: readonly LegId[];
      liveBridges: readonly Readonly<{ bridgeId: BridgeId; legIds: readonly LegId[] }>[];
      livePlays: readonly PlayId[];
    }
>;

/** `refused`: a host that is not allowed, a secret that is not there; `status`: not 2xx. */
export type LookUpFailure =
  | "timeout"
  | "unreachable"
  | "status"
  | "tooLarge"
  | "notJson"
  | "refused";

/**
 * How a recording ended. `complete`: in order; `repaired`: its media server died, the last second may
 * be missing; `failed`: writing failed, the file holds what was written before; `notStarted`: there
 * is no file, and `file` is null.
 */
export type RecordingEnd = Readonly<{
  recordingId: RecordingId;
  /** Below the folder of recordings. */
  file: string | null;
  end: Readonly<{
    outcome: "complete" | "repaired" | "failed" | "notStarted";
    durationMs: Ms;
    bytes: number;
    sha256: string | null;
  }>;
}>;

/** What the media server makes of a leg's packets, in the five seconds before. */
export type LegQuality = Readonly<{
  /** Estimated mean opinion score, 1 to 4.5; null when nothing came. */
  mos: number | null;
  /** 0 to 1. */
  lossShare: number;
  jitterMs: number;
  /** By RTCP; null while the far side does not report. */
  roundTripMs: number | null;
  /** The leg hears somebody and sends nothing. */
  oneWay: boolean;
}>;

/**
 * Whether a browser seat could take a call. `off`: not opened yet, which is no fault; `ended`: the track
 * stopped by itself. `isFrozen`: the page's script does not run, though its socket stands.
 */
export type SeatHealth = Readonly<{
  microphone: "off" | "on" | "denied" | "missing" | "busy" | "insecure" | "ended";
  isFrozen: boolean;
  /** Of the desk's socket, as last measured; null before. */
  roundTripMs: Ms | null;
}>;

/** `behind`: the disk is too slow, silence stands for what could not be kept. */
export type RecordingTrouble = "diskLow" | "diskEnough" | "writeFailed" | "behind";

/** What an agent asks for from the desk. The answer is a `replyToDesk` command. */
export type AgentRequest = Readonly<
  | { type: "logIn" }
  | { type: "logOut" }
  | { type: "goReady" }
  | { type: "goNotReady"; reason: string }
  | { type: "rejectOffer"; offerId: string }
  | { type: "hold" }
  | { type: "unhold" }
  | { type: "release" }
  /** The page has no leg of the call that it should be in, as after a refresh: rings it again. */
  | { type: "rejoin" }
  | { type: "sendDigits"; digits: string }
  /** Silence instead of both voices, as for a card number, until resumed. */
  | { type: "pauseRecording" }
  | { type: "resumeRecording" }
  /** Wrap-up after the running call, or none; where the queue leaves that to the agent. */
  | { type: "wantWrapUp"; isWanted: boolean }
  | { type: "extendWrapUp" }
  | { type: "endWrapUp"; code: string | null; notes: string }
  /** Hands the caller over without a word; the agent goes into wrap-up. */
  | { type: "transferBlind"; target: TransferTarget }
  /** The caller hears music while the agent talks with a colleague. */
  | { type: "consultStart"; agentId: AgentId }
  /** The caller goes on with the colleague. */
  | { type: "consultComplete" }
  /** The agent goes on with the caller, without the colleague. */
  | { type: "consultCancel" }
  /** All three talk. */
  | { type: "consultMerge" }
  /** Calls a number on behalf of a queue; `callerId` null is the queue's first. */
  | { type: "dial"; queueId: QueueId; number: string; callerId: string | null }
  /** Calls a colleague. */
  | { type: "dialAgent"; agentId: AgentId }
  | { type: "acknowledge"; messageId: string }
  | { type: "askHelp"; text: string }
  | { type: "endHelp" }
>;

/** What a supervisor asks for from the desk; the shell has checked the role. */
export type SupervisorRequest = Readonly<
  /** Rings the supervisor's own browser, which then joins the agent's talk. */
  | { type: "monitorStart"; agentId: AgentId; mode: MonitorMode }
  | { type: "monitorMode"; mode: MonitorMode }
  | { type: "monitorStop" }
  /** Who listens takes the agent's place with the caller. */
  | { type: "takeOver" }
  /** Ends a take-over: the caller is released (null) or handed to a queue. */
  | { type: "endTakeOver"; toQueue: QueueId | null }
  /** Ends the agent's talk with the caller. */
  | { type: "disconnect"; agentId: AgentId }
  | { type: "forceReady"; agentId: AgentId }
  | { type: "forceNotReady"; agentId: AgentId; reason: string }
  | { type: "endAgentWrapUp"; agentId: AgentId }
  | { type: "logOutAgent"; agentId: AgentId }
  /** `to` null: every agent who is logged in. */
  | { type: "sendMessage"; to: readonly AgentId[] | null; text: string }
  | { type: "endAgentHelp"; agentId: AgentId }
  | { type: "cancelCallback"; callId: CallId }
  /** As the events `reserveSwitched` and `agentLent`, with a duration. */
  | { type: "switchReserve"; groupId: GroupId; isOn: boolean; forMs: Ms | null }
  | {
      type: "lendAgent";
      agentId: AgentId;
      skills: Readonly<Record<SkillId, number>>;
      /** 0 ends the loan. */
      forMs: Ms;
    }
>;

/** `monitor` hears both; `whisper` is heard by the agent alone; `barge` talks with both. */
export type MonitorMode = "monitor" | "whisper" | "barge";

/** Where a caller is handed over to. */
export type TransferTarget = Readonly<
  { kind: "queue"; queueId: QueueId } | { kind: "agent"; agentId: AgentId }
>;

/** `specialInformation`: the three tones before an announcement of the network. */
export type NetworkTone = "ringback" | "busy" | "congestion" | "specialInformation";

export type LegCauseReason =
  | "normal"
  | "cancelled"
  /** Somebody else took the call that rang here, too. */
  | "answeredElsewhere"
  | "busy"
  | "noAnswer"
  | "rejected"
  | "unreachable"
  | "noCodec"
  | "mediaLost"
  | "engineRestart"
  | "edgeLost"
  /** Its far end, when asked, did not know the dialog or did not answer: a BYE was lost. */
  | "legDead"
  | "error";

/**
 * Why a leg ended. `sipStatus` is the final status where there was one; `q850` the cause that the far
 * side gave itself (Reason header, RFC 3326), where it did.
 */
export type LegCause = Readonly<{
  reason: LegCauseReason;
  sipStatus: number | null;
  q850?: number;
}>;
