// Desk protocol, version 1: JSON text frames between the engine and a browser on `/desk`.
// The socket is opened with the login's cookie. State comes as whole topics, each replacing the one
// before it, numbered by `seq` per connection without gaps; a client that sees a gap reconnects.
// All times are `Ms` of the engine; `serverNowMs` lets the page show timers without its own clock.
import { z } from "zod";

export const deskProtocolVersion = 1;
export const deskFrameBytesMax = 65_536;

const requestId = z.string().min(1).max(64);
const shortText = z.string().max(200);

const transferTarget = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("queue"), queueId: shortText }),
  z.strictObject({ kind: z.literal("agent"), agentId: shortText }),
]);
export type TransferTarget = z.infer<typeof transferTarget>;

/** `monitor` hears both; `whisper` is heard by the agent alone; `barge` talks with both. */
export const monitorMode = z.enum(["monitor", "whisper", "barge"]);
export type MonitorMode = z.infer<typeof monitorMode>;

/**
 * Whether the page could take a call now. `microphone`: `off` before it was opened; `ended`: its track
 * stopped by itself; the rest as the browser refused it. `isFrozen`: the browser stopped the page's
 * timers, or is about to. `roundTripMs`: by the latest ping; null while there is none.
 */
export const seatHealth = z.strictObject({
  microphone: z.enum(["off", "on", "denied", "missing", "busy", "insecure", "ended"]),
  isFrozen: z.boolean(),
  roundTripMs: z.number().min(0).max(600_000).nullable(),
});
export type SeatHealth = z.infer<typeof seatHealth>;

/** Why a seat that is logged in is offered nothing; `desk`: the page is away. */
export const seatFault = z.enum(["device", "desk", "microphone", "frozen", "slow"]);

