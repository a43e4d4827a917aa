// Puts one party's packets back into time, so that a mixer can take 20 ms from everybody at once.
// Costs 60 ms of delay; gaps come out as silence.
import { type G711Codec, g711DecodeTable } from "../dsp/g711.ts";
import { frameSamples, timestampDistance } from "../dsp/rtp-packet.ts";

export class JitterBuffer {
  private readonly ring = new Int16Array(ringSamples);
  private playing = false;
  private readAt = 0;
  /** End of the newest sample. */
  private writeAt = 0;
  private lateInRow = 0;

  push(
    audio: { codec: G711Codec; timestamp: number; start: number; end: number },
    bytes: Uint8Array,
  ): void {
    const { timestamp } = audio;
    const count = Math.min(audio.end - audio.start, packetSamplesMax);
    if (!this.playing) this.restart(timestamp);
    const ahead = timestampDistance(this.readAt, timestamp);
    if (ahead < 0) {
      // Constantly late means that the sender's clock or the path has changed for good.
      this.lateInRow += 1;
      if (this.lateInRow < lateInRowMax && ahead > -ringSamples) return;
      this.restart(timestamp);
    } else if (ahead + count > aheadMax) this.restart(timestamp);
    this.lateInRow = 0;
    const table = g711DecodeTable[audio.codec];
    for (let i = 0; i < count; i += 1) {
      this.ring[(timestamp + i) & ringMask] = table[bytes[audio.start + i] as number] as number;
    }
    const end = (timestamp + count) >>> 0;
    if (timestampDistance(this.writeAt, end) > 0) this.writeAt = end;
  }

  /** The next 20 ms into `frame`. False when there is nothing: then `frame` is untouched. */
  pull(frame: Int16Array): boolean {
    if (!this.playing) return false;
    if (timestampDistance(this.readAt, this.writeAt) <= 0) {
      this.playing = false;
      return false;
    }
    for (let i = 0; i < frameSamples; i += 1) {
      const at = (this.readAt + i) & ringMask;
      frame[i] = this.ring[at] as number;
      this.ring[at] = 0;
    }
    this.readAt = (this.readAt + frameSamples) >>> 0;
    return true;
  }

  private restart(timestamp: number): void {
    this.ring.fill(0);
    this.playing = true;
    this.readAt = (timestamp - delaySamples) >>> 0;
    this.writeAt = timestamp;
    this.lateInRow = 0;
  }
}

const ringSamples = 4096;
const ringMask = ringSamples - 1;
const delaySamples = 480;
/** Beyond 240 ms the delay is wound back. */
const aheadMax = 1920;
const packetSamplesMax = 960;
const lateInRowMax = 5;
