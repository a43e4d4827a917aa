// One call's record, folded from its facts. Nothing is in a record that is not in the facts.
import type { LegCause, LegQuality } from "../event.ts";
import type { CallOutcome, Direction, Fact, RecordingResult, ReleasedBy } from "../fact.ts";
import type { AgentId, CallId, Ms, NumberId, QueueId, TrunkId } from "../ids.ts";

export type CallRecord = Readonly<{
  callId: CallId;
  /** Who made the call: somebody outside, or an agent. */
  direction: "inbound" | Direction;
  trunkId: TrunkId;
  numberId: NumberId | null;
  /** The other party: who called, or who was called (a colleague's id in an internal call). */
  ani: string;
  dnis: string;
  firstDnis: string | null;
  /** The queue that the call entered (the last one, when there were several). */
  queueId: QueueId | null;
  /** The agent who talked last with the caller. */
  agentId: AgentId | null;
  arrivedAtMs: Ms;
  /** Our 200 OK. */
  answeredAtMs: Ms | null;
  queuedAtMs: Ms | null;
  /** First agent's answer. */
  agentAnsweredAtMs: Ms | null;
  /** Null while the call is live. */
  endedAtMs: Ms | null;
  /** Queue entry until it was left (first answer, abandon, flow-out). */
  waitMs: Ms | null;
  /** Arrival until the queue was left, announcements included. */
  sinceArrivalMs: Ms | null;
  /** Ringing at agents, all offers together. */
  ringMs: Ms;
  talkMs: Ms;
  holdMs: Ms;
  /** Null until wrap-up has ended, and where there was none. */
  wrapUpMs: Ms | null;
  wrapUpCode: string | null;
  notes: string;
  /** Null while the call is live. */
  outcome: CallOutcome | null;
  releasedBy: ReleasedBy | null;
  cause: LegCause | null;
  /** Menu choices and tags, in order. */
  path: readonly Readonly<{ name: string; value: string }>[];
  /** Times that the call was put back at its place in the queue. */
  returnedCount: number;
  /** Transfers that came to their end, of whatever kind. */
  transferCount: number;
  /** The worst that was told of each side's audio; null when nothing was. */
  quality: Readonly<{ caller: LegQuality | null; agent: LegQuality | null }>;
  /** Null for a call that was not recorded; `running` until its end was told. */
  recording: RecordingRecord | null;
  /** Who talked with the caller, in order; each agent's own times. */
  talks: readonly TalkRecord[];
}>;

export type RecordingRecord = Readonly<
  Omit<RecordingResult, "outcome"> & { outcome: RecordingResult["outcome"] | "running" }
>;

export type TalkRecord = Readonly<{
  agentId: AgentId;
  queueId: QueueId;
  endedAtMs: Ms;
  talkMs: Ms;
  holdMs: Ms;
}>;

/**
 * Folds a fact into the record of its call. Starts a record at `callArrived` or `callDialled`; gives the record back
 * unchanged for facts of other calls or none. Final facts: `callEnded`, and after it a `wrapUpEnded`
 * of each agent who is not done with the call, and the `recordingEnded`.
 */
export function foldCallRecord(record: CallRecord | null, fact: Fact): CallRecord | null {
  if (fact.type === "callArrived") return record ?? startRecord(fact);
  if (fact.type === "callDialled") return record ?? startMadeRecord(fact);
  if (fact.type === "callbackBooked") return record ?? startTicketRecord(fact);
  if (record === null || !("callId" in fact) || fact.callId !== record.callId) return record;
  return { ...record, ...changesBy(record, fact) };
}

function startMadeRecord(fact: Extract<Fact, { type: "callDialled" }>): CallRecord {
  const { callId, direction, trunkId, number, callerId, agentId, queueId } = fact;
  const { seq, atMs } = fact;
  const ids = { callId, trunkId: trunkId ?? "", numberId: null, ani: number, dnis: callerId };
  const arrived = { type: "callArrived", seq, atMs, ...ids, firstDnis: null } as const;
  return { ...startRecord(arrived), direction, agentId, queueId };
}

/** A callback's record begins when it is booked; its wait, when the caller began to wait. */
function startTicketRecord(fact: Extract<Fact, { type: "callbackBooked" }>): CallRecord {
  const { callId, number, queueId, queuedAtMs, seq, atMs } = fact;
  const ids = { callId, trunkId: "", numberId: null, ani: number, dnis: "", firstDnis: null };
  const started = startRecord({ type: "callArrived", seq, atMs, ...ids });
  return { ...started, direction: "callback", queueId, queuedAtMs };
}