/** Browser to engine. A frame that fits none is answered by `error` and close code 1008. */
export const deskRequest = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("ping"), atMs: z.number() }),
  /** Sent after `hello`, and at every change; nothing answers it. Agents only. */
  z.strictObject({ type: z.literal("seatHealth"), health: seatHealth }),
  z.strictObject({ type: z.literal("logIn"), requestId }),
  z.strictObject({ type: z.literal("logOut"), requestId }),
  z.strictObject({ type: z.literal("goReady"), requestId }),
  z.strictObject({ type: z.literal("goNotReady"), requestId, reason: shortText }),
  z.strictObject({ type: z.literal("rejectOffer"), requestId, offerId: shortText }),
  z.strictObject({ type: z.literal("hold"), requestId }),
  z.strictObject({ type: z.literal("unhold"), requestId }),
  z.strictObject({ type: z.literal("release"), requestId }),
  /** The page's phone has no leg of the running call, as after a refresh: it is rung again. */
  z.strictObject({ type: z.literal("rejoin"), requestId }),
  z.strictObject({ type: z.literal("sendDigits"), requestId, digits: z.string().min(1).max(40) }),
  /** Silence instead of both voices in the recording, as for a card number. */
  z.strictObject({ type: z.literal("pauseRecording"), requestId }),
  z.strictObject({ type: z.literal("resumeRecording"), requestId }),
  /** Wrap-up after the running call; where `onCall.wrapUpAfter` is there. */
  z.strictObject({ type: z.literal("wantWrapUp"), requestId, isWanted: z.boolean() }),
  /** Adds `wrapUp.extendMs`, where it is there. */
  z.strictObject({ type: z.literal("extendWrapUp"), requestId }),
  z.strictObject({
    type: z.literal("endWrapUp"),
    requestId,
    code: shortText.nullable(),
    notes: z.string().max(4_000),
  }),
  /** Hands the caller over without a word. */
  z.strictObject({ type: z.literal("transferBlind"), requestId, target: transferTarget }),
  /** The caller hears music while the agent talks with a colleague. */
  z.strictObject({ type: z.literal("consultStart"), requestId, agentId: shortText }),
  /** The caller goes on with the colleague; from a conference, too. */
  z.strictObject({ type: z.literal("consultComplete"), requestId }),
  /** The agent goes on with the caller alone; from a conference, too. */
  z.strictObject({ type: z.literal("consultCancel"), requestId }),
  /** Caller, agent and colleague talk. */
  z.strictObject({ type: z.literal("consultMerge"), requestId }),
  /**
   * Calls a number on behalf of a queue; `targets.dial` of `listTargets` says which and with which
   * numbers to show. The page's own phone rings first and answers by itself. `release` gives up.
   */
  z.strictObject({
    type: z.literal("dial"),
    requestId,
    queueId: shortText,
    number: z.string().min(1).max(40),
    callerId: z.string().max(40).nullable(),
  }),
  /** Calls a colleague; otherwise as `dial`. */
  z.strictObject({ type: z.literal("dialAgent"), requestId, agentId: shortText }),
  /** For supervisors: rings the page's own phone, which then joins the agent's talk. */
  z.strictObject({
    type: z.literal("monitorStart"),
    requestId,
    agentId: shortText,
    mode: monitorMode,
  }),
  z.strictObject({ type: z.literal("monitorMode"), requestId, mode: monitorMode }),
  z.strictObject({ type: z.literal("monitorStop"), requestId }),
  /** Says that a message was read; `agent.messages` holds those that were not. */
  z.strictObject({ type: z.literal("acknowledge"), requestId, messageId: shortText }),
  /** Asks a supervisor for help; `agent.help` while it stands. */
  z.strictObject({ type: z.literal("askHelp"), requestId, text: z.string().max(500) }),
  z.strictObject({ type: z.literal("endHelp"), requestId }),
  // -- supervisors and leaders
  /** Who listens takes the agent's place with the caller; the call is then in `board.taken`. */
  z.strictObject({ type: z.literal("takeOver"), requestId }),
  /** Ends a take-over: releases the caller (null) or hands him to a queue. */
  z.strictObject({ type: z.literal("endTakeOver"), requestId, toQueue: shortText.nullable() }),
  /** Ends the agent's talk with the caller, who is released. */
  z.strictObject({ type: z.literal("disconnect"), requestId, agentId: shortText }),
  /** Ready, or with a call: ready afterwards. */
  z.strictObject({ type: z.literal("forceReady"), requestId, agentId: shortText }),
  /** Not ready, or with a call: not ready afterwards; what rings goes on elsewhere. */
  z.strictObject({
    type: z.literal("forceNotReady"),
    requestId,
    agentId: shortText,
    reason: shortText,
  }),
  z.strictObject({ type: z.literal("endAgentWrapUp"), requestId, agentId: shortText }),
  /** Not during a talk. */
  z.strictObject({ type: z.literal("logOutAgent"), requestId, agentId: shortText }),
  /** To these agents, or to everybody who is logged in (null). */
  z.strictObject({
    type: z.literal("sendMessage"),
    requestId,
    to: z.array(shortText).min(1).max(500).nullable(),
    text: z.string().min(1).max(500),
  }),
  z.strictObject({ type: z.literal("endAgentHelp"), requestId, agentId: shortText }),
  /** Takes a waiting callback out of its queue. */
  z.strictObject({ type: z.literal("cancelCallback"), requestId, callId: shortText }),
  /** Switches a reserve group in or out; `board.reserves` has them. `forMs` null: until switched off. */
  z.strictObject({
    type: z.literal("switchReserve"),
    requestId,
    groupId: shortText,
    isOn: z.boolean(),
    forMs: z.number().int().min(1).max(86_400_000).nullable(),
  }),
  /** The agent serves with these skills too, for so long; 0 ends the loan. */
  z.strictObject({
    type: z.literal("lendAgent"),
    requestId,
    agentId: shortText,
    skills: z.record(shortText, z.number().int().min(1).max(10)),
    forMs: z.number().int().min(0).max(86_400_000),
  }),
  /** Where a caller can be handed over to now; answered by `targets` instead of `reply`. */
  z.strictObject({ type: z.literal("listTargets"), requestId }),
]);
export type DeskRequest = z.infer<typeof deskRequest>;

export const role = z.enum(["agent", "leader", "supervisor", "qa", "admin", "client-viewer"]);
export type Role = z.infer<typeof role>;

const localized = z.strictObject({ zh: z.string(), en: z.string() });
const choice = z.strictObject({ id: z.string(), label: localized });

export const screenPop = z.strictObject({
  callId: z.string(),
  offerId: z.string(),
  queueId: z.string(),
  ani: z.string(),
  dnis: z.string(),
  firstDnis: z.string().nullable(),
  hotline: localized,
  queueName: localized,
  language: z.enum(["zh", "en"]),
  arrivedAtMs: z.number(),
  queuedAtMs: z.number(),
  answerByMs: z.number(),
  /** Tags and menu choices in order; `label` is the choice in words, where the flow has any. */
  path: z.array(
    z.strictObject({ name: z.string(), value: z.string(), label: localized.optional() }),
  ),
  /**
   * Absent for callers who came in. `outbound`: `ani` is who is called, `dnis` what they see.
   * `callback`: as `outbound`; it is dialled when the agent has answered. `internal`: a colleague; `hotline` is the other one's name, `queueName` empty.
   */
  direction: z.enum(["outbound", "internal", "callback"]).optional(),
  /** The colleague who handed the caller over, when one did. */
  transferredBy: z.strictObject({ agentId: z.string(), name: localized }).optional(),
});

