// The HTTP API under `/api/v1`: JSON in and out. Errors are `{ "error": { "code", "message" } }`.
// Times are epoch milliseconds, durations milliseconds.
import { z } from "zod";
import { role } from "./desk.ts";
import { tracedMessage } from "./edge-operations.ts";

const localized = z.strictObject({ zh: z.string(), en: z.string() });

export const apiError = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export const loginRequest = z.strictObject({
  username: z.string().min(1).max(64),
  password: z.string().min(1).max(200),
});

/** Who is logged in. */
export const me = z.object({
  id: z.string(),
  name: localized,
  role,
  /** Where this person's calls ring; null for people who have none. */
  device: z.enum(["browser", "phone", "fixed"]).nullable(),
});
export type Me = z.infer<typeof me>;

const legQuality = z.object({
  /** Estimated mean opinion score, 1 to 4.5; null when nothing came. */
  mos: z.number().nullable(),
  /** 0 to 1. */
  lossShare: z.number(),
  jitterMs: z.number(),
  roundTripMs: z.number().nullable(),
  /** This side heard the other and sent nothing. */
  oneWay: z.boolean(),
});

/** One call that ended, as a row. `seq` grows in the order in which calls ended. */
export const callRow = z.object({
  seq: z.number(),
  callId: z.string(),
  /** `inbound`, `outbound` (an agent called a number) or `internal` (a colleague). */
  direction: z.string(),
  trunkId: z.string(),
  numberId: z.string().nullable(),
  /** The other party: who called, or who was called. */
  ani: z.string(),
  dnis: z.string(),
  firstDnis: z.string().nullable(),
  queueId: z.string().nullable(),
  agentId: z.string().nullable(),
  arrivedAtMs: z.number(),
  /** Our 200 OK to the caller. */
  answeredAtMs: z.number().nullable(),
  queuedAtMs: z.number().nullable(),
  agentAnsweredAtMs: z.number().nullable(),
  endedAtMs: z.number(),
  /** From queue entry to the agent, or to leaving the queue. */
  waitMs: z.number().nullable(),
  /** From arrival at the trunk to leaving the queue, announcements included. */
  sinceArrivalMs: z.number().nullable(),
  ringMs: z.number(),
  talkMs: z.number(),
  holdMs: z.number(),
  /** Null until wrap-up ended. */
  wrapUpMs: z.number().nullable(),
  wrapUpCode: z.string().nullable(),
  notes: z.string(),
  outcome: z.string(),
  releasedBy: z.string(),
  cause: z.object({ reason: z.string(), sipStatus: z.number().nullable() }),
  path: z.array(z.object({ name: z.string(), value: z.string() })),
  /** How often the call went back to its place in the queue. */
  returnedCount: z.number(),
  /** How often agents handed the caller over. */
  transferCount: z.number(),
  /** The worst that was measured of each side's audio; null when nothing was. */
  quality: z.object({ caller: legQuality.nullable(), agent: legQuality.nullable() }),
  /** Null when the call was not recorded; `outcome` is `running` until the file is complete. */
  recording: z
    .object({
      /** Below the folder of recordings. */
      file: z.string().nullable(),
      outcome: z.string(),
      durationMs: z.number(),
      bytes: z.number(),
      /** Of the whole file, hexadecimal. */
      sha256: z.string().nullable(),
    })
    .nullable(),
  /** Who talked with the caller, in order. */
  talks: z.array(
    z.object({
      agentId: z.string(),
      queueId: z.string(),
      endedAtMs: z.number(),
      talkMs: z.number(),
      holdMs: z.number(),
    }),
  ),
});
export type CallRow = z.infer<typeof callRow>;

export const callsQuery = z.object({
  /** Only calls with a greater `seq`, oldest first. Without it: the newest calls, newest first. */
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const queueReportQuery = z.object({
  /** Arrivals into the queue in `[from, to)`. */
  from: z.coerce.number().int().min(0),
  to: z.coerce.number().int().min(0),
  by: z.enum([
    "queue",
    "number",
    "trunk",
    "quarterHour",
    "halfHour",
    "hour",
    "day",
    "week",
    "month",
  ]),
  queue: z.string().max(64).optional(),
  /** Judge every queue by these instead of its own; the past included. */
  targetSeconds: z.coerce.number().min(0).max(86_400).optional(),
  shortAbandonSeconds: z.coerce.number().min(0).max(86_400).optional(),
});

const ratio = z.object({
  numerator: z.number(),
  denominator: z.number(),
  ratio: z.number().nullable(),
});

const queueReportRow = z.object({
  /** Id of the queue, number or trunk, or the local start of the interval in ISO 8601. */
  key: z.string(),
  offered: z.number(),
  answered: z.number(),
  answeredWithinTarget: z.number(),
  abandonedWithinTarget: z.number(),
  abandoned: z.number(),
  shortAbandoned: z.number(),
  flowedOut: z.number(),
  waiting: z.number(),
  serviceLevels: z.object({
    abandonNegative: ratio,
    abandonPositive: ratio,
    abandonIgnored: ratio,
    handledOnly: ratio,
    genesys: ratio,
  }),
  answerRate: ratio,
  abandonRate: ratio,
  meanWaitMs: z.number().nullable(),
  meanResponseMs: z.number().nullable(),
  /** Why 100 % should be questioned. */
  doubt: z.enum(["smallSample", "definitionGap"]).nullable(),
  /** Offered − all that became of it; anything but 0 is a bug. */
  unexplained: z.number(),
});

export const queueReportAnswer = z.object({
  rows: z.array(queueReportRow),
  total: queueReportRow,
});

export const callsAnswer = z.object({ calls: z.array(callRow) });

/** A fact of the call's timeline; what else it carries depends on its type. */
export const factRow = z.looseObject({ seq: z.number(), atMs: z.number(), type: z.string() });

export const callAnswer = z.object({
  /** Null while the call lives. */
  call: callRow.nullable(),
  facts: z.array(factRow),
});

export const sipTraceQuery = z.object({
  /** A call id of this centre, or the SIP Call-ID of one of its legs. */
  call: z.string().min(1).max(300),
});

export const sipTrace = z.object({
  /** Numbers are hidden from the reader's role. */
  masked: z.boolean(),
  messages: z.array(tracedMessage),
});
export type SipTrace = z.infer<typeof sipTrace>;
