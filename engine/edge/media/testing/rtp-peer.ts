// A far side for tests: a UDP socket that talks a tone and records what it hears.
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { type G711Codec, g711Decode, g711Encode, g711PayloadType } from "../dsp/g711.ts";
import { toneShare } from "../dsp/goertzel.ts";
import { newRtpView, packRtp, type RtpView, readRtp } from "../dsp/rtp-packet.ts";
import { writeTelephoneEvent } from "../dsp/telephone-event.ts";
import { ToneSource } from "../dsp/tone.ts";

export interface HeardPacket extends RtpView {
  atMs: number;
  payload: Uint8Array;
}

export class RtpPeer {
  readonly heard: HeardPacket[] = [];
  readonly port: number;
  codec: G711Codec;
  /** What happens to packets on the way; nothing unless told. */
  path: (bytes: Uint8Array, deliver: (bytes: Uint8Array) => void) => void = (bytes, deliver) =>
    deliver(bytes);
  private readonly host: string;
  private readonly socket: Socket;
  private target = 0;
  private sequence: number;
  private timestamp: number;
  private readonly ssrc: number;
  private timer: NodeJS.Timeout | null = null;

  private constructor(socket: Socket, codec: G711Codec, host: string) {
    this.socket = socket;
    this.codec = codec;
    this.host = host;
    this.port = socket.address().port;
    this.ssrc = this.port;
    this.sequence = 65_500;
    this.timestamp = 0xffff_ff00;
    socket.on("message", (packet) => {
      const view = newRtpView();
      if (!readRtp(packet, view)) return;
      const payload = Uint8Array.from(packet.subarray(view.payloadStart, view.payloadEnd));
      this.heard.push({ ...view, atMs: performance.now(), payload });
    });
    socket.on("error", () => {});
  }

  static open(codec: G711Codec = "PCMU", host = "127.0.0.1"): Promise<RtpPeer> {
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    return new Promise((resolve) => {
      socket.bind(0, host, () => resolve(new RtpPeer(socket, codec, host)));
    });
  }

  /** An offer or answer of this peer. */
  sdp(direction = "sendrecv", address = this.host): string {
    const type = g711PayloadType[this.codec];
    const family = isIPv6(address) ? "IP6" : "IP4";
    return [
      "v=0",
      `o=- 1 1 IN ${family} ${address}`,
      "s=-",
      `c=IN ${family} ${address}`,
      "t=0 0",
      `m=audio ${this.port} RTP/AVP ${type} 101`,
      `a=rtpmap:${type} ${this.codec}/8000`,
      "a=rtpmap:101 telephone-event/8000",
      `a=${direction}`,
      "",
    ].join("\r\n");
  }

  /** Where to talk: the port of the other side's description. */
  aim(remoteSdp: string): void {
    this.target = Number(/m=audio (\d+)/.exec(remoteSdp)?.[1]);
  }

  /** Talks a tone until stopped. */
  talk(frequencyHz: number): void {
    this.hush();
    const source = new ToneSource(frequencyHz);
    const startMs = performance.now();
    let sent = 0;
    this.timer = setInterval(() => {
      for (; sent * 20 <= performance.now() - startMs; sent += 1) {
        this.sendAudio(g711Encode(this.codec, source.next(160)));
      }
    }, 5);
  }

  hush(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  /** A digit at once, all its packets together. */
  press(digit: string): void {
    for (const step of [1, 2, 3, 4, 5, 5, 5]) {
      const payload = new Uint8Array(4);
      writeTelephoneEvent(payload, { digit, end: step === 5, durationSamples: step * 160 });
      this.send(101, payload, step === 1);
    }
    this.timestamp = (this.timestamp + 960) >>> 0;
  }

  /** One packet of audio in this peer's codec. */
  sendAudio(payload: Uint8Array): void {
    this.send(g711PayloadType[this.codec], payload);
    this.timestamp = (this.timestamp + payload.length) >>> 0;
  }

  send(payloadType: number, payload: Uint8Array, marker = false): void {
    const { sequence, timestamp, ssrc } = this;
    this.sendBytes(packRtp({ marker, payloadType, sequence, timestamp, ssrc }, payload));
    this.sequence = (this.sequence + 1) & 0xffff;
  }

  sendBytes(bytes: Uint8Array): void {
    this.path(bytes, (sent) => this.socket.send(sent, this.target, this.host));
  }

  /** Share of a tone in the last `ms` of audio heard; 0 when less was heard. */
  share(frequencyHz: number, ms = 200): number {
    const packets = this.audio().slice(-ms / 20);
    if (packets.length < ms / 20) return 0;
    return toneShare(samplesOf(packets), { frequencyHz });
  }

  /** Audio packets in order of arrival. */
  audio(): HeardPacket[] {
    return this.heard.filter(({ payloadType }) => payloadType === 0 || payloadType === 8);
  }

  close(): void {
    this.hush();
    this.socket.close();
  }
}

export function samplesOf(packets: readonly HeardPacket[]): number[] {
  return packets.flatMap(({ payload, payloadType }) => [
    ...g711Decode(payloadType === 8 ? "PCMA" : "PCMU", payload),
  ]);
}
