// RTCP compound packets (RFC 3550 section 6): sender and receiver reports, CNAME, BYE. Everything
// else in a compound is passed over; a compound that is not whole is refused as a whole.
import { read16, read32, write32 } from "./rtp-packet.ts";

/** What one side tells about a stream that it receives (RFC 3550 section 6.4.1). */
export interface ReportBlock {
  /** The stream's source. */
  ssrc: number;
  /** Of the last interval, 0 to 255 of 256. */
  fractionLost: number;
  /** Since the beginning; negative when packets came twice. */
  lost: number;
  /** Extended by the wraps. */
  highestSequence: number;
  /** In timestamp units. */
  jitter: number;
  /** Middle 32 bits of the last sender report's NTP time; 0 before the first. */
  lastReport: number;
  /** Since that report came, in 1/65536 s. */
  delay: number;
}

export interface SenderInfo {
  /** Seconds since 1900 and their fraction, 32 bits each. */
  ntpSeconds: number;
  ntpFraction: number;
  rtpTimestamp: number;
  packets: number;
  octets: number;
}

export interface RtcpCompound {
  /** Who sent it. */
  ssrc: number;
  sender: SenderInfo | null;
  blocks: readonly ReportBlock[];
  /** Sources that say good-bye. */
  byes: readonly number[];
}

/** Reads a compound. Null when it is not whole (RFC 3550 appendix A.2). */
export function readRtcp(packet: Uint8Array): RtcpCompound | null {
  const first = packet[1];
  if (packet.length < 8 || (first !== senderReport && first !== receiverReport)) return null;
  const compound = { ssrc: read32(packet, 4), sender: null as SenderInfo | null };
  const blocks: ReportBlock[] = [];
  const byes: number[] = [];
  let at = 0;
  while (at < packet.length) {
    const end = endOf(packet, at);
    if (end === null) return null;
    const count = (packet[at] as number) & 31;
    const type = packet[at + 1] as number;
    if (type === senderReport || type === receiverReport) {
      const start = at + (type === senderReport ? 28 : 8);
      if (start + count * blockBytes > end) return null;
      if (type === senderReport) compound.sender ??= readSender(packet, at + 8);
      for (let i = 0; i < count; i += 1) blocks.push(readBlock(packet, start + i * blockBytes));
    } else if (type === goodbye) {
      if (at + 4 + count * 4 > end) return null;
      for (let i = 0; i < count; i += 1) byes.push(read32(packet, at + 4 + i * 4));
    }
    at = end;
  }
  return { ...compound, blocks, byes };
}

/**
 * A compound of ours: a sender report when `sender` is given, else a receiver report, with at most
 * one block, then the CNAME, then perhaps a BYE.
 */
export function writeRtcp(of: {
  ssrc: number;
  cname: string;
  sender: SenderInfo | null;
  block: ReportBlock | null;
  bye: boolean;
}): Buffer {
  const { ssrc, cname, sender, block, bye } = of;
  const blocks = block === null ? 0 : 1;
  const reportBytes = (sender === null ? 8 : 28) + blocks * blockBytes;
  // Item type and length, the text, at least one zero, then up to a whole word.
  const sdesBytes = 8 + Math.ceil((2 + cname.length + 1) / 4) * 4;
  const packet = Buffer.alloc(reportBytes + sdesBytes + (bye ? 8 : 0));
  writeHead(packet, 0, { count: blocks, type: sender ? senderReport : receiverReport, ssrc });
  writeLength(packet, 0, reportBytes);
  if (sender !== null) writeSender(packet, 8, sender);
  if (block !== null) writeBlock(packet, sender === null ? 8 : 28, block);
  writeHead(packet, reportBytes, { count: 1, type: description, ssrc });
  writeLength(packet, reportBytes, sdesBytes);
  packet[reportBytes + 8] = cnameItem;
  packet[reportBytes + 9] = cname.length;
  packet.write(cname, reportBytes + 10, "latin1");
  if (bye) {
    writeHead(packet, reportBytes + sdesBytes, { count: 1, type: goodbye, ssrc });
    writeLength(packet, reportBytes + sdesBytes, 8);
  }
  return packet;
}

