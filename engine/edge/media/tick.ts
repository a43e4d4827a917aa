// The one clock of all legs: every 20 ms by absolute deadlines, in five slots of 4 ms once there are
// many. After a stall a few frames are made up for, the rest is skipped. Without legs it stands still.

export interface Ticked {
  tick(nowMs: number): void;
  /** Frames that will never be sent. */
  skipFrames(count: number): void;
}

export class Tick {
  private readonly slots: Set<Ticked>[] = Array.from({ length: slotsCount }, () => new Set());
  private readonly slotOf = new Map<Ticked, Set<Ticked>>();
  private readonly nowMs: () => number;
  private startMs = 0;
  /** Slot steps since the start; deadline of step n is start + 4n. */
  private step = 0;
  private timer: NodeJS.Timeout | null = null;
  /** The largest lateness since the last look, for the log. */
  latenessMaxMs = 0;

  constructor(nowMs: () => number = () => performance.now()) {
    this.nowMs = nowMs;
  }

  add(ticked: Ticked): void {
    if (this.slotOf.has(ticked)) return;
    const slot = this.emptiestSlot();
    slot.add(ticked);
    this.slotOf.set(ticked, slot);
    if (this.slotOf.size === 1) this.begin();
  }

  remove(ticked: Ticked): void {
    this.slotOf.get(ticked)?.delete(ticked);
    if (this.slotOf.delete(ticked) && this.slotOf.size === 0) this.stop();
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Runs everything that is due. */
  run(): void {
    const nowMs = this.nowMs();
    const due = Math.floor((nowMs - this.startMs) / slotMs);
    const lateFrames = Math.floor((due - this.step) / slotsCount);
    if (lateFrames > catchUpFramesMax) {
      const skipped = lateFrames - catchUpFramesMax;
      for (const ticked of this.slotOf.keys()) ticked.skipFrames(skipped);
      this.step += skipped * slotsCount;
    }
    for (; this.step <= due; this.step += 1) {
      const slot = this.slots[this.step % slotsCount];
      if (slot === undefined || slot.size === 0) continue;
      const lateMs = nowMs - this.startMs - this.step * slotMs;
      if (lateMs > this.latenessMaxMs) this.latenessMaxMs = lateMs;
      for (const ticked of slot) ticked.tick(nowMs);
    }
  }

  /** The first leg is served at once. */
  private begin(): void {
    this.stop();
    this.startMs = this.nowMs();
    this.step = 0;
    this.arm();
  }

  private arm(): void {
    const waitMs = this.startMs + this.nextUsedStep() * slotMs - this.nowMs();
    this.timer = setTimeout(
      () => {
        this.timer = null;
        this.run();
        if (this.slotOf.size > 0 && this.timer === null) this.arm();
      },
      Math.max(0, Math.ceil(waitMs)),
    );
  }

  /** Empty slots need no waking. */
  private nextUsedStep(): number {
    for (let ahead = 0; ahead < slotsCount; ahead += 1) {
      const slot = this.slots[(this.step + ahead) % slotsCount];
      if (slot !== undefined && slot.size > 0) return this.step + ahead;
    }
    return this.step + slotsCount - 1;
  }

  /** Small numbers share one slot and so one waking. */
  private emptiestSlot(): Set<Ticked> {
    let best = this.slots[0] as Set<Ticked>;
    for (const slot of this.slots) {
      if (slot.size < shareMax) return slot;
      if (slot.size < best.size) best = slot;
    }
    return best;
  }
}

const slotMs = 4;
const slotsCount = 5;
const catchUpFramesMax = 3;
const shareMax = 200;
