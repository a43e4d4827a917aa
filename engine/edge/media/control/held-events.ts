// What happened to legs while no engine was there, for the engine that comes next.
import type { MediaMessage } from "../../../wire/media-control.ts";

export class HeldEvents {
  /** By leg, in order; under "" what concerns no leg. */
  private readonly byLeg = new Map<string, MediaMessage[]>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  /**
   * Keeps it, unless it is told otherwise anyway: quality every 5 s, ended recordings by `list`. Of
   * a leg with too many the oldest goes.
   */
  add(message: MediaMessage): void {
    const legId = keyOf(message);
    if (legId === null) return;
    const ofLeg = this.byLeg.get(legId) ?? [];
    if (ofLeg.length === 0) {
      if (this.byLeg.size >= legsMax) return;
      this.byLeg.set(legId, ofLeg);
    }
    ofLeg.push(message);
    if (ofLeg.length > eventsOfLegMax) ofLeg.shift();
    else this.count += 1;
  }

  /** Each once, those of a leg in order. */
  take(): MediaMessage[] {
    const all = [...this.byLeg.values()].flat();
    this.byLeg.clear();
    this.count = 0;
    return all;
  }
}

/** Null for what is not kept. */
function keyOf(message: MediaMessage): string | null {
  switch (message.type) {
    case "digit":
    case "playFinished":
    case "legMedia":
    case "toneDetected":
      return message.legId;
    case "recordingTrouble":
      return "";
    default:
      return null;
  }
}

const eventsOfLegMax = 64;
const legsMax = 20_000;
