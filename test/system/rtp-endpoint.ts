// The audio half of a phone: sends a tone as PCMU or PCMA, sends digits, and knows which tones it
// hears. Packets go to where packets came from, as a symmetric phone does.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { g711Decode, g711Encode } from "../../engine/edge/media/dsp/g711.ts";
import { levelDb, toneShare } from "../../engine/edge/media/dsp/goertzel.ts";
import {
  frameSamples,
  newRtpView,
  packRtp,
  readRtp,
} from "../../engine/edge/media/dsp/rtp-packet.ts";
import {
  DigitReceiver,
  DigitSender,
  writeTelephoneEvent,
} from "../../engine/edge/media/dsp/telephone-event.ts";
import { ToneSource } from "../../engine/edge/media/dsp/tone.ts";
import { until } from "./wait.ts";

const telephoneEventType = 101;
/** Samples looked at for a verdict: 200 ms. */
const windowSamples = 1_600;

/** With `pulseMs` the tone sounds and pauses for so long in turn, as a network's busy tone does. */
export type Voice = Readonly<{ toneHz: number; pulseMs?: number }>;

export class RtpEndpoint {
  readonly port: number;
  /** Digits received as telephone-events. */
  digits = "";
  packetsIn = 0;
  /** Largest step between sequence numbers of neighbouring packets; 1 is no loss. */
  sequenceStepMax = 0;
  private readonly socket: Socket;
  private readonly source: ToneSource;
  private readonly sender = new DigitSender();
  private readonly receiver = new DigitReceiver((digit) => {
    this.digits += digit;
  });
  private readonly view = newRtpView();
  private heard: Int16Array = new Int16Array(0);
  private peer: { address: string; port: number } | null = null;
  private sequence = Math.floor(Math.random() * 60_000);
  private timestamp = 12_345;
  private eventTimestamp = 0;
  private lastSequence: number | null = null;
  private readonly ssrc = Math.floor(Math.random() * 2 ** 32);
  private timer: NodeJS.Timeout | null = null;
  private nextAt = 0;
  private muted = false;
  private readonly pulseMs: number | null;
  private framesSent = 0;

  private constructor(socket: Socket, { toneHz, pulseMs }: Voice) {
    this.socket = socket;
    this.pulseMs = pulseMs ?? null;
    this.port = socket.address().port;
    this.source = new ToneSource(toneHz);
    socket.on("message", (packet, from) => this.onPacket(packet, from));
    socket.on("error", () => undefined);
  }

  /** Opens an endpoint that speaks with one tone. */
  static async open(options: Voice & { host?: string }): Promise<RtpEndpoint> {
    const socket = createSocket("udp4");
    socket.bind(0, options.host ?? "127.0.0.1");
    await once(socket, "listening");
    const endpoint = new RtpEndpoint(socket, options);
    endpoint.nextAt = performance.now();
    endpoint.tick();
    return endpoint;
  }

  /** Sends RFC 4733 digits; they follow each other by themselves. */
  press(digits: string): void {
    this.sender.push(digits);
  }

  /** Stops or resumes sending, as a phone that lost its network. */
  mute(muted: boolean): void {
    this.muted = muted;
  }

  /** Share, 0 to 1, of the last 200 ms that is this tone. */
  share(frequencyHz: number): number {
    return this.heard.length < windowSamples ? 0 : toneShare(this.heard, { frequencyHz });
  }

  /** Level of the last 200 ms in dB below full scale. */
  level(): number {
    return levelDb(this.heard);
  }

  /** Forgets what was heard, so that a later verdict is about later audio. */
  forget(): void {
    this.heard = new Int16Array(0);
    this.packetsIn = 0;
  }

  /** The phone is idle again: what an earlier call left behind must not count for the next. */
  endCall(): void {
    this.forget();
    this.peer = null;
    this.lastSequence = null;
    this.sequenceStepMax = 0;
    this.digits = "";
  }

  hears(frequencyHz: number, timeoutMs = 10_000): Promise<number> {
    return until(
      `a party hears ${frequencyHz} Hz`,
      () => (this.share(frequencyHz) > 0.8 ? this.share(frequencyHz) : null),
      timeoutMs,
    );
  }

  /** Waits until audio comes that is not this tone. */
  hearsOtherThan(frequencyHz: number, timeoutMs = 10_000): Promise<number> {
    return until(
      `a party hears something else than ${frequencyHz} Hz`,
      () => (this.level() > -50 && this.share(frequencyHz) < 0.2 ? this.level() : null),
      timeoutMs,
    );
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.socket.close();
  }

  private onPacket(packet: Buffer, from: { address: string; port: number }): void {
    const { view } = this;
    if (!readRtp(packet, view)) return;
    this.peer = { address: from.address, port: from.port };
    this.packetsIn += 1;
    if (this.lastSequence !== null) {
      const step = (view.sequence - this.lastSequence) & 0xffff;
      if (step < 0x8000) this.sequenceStepMax = Math.max(this.sequenceStepMax, step);
    }
    this.lastSequence = view.sequence;
    if (view.payloadType === telephoneEventType) {
      const { ssrc, timestamp } = view;
      this.receiver.onEvent(
        { ssrc, timestamp, bytes: packet, start: view.payloadStart },
        performance.now(),
      );
      return;
    }
    if (view.payloadType !== 0 && view.payloadType !== 8) return;
    const codec = view.payloadType === 0 ? "PCMU" : "PCMA";
    const samples = g711Decode(codec, packet.subarray(view.payloadStart, view.payloadEnd));
    const joined = new Int16Array(Math.min(windowSamples, this.heard.length + samples.length));
    const keep = joined.length - samples.length;
    if (keep > 0) joined.set(this.heard.subarray(this.heard.length - keep));
    joined.set(samples, Math.max(keep, 0));
    this.heard = joined;
  }

  private tick(): void {
    const tone = this.source.next(frameSamples);
    const frame = this.isPause() ? new Int16Array(frameSamples) : tone;
    this.framesSent += 1;
    if (this.peer !== null && !this.muted) this.sendFrame(frame);
    this.timestamp = (this.timestamp + frameSamples) >>> 0;
    this.nextAt += 20;
    this.timer = setTimeout(() => this.tick(), Math.max(0, this.nextAt - performance.now()));
  }

  private isPause(): boolean {
    if (this.pulseMs === null) return false;
    return Math.floor((this.framesSent * 20) / this.pulseMs) % 2 === 1;
  }

  private sendFrame(frame: Int16Array): void {
    const step = this.sender.next();
    if (step === null) {
      this.send(
        { marker: false, payloadType: 8, timestamp: this.timestamp },
        g711Encode("PCMA", frame),
      );
      return;
    }
    if (step.first) this.eventTimestamp = this.timestamp;
    const payload = new Uint8Array(4);
    writeTelephoneEvent(payload, step);
    for (let copy = 0; copy < step.copies; copy += 1) {
      this.send(
        { marker: step.first, payloadType: telephoneEventType, timestamp: this.eventTimestamp },
        payload,
      );
    }
  }

  private send(
    header: { marker: boolean; payloadType: number; timestamp: number },
    payload: Uint8Array,
  ): void {
    if (this.peer === null) return;
    const packet = packRtp({ ...header, sequence: this.sequence, ssrc: this.ssrc }, payload);
    this.sequence = (this.sequence + 1) & 0xffff;
    this.socket.send(packet, this.peer.port, this.peer.address);
  }
}
