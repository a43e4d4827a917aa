// The live state of one centre as plain data. Records (calls, legs, agents) are replaced whole, the
// containers are owned by the single writer. Everything here survives structuredClone and the
// snapshot codec: no functions, no classes, no identity comparisons.

import type {
  AgentConfig,
  Calendars,
  CentreConfig,
  Language,
  NumberConfig,
  QueueConfig,
  SkillRequirement,
} from "./centre-config.ts";
import type { PathStep, PlayItem, ScreenPop } from "./command.ts";
import type { Deadlines } from "./deadlines.ts";
import type { LegQuality, MonitorMode, SeatHealth, TransferTarget } from "./event.ts";
import type { CallOutcome, Direction, HoldBy, TransferKind } from "./fact.ts";
import type {
  AgentId,
  BridgeId,
  CallId,
  FlowId,
  GroupId,
  LegId,
  Ms,
  NodeId,
  OfferId,
  PlayId,
  QueueId,
  RecordingId,
  SkillId,
  TrunkId,
} from "./ids.ts";
import type { Flow } from "./ivr/flow-config.ts";
import type { Values } from "./ivr/value.ts";
import type { Ordered } from "./ordered.ts";
import type { Stats } from "./stats/stats.ts";

export type Centre = {
  config: CentreConfig;
  calendars: Calendars;
  /** `seq` of the last fact. */
  factSeq: number;
  /** Source of order among equals: arrivals, places in line, idle agents. */
  sequence: number;
  /** Latest time seen; an event with an earlier one is handled at this time. */
  nowMs: Ms;
  calls: Map<CallId, Call>;
  legs: Map<LegId, Leg>;
  /** Legs that were dropped and whose end was not reported yet, with the time of the drop. */
  droppedLegs: Map<LegId, Ms>;
  agents: Map<AgentId, Agent>;
  watchers: Map<AgentId, Watcher>;
  queues: Map<QueueId, Queue>;
  /** Some queue is no longer configured and still serves who waits. */
  hasRetiredQueues: boolean;
  /** Reserve groups that a command switched in, until when (null: until it is switched off). */
  reserves: Map<GroupId, Ms | null>;
  /** Recordings whose end was not told yet; a call may be over before. */
  recordings: Map<RecordingId, Recording>;
  /** Tickets of callbacks by queue and number. */
  callbacks: Map<string, CallId>;
  /** Who talked last with a caller, by calling number; oldest first. */
  lastAgents: Map<string, Readonly<{ agentId: AgentId; atMs: Ms }>>;
  /** Flows by {@link flowKey}: those of the configuration and those that calls are pinned to. */
  flows: Map<string, Flow>;
  /** Live calls by trunk. */
  trunkCalls: Map<TrunkId, number>;
  /** Watched trunks that do not work, since when. */
  trunksDown: Map<TrunkId, Ms>;
  deadlines: Deadlines;
  stats: Stats;
};

export const flowKey = (flow: Readonly<{ id: FlowId; version: string }>): string =>
  `${flow.id}@${flow.version}`;

type LegMedia = "flowing" | "silent" | "failed";

/** A leg is forgotten when it is dropped: what comes from it later is answered as unknown. */
export type Leg = Readonly<{
  id: LegId;
  callId: CallId;
  role: "caller" | "agent" | "supervisor";
  agentId: AgentId | null;
  dialogRef: string | null;
  media: LegMedia;
  /** As last told; absent before. */
  quality?: LegQuality;
}>;

export type Recording = Readonly<{
  callId: CallId;
  legId: LegId;
  startedAtMs: Ms;
  state: "on" | "paused";
}>;