/** NTP time of a moment in milliseconds since 1970. */
export function ntpOf(epochMs: number): { ntpSeconds: number; ntpFraction: number } {
  const seconds = Math.floor(epochMs / 1000);
  const fraction = Math.floor(((epochMs - seconds * 1000) / 1000) * 2 ** 32);
  return { ntpSeconds: (seconds + ntpEpochSeconds) >>> 0, ntpFraction: fraction >>> 0 };
}

/** The middle 32 bits of an NTP time: 1/65536 s. */
export function middleOf(ntp: { ntpSeconds: number; ntpFraction: number }): number {
  return (((ntp.ntpSeconds & 0xffff) << 16) | (ntp.ntpFraction >>> 16)) >>> 0;
}

/** Where the packet at `at` ends; null when its head is wrong or it goes beyond the compound. */
function endOf(packet: Uint8Array, at: number): number | null {
  if (at + 4 > packet.length) return null;
  const head = packet[at] as number;
  if (head >> 6 !== 2) return null;
  const end = at + (read16(packet, at + 2) + 1) * 4;
  if (end > packet.length) return null;
  const type = packet[at + 1] as number;
  const least = type === senderReport ? 28 : type === receiverReport ? 8 : 4;
  if (end - at < least) return null;
  // Padding belongs to the last packet only.
  if ((head & 0x20) !== 0 && end !== packet.length) return null;
  return end;
}

function readSender(packet: Uint8Array, at: number): SenderInfo {
  return {
    ntpSeconds: read32(packet, at),
    ntpFraction: read32(packet, at + 4),
    rtpTimestamp: read32(packet, at + 8),
    packets: read32(packet, at + 12),
    octets: read32(packet, at + 16),
  };
}

function readBlock(packet: Uint8Array, at: number): ReportBlock {
  const losses = read32(packet, at + 4);
  return {
    ssrc: read32(packet, at),
    fractionLost: losses >>> 24,
    lost: (losses << 8) >> 8,
    highestSequence: read32(packet, at + 8),
    jitter: read32(packet, at + 12),
    lastReport: read32(packet, at + 16),
    delay: read32(packet, at + 20),
  };
}

function writeHead(
  packet: Uint8Array,
  at: number,
  head: { count: number; type: number; ssrc: number },
): void {
  packet[at] = 0x80 | head.count;
  packet[at + 1] = head.type;
  write32(packet, at + 4, head.ssrc);
}

function writeLength(packet: Uint8Array, at: number, bytes: number): void {
  const words = bytes / 4 - 1;
  packet[at + 2] = words >>> 8;
  packet[at + 3] = words;
}

function writeSender(packet: Uint8Array, at: number, sender: SenderInfo): void {
  write32(packet, at, sender.ntpSeconds);
  write32(packet, at + 4, sender.ntpFraction);
  write32(packet, at + 8, sender.rtpTimestamp);
  write32(packet, at + 12, sender.packets);
  write32(packet, at + 16, sender.octets);
}

function writeBlock(packet: Uint8Array, at: number, block: ReportBlock): void {
  write32(packet, at, block.ssrc);
  const lost = Math.max(-lostMax - 1, Math.min(lostMax, block.lost));
  write32(packet, at + 4, ((block.fractionLost << 24) | (lost & 0xff_ffff)) >>> 0);
  write32(packet, at + 8, block.highestSequence >>> 0);
  write32(packet, at + 12, block.jitter >>> 0);
  write32(packet, at + 16, block.lastReport);
  write32(packet, at + 20, block.delay);
}

const senderReport = 200;
const receiverReport = 201;
const description = 202;
const goodbye = 203;
const cnameItem = 1;
const blockBytes = 24;
const lostMax = 0x7f_ffff;
/** From 1900 to 1970. */
const ntpEpochSeconds = 2_208_988_800;
