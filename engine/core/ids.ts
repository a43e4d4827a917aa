// Names for the strings that identify things. A flavour lets a plain string in, but keeps one kind
// of id from being passed where another is meant. Ids are made outside the core (calls, requests)
// or derived from the call's id by a counter (legs, offers, plays), so a replay makes the same ones.
type Flavour<Name extends string> = string & { readonly __kind?: Name };

export type CallId = Flavour<"call">;
export type LegId = Flavour<"leg">;
export type AgentId = Flavour<"agent">;
export type QueueId = Flavour<"queue">;
export type OfferId = Flavour<"offer">;
export type PlayId = Flavour<"play">;
export type BridgeId = Flavour<"bridge">;
export type RecordingId = Flavour<"recording">;
export type TrunkId = Flavour<"trunk">;
export type NumberId = Flavour<"number">;
export type FlowId = Flavour<"flow">;
export type NodeId = Flavour<"node">;
export type CalendarId = Flavour<"calendar">;
export type SkillId = Flavour<"skill">;
/** A reserve group: leaders, quality assurance, trainers. */
export type GroupId = Flavour<"group">;
export type RequestId = Flavour<"request">;

/**
 * Milliseconds since 1970-01-01 UTC on the engine's own line of time, which never goes backwards
 * (the shell anchors it at start and after a restart continues at or after the journal's last one).
 * Deadlines, waits and calendar times all use it, so none can be mixed with another clock.
 */
export type Ms = number;
