// Loss and jitter of one received stream (RFC 3550 appendix A.3 and A.8).
import { sequenceDistance } from "../dsp/rtp-packet.ts";

export class ReceiveStats {
  packets = 0;
  /** Of the present source. */
  ssrc = 0;
  received = 0;
  private lostBefore = 0;
  private first = 0;
  private highest = 0;
  private transit = 0;
  private jitter = 0;

  onPacket(packet: { ssrc: number; sequence: number; timestamp: number }, nowMs: number): void {
    this.packets += 1;
    if (this.received === 0 || packet.ssrc !== this.ssrc) {
      this.lostBefore = this.lost;
      this.ssrc = packet.ssrc;
      this.first = packet.sequence;
      this.highest = packet.sequence;
      this.received = 0;
      this.transit = nowMs * 8 - packet.timestamp;
    }
    this.received += 1;
    const ahead = sequenceDistance(this.highest & 0xffff, packet.sequence);
    // Kept beyond 16 bits, so that it counts the wraps.
    if (ahead > 0) this.highest += ahead;
    const transit = nowMs * 8 - packet.timestamp;
    const difference = Math.abs(transit - this.transit);
    this.transit = transit;
    // A new clock of the sender is not jitter.
    if (difference < 8000) this.jitter += (difference - this.jitter) / 16;
  }

  /** Packets that never came; late ones count as arrived. */
  get lost(): number {
    if (this.received === 0) return this.lostBefore;
    return this.lostBefore + Math.max(0, this.expected - this.received);
  }

  /** Packets that the present source has sent, by its numbers. */
  get expected(): number {
    return this.received === 0 ? 0 : this.highest - this.first + 1;
  }

  /** With the wraps above the 16 bits. */
  get highestSequence(): number {
    return this.highest;
  }

  get jitterMs(): number {
    return this.jitter / 8;
  }
}
