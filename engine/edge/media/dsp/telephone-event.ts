// Digits as RTP events (RFC 4733): receiving with duplicates and losses, and sending.
import { timestampDistance } from "./rtp-packet.ts";

/** Event codes 0 to 15 (RFC 4733 section 3.2). */
export const digitOfEvent = "0123456789*#ABCD";

/** Event, end bit, volume and duration in a four-byte payload. */
export function writeTelephoneEvent(
  payload: Uint8Array,
  event: { digit: string; end: boolean; durationSamples: number },
  offset = 0,
): void {
  payload[offset] = Math.max(0, digitOfEvent.indexOf(event.digit));
  payload[offset + 1] = (event.end ? 0x80 : 0) | volume;
  payload[offset + 2] = event.durationSamples >>> 8;
  payload[offset + 3] = event.durationSamples;
}

/**
 * Turns event packets into digits, each once: at the first end packet; or, when every end packet
 * was lost, at the next event, when audio resumes, or 150 ms after the last packet.
 */
export class DigitReceiver {
  private readonly onDigit: (digit: string) => void;
  private seen = false;
  private reported = true;
  private ssrc = 0;
  private timestamp = 0;
  private digit = "";
  private lastPacketMs = 0;

  constructor(onDigit: (digit: string) => void) {
    this.onDigit = onDigit;
  }

  /** An event packet's payload at `start`. Events above 15 and short payloads are ignored. */
  onEvent(
    packet: { ssrc: number; timestamp: number; bytes: Uint8Array; start: number },
    nowMs: number,
  ): void {
    const { bytes, start } = packet;
    if (bytes.length < start + 4) return;
    const digit = digitOfEvent[bytes[start] as number];
    if (digit === undefined) return;
    if (!this.isCurrent(packet)) {
      if (this.isOld(packet)) return;
      this.flush();
      this.seen = true;
      this.reported = false;
      this.ssrc = packet.ssrc;
      this.timestamp = packet.timestamp;
      this.digit = digit;
    }
    this.lastPacketMs = nowMs;
    if ((bytes[start + 1] as number) & 0x80) this.flush();
  }

  /** An audio packet: an event that began before it has ended. */
  onAudio(timestamp: number): void {
    if (!this.reported && timestampDistance(this.timestamp, timestamp) > 0) this.flush();
  }

  /** Time goes by. */
  onTime(nowMs: number): void {
    if (!this.reported && nowMs - this.lastPacketMs >= endLostMs) this.flush();
  }

  /** True while a digit's end is awaited. */
  get pending(): boolean {
    return !this.reported;
  }

  private isCurrent(packet: { ssrc: number; timestamp: number }): boolean {
    return this.seen && packet.ssrc === this.ssrc && packet.timestamp === this.timestamp;
  }

  /** A late packet of an earlier event. A jump back of more than ten seconds is a new clock. */
  private isOld(packet: { ssrc: number; timestamp: number }): boolean {
    if (!this.seen || packet.ssrc !== this.ssrc) return false;
    const distance = timestampDistance(this.timestamp, packet.timestamp);
    return distance < 0 && distance > -newClockSamples;
  }

  private flush(): void {
    if (this.reported) return;
    this.reported = true;
    this.onDigit(this.digit);
  }
}

/** What one 20 ms step of a digit sends: `copies` packets with these values. */
export interface DigitStep {
  digit: string;
  /** First packet of the event: marker set, and a new timestamp that the event then keeps. */
  first: boolean;
  end: boolean;
  durationSamples: number;
  copies: number;
}

/** Sends digits of 100 ms with pauses of 60 ms, a step per 20 ms (RFC 4733 section 2.5). */
export class DigitSender {
  private waiting = "";
  private digit = "";
  private step = 0;

  /** False when more than 40 digits would wait. */
  push(digits: string): boolean {
    if (this.waiting.length + digits.length > waitingDigitsMax) return false;
    this.waiting += digits;
    return true;
  }

  get idle(): boolean {
    return this.digit === "" && this.waiting === "";
  }

  /** The packets due now; null in a pause, when audio goes on, and when idle. */
  next(): DigitStep | null {
    if (this.digit === "") {
      if (this.waiting === "") return null;
      this.digit = this.waiting[0] ?? "";
      this.waiting = this.waiting.slice(1);
      this.step = 0;
    }
    this.step += 1;
    const { digit, step } = this;
    if (step > digitSteps) {
      if (step >= digitSteps + pauseSteps) this.digit = "";
      return null;
    }
    const end = step === digitSteps;
    return { digit, first: step === 1, end, durationSamples: step * 160, copies: end ? 3 : 1 };
  }
}

/** -10 dBm0, the usual level. */
const volume = 10;
const endLostMs = 150;
const newClockSamples = 80_000;
const waitingDigitsMax = 40;
const digitSteps = 5;
const pauseSteps = 3;
