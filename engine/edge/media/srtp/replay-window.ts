// Which packet indexes of one stream were taken already (RFC 3711 section 3.3.2).

export class ReplayWindow {
  private highest = -1;
  private readonly seen = new Uint8Array(windowPackets);

  /** False for what was taken, and for what is too old to know. */
  isNew(index: number): boolean {
    if (index > this.highest) return true;
    if (index <= this.highest - windowPackets) return false;
    return this.seen[index % windowPackets] === 0;
  }

  take(index: number): void {
    const from = Math.max(this.highest + 1, index - windowPackets + 1);
    for (let i = from; i < index; i += 1) this.seen[i % windowPackets] = 0;
    this.seen[index % windowPackets] = 1;
    if (index > this.highest) this.highest = index;
  }

  get newest(): number {
    return this.highest;
  }
}

export const windowPackets = 128;