export type Call = Readonly<{
  id: CallId;
  /** Null for a caller who came in. */
  direction: Direction | null;
  /** Leg of the other party: who called, or who is called. */
  callerLegId: LegId;
  trunkId: TrunkId;
  number: NumberConfig;
  /** The other party's number. */
  ani: string;
  /** Our number: the one that was dialled, or the one that we show. */
  dnis: string;
  firstDnis: string | null;
  language: Language;
  arrivedAtMs: Ms;
  /** Menu choices and tags, for the screen pop. */
  path: readonly PathStep[];
  /** Counter from which ids of this call's plays, offers, legs and bridges are made. */
  idsUsed: number;
  /** An agent talked with this caller: from here on the call counts as answered. */
  talked: boolean;
  /** The present stay in a queue has been counted as left: it was answered. */
  visitLeft: boolean;
  /** A transfer to an agent that is not settled yet. */
  transfer: PendingTransfer | null;
  /** Who passed this caller on last. */
  transferredBy: AgentId | null;
  /** A callback whose customer was not reached yet. */
  callback: Readonly<{ attempts: number }> | null;
  /** What the caller typed since choosing a callback; null: nothing was chosen. */
  callbackDigits: string | null;
  /** Where the flow goes on for a caller who leaves the queue by a key or after a wait. */
  resume?: FlowPosition | null;
  place: Place;
}>;

/** A caller who was handed over and is to be answered by one certain agent. */
export type PendingTransfer = Readonly<{
  kind: TransferKind;
  fromAgentId: AgentId;
  /** Queue of the talk that the transfer ended. */
  queueId: QueueId;
  target: TransferTarget;
}>;

/** Where a call is: exactly one of these. */
export type Place = Readonly<
  | { kind: "flow"; position: FlowPosition }
  | { kind: "queue"; visit: QueueVisit; hearing: Hearing }
  /** `others`: it rings at more agents; the first answer of any is the only one. */
  | { kind: "offer"; visit: QueueVisit; hearing: Hearing; offer: Offer; others?: readonly Offer[] }
  | { kind: "bridge"; visit: QueueVisit; talk: Talk }
  /** A supervisor talks in the agent's place. */
  | { kind: "takenOver"; visit: QueueVisit; taken: Taken }
  /** A callback between two tries; in no line, with the place that it goes back to. */
  | { kind: "paused"; visit: QueueVisit; untilMs: Ms }
  /** An agent calls a number: first the agent is rung, then who is called. */
  | { kind: "dialling"; visit: QueueVisit; dial: Dial }
  /** Two agents, nobody else. */
  | { kind: "internal"; internal: Internal }
  /** Hears the last prompts, then is released. */
  | { kind: "ending"; playId: PlayId; prompts: readonly string[]; outcome: CallOutcome }
>;
export type PlaceOf<Kind extends Place["kind"]> = Extract<Place, { kind: Kind }>;

export type FlowPosition = Readonly<{
  flowKey: string;
  nodeId: NodeId;
  /** Nodes entered since the caller last pressed a key. */
  steps: number;
  /** Digits pressed before a question asked for them. */
  typeAhead: string;
  variables: Values;
  /** Flows that called the present one, the innermost last. */
  callers: readonly Readonly<{ flowKey: string; nodeId: NodeId; variables: Values }>[];
  at: Readonly<
    | { kind: "entering" }
    | { kind: "playing"; playId: PlayId }
    /** `digits`: typed so far. */
    | { kind: "asking"; attempt: number; playId: PlayId | null; digits: string }
    | { kind: "lookingUp"; lookUpId: string }
    | { kind: "echo" }
  >;
}>;

/**
 * A call's stay in a queue. Place in line: `level`, then `fromMs`, then `sequence`. Where priority
 * ages, one step of it is worth a fixed wait, so the order of two calls never changes while they
 * wait: all have level 0, and `fromMs` is as much earlier as the priority is worth.
 */
export type QueueVisit = Readonly<{
  queueId: QueueId;
  priority: number;
  queuedAtMs: Ms;
  sequence: number;
  level: number;
  fromMs: Ms;
  /** Requirements of this call beside the queue's: language, number, flow. */
  extra: readonly SkillRequirement[];
  /** Steps of the queue's relaxation that have been reached. */
  ring: number;
  /** Since when the call needs what it needs. */
  needSinceMs: Ms;
  /** Kept for one agent until `untilMs`, then for everybody. */
  only: Readonly<{ agentId: AgentId; untilMs: Ms }> | null;
  /** Overflows so far, so that queues that overflow into each other come to an end. */
  hops: number;
  /** Wait that was estimated at entry, when the estimate could be relied on. */
  forecastMs: Ms | null;
}>;

/** What a waiting caller hears. */
export type Hearing = Readonly<{ playId: PlayId; kind: "music" | "announcement" }>;

