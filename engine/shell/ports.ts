// What the shells of one engine share: how events get in, how commands and facts come out.
// main.ts wires them; no shell imports another.
import type { Command } from "../core/command.ts";
import type { CentreEvent } from "../core/event.ts";
import type { Fact } from "../core/fact.ts";
import type { AgentId, BridgeId, CallId, LegId, Ms, PlayId } from "../core/ids.ts";

/** The engine's line of time: epoch milliseconds that never go backwards. */
export type EngineClock = { nowMs(): Ms };

/**
 * The single writer. `post` never runs the core in the caller's stack: events are queued, handled in
 * order, journalled, and only then are their commands performed.
 */
export type EventSink = { post(event: CentreEvent): void };

/** Turns a command into the world. Never throws; failures come back as events. */
export type CommandPerformer = { perform(command: Command): void };

/** Told of facts in order, after the journal has them. Must not block. */
export type FactListener = { onFacts(facts: readonly Fact[]): void };

/** SIP digest secrets: seats get short-lived ones at desk login, phones have theirs from the site. */
export type SipCredentials = {
  /** Plain secret of a SIP user (an agent's id), or null when nobody may register as that. */
  secretOf(username: string): string | null;
};

/** A leg as the state of a restarted engine remembers it. */
export type RememberedLeg = Readonly<{
  legId: LegId;
  callId: CallId;
  role: "caller" | "agent";
  agentId: AgentId | null;
  /** Null while the leg was not answered. */
  dialogRef: string | null;
}>;

/** What the edge still holds, for `engineRestarted`. */
export type EdgeInventory = Readonly<{
  liveLegs: readonly LegId[];
  liveBridges: readonly Readonly<{ bridgeId: BridgeId; legIds: readonly LegId[] }>[];
  livePlays: readonly PlayId[];
}>;
