// What each fact changes in the tables that reports read. Each fact is projected once, in the
// transaction that stores it; order within a batch is the order of the facts.
import type { Insertable, Kysely } from "kysely";
import type { Fact } from "../../core/fact.ts";
import type {
  AgentSpanTable,
  OfferTable,
  QueueVisitTable,
  RecordsSchema,
  TalkTable,
  TransferTable,
} from "./schema.ts";

type Db = Kysely<RecordsSchema>;
type Batch = {
  visits: Insertable<QueueVisitTable>[];
  /** Visits of the batch that still wait, by call and queue. */
  openVisits: Map<string, Insertable<QueueVisitTable>>;
  talks: Insertable<TalkTable>[];
  spans: Insertable<AgentSpanTable>[];
  offers: Insertable<OfferTable>[];
  transfers: Insertable<TransferTable>[];
};

const rowsPerStatement = 1_000;

/** Facts that are new to the store, in order. */
export async function project(db: Db, facts: readonly Fact[]): Promise<void> {
  const callers = await callersOf(db, facts);
  const batch: Batch = {
    visits: [],
    openVisits: new Map(),
    talks: [],
    spans: [],
    offers: [],
    transfers: [],
  };
  const later: (() => Promise<unknown>)[] = [];
  for (const fact of facts) projectFact({ db, batch, later, callers }, fact);
  await insertRows(batch.visits, (rows) => db.insertInto("queue_visit").values(rows).execute());
  await insertRows(batch.talks, (rows) => db.insertInto("talk").values(rows).execute());
  await insertRows(batch.spans, (rows) => db.insertInto("agent_span").values(rows).execute());
  await insertRows(batch.offers, (rows) => db.insertInto("offer").values(rows).execute());
  await insertRows(batch.transfers, (rows) => db.insertInto("transfer").values(rows).execute());
  for (const update of later) await update();
}

type Caller = Readonly<{ ani: string; numberId: string | null; trunkId: string }>;
type Projection = Readonly<{
  db: Db;
  batch: Batch;
  /** Changes of rows of earlier batches. */
  later: (() => Promise<unknown>)[];
  callers: ReadonlyMap<string, Caller>;
}>;

function projectFact(on: Projection, fact: Fact): void {
  const { batch } = on;
  switch (fact.type) {
    case "queueEntered":
      if (!fact.returned) enter(on, fact);
      return;
    case "queueLeft":
      leave(on, fact);
      return;
    case "offerEnded": {
      const { seq, callId, queueId, agentId, atMs, result, ringMs } = fact;
      batch.offers.push({
        ...keyOf({ seq, callId, queueId, agentId, atMs }),
        result,
        ring_ms: ringMs,
      });
      return;
    }
    case "transferEnded": {
      const { seq, callId, queueId, fromAgentId: agentId, atMs, kind, result } = fact;
      batch.transfers.push({ ...keyOf({ seq, callId, queueId, agentId, atMs }), kind, result });
      return;
    }
    case "talkEnded":
    case "takeOverEnded": {
      const { seq, callId, queueId, atMs, talkMs, direction = "inbound" } = fact;
      const agentId = fact.type === "talkEnded" ? fact.agentId : fact.supervisorId;
      batch.talks.push({
        ...keyOf({ seq, callId, queueId, agentId, atMs }),
        direction,
        talk_ms: talkMs,
        hold_ms: fact.type === "talkEnded" ? fact.holdMs : 0,
        wrap_up_ms: null,
        wrap_up_code: null,
      });
      return;
    }
    case "wrapUpEnded":
      wrapUp(on, fact);
      return;
    case "agentStateChanged":
      changeState(on, fact);
      return;
    default:
      return;
  }
}

const keyOf = (
  of: Readonly<{ seq: number; callId: string; queueId: string; agentId: string; atMs: number }>,
) => ({
  seq: of.seq,
  call_id: of.callId,
  queue_id: of.queueId,
  agent_id: of.agentId,
  ended_at_ms: of.atMs,
});

const visitKey = (of: Readonly<{ callId: string; queueId: string }>): string =>
  JSON.stringify([of.callId, of.queueId]);

