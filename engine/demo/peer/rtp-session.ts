// One call's audio over RTP (RFC 3550): a socket, a sender on the shared clock, RFC 4733 digits out,
// and what is heard, in windows of 100 ms.
import { createSocket, type Socket } from "node:dgram";
import { type Clip, frameSamples } from "./clip.ts";
import { decodeTable } from "./g711.ts";
import type { MediaClock } from "./media-clock.ts";
import { type Law, payloadTypeOf, type RemoteAudio } from "./sdp-lite.ts";
import { type HeardWindow, hear, windowSamples } from "./tone.ts";

const headerBytes = 12;
const digitKeys = "0123456789*#";
/** RFC 4733 section 2.5.1.4: a key held 160 ms, its end sent three times, then 80 ms of audio. */
const digitFrames = 8;
const digitEndFrames = 3;
const digitGapFrames = 4;
const digitsMax = 64;
const digitVolume = 10;

export type RtpCounters = { packetsOut: number; packetsIn: number; packetsForeign: number };

export type RtpOptions = Readonly<{
  host: string;
  clock: MediaClock;
  /** Called with each 100 ms that were heard; packets that never came make no window. */
  onWindow?: (window: HeardWindow) => void;
  onDigit?: (digit: string) => void;
}>;

type Sending = { clip: Clip; at: number; loop: boolean };

function silenceFrame(law: Law): Uint8Array {
  return new Uint8Array(frameSamples).fill(law === "mu" ? 0xff : 0xd5);
}
const silence: Readonly<Record<Law, Uint8Array>> = { mu: silenceFrame("mu"), a: silenceFrame("a") };

export class RtpSession {
  readonly counters: RtpCounters = { packetsOut: 0, packetsIn: 0, packetsForeign: 0 };
  readonly #socket: Socket;
  readonly #options: RtpOptions;
  readonly #window = new Int16Array(windowSamples);
  #windowFill = 0;
  #remote: RemoteAudio | null = null;
  #sending: Sending | null = null;
  #digits: string[] = [];
  #digitFrame = 0;
  #digitStart = 0;
  #lastDigitKey = "";
  #sequence = Math.floor(Math.random() * 30_000);
  #timestamp = Math.floor(Math.random() * 2_000_000_000);
  readonly #ssrc = Math.floor(Math.random() * 4_294_967_295);
  #talkSpurtStarts = true;
  #closed = false;

  private constructor(socket: Socket, options: RtpOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("message", (packet) => this.#receive(packet));
    // A peer that is gone answers with ICMP; the call's signalling ends it.
    socket.on("error", () => undefined);
  }

  static async open(options: RtpOptions): Promise<RtpSession> {
    const family = options.host.includes(":") ? 6 : 4;
    const socket = createSocket({
      type: family === 6 ? "udp6" : "udp4",
      // SDP carries addresses only; looking them up would cost a thread-pool turn per packet.
      lookup: (hostname, _options, done) => done(null, hostname, family),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, options.host, () => {
        socket.off("error", reject);
        resolve();
      });
    });
    return new RtpSession(socket, options);
  }

  get localPort(): number {
    return this.#closed ? 0 : this.#socket.address().port;
  }