export type Offer = Readonly<{
  offerId: OfferId;
  agentId: AgentId;
  legId: LegId;
  madeAtMs: Ms;
  answerByMs: Ms;
  /** The first of those who could have been rung, as the strategy ranked them. */
  ranking: readonly Readonly<{ agentId: AgentId; rank: number; idleSinceMs: Ms }>[];
}>;

export type Taken = Readonly<{
  supervisorId: AgentId;
  legId: LegId;
  bridgeId: BridgeId;
  startedAtMs: Ms;
}>;

export type Dial = Readonly<{
  agentId: AgentId;
  legId: LegId;
  bridgeId: BridgeId;
  /** Trunks on which this number could not be reached; absent: none so far. */
  tried?: readonly TrunkId[];
  stage: Readonly<
    | { kind: "ringingAgent" }
    /** `hears`: what the agent hears of the far end so far. */
    | {
        kind: "ringingOther";
        sinceMs: Ms;
        /** `announcement`: early media, in which the network began to say why it fails. */
        hears: "nothing" | "ringback" | "earlyMedia" | "announcement";
      }
  >;
}>;

export type Internal = Readonly<{
  from: Readonly<{ agentId: AgentId; legId: LegId }>;
  to: Readonly<{ agentId: AgentId; legId: LegId }>;
  bridgeId: BridgeId;
  stage: "ringingFrom" | "ringingTo" | "talking";
  sinceMs: Ms;
}>;

export type Talk = Readonly<{
  agentId: AgentId;
  legId: LegId;
  bridgeId: BridgeId;
  startedAtMs: Ms;
  /** Hold that is over; a running one is in `hold`. */
  holdMs: Ms;
  hold: Readonly<{ sinceMs: Ms; by: HoldBy; playId: PlayId }> | null;
  /** A colleague whom the agent asked in. */
  consult: Consult | null;
  /** A supervisor who is in this talk, or is being rung to come in. */
  monitor: Monitor | null;
  /** The agent's browser is away, and is waited for. */
  rejoin?: Rejoin;
}>;

export type Rejoin = Readonly<{
  sinceMs: Ms;
  untilMs: Ms;
  /** The leg that is being rung to bring the agent back. */
  legId: LegId | null;
}>;

export type Monitor = Readonly<{
  supervisorId: AgentId;
  /** The agent who is listened to; the supervisor goes when this one does. */
  agentId: AgentId;
  legId: LegId;
  mode: MonitorMode;
  /** `ringing` until the supervisor's browser has answered. */
  stage: "ringing" | "joined";
  sinceMs: Ms;
}>;

/** Somebody who may listen to agents, from a browser. */
export type Watcher = Readonly<{
  id: AgentId;
  contact: string | null;
  contactEndsAtMs: Ms;
  /** Call that the supervisor is in. */
  callId: CallId | null;
}>;

/** While a colleague is rung or asked the caller is on hold; in a conference all three talk. */
export type Consult = Readonly<{
  agentId: AgentId;
  legId: LegId;
  stage: ConsultStage;
}>;

export type ConsultStage = Readonly<
  | { kind: "ringing"; sinceMs: Ms }
  | { kind: "private"; sinceMs: Ms; bridgeId: BridgeId }
  | { kind: "conference"; sinceMs: Ms }
>;

export type AgentState = Readonly<
  | { kind: "loggedOut"; sinceMs: Ms }
  | { kind: "notReady"; sinceMs: Ms; reason: string }
  | { kind: "ready"; sinceMs: Ms; idle: IdlePlace }
  | {
      kind: "offered";
      sinceMs: Ms;
      idle: IdlePlace;
      offerId: OfferId;
      callId: CallId;
      answerByMs: Ms;
    }
  /** Makes a call that is not answered yet. */
  | { kind: "dialling"; sinceMs: Ms; callId: CallId }
  /** `queueId` null: with a colleague. */
  | { kind: "onCall"; sinceMs: Ms; callId: CallId; queueId: QueueId | null }
  | {
      kind: "wrapUp";
      sinceMs: Ms;
      callId: CallId;
      queueId: QueueId;
      endsAtMs: Ms;
      /** The agent may put the end off by `extendMs` at a time, until here. */
      latestMs: Ms;
      extendMs: Ms;
    }