function enter(on: Projection, fact: Extract<Fact, { type: "queueEntered" }>): void {
  const { seq, callId, queueId, queuedAtMs, source = "inbound" } = fact;
  const caller = on.callers.get(callId);
  const visit: Insertable<QueueVisitTable> = {
    seq,
    call_id: callId,
    queue_id: queueId,
    source,
    ani: plain(caller?.ani ?? ""),
    number_id: caller?.numberId ?? null,
    trunk_id: caller?.trunkId ?? "",
    queued_at_ms: queuedAtMs,
    left_seq: null,
    left_at_ms: null,
    wait_ms: null,
    since_arrival_ms: null,
    outcome: "waiting",
    detail: null,
    agent_id: null,
  };
  on.batch.visits.push(visit);
  on.batch.openVisits.set(visitKey(fact), visit);
}

function leave(on: Projection, fact: Extract<Fact, { type: "queueLeft" }>): void {
  const { seq, callId, queueId, atMs, waitMs, sinceArrivalMs, outcome } = fact;
  const change = {
    left_seq: seq,
    left_at_ms: atMs,
    wait_ms: waitMs,
    since_arrival_ms: sinceArrivalMs,
    outcome: outcome.kind,
    detail:
      outcome.kind === "abandoned"
        ? outcome.stage
        : outcome.kind === "flowedOut"
          ? outcome.reason
          : null,
    agent_id: outcome.kind === "answered" ? outcome.agentId : null,
  };
  const open = on.batch.openVisits.get(visitKey(fact));
  if (open !== undefined) {
    on.batch.openVisits.delete(visitKey(fact));
    Object.assign(open, change);
    return;
  }
  on.later.push(() =>
    on.db
      .updateTable("queue_visit")
      .set(change)
      .where("call_id", "=", callId)
      .where("queue_id", "=", queueId)
      .where("outcome", "=", "waiting")
      .execute(),
  );
}

/** Belongs to the agent's last talk in the call. */
function wrapUp(on: Projection, fact: Extract<Fact, { type: "wrapUpEnded" }>): void {
  const { callId, agentId, wrapUpMs, code } = fact;
  const change = { wrap_up_ms: wrapUpMs, wrap_up_code: code };
  const here = on.batch.talks.findLast(
    (talk) => talk.call_id === callId && talk.agent_id === agentId,
  );
  if (here !== undefined) {
    Object.assign(here, change);
    return;
  }
  on.later.push(async () => {
    const last = await on.db
      .selectFrom("talk")
      .select(({ fn }) => fn.max("seq").as("seq"))
      .where("call_id", "=", callId)
      .where("agent_id", "=", agentId)
      .executeTakeFirst();
    if (last?.seq == null) return;
    await on.db.updateTable("talk").set(change).where("seq", "=", last.seq).execute();
  });
}

function changeState(on: Projection, fact: Extract<Fact, { type: "agentStateChanged" }>): void {
  const { seq, agentId, to, reason, atMs } = fact;
  const before = on.batch.spans.findLast((span) => span.agent_id === agentId);
  if (before !== undefined) before.to_ms = atMs;
  else {
    on.later.push(() =>
      on.db
        .updateTable("agent_span")
        .set({ to_ms: atMs })
        .where("agent_id", "=", agentId)
        .where("to_ms", "is", null)
        .where("seq", "<", seq)
        .execute(),
    );
  }
  on.batch.spans.push({
    seq,
    agent_id: agentId,
    state: to,
    reason,
    from_ms: atMs,
    to_ms: null,
  });
}

/** Who called, for the calls that enter a queue here: from this batch, or from stored facts. */
async function callersOf(db: Db, facts: readonly Fact[]): Promise<ReadonlyMap<string, Caller>> {
  const callers = new Map<string, Caller>();
  const unknown = new Set<string>();
  for (const fact of facts) {
    if (fact.type === "callArrived") callers.set(fact.callId, fact);
    else if (fact.type === "queueEntered" && !callers.has(fact.callId)) unknown.add(fact.callId);
  }
  const ids = [...unknown];
  for (let at = 0; at < ids.length; at += rowsPerStatement) {
    const rows = await db
      .selectFrom("fact")
      .select("body")
      .where("call_id", "in", ids.slice(at, at + rowsPerStatement))
      .where("type", "=", "callArrived")
      .execute();
    for (const { body } of rows) {
      const fact = JSON.parse(body) as Extract<Fact, { type: "callArrived" }>;
      callers.set(fact.callId, fact);
    }
  }
  return callers;
}

async function insertRows<Row>(
  rows: readonly Row[],
  insert: (rows: readonly Row[]) => Promise<unknown>,
): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsPerStatement) {
    await insert(rows.slice(at, at + rowsPerStatement));
  }
}

/** PostgreSQL keeps no character 0 in text. */
export const plain = (text: string): string => text.replaceAll("\0", "");