/** An agent's own state: one closed set. */
export const agentState = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("loggedOut"), sinceMs: z.number() }),
  z.strictObject({ kind: z.literal("notReady"), sinceMs: z.number(), reason: z.string() }),
  z.strictObject({ kind: z.literal("ready"), sinceMs: z.number() }),
  /** Makes a call that is not answered yet: first the own phone rings, then the other's. */
  z.strictObject({
    kind: z.literal("dialling"),
    sinceMs: z.number(),
    callId: z.string(),
    /** The number, or the colleague's id. */
    number: z.string(),
    stage: z.enum(["ringingAgent", "ringingOther"]),
  }),
  z.strictObject({
    kind: z.literal("offered"),
    sinceMs: z.number(),
    offerId: z.string(),
    callId: z.string(),
    answerByMs: z.number(),
  }),
  z.strictObject({
    kind: z.literal("onCall"),
    sinceMs: z.number(),
    callId: z.string(),
    heldSinceMs: z.number().nullable(),
    /** Absent when the call is not recorded. */
    recording: z.enum(["on", "paused"]).optional(),
    /** The other agent in the call, when there is one. */
    colleague: z
      .strictObject({
        agentId: z.string(),
        name: localized,
        /** `asked`: this agent asked the colleague in; `asker`: the other way round. */
        role: z.enum(["asked", "asker"]),
        stage: z.enum(["ringing", "private", "conference"]),
        sinceMs: z.number(),
      })
      .optional(),
    /** Whether wrap-up follows, where the queue leaves that to the agent. */
    wrapUpAfter: z.boolean().optional(),
    /** The browser went away in talk; the caller hears music and is kept until `untilMs`. */
    rejoin: z.strictObject({ sinceMs: z.number(), untilMs: z.number() }).optional(),
  }),
  z.strictObject({
    kind: z.literal("wrapUp"),
    sinceMs: z.number(),
    callId: z.string(),
    endsAtMs: z.number(),
    /** What can be added now; absent: nothing. */
    extendMs: z.number().optional(),
  }),
]);

export const agentView = z.strictObject({
  agentId: z.string(),
  name: localized,
  state: agentState,
  /** What follows the present call or wrap-up, when the agent has chosen it. */
  nextNotReady: z.string().nullable(),
  deviceReachable: z.boolean(),
  /** Absent while calls can be offered, and for who is logged out. */
  seatFault: seatFault.optional(),
  /** The offered, running or just ended call. */
  pop: screenPop.nullable(),
  /** What became of the last call that the agent made to a number. */
  lastDial: z
    .strictObject({
      callId: z.string(),
      number: z.string(),
      outcome: z.string(),
      sipStatus: z.number().nullable(),
      atMs: z.number(),
    })
    .nullable(),
  /** What supervisors wrote, until acknowledged. */
  messages: z.array(
    z.strictObject({
      messageId: z.string(),
      fromId: z.string(),
      text: z.string(),
      atMs: z.number(),
    }),
  ),
  help: z.strictObject({ sinceMs: z.number(), text: z.string() }).nullable(),
  today: z.strictObject({
    answered: z.number(),
    /** Calls made to numbers, and how many of them were answered. */
    dialled: z.number(),
    reached: z.number(),
    talkMs: z.number(),
    holdMs: z.number(),
    wrapUpMs: z.number(),
    missed: z.number(),
  }),
});
export type AgentView = z.infer<typeof agentView>;

export const queueView = z.strictObject({
  queueId: z.string(),
  name: localized,
  waiting: z.number(),
  longestWaitSinceMs: z.number().nullable(),
  offered: z.number(),
  answered: z.number(),
  answeredInTarget: z.number(),
  abandoned: z.number(),
  shortAbandoned: z.number(),
  flowedOut: z.number(),
  targetMs: z.number(),
  targetRatio: z.number(),
  /** Answered within T ÷ offered of today's arrivals; null while nothing was offered. */
  serviceLevel: z.number().nullable(),
  agentsReady: z.number(),
  agentsOnCall: z.number(),
  agentsStaffed: z.number(),
});
export type QueueView = z.infer<typeof queueView>;

export const waitingView = z.strictObject({
  callId: z.string(),
  queueId: z.string(),
  ani: z.string(),
  position: z.number(),
  queuedAtMs: z.number(),
  priority: z.number(),
  language: z.enum(["zh", "en"]),
  /** Agent being rung now. */
  offeredTo: z.string().nullable(),
  /** Steps of the queue's relaxation that have been reached. */
  ring: z.number(),
  /** Kept for this agent for a while. */
  keptFor: z.string().nullable(),
  /** A callback: nobody is on the line; `ani` is the number. */
  isCallback: z.boolean(),
  /** Expected wait in all; null when it cannot be relied on, and from the 21st in line on. */
  estimateMs: z.number().nullable(),
});
export type WaitingView = z.infer<typeof waitingView>;

