// SRTP and SRTCP of one direction (RFC 3711): AES in counter mode, HMAC-SHA1, ROC by stream, replay
// window. A packet that was changed, replayed or is a stranger's gives null and changes nothing.
import { type Cipher, createCipheriv, createHmac, timingSafeEqual } from "node:crypto";
import {
  newRtpView,
  read16,
  read32,
  readRtp,
  sequenceDistance,
  write32,
} from "../dsp/rtp-packet.ts";
import { ReplayWindow } from "./replay-window.ts";
import { type SessionKeys, type SrtpSuite, sessionKeys, tagBytesOf } from "./srtp-keys.ts";

interface Stream {
  rtp: ReplayWindow;
  rtcp: ReplayWindow;
}

export class SrtpContext {
  private readonly tagBytes: number;
  private readonly rtp: KeyStream;
  private readonly rtcp: KeyStream;
  /** By SSRC; one that is new counts only when its packet proves genuine. */
  private readonly streams = new Map<number, Stream>();
  private rtcpSent = 0;

  /** @param master key and salt, 30 bytes. */
  constructor(suite: SrtpSuite, master: Buffer) {
    this.tagBytes = tagBytesOf[suite];
    this.rtp = new KeyStream(sessionKeys(master, "rtp"));
    this.rtcp = new KeyStream(sessionKeys(master, "rtcp"));
  }

  /** A new packet; null when an index would be used twice, which would give the text away. */
  protect(packet: Uint8Array, length: number): Buffer | null {
    const ssrc = read32(packet, 8);
    const stream = this.stream(ssrc);
    const index = indexOf(read16(packet, 2), stream.rtp.newest);
    if (!stream.rtp.isNew(index)) return null;
    stream.rtp.take(index);
    this.streams.set(ssrc, stream);
    const protectedBytes = Buffer.allocUnsafe(length + this.tagBytes);
    protectedBytes.set(length === packet.length ? packet : packet.subarray(0, length));
    this.rtp.apply(protectedBytes, { start: headerBytes(packet), end: length, ssrc, index });
    const tag = this.rtp.tag(protectedBytes.subarray(0, length), rocOf(index));
    tag.copy(protectedBytes, length, 0, this.tagBytes);
    return protectedBytes;
  }

  /** The plain packet, in the same memory; null when it must not be heard. */
  unprotect(packet: Buffer): Buffer | null {
    const length = packet.length - this.tagBytes;
    if (length <= 12 || !readRtp(packet, view)) return null;
    const { ssrc, sequence } = view;
    const stream = this.stream(ssrc);
    const index = indexOf(sequence, stream.rtp.newest);
    if (index < 0 || !stream.rtp.isNew(index)) return null;
    const plain = packet.subarray(0, length);
    const tag = this.rtp.tag(plain, rocOf(index)).subarray(0, this.tagBytes);
    if (!timingSafeEqual(tag, packet.subarray(length))) return null;
    if (!this.keep(ssrc, stream)) return null;
    const start = headerBytes(packet);
    if (start > length) return null;
    stream.rtp.take(index);
    this.rtp.apply(plain, { start, end: length, ssrc, index });
    return plain;
  }

  protectRtcp(packet: Uint8Array): Buffer {
    this.rtcpSent += 1;
    const length = packet.length;
    const sealed = Buffer.alloc(length + 4 + rtcpTagBytes);
    sealed.set(packet);
    const span = { start: 8, end: length, ssrc: read32(packet, 4), index: this.rtcpSent };
    this.rtcp.apply(sealed, span);
    write32(sealed, length, (encryptedFlag | this.rtcpSent) >>> 0);
    this.rtcp.tag(sealed.subarray(0, length + 4), null).copy(sealed, length + 4, 0, rtcpTagBytes);
    return sealed;
  }

