// The legs that this engine holds, by leg id and by the edge's dialog id, and the order of work on
// each. A leg ends exactly once.
import type { LegCause } from "../../core/event.ts";
import type { AgentId, BridgeId, CallId, LegId } from "../../core/ids.ts";
import type { SentInvite } from "./edge-link.ts";
import type { SrfRequest, SrfResponse } from "./srf-types.ts";
import type { TrunkMedia } from "./trunk-media.ts";

type LegState = Readonly<
  /** A caller's INVITE that has no final response yet. */
  | { kind: "arrived"; req: SrfRequest; res: SrfResponse; trunk: TrunkMedia }
  /** Our 200 is on its way to the edge. */
  | { kind: "answering" }
  /** A leg that we ring, before its INVITE is known to have left. */
  | { kind: "preparing" }
  | { kind: "inviting"; sent: SentInvite; target: string }
  | { kind: "talking"; dialogId: string }
  | { kind: "over" }
>;

/** What a listener notices of a leg's audio. */
export type QualityBand = "good" | "fair" | "poor" | "oneWay";

export type Leg = {
  readonly legId: LegId;
  readonly callId: CallId;
  /** `dialled`: who is called over a trunk. */
  readonly role: "caller" | "agent" | "dialled";
  readonly agentId: AgentId | null;
  state: LegState;
  /** The core dropped the leg and has forgotten it; what is left to do may still take its time. */
  dropping: LegCause | null;
  /** The 18x of this leg was told. */
  rang: boolean;
  /** Its 183 with SDP was told, and media flow from there. */
  hasEarlyMedia: boolean;
  /** The far side holds us; null after a restart, until it says so or not. */
  held: boolean | null;
  /** What the SDP in the next ACK is: the answer to our 200's offer (RFC 3261 13.2.1). */
  ackSdp: "answer" | "reanswer" | null;
  /** How well it was heard when that was last told. */
  qualityBand: QualityBand | null;
  /** Bridge that the leg was last asked into; for the order of work only. */
  bridgeId: BridgeId | null;
  /** Tasks not finished; the tail settles after the last of them. */
  tasks: number;
  tail: Promise<void>;
  guard: NodeJS.Timeout | null;
};

export type NewLeg = Readonly<{
  legId: LegId;
  callId: CallId;
  role: Leg["role"];
  agentId: AgentId | null;
  state: LegState;
}>;

export class LegTable {
  readonly #byId = new Map<LegId, Leg>();
  readonly #byDialog = new Map<string, Leg>();
  readonly #byBridge = new Map<BridgeId, Set<Leg>>();

  get size(): number {
    return this.#byId.size;
  }

  add(leg: NewLeg): Leg {
    const whole: Leg = {
      ...leg,
      dropping: null,
      rang: false,
      hasEarlyMedia: false,
      held: false,
      ackSdp: null,
      qualityBand: null,
      bridgeId: null,
      tasks: 0,
      tail: Promise.resolve(),
      guard: null,
    };
    this.#byId.set(leg.legId, whole);
    if (leg.state.kind === "talking") this.#byDialog.set(leg.state.dialogId, whole);
    return whole;
  }

  get(legId: LegId): Leg | undefined {
    return this.#byId.get(legId);
  }

  byDialog(dialogId: string): Leg | undefined {
    return this.#byDialog.get(dialogId);
  }

  all(): Leg[] {
    return [...this.#byId.values()];
  }

  setTalking(leg: Leg, dialogId: string): void {
    leg.state = { kind: "talking", dialogId };
    this.#byDialog.set(dialogId, leg);
  }

  setBridge(leg: Leg, bridgeId: BridgeId | null): void {
    if (leg.bridgeId !== null) {
      const members = this.#byBridge.get(leg.bridgeId);
      members?.delete(leg);
      if (members?.size === 0) this.#byBridge.delete(leg.bridgeId);
    }
    leg.bridgeId = bridgeId;
    if (bridgeId === null) return;
    const members = this.#byBridge.get(bridgeId);
    if (members === undefined) this.#byBridge.set(bridgeId, new Set([leg]));
    else members.add(leg);
  }

  legsInBridge(bridgeId: BridgeId): Leg[] {
    return [...(this.#byBridge.get(bridgeId) ?? [])];
  }

  /** Takes the leg out; its tasks that still run find it over. */
  end(leg: Leg): void {
    if (leg.guard !== null) clearTimeout(leg.guard);
    leg.guard = null;
    if (leg.state.kind === "talking") this.#byDialog.delete(leg.state.dialogId);
    this.setBridge(leg, null);
    leg.state = { kind: "over" };
    this.#byId.delete(leg.legId);
  }
}

/** For after an `await`: the compiler does not see that others end legs meanwhile. */
export function isOver(leg: Leg): boolean {
  return leg.state.kind === "over";
}

/**
 * Runs a task after those given before for any of these legs; at once when there are none. The task
 * must not reject.
 */
export function enqueue(legs: readonly Leg[], task: () => Promise<void>): void {
  const waiting = legs.filter((leg) => leg.tasks > 0).map((leg) => leg.tail);
  const work = waiting.length === 0 ? task() : Promise.all(waiting).then(task);
  for (const leg of legs) {
    leg.tasks += 1;
    leg.tail = work.then(() => {
      leg.tasks -= 1;
    });
  }
}