>;

/** Place among idle agents; kept when an offer ends without the agent's doing. */
export type IdlePlace = Readonly<{ sinceMs: Ms; sequence: number }>;

export type Agent = Readonly<{
  id: AgentId;
  config: AgentConfig;
  state: AgentState;
  desk: "open" | "lost" | "closed";
  /** Registered contact; null when there is none or it expired. Unused by fixed devices. */
  contact: string | null;
  /** As the browser seat told last; null before, and for other devices. */
  health: SeatHealth | null;
  /** The round trip was longer than allowed and has not been well below since. */
  isSlow: boolean;
  /** When a seat that is not live stops being forgiven; null while live. */
  graceEndsAtMs: Ms | null;
  /** Reason chosen for after the present offer, call or wrap-up. */
  nextNotReady: string | null;
  /** Asked for wrap-up after the running call, where the queue leaves that to the agent. */
  wantsWrapUp: boolean;
  /** Screen pop of the offered, running or just ended call. */
  pop: ScreenPop | null;
  /** What became of the last call that this agent made. */
  lastDial: LastDial | null;
  /** What supervisors wrote and the agent has not acknowledged, oldest first. */
  messages: readonly Message[];
  /** The agent asks a supervisor for help. */
  help: Readonly<{ sinceMs: Ms; text: string }> | null;
  /** Queues whose requirements this agent meets. */
  serves: readonly QueueId[];
  /** Lanes that this agent may be offered calls of, base lanes of `serves` included. */
  lanes: readonly LaneRef[];
  /** Where the agent stands ready now. */
  standing: readonly Readonly<{ lane: LaneRef; place: ReadyAgent }>[];
  /** Skills that the agent is lent out with until a time. */
  loan: Readonly<{ skills: Readonly<Record<SkillId, number>>; untilMs: Ms }> | null;
  /** No longer configured: leaves as soon as the running call is over. */
  retired: boolean;
}>;

export type Message = Readonly<{ messageId: string; fromId: AgentId; text: string; atMs: Ms }>;

export type LastDial = Readonly<{
  callId: CallId;
  number: string;
  outcome: CallOutcome;
  sipStatus: number | null;
  atMs: Ms;
}>;

/** What an agent must have to be offered a call. */
export type Need = Readonly<{
  requirements: readonly SkillRequirement[];
  /** Reserve groups that may help. */
  reserves: readonly GroupId[];
  only: AgentId | null;
}>;

/**
 * Calls of one queue with the same need, and the agents who meet it. Since everybody in a lane may
 * take every call in it, the two heads are the choice.
 */
export type Lane = {
  /** Empty for the queue's base lane: no relaxation, no requirements beside the queue's. */
  key: string;
  need: Need;
  /** Calls to be offered, in order of service. */
  waiting: Ordered<QueuedCall>;
  /** Agents that may be offered a call of this lane now, in the order of the queue's strategy. */
  ready: Ordered<ReadyAgent>;
};
export type LaneRef = Readonly<{ queueId: QueueId; key: string }>;

/** A queue is its own base lane. */
export type Queue = Lane & {
  config: QueueConfig;
  /** No longer configured: serves who waits, then goes. */
  retired: boolean;
  /** Calls that ring at an agent; they keep their place but are in no order here. */
  ringing: Map<CallId, true>;
  /** Lanes of calls that need more or less than the queue asks for, by key. */
  lanes: Map<string, Lane>;
  /** Agents who serve the base lane and are at work; one of n queues counts 1/n in `share`. */
  staffing: { agents: number; share: number };
  /** Sequence of each agent's latest offer, for taking turns. */
  turns: Map<AgentId, number>;
};
export type QueuedCall = QueueVisit & Readonly<{ callId: CallId }>;
/** `rank` is the strategy's; the lowest is offered first, then who is idle for longest. */
export type ReadyAgent = Readonly<{
  agentId: AgentId;
  rank: number;
  sinceMs: Ms;
  sequence: number;
}>;

export const promptItems = (keys: readonly string[], language: Language): readonly PlayItem[] =>
  keys.map((key) => ({ kind: "prompt", key, language }));