function startRecord(fact: Extract<Fact, { type: "callArrived" }>): CallRecord {
  const { callId, trunkId, numberId, ani, dnis, firstDnis, atMs } = fact;
  return {
    callId,
    direction: "inbound",
    trunkId,
    numberId,
    ani,
    dnis,
    firstDnis,
    queueId: null,
    agentId: null,
    arrivedAtMs: atMs,
    answeredAtMs: null,
    queuedAtMs: null,
    agentAnsweredAtMs: null,
    endedAtMs: null,
    waitMs: null,
    sinceArrivalMs: null,
    ringMs: 0,
    talkMs: 0,
    holdMs: 0,
    wrapUpMs: null,
    wrapUpCode: null,
    notes: "",
    outcome: null,
    releasedBy: null,
    cause: null,
    path: [],
    returnedCount: 0,
    transferCount: 0,
    quality: { caller: null, agent: null },
    recording: null,
    talks: [],
  };
}

function changesBy(record: CallRecord, fact: Fact): Partial<CallRecord> {
  switch (fact.type) {
    case "callAnswered":
      return { answeredAtMs: fact.atMs };
    case "flowChoice":
      return fact.matched ? addStep(record, { name: fact.nodeId, value: fact.digit }) : {};
    case "flowTagged":
      return addStep(record, { name: fact.name, value: fact.value });
    case "queueEntered":
      return fact.returned
        ? { returnedCount: record.returnedCount + 1 }
        : { queueId: fact.queueId, queuedAtMs: fact.queuedAtMs };
    case "offerEnded":
      return { ringMs: record.ringMs + fact.ringMs };
    case "queueLeft":
      return { waitMs: fact.waitMs, sinceArrivalMs: fact.sinceArrivalMs };
    case "talkStarted":
      return {
        agentId: fact.agentId,
        agentAnsweredAtMs: record.agentAnsweredAtMs ?? fact.atMs,
      };
    case "internalAnswered":
      return { agentAnsweredAtMs: fact.atMs, ringMs: record.ringMs + fact.ringMs };
    case "talkEnded":
      return {
        talkMs: record.talkMs + fact.talkMs,
        holdMs: record.holdMs + fact.holdMs,
        talks: addTalk(record, fact),
      };
    case "callbackEnded":
      return { waitMs: fact.waitMs };
    case "takeOverEnded": {
      const { supervisorId: agentId, queueId, talkMs, atMs } = fact;
      const talk = { agentId, queueId, endedAtMs: atMs, talkMs, holdMs: 0 };
      return {
        agentId,
        talkMs: record.talkMs + talkMs,
        talks: record.talks.length < 50 ? [...record.talks, talk] : record.talks,
      };
    }
    case "transferEnded":
      return fact.result === "completed" ? { transferCount: record.transferCount + 1 } : {};
    case "legQualityChanged": {
      const { mos, lossShare, jitterMs, roundTripMs, oneWay } = fact;
      const told = { mos, lossShare, jitterMs, roundTripMs, oneWay };
      const worst = worseOf(record.quality[fact.leg], told);
      return { quality: { ...record.quality, [fact.leg]: worst } };
    }
    case "recordingStarted":
      return {
        recording: { file: null, outcome: "running", durationMs: 0, bytes: 0, sha256: null },
      };
    case "recordingEnded": {
      const { file, outcome, durationMs, bytes, sha256 } = fact;
      return { recording: { file, outcome, durationMs, bytes, sha256 } };
    }
    case "trunkAttemptEnded":
      return { trunkId: fact.next ?? fact.trunkId };
    case "callEnded":
      return {
        endedAtMs: fact.atMs,
        outcome: fact.outcome,
        releasedBy: fact.by,
        cause: fact.cause,
      };
    case "wrapUpEnded":
      return { wrapUpMs: fact.wrapUpMs, wrapUpCode: fact.code, notes: fact.notes };
    default:
      return {};
  }
}

/** Silence is worse than any noise. */
function worseOf(one: LegQuality | null, other: LegQuality): LegQuality {
  if (one === null) return other;
  const markOf = ({ mos, oneWay }: LegQuality): number => (oneWay ? 0 : (mos ?? 0));
  return markOf(other) < markOf(one) ? other : one;
}

function addTalk(
  { talks }: CallRecord,
  fact: Extract<Fact, { type: "talkEnded" }>,
): readonly TalkRecord[] {
  const { agentId, queueId, talkMs, holdMs, atMs } = fact;
  return talks.length < 50
    ? [...talks, { agentId, queueId, endedAtMs: atMs, talkMs, holdMs }]
    : talks;
}

const addStep = (record: CallRecord, step: CallRecord["path"][number]): Partial<CallRecord> =>
  record.path.length < 50 ? { path: [...record.path, step] } : {};
