// Where one side's packets belong on the recording's time line. Timestamps order them exactly; the
// clock of arrival anchors the first one, and again when both have come apart for good.
import { timestampDistance } from "../dsp/rtp-packet.ts";

export class ChannelClock {
  private source: number | null = null;
  private timestamp = 0;
  private frame = 0;
  private astray = 0;

  /**
   * The frame at which a packet of `count` samples begins. `nowFrame` is the time of its arrival,
   * when its last sample has just been spoken. `source` names whose timestamps they are.
   */
  place(
    packet: Readonly<{ source: number; timestamp: number; count: number }>,
    nowFrame: number,
  ): number {
    const { source, timestamp, count } = packet;
    const expected = nowFrame - count;
    let frame = this.frame + timestampDistance(this.timestamp, timestamp);
    const off = Math.abs(frame - expected);
    this.astray = off > astrayFrames ? this.astray + 1 : 0;
    if (source !== this.source || off > jumpFrames || this.astray >= astrayPacketsMax) {
      this.source = source;
      this.astray = 0;
      frame = expected;
    }
    this.timestamp = timestamp;
    this.frame = frame;
    return frame;
  }
}

/** 100 ms off for 50 packets in a row: the sender's clock runs differently, it is no jitter. */
const astrayFrames = 800;
const astrayPacketsMax = 50;
/** Half a second: the sender started anew. */
const jumpFrames = 4000;
