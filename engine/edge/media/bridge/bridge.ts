// Legs that hear each other. Two: packets go over at once. One: silence. More: mixed.
import type { MediaLeg } from "../leg/media-leg.ts";
import type { Tick } from "../tick.ts";
import { Mixer } from "./mixer.ts";

export class Bridge {
  readonly bridgeId: string;
  private members: readonly MediaLeg[] = [];
  private mixer: Mixer | null = null;
  private readonly clock: { tick: Tick; nowMs: () => number };

  constructor(bridgeId: string, clock: { tick: Tick; nowMs: () => number }) {
    this.bridgeId = bridgeId;
    this.clock = clock;
  }

  get legs(): readonly MediaLeg[] {
    return this.members;
  }

  /** From now on exactly these legs; those that were in and are not named hear silence. */
  setLegs(legs: readonly MediaLeg[]): void {
    for (const leg of this.members) if (!legs.includes(leg)) leg.hearNothing();
    this.members = legs;
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
    const [one, two] = this.members;
    const nowMs = this.clock.nowMs();
    if (this.members.length > 2) {
      this.mixer ??= new Mixer(this.clock.tick);
      this.mixer.setLegs(this.members);
      return;
    }
    this.mixer?.close();
    this.mixer = null;
    if (one !== undefined && two !== undefined) {
      one.talkTo(two, nowMs);
      two.talkTo(one, nowMs);
    } else one?.hearNothing();
  }
}
