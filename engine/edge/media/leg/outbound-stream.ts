// One RTP stream to a far side that never breaks, whatever feeds it: plays, a forwarded peer, a mix.
// Sequence numbers have no gap that was not in the source; timestamps follow the wall clock.
import type { G711Codec } from "../dsp/g711.ts";
import {
  frameSamples,
  type RtpHeader,
  type RtpView,
  rtpHeaderBytes,
  sequenceDistance,
  timestampDistance,
  writeRtpHeader,
} from "../dsp/rtp-packet.ts";
import type { DigitStep } from "../dsp/telephone-event.ts";
import { writeTelephoneEvent } from "../dsp/telephone-event.ts";
import type { LegTransport } from "./leg-transport.ts";

/** The header a new stream begins with; random by RFC 3550. */
export interface StreamStart {
  ssrc: number;
  sequence: number;
  timestamp: number;
}

export class OutboundStream {
  packets = 0;
  /** Payload bytes of those packets. */
  octets = 0;
  codec: G711Codec = "PCMU";
  payloadType = 0;
  eventPayloadType: number | null = null;
  /** When the last packet left; for comfort silence. 0 before the first. */
  lastSentMs = 0;

  private readonly transport: LegTransport;
  /** Of the packet before: `sequence` is the next one's, `timestamp` the last one's. */
  private readonly header: RtpHeader;
  private source: "none" | "frames" | "forward" = "none";
  private markNext = true;
  private eventTimestamp = 0;

  // Mapping of the forwarded source's numbers to ours.
  private forwardSsrc = 0;
  private sequenceOffset = 0;
  private timestampOffset = 0;
  private forwardFirst = 0;
  private forwardCount = 0;

  private readonly buffers: Buffer[] = [];
  private bufferNext = 0;

  constructor(transport: LegTransport, start: StreamStart) {
    this.transport = transport;
    this.header = { marker: false, payloadType: 0, ...start };
  }

  get ssrc(): number {
    return this.header.ssrc;
  }

  /** Of the frame that was begun, or the last packet. */
  get timestamp(): number {
    return this.header.timestamp;
  }

  /** A new talk spurt begins: the next packet gets the marker, and a forwarded source maps anew. */
  switchSource(): void {
    this.markNext = true;
    if (this.source === "forward") this.source = "none";
  }

  /** Nothing was sent for a while on purpose: timestamps catch up with the clock. */
  pause(): void {
    this.source = "none";
  }

  /** The tick skipped frames after a stall. */
  skipFrames(count: number): void {
    if (this.source !== "frames") return;
    this.header.timestamp = (this.header.timestamp + count * frameSamples) >>> 0;
    this.markNext = true;
  }

  /** Advances the clock by one frame of our own; call once a tick, before `sendFrame` and such. */
  beginFrame(nowMs: number): void {
    if (this.source === "frames") {
      this.header.timestamp = (this.header.timestamp + frameSamples) >>> 0;
      return;
    }
    this.header.timestamp = this.timestampAt(nowMs);
    this.source = "frames";
    this.markNext = true;
  }

  /** A buffer for the next frame; its payload begins at `rtpHeaderBytes`. */
  frameBuffer(): Buffer {
    this.bufferNext = (this.bufferNext + 1) % buffersCount;
    let buffer = this.buffers[this.bufferNext];
    if (buffer === undefined) {
      buffer = Buffer.alloc(rtpHeaderBytes + frameSamples);
      this.buffers[this.bufferNext] = buffer;
    }
    return buffer;
  }

  /** Sends a frame filled by the caller after `beginFrame`. */
  sendFrame(buffer: Buffer, nowMs: number): void {
    this.header.payloadType = this.payloadType;
    this.emit(buffer, buffer.length, nowMs);
  }

