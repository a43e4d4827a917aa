// Three and more parties: everybody hears the sum of the others.
import { type G711Codec, g711EncodeTable } from "../dsp/g711.ts";
import { frameSamples } from "../dsp/rtp-packet.ts";
import type { AudioSink, MediaLeg } from "../leg/media-leg.ts";
import type { Tick, Ticked } from "../tick.ts";
import { JitterBuffer } from "./jitter-buffer.ts";

interface Party {
  leg: MediaLeg;
  buffer: JitterBuffer;
  frame: Int16Array;
  speaks: boolean;
}

export class Mixer implements AudioSink, Ticked {
  private readonly tickClock: Tick;
  private parties: Party[] = [];
  private readonly sum = new Int32Array(frameSamples);
  private readonly codes = new Uint8Array(frameSamples);

  constructor(tick: Tick) {
    this.tickClock = tick;
    tick.add(this);
  }

  setLegs(legs: readonly MediaLeg[]): void {
    const known = new Map(this.parties.map((party) => [party.leg, party]));
    this.parties = legs.map((leg) => {
      const party = known.get(leg);
      if (party !== undefined) return party;
      leg.talkToMixer(this);
      return {
        leg,
        buffer: new JitterBuffer(),
        frame: new Int16Array(frameSamples),
        speaks: false,
      };
    });
  }

  close(): void {
    this.tickClock.remove(this);
    this.parties = [];
  }

  onAudio(
    from: MediaLeg,
    audio: { codec: G711Codec; timestamp: number; packet: Buffer; start: number; end: number },
  ): void {
    const party = this.parties.find(({ leg }) => leg === from);
    party?.buffer.push(audio, audio.packet);
  }

  tick(nowMs: number): void {
    const { sum } = this;
    sum.fill(0);
    for (const party of this.parties) {
      party.speaks = party.buffer.pull(party.frame);
      if (!party.speaks) continue;
      for (let i = 0; i < frameSamples; i += 1)
        sum[i] = (sum[i] as number) + (party.frame[i] as number);
    }
    for (const party of this.parties) this.sendTo(party, nowMs);
  }

  skipFrames(): void {
    // The legs skip for themselves.
  }

  private sendTo(party: Party, nowMs: number): void {
    const { sum, codes } = this;
    const table = g711EncodeTable[party.leg.out.codec];
    for (let i = 0; i < frameSamples; i += 1) {
      const own = party.speaks ? (party.frame[i] as number) : 0;
      const others = Math.max(-32_768, Math.min(32_767, (sum[i] as number) - own));
      codes[i] = table[others & 0xffff] as number;
    }
    party.leg.sendMixed(codes, nowMs);
  }
}
