// RTP packets (RFC 3550 section 5.1): reading without allocation, writing into given buffers.

export const rtpHeaderBytes = 12;

/** 20 ms at 8 kHz. */
export const frameSamples = 160;

/** One packet's header, filled by `readRtp`; one object may serve every packet. */
export interface RtpView {
  marker: boolean;
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  /** Offsets of the payload in the packet; the end excludes padding. */
  payloadStart: number;
  payloadEnd: number;
}

export function newRtpView(): RtpView {
  return {
    marker: false,
    payloadType: 0,
    sequence: 0,
    timestamp: 0,
    ssrc: 0,
    payloadStart: 0,
    payloadEnd: 0,
  };
}

/** Reads a header into `view`. False when the bytes are not a whole RTP packet with a payload. */
export function readRtp(packet: Uint8Array, view: RtpView): boolean {
  const length = packet.length;
  if (length <= rtpHeaderBytes) return false;
  const first = packet[0] as number;
  if (first >> 6 !== 2) return false;
  let start = rtpHeaderBytes + (first & 15) * 4;
  if (first & 0x10) {
    if (start + 4 > length) return false;
    start += 4 + read16(packet, start + 2) * 4;
  }
  let end = length;
  if (first & 0x20) {
    const padding = packet[length - 1] as number;
    if (padding === 0) return false;
    end -= padding;
  }
  if (start >= end) return false;
  const second = packet[1] as number;
  view.marker = (second & 0x80) !== 0;
  view.payloadType = second & 0x7f;
  view.sequence = read16(packet, 2);
  view.timestamp = read32(packet, 4);
  view.ssrc = read32(packet, 8);
  view.payloadStart = start;
  view.payloadEnd = end;
  return true;
}

export interface RtpHeader {
  marker: boolean;
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
}

/** Writes the twelve bytes of a header without CSRC and extension at `offset`. */
export function writeRtpHeader(packet: Uint8Array, header: Readonly<RtpHeader>, offset = 0): void {
  packet[offset] = 0x80;
  packet[offset + 1] = (header.marker ? 0x80 : 0) | header.payloadType;
  packet[offset + 2] = header.sequence >>> 8;
  packet[offset + 3] = header.sequence;
  write32(packet, offset + 4, header.timestamp);
  write32(packet, offset + 8, header.ssrc);
}

/** A whole packet in a new buffer. */
export function packRtp(header: Readonly<RtpHeader>, payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(rtpHeaderBytes + payload.length);
  writeRtpHeader(packet, header);
  packet.set(payload, rtpHeaderBytes);
  return packet;
}

/** Tells RTCP from RTP on one port: packet types 192 to 223 (RFC 5761 section 4). */
export function isRtcp(packet: Uint8Array): boolean {
  const type = packet[1];
  return packet.length >= 8 && type !== undefined && type >= 192 && type <= 223;
}

/** Signed distance from `from` to `to` among 16-bit sequence numbers: positive when `to` is newer. */
export function sequenceDistance(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}

/** Signed distance among 32-bit timestamps: positive when `to` is newer. */
export function timestampDistance(from: number, to: number): number {
  return (to - from) | 0;
}

export function read16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function read32(bytes: Uint8Array, at: number): number {
  return ((read16(bytes, at) << 16) | read16(bytes, at + 2)) >>> 0;
}

export function write32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
