// A call with its audio: SIP signalling and RTP of one party, glued together.
import type { CallEnd, SipCall } from "./call.ts";
import type { Clip } from "./clip.ts";
import type { MediaClock } from "./media-clock.ts";
import { type RtpCounters, RtpSession } from "./rtp-session.ts";
import { type Law, parseSdp, sdpAnswer, sdpOffer } from "./sdp-lite.ts";
import type { Destination } from "./sip-lite.ts";
import type { SipPeer } from "./sip-peer.ts";
import type { HeardWindow } from "./tone.ts";

export type PhoneHandlers = Readonly<{
  onAnswered?: () => void;
  /** Each 100 ms that were heard. */
  onWindow?: (window: HeardWindow) => void;
  onDigit?: (digit: string) => void;
  /** Exactly once. */
  onEnded?: (end: CallEnd) => void;
}>;

export type PhoneOptions = Readonly<{
  peer: SipPeer;
  clock: MediaClock;
  /** False: signalling only; the SDP names the discard port and no audio flows. */
  withRtp: boolean;
  handlers: PhoneHandlers;
}>;

/** RFC 863: nobody listens there, and nobody is meant to. */
const discardPort = 9;

export class PhoneCall {
  readonly #options: PhoneOptions;
  readonly #rtp: RtpSession | null;
  #call: SipCall | null = null;
  #sdpVersion = 1;
  #ended = false;

  private constructor(options: PhoneOptions, rtp: RtpSession | null) {
    this.#options = options;
    this.#rtp = rtp;
  }

  /** Opens the audio, then sends the INVITE. Rejects only when no socket can be had. */
  static async dial(
    options: PhoneOptions &
      Readonly<{ target: Destination; dialled: string; callerUser: string; law: Law }>,
  ): Promise<PhoneCall> {
    const phone = new PhoneCall(options, await openRtp(options));
    phone.#call = options.peer.invite({
      target: options.target,
      dialled: options.dialled,
      callerUser: options.callerUser,
      sdp: sdpOffer(phone.#local(), options.law),
      handlers: {
        onAnswered: (sdp) => phone.#answered(sdp),
        onReoffer: (sdp) => phone.#reoffered(sdp),
        onEnded: (end) => phone.#end(end),
      },
    });
    return phone;
  }

  /** Takes an incoming call to ring; refuses it with 488 (null) without a codec in common. */
  static async take(call: SipCall, options: PhoneOptions): Promise<PhoneCall | null> {
    let early: CallEnd | null = null;
    call.handlers = {
      onEnded: (end) => {
        early = end;
      },
    };
    const rtp = await openRtp(options);
    const remote = parseSdp(call.offeredSdp);
    if (early !== null || (remote === null && call.offeredSdp !== "")) {
      call.reject(488);
      rtp?.close();
      return null;
    }
    const phone = new PhoneCall(options, rtp);
    phone.#call = call;
    call.handlers = {
      onAnswered: (sdp) => phone.#acknowledged(sdp),
      onReoffer: (sdp) => phone.#reoffered(sdp),
      onEnded: (end) => phone.#end(end),
    };
    return phone;
  }

  get counters(): Readonly<RtpCounters> | null {
    return this.#rtp?.counters ?? null;
  }

  get ended(): boolean {
    return this.#ended;
  }

  ring(): void {
    this.#call?.ring();
  }

  /** Answers an incoming call; audio flows at once, as a phone's does. */
  answer(): void {
    const call = this.#call;
    if (call === null || call.state !== "ringing") return;
    const remote = parseSdp(call.offeredSdp);
    if (remote === null) {
      call.answer(sdpOffer(this.#local(), "mu"));
      return;
    }
    this.#rtp?.connect(remote);
    call.answer(sdpAnswer(this.#local(), remote));
  }

  reject(status: number): void {
    this.#call?.reject(status);
  }

  hangUp(): void {
    this.#call?.hangUp();
  }

  /** Puts the other side on hold, or takes it back (RFC 5359 2.1); told whether it agreed. */
  hold(isOn: boolean, onDone: (agreed: boolean) => void): void {
    this.#sdpVersion += 1;
    const offer = sdpOffer(this.#local(), "mu", isOn ? "sendonly" : "sendrecv");
    this.#call?.reoffer(offer, (answer) => {
      const remote = answer === null ? null : parseSdp(answer);
      if (remote !== null) this.#rtp?.connect(remote);
      onDone(remote !== null);
    });
  }

  play(clip: Clip | null): void {
    this.#rtp?.play(clip);
  }

  sendDigits(digits: string): void {
    this.#rtp?.sendDigits(digits);
  }

  #local(): { host: string; port: number; version: number } {
    const port = this.#rtp?.localPort ?? discardPort;
    return { host: this.#options.peer.host, port, version: this.#sdpVersion };
  }

  #answered(sdp: string): void {
    const remote = parseSdp(sdp);
    if (remote === null) {
      this.#call?.hangUp();
      return;
    }
    this.#rtp?.connect(remote);
    this.#options.handlers.onAnswered?.();
  }

  #acknowledged(sdp: string): void {
    const remote = parseSdp(sdp);
    if (remote !== null) this.#rtp?.connect(remote);
    this.#options.handlers.onAnswered?.();
  }

  #reoffered(sdp: string): string | null {
    const remote = parseSdp(sdp);
    if (remote === null) return null;
    this.#sdpVersion += 1;
    this.#rtp?.connect(remote);
    return sdpAnswer(this.#local(), remote);
  }

  #end(end: CallEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#rtp?.close();
    this.#options.handlers.onEnded?.(end);
  }
}

async function openRtp(options: PhoneOptions): Promise<RtpSession | null> {
  if (!options.withRtp) return null;
  const { onWindow, onDigit } = options.handlers;
  return await RtpSession.open({
    host: options.peer.host,
    clock: options.clock,
    ...(onWindow === undefined ? {} : { onWindow }),
    ...(onDigit === undefined ? {} : { onDigit }),
  });
}