  /** Starts or redirects sending; a re-offer with hold stops it until the next one. */
  connect(remote: RemoteAudio): void {
    if (this.#closed) return;
    if (this.#remote === null) this.#options.clock.add(this);
    this.#remote = remote;
  }

  /** Plays from the clip's beginning; silence is sent when there is nothing to play. */
  play(clip: Clip | null, options: Readonly<{ loop: boolean }> = { loop: true }): void {
    this.#sending = clip === null ? null : { clip, at: 0, loop: options.loop };
  }

  /** Queues telephone keys; keys beyond the queue's limit are dropped. */
  sendDigits(digits: string): void {
    for (const digit of digits) {
      if (digitKeys.includes(digit) && this.#digits.length < digitsMax) this.#digits.push(digit);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.clock.remove(this);
    this.#socket.close();
  }

  /** Called by the clock every 20 ms. */
  tick(): void {
    const remote = this.#remote;
    if (remote === null || this.#closed) return;
    const mayOnlyListen = remote.direction === "sendonly" || remote.direction === "inactive";
    if (!mayOnlyListen) {
      if (this.#digits.length > 0 && remote.eventType !== null) {
        this.#sendDigitPacket(remote, remote.eventType);
      } else {
        this.#send(remote, payloadTypeOf[remote.law], this.#nextFrame(remote.law));
      }
    }
    this.#timestamp = (this.#timestamp + frameSamples) >>> 0;
  }

  #nextFrame(law: Law): Uint8Array {
    const sending = this.#sending;
    if (sending === null) return silence[law];
    const frames = sending.clip.frames(law);
    const frame = frames[sending.at] ?? silence[law];
    sending.at += 1;
    if (sending.at >= frames.length) {
      if (sending.loop) sending.at = 0;
      else this.#sending = null;
    }
    return frame;
  }

  #sendDigitPacket(remote: RemoteAudio, eventType: number): void {
    const digit = this.#digits[0] ?? "";
    if (this.#digitFrame === 0) {
      this.#digitStart = this.#timestamp;
      this.#talkSpurtStarts = true;
    }
    const held = Math.min(this.#digitFrame + 1, digitFrames);
    const end = this.#digitFrame >= digitFrames;
    this.#digitFrame += 1;
    const sentFrames = digitFrames + digitEndFrames;
    if (this.#digitFrame <= sentFrames) {
      const event = Buffer.alloc(4);
      event[0] = digitKeys.indexOf(digit);
      event[1] = (end ? 0x80 : 0) | digitVolume;
      event.writeUInt16BE(held * frameSamples, 2);
      this.#send(remote, eventType, event, this.#digitStart);
    } else {
      this.#send(remote, payloadTypeOf[remote.law], silence[remote.law]);
    }
    if (this.#digitFrame < sentFrames + digitGapFrames) return;
    this.#digits.shift();
    this.#digitFrame = 0;
  }

  #send(remote: RemoteAudio, type: number, payload: Uint8Array, timestamp = this.#timestamp): void {
    const packet = Buffer.allocUnsafe(headerBytes + payload.length);
    packet[0] = 0x80;
    packet[1] = type | (this.#talkSpurtStarts ? 0x80 : 0);
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE(timestamp, 4);
    packet.writeUInt32BE(this.#ssrc, 8);
    packet.set(payload, headerBytes);
    this.#talkSpurtStarts = false;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.counters.packetsOut += 1;
    this.#socket.send(packet, remote.to.port, remote.to.host);
  }

  #receive(packet: Buffer): void {
    if (packet.length < headerBytes || (packet.readUInt8(0) & 0xc0) !== 0x80) {
      this.counters.packetsForeign += 1;
      return;
    }
    const type = packet.readUInt8(1) & 0x7f;
    const start = headerBytes + (packet.readUInt8(0) & 0x0f) * 4;
    if (type !== 0 && type !== 8) {
      // The offer numbers telephone-event 101; an answer keeps the offerer's number.
      if (type >= 96 && packet.length >= start + 4) this.#receiveDigit(packet, start);
      else this.counters.packetsForeign += 1;
      return;
    }
    this.counters.packetsIn += 1;
    if (this.#options.onWindow === undefined) return;
    const table = decodeTable(type === 0 ? "mu" : "a");
    for (let at = start; at < packet.length; at += 1) {
      this.#window[this.#windowFill] = table[packet.readUInt8(at)] ?? 0;
      this.#windowFill += 1;
      if (this.#windowFill < windowSamples) continue;
      this.#windowFill = 0;
      this.#options.onWindow(hear(this.#window));
    }
  }

  #receiveDigit(packet: Buffer, start: number): void {
    const digit = digitKeys[packet.readUInt8(start)];
    const ended = (packet.readUInt8(start + 1) & 0x80) !== 0;
    if (digit === undefined || !ended) return;
    const key = `${packet.readUInt32BE(8)} ${packet.readUInt32BE(4)}`;
    if (key === this.#lastDigitKey) return;
    this.#lastDigitKey = key;
    this.#options.onDigit?.(digit);
  }
}
