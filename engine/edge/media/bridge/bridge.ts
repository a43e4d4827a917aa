// Legs that hear each other by their roles. Whoever hears one other alone gets his packets at once;
// whoever hears several gets a mix. What does not change for a leg goes on unbroken.
import type { MediaLeg } from "../leg/media-leg.ts";
import type { Tick } from "../tick.ts";
import { Mixer } from "./mixer.ts";

/** Talkers are those without a role here. */
export type BridgeRole = { role: "listener" } | { role: "whisperer"; to: MediaLeg };
export type BridgeRoles = ReadonlyMap<MediaLeg, BridgeRole>;

export class Bridge {
  readonly bridgeId: string;
  private members: readonly MediaLeg[] = [];
  private memberRoles: BridgeRoles = new Map();
  private mixer: Mixer | null = null;
  private readonly clock: { tick: Tick; nowMs: () => number };

  constructor(bridgeId: string, clock: { tick: Tick; nowMs: () => number }) {
    this.bridgeId = bridgeId;
    this.clock = clock;
  }

  get legs(): readonly MediaLeg[] {
    return this.members;
  }

  get roles(): BridgeRoles {
    return this.memberRoles;
  }

  /** From now on exactly these legs; those that were in and are not named hear silence. */
  setLegs(legs: readonly MediaLeg[], roles: BridgeRoles = new Map()): void {
    for (const leg of this.members) if (!legs.includes(leg)) leg.hearNothing();
    this.members = legs;
    this.memberRoles = roles;
    this.connect();
  }

  /** One leg goes; what it hears next is its new place's matter. */
  remove(leg: MediaLeg): void {
    if (!this.members.includes(leg)) return;
    this.members = this.members.filter((member) => member !== leg);
    this.connect();
  }

  /** Everybody hears silence. */
  close(): void {
    this.setLegs([]);
  }

  private connect(): void {
    const heardBy = new Map(this.members.map((leg) => [leg, this.heardBy(leg)]));
    const peers = new Map<MediaLeg, MediaLeg>();
    const mixes = new Map<MediaLeg, readonly MediaLeg[]>();
    for (const [listener, speakers] of heardBy) {
      const [only] = speakers;
      // A leg's packets can be passed on in place to one other.
      if (only !== undefined && speakers.length === 1 && !peers.has(only)) {
        peers.set(only, listener);
      } else if (speakers.length > 0) mixes.set(listener, speakers);
    }
    const mixer = this.mixerOf(mixes);
    const mixed = new Set([...mixes.values()].flat());
    const nowMs = this.clock.nowMs();
    for (const leg of this.members) {
      const [only] = heardBy.get(leg) ?? [];
      leg.join(
        {
          hears: mixes.has(leg) ? "mix" : (only ?? null),
          peer: peers.get(leg) ?? null,
          sink: mixed.has(leg) ? mixer : null,
        },
        nowMs,
      );
    }
  }

  /** Whom this leg hears. A listener's and a stranger's whisper are in nobody's list. */
  private heardBy(listener: MediaLeg): MediaLeg[] {
    return this.members.filter((speaker) => {
      if (speaker === listener) return false;
      const role = this.memberRoles.get(speaker);
      if (role === undefined) return true;
      return role.role === "whisperer" && role.to === listener;
    });
  }

  private mixerOf(mixes: ReadonlyMap<MediaLeg, readonly MediaLeg[]>): Mixer | null {
    if (mixes.size === 0) {
      this.mixer?.close();
      this.mixer = null;
      return null;
    }
    this.mixer ??= new Mixer(this.clock.tick);
    this.mixer.setMixes(mixes);
    return this.mixer;
  }
}
