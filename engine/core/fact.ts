// The ordered facts of a centre. Every number that anybody reads (wallboard, Prometheus, records)
// folds from these, and a replay of the journal makes the same ones with the same `seq`.
import type { Language } from "./centre-config.ts";
import type {
  LegCause,
  LegQuality,
  LookUpFailure,
  MonitorMode,
  RecordingEnd,
  RecordingTrouble,
  TransferTarget,
} from "./event.ts";
import type {
  AgentId,
  CallId,
  FlowId,
  GroupId,
  Ms,
  NodeId,
  NumberId,
  OfferId,
  QueueId,
  RecordingId,
  TrunkId,
} from "./ids.ts";

export type Fact = Readonly<{ seq: number; atMs: Ms } & FactBody>;

export type AgentStateKind =
  | "loggedOut"
  | "notReady"
  | "ready"
  | "offered"
  | "dialling"
  | "onCall"
  | "wrapUp";

/** Who ended a call. `engine`: by rule (closed, full, flow at its end). */
export type ReleasedBy = "caller" | "agent" | "supervisor" | "engine" | "network";

export type SupervisorAct = "forceReady" | "forceNotReady" | "endWrapUp" | "logOut" | "disconnect";

/** Calls that did not come in; they are counted apart from those that did. */
export type Direction = "outbound" | "internal" | "callback";

/**
 * How a call ended; exactly one for each call that arrived.
 * `abandoned` carries the stage in which the caller left.
 */
export type CallOutcome =
  | "answered"
  | "abandonedInFlow"
  | "abandonedInQueue"
  | "abandonedRinging"
  | "servedByFlow"
  | "flowedOut"
  | "rejected"
  | "failed"
  // Only of calls that we made, beside answered, rejected and failed.
  | "noAnswer"
  | "busy"
  | "cancelled";

/** Why a call left a queue without an agent and without the caller leaving. */
export type FlowOutReason =
  | "full"
  | "waitTooLong"
  | "closed"
  | "noAgent"
  | "overflow"
  | "callback"
  | "exitKey";

export type CallbackResult = "reached" | "notReached" | "cancelled";

export type TransferKind = "blind" | "consult";

/** Who put the caller on hold; `consult`: the engine, while a colleague is asked. */
export type HoldBy = "desk" | "device" | "consult";

/**
 * `completed`: the caller stands in the queue or talks with the agent. Everything else says why not;
 * the caller is then back in the queue or, after a consult, with the agent who asked, or gone
 * (`abandoned`). `cancelled`: by the agent who asked; `left`: the colleague went after talking;
 * `conference`: the colleague was taken into the talk.
 */
export type TransferResult =
  | "completed"
  | "noAnswer"
  | "rejected"
  | "failed"
  | "seatLost"
  | "withdrawn"
  | "abandoned"
  | "cancelled"
  | "left"
  | "conference";

/** What became of a recording; `lost`: the media server that had it does not know it any more. */
export type RecordingResult = Readonly<{
  /** Below the folder of recordings; null when there is none. */
  file: string | null;
  outcome: RecordingEnd["end"]["outcome"] | "lost";
  durationMs: Ms;
  bytes: number;
  /** Of the whole file, hexadecimal. */
  sha256: string | null;
}>;

