// What the core needs to know about a centre: plain data, already checked by engine/config.
import type { Language, Localized, SkillRequirement } from "./basics.ts";
import type {
  AgentId,
  CalendarId,
  FlowId,
  GroupId,
  Ms,
  NumberId,
  QueueId,
  SkillId,
  TrunkId,
} from "./ids.ts";
import type { Flow, FlowTable } from "./ivr/flow-config.ts";

export type { Language, Localized, SkillRequirement } from "./basics.ts";

export type CentreConfig = Readonly<{
  trunks: readonly TrunkConfig[];
  /** Trunks that stand in for each other; none when absent. */
  trunkGroups?: readonly TrunkGroup[];
  numbers: readonly NumberConfig[];
  queues: readonly QueueConfig[];
  agents: readonly AgentConfig[];
  /** People who may listen to agents from a browser: their ids; none when absent. */
  supervisors?: readonly AgentId[];
  /** Of flows with the same id the first is taken. */
  flows: readonly Flow[];
  /** Tables that flows look up, by name. */
  tables?: Readonly<Record<string, FlowTable>>;
  limits: CentreLimits;
  /** Reasons that an agent may choose for being not ready. */
  notReadyReasons: readonly Readonly<{
    id: string;
    label: Localized;
    /** From when on it is too long; absent: 10 minutes, null: never. */
    limitMs?: Ms | null;
  }>[];
  /** Outcomes that an agent may choose in wrap-up. */
  wrapUpCodes: readonly Readonly<{ id: string; label: Localized }>[];
  /** How long a lost seat may be silent before its offer or call goes back to the queue. */
  seatGraceMs: Ms;
  /** A browser seat with a longer round trip is offered nothing, until it is well below; absent: no limit. */
  seatRoundTripMsMax?: Ms;
  /** A registration that was not renewed for so long is not trusted, whatever its expiry; absent: it is. */
  seatBindingMsMax?: Ms;
  /** For how long a caller keeps an agent whose browser went away in talk; absent or 0: not at all. */
  rejoinMs?: Ms;
  /** After so long without audio an answered leg's far end is asked, and again each time; absent: never. */
  silentLegProbeMs?: Ms;
  /** Which of several queues an agent serves next; `priority` when absent. */
  queueChoice?: QueueChoice;
  /** Skill that a caller's language asks for, where it does. */
  languageSkills?: Readonly<Partial<Record<Language, SkillId>>>;
  /** Share of calls to record, 0 to 1; a number's goes before it, a queue's before both. */
  recordShare?: number;
}>;

/**
 * `priority`: the higher queue priority (aged by the head's wait where the queue ages), then as
 * within a queue: call priority, longest wait, first come. `deadlineFirst`: the call whose service
 * level is missed soonest, whatever the priorities; equals as before. Under both the order of two
 * waiting calls cannot be turned round for ever, so nobody starves where priorities age or deadlines
 * rule; without ageing a higher priority is strict.
 */
export type QueueChoice = "priority" | "deadlineFirst";

export type CentreLimits = Readonly<{
  /** Live calls; one more is refused with 503. */
  callsMax: number;
  /** Flow nodes that one event may run through without waiting, against loops without input. */
  flowStepsMax: number;
}>;

/**
 * Channels of one trunk, in both directions: a call over the limit is refused with 503 (Q.850 cause 34).
 */
export type TrunkConfig = Readonly<{
  id: TrunkId;
  channelsMax: number;
  /** Somebody tells whether it works (`trunkStateChanged`); else it counts as working. */
  watched?: boolean;
}>;

/** Lower `order` first; equals share calls by `weight`. Its id is no trunk's. */
export type TrunkGroup = Readonly<{
  id: TrunkId;
  trunks: readonly Readonly<{ trunkId: TrunkId; order: number; weight: number }>[];
}>;

/** A number that callers dial. Exactly one of `flowId` and `queueId` is set. */
export type NumberConfig = Readonly<{
  id: NumberId;
  /** Digits as they arrive in the Request-URI. */
  digits: string;
  hotline: Localized;
  language: Language;
  flowId: FlowId | null;
  queueId: QueueId | null;
  /** Asked of the agent beside the queue's requirements. */
  requirements?: readonly SkillRequirement[];
  recordShare?: number;
}>;

export type QueueConfig = Readonly<{
  id: QueueId;
  name: Localized;
  requirements: readonly SkillRequirement[];
  /** Higher is served first by an agent of several queues. */
  priority: number;
  strategy: StrategyName;
  /** Service-level threshold T, and the share of calls that should meet it (0 to 1). */
  targetMs: Ms;
  targetRatio: number;
  /** An abandon earlier than this is a short abandon. */
  shortAbandonMs: Ms;
  /** How long one agent is rung before RONA. */
  ringMsMax: Ms;
  /** Wrap-up after a call; 0 means none. The agent may end it earlier. */
  wrapUpMs: Ms;
  /** How wrap-up begins and how far it goes; absent: by itself after each call, and not longer. */
  wrapUp?: WrapUpRule;
  /** Music played while waiting and on hold: a file below the prompt folder, without language. */
  music: string;
  /** Prompt repeated to waiting callers, and how often; null means music only. */
  announcement: Readonly<{ prompt: string; everyMs: Ms }> | null;
  /** Callers that may wait; one more is told so and released. */
  waitingMax: number;
  /** Longest wait before the caller is told so and released; null means no limit. */
  waitMsMax: Ms | null;
  /** Prompts for a full queue and for a wait that became too long. */
  fullPrompt: string;
  /** How the queue widens, ages, closes and overflows; absent: it does not. */
  routing?: QueueRouting;
  recordShare?: number;
  /** Devices answer its calls by themselves, once the screen pop is there. */
  autoAnswer?: boolean;
  /** Calls that its agents may make on its behalf; absent: none. */
  outbound?: OutboundRule;
}>;

