// One leg's RTCP: our reports to the far side, and what it reports of our stream. The interval is
// RFC 3550's least one of 5 s, drawn between half and one and a half of it so that legs do not
// report together. Simplified, since a leg has two members: no reconsideration and no scaling.
import { middleOf, ntpOf, type ReportBlock, readRtcp, writeRtcp } from "../dsp/rtcp-packet.ts";
import { timestampDistance } from "../dsp/rtp-packet.ts";
import type { OutboundStream } from "./outbound-stream.ts";
import type { ReceiveStats } from "./receive-stats.ts";

/** How the far side hears us, by its last report. */
export interface PeerView {
  /** There and back, in milliseconds; null until both have reported. */
  roundTripMs: number | null;
  /** Share of our packets lost in its last interval, 0 to 1. */
  lossShare: number;
  jitterMs: number;
}

export class RtcpReporter {
  /** Null until it has reported, and again when that was long ago. */
  peer: PeerView | null = null;
  received = 0;
  malformed = 0;
  private readonly cname: string;
  private readonly intervalMs: number;
  private nextAtMs = 0;
  private peerAtMs = 0;
  private peerSsrc = 0;
  private lastReport = 0;
  private lastReportAtMs = 0;
  /** At our last report: for its interval's share of losses. */
  private before = { expected: 0, received: 0, packetsOut: 0 };

  /** `intervalMs`: 5 s unless told. */
  constructor(cname: string, intervalMs = rtcpIntervalMs) {
    this.cname = cname;
    this.intervalMs = intervalMs;
  }

  receive(packet: Uint8Array, ourSsrc: number, nowMs: number): void {
    const compound = readRtcp(packet);
    if (compound === null) {
      this.malformed += 1;
      return;
    }
    this.received += 1;
    if (compound.sender !== null) {
      this.peerSsrc = compound.ssrc;
      this.lastReport = middleOf(compound.sender);
      this.lastReportAtMs = nowMs;
    }
    if (compound.byes.includes(this.peerSsrc)) this.lastReport = 0;
    const block = compound.blocks.find(({ ssrc }) => ssrc === ourSsrc);
    if (block !== undefined) this.takeView(block, nowMs);
  }

  /** Whether a report is due; the first one a while after the leg began. */
  isDue(nowMs: number): boolean {
    if (this.nextAtMs === 0) this.arm(nowMs);
    if (nowMs < this.nextAtMs) return false;
    this.arm(nowMs);
    if (this.peer !== null && nowMs - this.peerAtMs > this.intervalMs * silentIntervals) {
      this.peer = null;
    }
    return true;
  }

  /** The report that is due now; with `bye` the last one. */
  report(
    leg: Readonly<{ out: OutboundStream; stats: ReceiveStats; bye: boolean }>,
    nowMs: number,
  ): Buffer {
    const { out, stats, bye } = leg;
    const sends = out.packets > this.before.packetsOut;
    const block = stats.packets === 0 ? null : this.blockOf(stats, nowMs);
    this.before.packetsOut = out.packets;
    const sender = sends
      ? {
          ...ntpOf(performance.timeOrigin + nowMs),
          rtpTimestamp: (out.timestamp + Math.round((nowMs - out.lastSentMs) * 8)) >>> 0,
          packets: out.packets,
          octets: out.octets,
        }
      : null;
    return writeRtcp({ ssrc: out.ssrc, cname: this.cname, sender, block, bye });
  }

  private blockOf(stats: ReceiveStats, nowMs: number): ReportBlock {
    const expected = stats.expected - this.before.expected;
    const received = stats.received - this.before.received;
    this.before.expected = stats.expected;
    this.before.received = stats.received;
    // A new source counts from its own beginning.
    const share = expected > 0 && received >= 0 ? Math.max(0, expected - received) / expected : 0;
    const delayMs = this.lastReport === 0 ? 0 : nowMs - this.lastReportAtMs;
    return {
      ssrc: stats.ssrc,
      fractionLost: Math.min(255, Math.floor(share * 256)),
      lost: stats.expected - stats.received,
      highestSequence: stats.highestSequence,
      jitter: Math.round(stats.jitterMs * 8),
      lastReport: this.lastReport,
      delay: Math.min(0xffff_ffff, Math.round((delayMs * 65_536) / 1000)),
    };
  }

  private takeView(block: ReportBlock, nowMs: number): void {
    this.peerAtMs = nowMs;
    this.peer = {
      roundTripMs: roundTripOf(block, nowMs) ?? this.peer?.roundTripMs ?? null,
      lossShare: block.fractionLost / 256,
      jitterMs: block.jitter / 8,
    };
  }

  private arm(nowMs: number): void {
    this.nextAtMs = nowMs + this.intervalMs * (0.5 + Math.random());
  }
}

/** RFC 3550 figure 2. Null without a report of ours to reckon from, or when it cannot be true. */
function roundTripOf({ lastReport, delay }: ReportBlock, nowMs: number): number | null {
  if (lastReport === 0) return null;
  const now = middleOf(ntpOf(performance.timeOrigin + nowMs));
  const units = timestampDistance((lastReport + delay) >>> 0, now);
  const ms = (units * 1000) / 65_536;
  // A clock that ticks differently makes it a little negative.
  return ms < -clockErrorMs || ms > roundTripMsMax ? null : Math.round(Math.max(0, ms) * 10) / 10;
}

export const rtcpIntervalMs = 5000;
const silentIntervals = 5;
const clockErrorMs = 20;
const roundTripMsMax = 30_000;