export type FactBody = Readonly<
  | {
      type: "callArrived";
      callId: CallId;
      trunkId: TrunkId;
      numberId: NumberId | null;
      ani: string;
      dnis: string;
      firstDnis: string | null;
    }
  /**
   * An agent makes a call; the beginning of its books. `rule` is the configured prefix that let the
   * number through; null for a call to a colleague, whose id is then `number`.
   */
  | {
      type: "callDialled";
      callId: CallId;
      direction: Exclude<Direction, "callback">;
      agentId: AgentId;
      queueId: QueueId | null;
      trunkId: TrunkId | null;
      number: string;
      callerId: string;
      rule: string | null;
    }
  /**
   * A caller hung up for a callback; the beginning of the ticket's books. It has the place of the
   * caller's call; exactly one `callbackEnded` follows.
   */
  | {
      type: "callbackBooked";
      callId: CallId;
      fromCallId: CallId;
      queueId: QueueId;
      number: string;
      queuedAtMs: Ms;
    }
  /** The ticket's agent answered and the number is dialled; `rule` as for `callDialled`. */
  | {
      type: "callbackDialled";
      callId: CallId;
      agentId: AgentId;
      number: string;
      rule: string;
      attempt: number;
    }
  /** A try reached nobody; the next one is not before `untilMs`. */
  | { type: "callbackPaused"; callId: CallId; attempts: number; outcome: CallOutcome; untilMs: Ms }
  /** `waitMs` runs from the caller's entry into the queue. */
  | {
      type: "callbackEnded";
      callId: CallId;
      queueId: QueueId;
      result: CallbackResult;
      attempts: number;
      waitMs: Ms;
    }
  /** An agent asked for a number that may not be dialled from here. */
  | { type: "dialRefused"; agentId: AgentId; queueId: QueueId; number: string; why: string }
  /** All trunks of a queue are full (`noLine`) or out of order (`noTrunk`): the call was not begun. */
  | { type: "trunksBusy"; agentId: AgentId; queueId: QueueId; why: "noLine" | "noTrunk" }
  /**
   * An INVITE over a trunk came to its end: answered, or why not. `next`: the trunk that tries now;
   * null when none does.
   */
  | {
      type: "trunkAttemptEnded";
      callId: CallId;
      trunkId: TrunkId;
      result: "answered" | "failed";
      cause: LegCause;
      next: TrunkId | null;
    }
  | { type: "trunkStateChanged"; trunkId: TrunkId; isUp: boolean }
  /** The colleague who was called answered; both talk. */
  | { type: "internalAnswered"; callId: CallId; agentId: AgentId; fromAgentId: AgentId; ringMs: Ms }
  /** Our 200 OK to the caller. */
  | { type: "callAnswered"; callId: CallId }
  | { type: "flowEntered"; callId: CallId; flowId: FlowId; version: string }
  /** `via`: the way taken out of the node before, as its place in the flow file. */
  | { type: "flowNodeEntered"; callId: CallId; flowId: FlowId; nodeId: NodeId; via?: string }
  /** The caller typed digits; which ones is told to nobody. */
  | { type: "flowCollected"; callId: CallId; nodeId: NodeId; length: number; valid: boolean }
  /** `why` null: answered. */
  | { type: "flowLookedUp"; callId: CallId; nodeId: NodeId; why: LookUpFailure | null }
  /** `guided`: told the right number, never a ticket; counted apart. */
  | {
      type: "flowEnded";
      callId: CallId;
      flowId: FlowId;
      nodeId: NodeId;
      outcome: "served" | "closed" | "guided";
    }
  | { type: "surveyAsked"; callId: CallId; question: string }
  /** Each key that was pressed; `valid`: within the scale. */
  | { type: "surveyAnswered"; callId: CallId; question: string; digit: string; valid: boolean }
  | { type: "flowChoice"; callId: CallId; nodeId: NodeId; digit: string; matched: boolean }
  | { type: "flowTagged"; callId: CallId; name: string; value: string }
  | { type: "languageChosen"; callId: CallId; language: Language }
  /** Counted as offered once for each entry; `returned` entries (RONA, lost seat) are not new. */
  | {
      type: "queueEntered";
      callId: CallId;
      queueId: QueueId;
      queuedAtMs: Ms;
      returned: boolean;
      /** Absent for callers who come from a number or a flow. */
      source?: "transfer";
    }
  | {
      type: "offerMade";
      callId: CallId;
      offerId: OfferId;
      queueId: QueueId;
      agentId: AgentId;
      answerByMs: Ms;
      /** An agent chose this agent; absent when the queue did. */
      source?: "transfer";
      /** One of the offers of this step for this call; at most one of them is answered. */
      together?: true;
    }
  | {
      type: "offerEnded";
      callId: CallId;
      offerId: OfferId;
      queueId: QueueId;
      agentId: AgentId;
      result: "answered" | "noAnswer" | "rejected" | "failed" | "seatLost" | "withdrawn";
      ringMs: Ms;
    }
  /**
   * The call left the queue; exactly one for each first `queueEntered`. `waitMs` runs from queue
   * entry, `sinceArrivalMs` from arrival at the trunk (announcements included).
   */
  | {
      type: "queueLeft";
      callId: CallId;
      queueId: QueueId;
      queuedAtMs: Ms;
      waitMs: Ms;
      sinceArrivalMs: Ms;
      outcome: Readonly<
        | { kind: "answered"; agentId: AgentId }
        | { kind: "abandoned"; stage: "queue" | "ringing" }
        | { kind: "flowedOut"; reason: FlowOutReason }
      >;
      /** Wait that was estimated at entry; absent when there was no estimate to rely on. */
      forecastMs?: Ms;
    }
  | { type: "reserveSwitched"; groupId: GroupId; isOn: boolean; untilMs: Ms | null }
  /** `untilMs` null: the loan is over. */
  | { type: "agentLent"; agentId: AgentId; untilMs: Ms | null }
  /** Talking with an agent began (again, after a return to the queue). */
  | {
      type: "talkStarted";
      callId: CallId;
      agentId: AgentId;
      queueId: QueueId;
      direction?: Direction;
    }
  | { type: "holdStarted"; callId: CallId; agentId: AgentId; by: HoldBy }
  | { type: "holdEnded"; callId: CallId; agentId: AgentId; holdMs: Ms }
  /** Talking ended; `talkMs` excludes hold. */
  | {
      type: "talkEnded";
      callId: CallId;
      agentId: AgentId;
      queueId: QueueId;
      talkMs: Ms;
      holdMs: Ms;
      by: ReleasedBy;
      direction?: Direction;
    }
  /**
   * An agent hands the caller over; counted as an attempt whatever becomes of it. `queueId` is the
   * queue of the talk. Exactly one `transferEnded` follows.
   */
  | {
      type: "transferStarted";
      callId: CallId;
      kind: TransferKind;
      fromAgentId: AgentId;
      queueId: QueueId;
      target: TransferTarget;
    }
  | {
      type: "transferEnded";
      callId: CallId;
      kind: TransferKind;
      fromAgentId: AgentId;
      queueId: QueueId;
      target: TransferTarget;
      result: TransferResult;
    }
  /** The colleague who was asked answered; the caller is on hold meanwhile. */
  | {
      type: "consultAnswered";
      callId: CallId;
      agentId: AgentId;
      fromAgentId: AgentId;
      ringMs: Ms;
    }
  /** `agentId` came into the talk of `fromAgentId` with the caller. */
  | { type: "conferenceStarted"; callId: CallId; agentId: AgentId; fromAgentId: AgentId }
  | {
      type: "conferenceEnded";
      callId: CallId;
      agentId: AgentId;
      fromAgentId: AgentId;
      conferenceMs: Ms;
    }
  /** A supervisor is in an agent's talk; exactly one `monitorEnded` follows. */
  | {
      type: "monitorStarted";
      callId: CallId;
      agentId: AgentId;
      supervisorId: AgentId;
      mode: MonitorMode;
    }
  | {
      type: "monitorModeChanged";
      callId: CallId;
      agentId: AgentId;
      supervisorId: AgentId;
      mode: MonitorMode;
    }
  | {
      type: "monitorEnded";
      callId: CallId;
      agentId: AgentId;
      supervisorId: AgentId;
      monitorMs: Ms;
    }
  /** From the first answer of an agent to the end of the caller's leg; one `recordingEnded` follows. */
  | { type: "recordingStarted"; callId: CallId; recordingId: RecordingId }
  | { type: "recordingPaused"; callId: CallId; recordingId: RecordingId }
  | { type: "recordingResumed"; callId: CallId; recordingId: RecordingId }
  /** May come after `callEnded`. */
  | ({ type: "recordingEnded"; callId: CallId; recordingId: RecordingId } & RecordingResult)
  | {
      type: "recordingTrouble";
      recordingId: RecordingId | null;
      what: RecordingTrouble;
      message: string;
    }
  /** A supervisor took the caller from the agent; exactly one `takeOverEnded` follows. */
  | {
      type: "takenOver";
      callId: CallId;
      agentId: AgentId;
      supervisorId: AgentId;
      queueId: QueueId;
    }
  | {
      type: "takeOverEnded";
      callId: CallId;
      supervisorId: AgentId;
      queueId: QueueId;
      talkMs: Ms;
      by: ReleasedBy;
      direction?: Direction;
    }
  /** Something that a supervisor did to an agent; `detail` is the reason of a forced not ready. */
  | {
      type: "supervisorActed";
      supervisorId: AgentId;
      agentId: AgentId;
      act: SupervisorAct;
      detail: string | null;
    }
  | {
      type: "messageSent";
      messageId: string;
      fromId: AgentId;
      toIds: readonly AgentId[];
      text: string;
    }
  | { type: "messageAcknowledged"; messageId: string; agentId: AgentId }
  /** `helpCallId`: the call that the agent is in. */
  | { type: "helpAsked"; agentId: AgentId; helpCallId: CallId | null; text: string }
  | { type: "helpEnded"; agentId: AgentId; byId: AgentId; waitMs: Ms }
  /** An agent has been not ready for one reason for longer than is allowed for it. */
  | { type: "notReadyOverLimit"; agentId: AgentId; reason: string; limitMs: Ms }
  /** The agent's browser went away in talk: the caller hears music and keeps the agent for a while. */
  | { type: "agentAway"; callId: CallId; agentId: AgentId }
  /** `rejoined`: both talk again; `ended`: the talk ended before. */
  | {
      type: "agentBack";
      callId: CallId;
      agentId: AgentId;
      awayMs: Ms;
      result: "rejoined" | "ended";
    }
  /** The agent's leg was lost in talk and the caller waits again at the head of the queue. */
  | { type: "seatLostInTalk"; callId: CallId; agentId: AgentId; queueId: QueueId }
  | {
      type: "callEnded";
      callId: CallId;
      outcome: CallOutcome;
      by: ReleasedBy;
      cause: LegCause;
      direction?: Direction;
    }
  /** The agent put the end of wrap-up off. */
  | { type: "wrapUpExtended"; callId: CallId; agentId: AgentId; queueId: QueueId; endsAtMs: Ms }
  | {
      type: "wrapUpEnded";
      callId: CallId;
      agentId: AgentId;
      queueId: QueueId;
      wrapUpMs: Ms;
      code: string | null;
      notes: string;
    }
  /** Every change of an agent's state; `reason` for notReady (chosen id, `rona`, `seatLost`, …). */
  | {
      type: "agentStateChanged";
      agentId: AgentId;
      from: AgentStateKind;
      to: AgentStateKind;
      reason: string | null;
      inPreviousMs: Ms;
    }
  /** Told when it changes what a listener would notice, and once in the beginning. */
  | ({ type: "legQualityChanged"; callId: CallId; leg: "caller" | "agent" } & LegQuality)
  | { type: "mediaSilent"; callId: CallId; leg: "caller" | "agent"; silent: boolean }
  /** A queue is new or has other thresholds; what is counted from here on is counted with them. */
  | { type: "queueConfigured"; queueId: QueueId; targetMs: Ms; shortAbandonMs: Ms }
  /** The site's day begins at another time of UTC from here on (daylight saving). */
  | { type: "dayOffsetChanged"; dayOffsetMinutes: number }
  /** Who is no longer configured has gone; the numbers of this agent begin anew if one comes back. */
  | { type: "agentForgotten"; agentId: AgentId }
  | { type: "engineRestarted"; callsKept: number; callsLost: number }
  /** Input that fits nothing any more or breaks a rule; counted, never an exception. */
  | { type: "eventIgnored"; event: string; why: string }
>;
