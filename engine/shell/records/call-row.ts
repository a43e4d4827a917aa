// A call's record as a row of the store, and back.
import type { Insertable, Selectable } from "kysely";
import type { Fact } from "../../core/fact.ts";
import { foldCallRecord } from "../../core/stats/call-record.ts";
import type { CallRow } from "../../wire/http-api.ts";
import { plain } from "./projection.ts";
import type { CallRecordTable } from "./schema.ts";

const noQuality = '{"caller":null,"agent":null}';

/** Null while the call lives, and for a call whose beginning was never stored. */
export function recordOf(facts: readonly Fact[]): Insertable<CallRecordTable> | null {
  const record = facts.reduce<ReturnType<typeof foldCallRecord>>(foldCallRecord, null);
  const seq = facts.find((fact) => fact.type === "callEnded")?.seq;
  if (record === null || seq === undefined) return null;
  const { endedAtMs, outcome, releasedBy, cause } = record;
  if (endedAtMs === null || outcome === null || releasedBy === null || cause === null) return null;
  return {
    call_id: record.callId,
    direction: record.direction,
    seq,
    trunk_id: record.trunkId,
    number_id: record.numberId,
    ani: plain(record.ani),
    dnis: plain(record.dnis),
    first_dnis: record.firstDnis === null ? null : plain(record.firstDnis),
    queue_id: record.queueId,
    agent_id: record.agentId,
    arrived_at_ms: record.arrivedAtMs,
    answered_at_ms: record.answeredAtMs,
    queued_at_ms: record.queuedAtMs,
    agent_answered_at_ms: record.agentAnsweredAtMs,
    ended_at_ms: endedAtMs,
    wait_ms: record.waitMs,
    since_arrival_ms: record.sinceArrivalMs,
    ring_ms: record.ringMs,
    talk_ms: record.talkMs,
    hold_ms: record.holdMs,
    wrap_up_ms: record.wrapUpMs,
    wrap_up_code: record.wrapUpCode,
    notes: plain(record.notes),
    outcome,
    released_by: releasedBy,
    cause_reason: cause.reason,
    cause_sip_status: cause.sipStatus,
    path: JSON.stringify(record.path),
    returned_count: record.returnedCount,
    transfer_count: record.transferCount,
    talks: JSON.stringify(record.talks),
    quality: JSON.stringify(record.quality),
    recording: record.recording === null ? null : JSON.stringify(record.recording),
  };
}

export function rowOf(row: Selectable<CallRecordTable>): CallRow {
  return {
    seq: row.seq,
    callId: row.call_id,
    direction: row.direction,
    trunkId: row.trunk_id,
    numberId: row.number_id,
    ani: row.ani,
    dnis: row.dnis,
    firstDnis: row.first_dnis,
    queueId: row.queue_id,
    agentId: row.agent_id,
    arrivedAtMs: row.arrived_at_ms,
    answeredAtMs: row.answered_at_ms,
    queuedAtMs: row.queued_at_ms,
    agentAnsweredAtMs: row.agent_answered_at_ms,
    endedAtMs: row.ended_at_ms,
    waitMs: row.wait_ms,
    sinceArrivalMs: row.since_arrival_ms,
    ringMs: row.ring_ms,
    talkMs: row.talk_ms,
    holdMs: row.hold_ms,
    wrapUpMs: row.wrap_up_ms,
    wrapUpCode: row.wrap_up_code,
    notes: row.notes,
    outcome: row.outcome,
    releasedBy: row.released_by,
    cause: { reason: row.cause_reason, sipStatus: row.cause_sip_status },
    path: JSON.parse(row.path) as CallRow["path"],
    returnedCount: row.returned_count,
    transferCount: row.transfer_count,
    talks: JSON.parse(row.talks) as CallRow["talks"],
    quality: JSON.parse(row.quality ?? noQuality) as CallRow["quality"],
    recording: row.recording === null ? null : (JSON.parse(row.recording) as CallRow["recording"]),
  };
}