  unprotectRtcp(packet: Buffer): Buffer | null {
    const length = packet.length - 4 - rtcpTagBytes;
    if (length < 8) return null;
    const tag = this.rtcp.tag(packet.subarray(0, length + 4), null).subarray(0, rtcpTagBytes);
    if (!timingSafeEqual(tag, packet.subarray(length + 4))) return null;
    const word = read32(packet, length);
    const index = word & ~encryptedFlag;
    const ssrc = read32(packet, 4);
    const stream = this.stream(ssrc);
    if (!stream.rtcp.isNew(index) || !this.keep(ssrc, stream)) return null;
    stream.rtcp.take(index);
    const plain = packet.subarray(0, length);
    if ((word & encryptedFlag) !== 0) {
      this.rtcp.apply(plain, { start: 8, end: length, ssrc, index });
    }
    return plain;
  }

  private stream(ssrc: number): Stream {
    return this.streams.get(ssrc) ?? { rtp: new ReplayWindow(), rtcp: new ReplayWindow() };
  }

  /** A far side has few sources; forgetting one would let its packets be replayed. */
  private keep(ssrc: number, stream: Stream): boolean {
    if (this.streams.has(ssrc)) return true;
    if (this.streams.size >= streamsMax) return false;
    this.streams.set(ssrc, stream);
    return true;
  }
}

/** One direction's cipher and authentication. */
class KeyStream {
  private readonly keys: SessionKeys;
  /** Encrypts counter blocks: one object for all packets, where counter mode takes one for each. */
  private readonly cipher: Cipher;
  private counters = Buffer.alloc(0);

  constructor(keys: SessionKeys) {
    this.keys = keys;
    this.cipher = createCipheriv("aes-128-ecb", keys.cipherKey, null).setAutoPadding(false);
  }

  /** XORs the key stream of this packet over a part of it (RFC 3711 section 4.1.1). */
  apply(
    bytes: Uint8Array,
    span: Readonly<{ start: number; end: number; ssrc: number; index: number }>,
  ): void {
    const { start, end, ssrc, index } = span;
    const stream = this.cipher.update(this.blocksOf(Math.ceil((end - start) / 16), ssrc, index));
    for (let i = start; i < end; i += 1) {
      bytes[i] = (bytes[i] as number) ^ (stream[i - start] as number);
    }
  }

  /** Twenty bytes; the suite says how many count. */
  tag(bytes: Uint8Array, roc: number | null): Buffer {
    const hmac = createHmac("sha1", this.keys.authKey).update(bytes);
    if (roc === null) return hmac.digest();
    write32(rocBytes, 0, roc);
    return hmac.update(rocBytes).digest();
  }

  private blocksOf(count: number, ssrc: number, index: number): Buffer {
    if (this.counters.length < count * 16) this.counters = Buffer.alloc(count * 16);
    const { counters } = this;
    this.keys.salt.copy(counters, 0);
    write32(counters, 4, (read32(counters, 4) ^ ssrc) >>> 0);
    const high = Math.floor(index / 0x1_0000);
    write32(counters, 8, (read32(counters, 8) ^ high) >>> 0);
    counters[12] = (counters[12] as number) ^ ((index >>> 8) & 0xff);
    counters[13] = (counters[13] as number) ^ (index & 0xff);
    for (let block = 0; block < count; block += 1) {
      if (block > 0) counters.copy(counters, block * 16, 0, 14);
      counters[block * 16 + 14] = block >>> 8;
      counters[block * 16 + 15] = block;
    }
    return counters.subarray(0, count * 16);
  }
}

/**
 * The 48-bit index that this sequence number most likely stands for (RFC 3711 appendix A); below 0
 * for one from before the stream's beginning.
 */
function indexOf(sequence: number, newest: number): number {
  return newest < 0 ? sequence : newest + sequenceDistance(newest & 0xffff, sequence);
}

const rocOf = (index: number): number => Math.floor(index / 0x1_0000);

/** Where the encrypted part begins: after sources and extension. */
function headerBytes(packet: Uint8Array): number {
  const first = packet[0] as number;
  const fixed = 12 + (first & 15) * 4;
  return (first & 0x10) === 0 ? fixed : fixed + 4 + read16(packet, fixed + 2) * 4;
}

const view = newRtpView();
const rocBytes = Buffer.alloc(4);
const rtcpTagBytes = 10;
const encryptedFlag = 0x8000_0000;
const streamsMax = 16;