/**
 * `mandatory`: begins by itself and ends after `wrapUpMs`, or when the agent ends it. `discretionary`:
 * begins by itself and ends when the agent ends it, at the latest after `msMax`. `optional`: as
 * `mandatory`, for who asked for it during the call; others are ready at once. `none`: never.
 */
export type WrapUpRule = Readonly<{
  mode: "mandatory" | "discretionary" | "optional" | "none";
  /** What the agent may add at a time; 0: nothing. */
  extendMs: Ms;
  /** Longest wrap-up, with all that is added. */
  msMax: Ms;
}>;

/**
 * What the agents of a queue may dial. Everything that is not named here is refused: this is the one
 * way out of the house, and it is the guard against toll fraud.
 */
export type OutboundRule = Readonly<{
  /** A trunk, or a group of them. */
  trunkId: TrunkId;
  /** Numbers of ours that may be shown to who is called; the first one unless the agent chooses. */
  callerIds: readonly string[];
  /** How numbers begin that may be dialled. */
  allow: readonly string[];
  /** How numbers begin that may not, whatever `allow` says. */
  deny: readonly string[];
  /** How long who is called is rung. */
  ringMsMax: Ms;
}>;

/** Which of several eligible agents rings; see `acd/strategies`. */
export type StrategyName =
  | "longestIdle"
  | "fewestCallsToday"
  | "lowestOccupancy"
  | "mostSkilled"
  | "leastSkilled"
  | "roundRobin"
  | "ringAll";

export type QueueRouting = Readonly<{
  /** Wait that is worth one step of priority; null: priority is strict. */
  ageingMs: Ms | null;
  /** Steps by ascending `afterMs`, each on top of those before. */
  relax: readonly RelaxStep[];
  /** Keeps a caller for the agent who talked last with this number, for so long. */
  lastAgent: Readonly<{ withinMs: Ms; patienceMs: Ms }> | null;
  /** Keeps a caller for the agent whose id the flow put into this tag, for so long. */
  namedAgent?: Readonly<{ tag: string; patienceMs: Ms }>;
  /** Lets callers be called back instead of waiting on the line; needs `outbound`. */
  callback?: CallbackRule | null;
  /** Calls of this queue that one agent takes in a day; null: no limit. */
  agentCallsPerDayMax: number | null;
  /** Hours; outside of them `closed` applies to who comes in. Null: always open. */
  hours: CalendarId | null;
  closed: Treatment;
  /** For who comes in while nobody who serves the queue is at work; null: wait. */
  noAgent: Treatment | null;
  overflow: Readonly<{ afterMs: Ms; to: Treatment }> | null;
  /**
   * Prompts that tell the estimated wait, ascending: the first whose bound is not below it is
   * played, none when the estimate cannot be relied on or is above them all.
   */
  waitPrompts: readonly Readonly<{ withinMs: Ms; prompt: string }>[];
}>;

export type CallbackRule = Readonly<{
  /** Key that chooses it, at any time in the queue. */
  key: string;
  /** Wait after which the offer prompt is played; null: never. */
  offerAfterMs: Ms | null;
  offerPrompt: string;
  /** Asks to confirm the own number by `#`, or to type another one and `#`; `*` goes on waiting. */
  confirmPrompt: string;
  donePrompt: string;
  /** Tries to reach the number, and the pause between them. */
  attemptsMax: number;
  retryMs: Ms;
  /** From the booking on; older ones are not dialled any more. Absent: no limit. */
  maxAgeMs?: Ms;
}>;

/** What lowers the bar for calls that have waited for `afterMs`. */
export type RelaxStep = Readonly<{
  afterMs: Ms;
  /** Takes so much off every level minimum, down to 1. */
  levelDrop: number;
  /** Skills that are not asked for any more. */
  dropSkills: readonly SkillId[];
  /** Reserve groups that help. */
  reserves: readonly GroupId[];
}>;

/** Where a caller goes whom the queue does not serve: another queue, or last words and release. */
export type Treatment = Readonly<
  { kind: "queue"; queueId: QueueId } | { kind: "release"; prompt: string }
>;

export type AgentConfig = Readonly<{
  id: AgentId;
  name: Localized;
  /** Skill id to level; level 1 is the lowest. */
  skills: Readonly<Record<SkillId, number>>;
  device: AgentDevice;
  /** Member of a reserve group: helps only where the group is switched in. */
  reserve?: GroupId;
}>;

/**
 * Where an agent's calls ring.
 * `browser`: the softphone page, over WebRTC; eligible only while its desk is open.
 * `phone`: a SIP phone that registers with digest.
 * `fixed`: a SIP URI that is rung without registration.
 * `alwaysReady` agents have no desk: they log in when the device is reachable, come back to ready
 * by themselves after wrap-up, and after RONA when `ronaPauseMs` has passed.
 */
export type AgentDevice = Readonly<
  | { kind: "browser" }
  | { kind: "phone"; alwaysReady: boolean; ronaPauseMs: Ms }
  | { kind: "fixed"; uri: string; alwaysReady: boolean; ronaPauseMs: Ms }
>;

/** Times when something is open, ascending and not overlapping: the shell expands time zones. */
export type OpenInterval = Readonly<{ fromMs: Ms; toMs: Ms }>;
export type Calendars = Readonly<Record<CalendarId, readonly OpenInterval[]>>;