export const agentRow = z.strictObject({
  agentId: z.string(),
  name: localized,
  state: agentState,
  skills: z.record(z.string(), z.number()),
  withCaller: z.string().nullable(),
  deviceReachable: z.boolean(),
  seatFault: seatFault.optional(),
  mediaSilent: z.boolean(),
  /** How well the agent is heard in the running talk; absent before the first measurement. */
  quality: z.strictObject({ mos: z.number().nullable(), oneWay: z.boolean() }).optional(),
  /** Not ready for longer than is allowed for the reason. */
  isOverLimit: z.boolean(),
  nextNotReady: z.string().nullable(),
  /** Lent skills, until a time. */
  loan: z
    .strictObject({ skills: z.record(z.string(), z.number()), untilMs: z.number() })
    .optional(),
  reserve: z.string().optional(),
  /** The agent asks for help. */
  help: z.strictObject({ sinceMs: z.number(), text: z.string() }).optional(),
  /** Messages that the agent has not acknowledged. */
  unread: z.number(),
  answered: z.number(),
  handleMsMean: z.number().nullable(),
  /** The supervisor who is in this agent's talk; `ringing` until that page has answered. */
  monitor: z
    .strictObject({
      supervisorId: z.string(),
      mode: monitorMode,
      stage: z.enum(["ringing", "joined"]),
    })
    .optional(),
});
export type AgentRow = z.infer<typeof agentRow>;

export const wallboardView = z.strictObject({
  queues: z.array(queueView),
  waiting: z.array(waitingView),
  agents: z.array(agentRow),
  callsLive: z.number(),
  callsInFlow: z.number(),
  callsTalking: z.number(),
  /** Calls that supervisors took over. */
  taken: z.array(
    z.strictObject({
      callId: z.string(),
      supervisorId: z.string(),
      ani: z.string(),
      sinceMs: z.number(),
    }),
  ),
  /** Reserve groups and until when they are switched in; null: until switched off. */
  reserves: z.array(
    z.strictObject({
      groupId: z.string(),
      agents: z.number(),
      isOn: z.boolean(),
      untilMs: z.number().nullable(),
    }),
  ),
});
export type WallboardView = z.infer<typeof wallboardView>;

/** Queues and colleagues that a caller can be handed over to; the asking agent is not among them. */
export const transferTargets = z.strictObject({
  queues: z.array(
    z.strictObject({
      queueId: z.string(),
      name: localized,
      waiting: z.number(),
      longestWaitSinceMs: z.number().nullable(),
      agentsReady: z.number(),
    }),
  ),
  agents: z.array(
    z.strictObject({
      agentId: z.string(),
      name: localized,
      state: z.enum(["notReady", "ready", "offered", "dialling", "onCall", "wrapUp"]),
      /** Can be rung now. */
      isFree: z.boolean(),
    }),
  ),
  /** On behalf of which queues the agent may call numbers; the first number is shown by default. */
  dial: z.array(
    z.strictObject({ queueId: z.string(), name: localized, callerIds: z.array(z.string()) }),
  ),
});
export type TransferTargets = z.infer<typeof transferTargets>;

/** Engine to browser. */
export const deskMessage = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("hello"),
    seq: z.number(),
    version: z.number(),
    serverNowMs: z.number(),
    user: z.strictObject({ id: z.string(), name: localized, role }),
    /** For agents on a browser device and supervisors: how sip.js registers. Ends with the login. */
    sip: z
      .strictObject({
        uri: z.string(),
        username: z.string(),
        password: z.string(),
        path: z.string(),
      })
      .nullable(),
    notReadyReasons: z.array(choice),
    wrapUpCodes: z.array(choice),
  }),
  z.strictObject({
    type: z.literal("agent"),
    seq: z.number(),
    serverNowMs: z.number(),
    agent: agentView,
  }),
  z.strictObject({
    type: z.literal("wallboard"),
    seq: z.number(),
    serverNowMs: z.number(),
    board: wallboardView,
  }),
  z.strictObject({
    type: z.literal("reply"),
    seq: z.number(),
    requestId,
    refusal: z.string().nullable(),
  }),
  z.strictObject({
    type: z.literal("targets"),
    seq: z.number(),
    serverNowMs: z.number(),
    requestId,
    targets: transferTargets,
  }),
  z.strictObject({
    type: z.literal("pong"),
    seq: z.number(),
    atMs: z.number(),
    serverNowMs: z.number(),
  }),
  /** The frame before broke the protocol; the socket closes with 1008. */
  z.strictObject({ type: z.literal("error"), seq: z.number(), message: z.string() }),
  /** Another login of the same agent took the seat, or the login ended; do not reconnect. */
  z.strictObject({
    type: z.literal("bye"),
    seq: z.number(),
    why: z.enum(["replaced", "loggedOut"]),
  }),
]);
export type DeskMessage = z.infer<typeof deskMessage>;
