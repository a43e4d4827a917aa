// Tables of the record store. Times are epoch milliseconds as bigint; nothing here is special to one
// database, so that the same queries run on SQLite and PostgreSQL.
type FactTable = {
  seq: number;
  at_ms: number;
  /** Null for facts that belong to no call. */
  call_id: string | null;
  type: string;
  /** The whole fact as JSON. */
  body: string;
};

export type CallRecordTable = {
  call_id: string;
  direction: string;
  /** `seq` of the call's `callEnded`. */
  seq: number;
  trunk_id: string;
  number_id: string | null;
  ani: string;
  dnis: string;
  first_dnis: string | null;
  queue_id: string | null;
  agent_id: string | null;
  arrived_at_ms: number;
  answered_at_ms: number | null;
  queued_at_ms: number | null;
  agent_answered_at_ms: number | null;
  ended_at_ms: number;
  wait_ms: number | null;
  since_arrival_ms: number | null;
  ring_ms: number;
  talk_ms: number;
  hold_ms: number;
  wrap_up_ms: number | null;
  wrap_up_code: string | null;
  notes: string;
  outcome: string;
  released_by: string;
  cause_reason: string;
  cause_sip_status: number | null;
  /** Menu choices and tags as JSON. */
  path: string;
  returned_count: number;
  transfer_count: number;
  /** Talks as JSON. */
  talks: string;
  /** The worst quality of each side, as JSON; null in rows of before it was kept. */
  quality: string | null;
  /** What became of the recording, as JSON; null when there was none. */
  recording: string | null;
};

/** A call's stay in one queue: from its first entry until an agent answered, it left or flowed out. */
export type QueueVisitTable = {
  /** `seq` of the entry. */
  seq: number;
  call_id: string;
  queue_id: string;
  /** `inbound` or `transfer`. */
  source: string;
  ani: string;
  number_id: string | null;
  trunk_id: string;
  queued_at_ms: number;
  /** `seq` of the fact that ended it; null while the call waits. */
  left_seq: number | null;
  left_at_ms: number | null;
  wait_ms: number | null;
  /** From arrival at the trunk, announcements included. */
  since_arrival_ms: number | null;
  /** `waiting`, `answered`, `abandoned` or `flowedOut`. */
  outcome: string;
  /** Stage of an abandon, reason of a flow-out. */
  detail: string | null;
  agent_id: string | null;
};

/** One agent's talk with a caller. */
export type TalkTable = {
  /** `seq` of the talk's end. */
  seq: number;
  call_id: string;
  agent_id: string;
  queue_id: string;
  /** `inbound` and what calls are that did not come in. */
  direction: string;
  ended_at_ms: number;
  talk_ms: number;
  hold_ms: number;
  /** Null until wrap-up has ended, and where there was none. */
  wrap_up_ms: number | null;
  wrap_up_code: string | null;
};

/** A stretch of time that an agent was in one state. */
export type AgentSpanTable = {
  /** `seq` of the change into the state. */
  seq: number;
  agent_id: string;
  state: string;
  /** Why not ready. */
  reason: string | null;
  from_ms: number;
  /** Null for the present one. */
  to_ms: number | null;
};

/** A call presented to an agent, once it is settled. */
export type OfferTable = {
  seq: number;
  call_id: string;
  queue_id: string;
  agent_id: string;
  ended_at_ms: number;
  result: string;
  ring_ms: number;
};

/** A caller handed over, once it is settled; `queue_id` is the queue of the talk. */
export type TransferTable = {
  seq: number;
  call_id: string;
  queue_id: string;
  agent_id: string;
  ended_at_ms: number;
  kind: string;
  result: string;
};

export type RecordsSchema = {
  fact: FactTable;
  call_record: CallRecordTable;
  queue_visit: QueueVisitTable;
  talk: TalkTable;
  agent_span: AgentSpanTable;
  offer: OfferTable;
  transfer: TransferTable;
};