  /** Sends a digit's packets in place of audio. While forwarding, the mapping makes room. */
  sendDigitStep(step: DigitStep, nowMs: number): void {
    if (this.eventPayloadType === null) return;
    const audioTimestamp = this.header.timestamp;
    if (step.first) {
      this.eventTimestamp =
        this.source === "forward" ? this.timestampAt(nowMs) : this.header.timestamp;
      this.markNext = true;
    }
    for (let copy = 0; copy < step.copies; copy += 1) {
      const buffer = this.frameBuffer();
      writeTelephoneEvent(buffer, step, rtpHeaderBytes);
      this.header.payloadType = this.eventPayloadType;
      this.header.timestamp = this.eventTimestamp;
      this.emit(buffer, rtpHeaderBytes + 4, nowMs);
      this.sequenceOffset = (this.sequenceOffset + 1) & 0xffff;
    }
    this.header.timestamp = audioTimestamp;
  }

  /** Leaves out a packet of the forwarded source without a gap in our numbers. */
  skipForwarded(): void {
    this.sequenceOffset = (this.sequenceOffset - 1) & 0xffff;
  }

  /**
   * Sends a peer's packet at once, renumbered in place. `payloadType` is ours; the payload has
   * been transcoded already. The packet's header is the plain twelve bytes, or is made so.
   */
  forward(packet: Buffer, view: RtpView, payloadType: number, nowMs: number): void {
    const { header } = this;
    if (this.source !== "forward" || view.ssrc !== this.forwardSsrc) this.mapSource(view, nowMs);
    let sequence = (view.sequence + this.sequenceOffset) & 0xffff;
    let timestamp = (view.timestamp + this.timestampOffset) >>> 0;
    const jump = timestampDistance(header.timestamp, timestamp);
    const step = sequenceDistance(header.sequence, sequence);
    if (Math.abs(jump) > jumpSamplesMax || Math.abs(step) > jumpPacketsMax) {
      this.mapSource(view, nowMs);
      sequence = (view.sequence + this.sequenceOffset) & 0xffff;
      timestamp = (view.timestamp + this.timestampOffset) >>> 0;
    }
    if (this.forwardCount < 1000) {
      this.forwardCount += 1;
      // Came late, from before the switch: its numbers are used already.
      if (sequenceDistance(this.forwardFirst, sequence) < 0) return;
    }
    // In place when the header has no list of sources and no extension, else moved up to the payload.
    const start = view.payloadStart - rtpHeaderBytes;
    const bytes = start === 0 ? packet : packet.subarray(start);
    const next = header.sequence;
    const last = header.timestamp;
    const newest = sequenceDistance(next, sequence) >= 0;
    header.payloadType = payloadType;
    header.sequence = sequence;
    header.timestamp = timestamp;
    this.markNext = this.markNext || view.marker;
    this.emit(bytes, view.payloadEnd - start, nowMs);
    if (!newest) {
      header.sequence = next;
      header.timestamp = last;
    }
  }

  private mapSource(view: RtpView, nowMs: number): void {
    this.forwardSsrc = view.ssrc;
    this.sequenceOffset = (this.header.sequence - view.sequence) & 0xffff;
    this.timestampOffset = this.timestampAt(nowMs) - view.timestamp;
    this.forwardFirst = this.header.sequence;
    this.forwardCount = 0;
    this.source = "forward";
    this.markNext = true;
  }

  /** The timestamp of a packet that leaves now, in whole frames after the last one. */
  private timestampAt(nowMs: number): number {
    if (this.packets === 0) return this.header.timestamp;
    const frames = Math.max(1, Math.round((nowMs - this.lastSentMs) / 20));
    return (this.header.timestamp + frames * frameSamples) >>> 0;
  }

  private emit(packet: Uint8Array, length: number, nowMs: number): void {
    const { header } = this;
    header.marker = this.markNext;
    this.markNext = false;
    writeRtpHeader(packet, header);
    header.sequence = (header.sequence + 1) & 0xffff;
    this.packets += 1;
    this.octets += length - rtpHeaderBytes;
    this.lastSentMs = nowMs;
    this.transport.send(packet, length);
  }
}

const buffersCount = 8;
/** Ten seconds. */
const jumpSamplesMax = 80_000;
const jumpPacketsMax = 1000;
