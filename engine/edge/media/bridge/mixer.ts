// Mixes for those who hear several others: each gets the sum of exactly the legs named for him.
import { type G711Codec, g711EncodeTable } from "../dsp/g711.ts";
import { frameSamples } from "../dsp/rtp-packet.ts";
import type { AudioSink, MediaLeg } from "../leg/media-leg.ts";
import type { Tick, Ticked } from "../tick.ts";
import { JitterBuffer } from "./jitter-buffer.ts";

interface Speaker {
  buffer: JitterBuffer;
  frame: Int16Array;
  speaks: boolean;
}

export class Mixer implements AudioSink, Ticked {
  private readonly tickClock: Tick;
  private speakers = new Map<MediaLeg, Speaker>();
  private mixes: { leg: MediaLeg; of: readonly Speaker[] }[] = [];
  private readonly sum = new Int32Array(frameSamples);
  private readonly codes = new Uint8Array(frameSamples);

  constructor(tick: Tick) {
    this.tickClock = tick;
    tick.add(this);
  }

  /** From now on each of these listeners hears the sum of these speakers. */
  setMixes(mixes: ReadonlyMap<MediaLeg, readonly MediaLeg[]>): void {
    const before = this.speakers;
    this.speakers = new Map();
    this.mixes = [...mixes].map(([leg, speakers]) => ({
      leg,
      of: speakers.map((speaker) => this.speaker(speaker, before)),
    }));
  }

  close(): void {
    this.tickClock.remove(this);
    this.speakers.clear();
    this.mixes = [];
  }

  onAudio(
    from: MediaLeg,
    audio: { codec: G711Codec; timestamp: number; packet: Buffer; start: number; end: number },
  ): void {
    this.speakers.get(from)?.buffer.push(audio, audio.packet);
  }

  tick(nowMs: number): void {
    for (const speaker of this.speakers.values()) {
      speaker.speaks = speaker.buffer.pull(speaker.frame);
    }
    for (const mix of this.mixes) this.send(mix.leg, mix.of, nowMs);
  }

  skipFrames(): void {
    // The legs skip for themselves.
  }

  private speaker(leg: MediaLeg, before: ReadonlyMap<MediaLeg, Speaker>): Speaker {
    const speaker = this.speakers.get(leg) ??
      before.get(leg) ?? {
        buffer: new JitterBuffer(),
        frame: new Int16Array(frameSamples),
        speaks: false,
      };
    this.speakers.set(leg, speaker);
    return speaker;
  }

  private send(leg: MediaLeg, of: readonly Speaker[], nowMs: number): void {
    const { sum, codes } = this;
    sum.fill(0);
    for (const { speaks, frame } of of) {
      if (!speaks) continue;
      for (let i = 0; i < frameSamples; i += 1) sum[i] = (sum[i] as number) + (frame[i] as number);
    }
    const table = g711EncodeTable[leg.out.codec];
    for (let i = 0; i < frameSamples; i += 1) {
      const sample = Math.max(-32_768, Math.min(32_767, sum[i] as number));
      codes[i] = table[sample & 0xffff] as number;
    }
    leg.sendMixed(codes, nowMs);
  }
}
