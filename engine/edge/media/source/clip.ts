// Sound ready to be sent: encoded once in both laws and shared by all who hear it.
import type { ToneCountry } from "../../../wire/edge-config.ts";
import { type G711Codec, g711Encode, g711Silence } from "../dsp/g711.ts";
import { networkTones, type ProgressTone, toneSamples } from "../dsp/tone.ts";

export interface Clip {
  readonly PCMU: Buffer;
  readonly PCMA: Buffer;
  readonly samples: number;
}

export function clipOf(samples: Int16Array): Clip {
  const encode = (codec: G711Codec): Buffer => Buffer.from(g711Encode(codec, samples).buffer);
  return { PCMU: encode("PCMU"), PCMA: encode("PCMA"), samples: samples.length };
}

export type ToneClips = Readonly<Record<ProgressTone, Clip>>;

/** One period of each tone of a country. */
export function toneClipsOf(country: ToneCountry): ToneClips {
  const clip = (tone: ProgressTone): Clip => clipOf(toneSamples(networkTones[country][tone]));
  return {
    ringback: clip("ringback"),
    busy: clip("busy"),
    congestion: clip("congestion"),
    specialInformation: clip("specialInformation"),
    beep: clip("beep"),
  };
}

/** 20 ms of silence. */
export const silenceClip: Clip = {
  PCMU: Buffer.alloc(160, g711Silence.PCMU),
  PCMA: Buffer.alloc(160, g711Silence.PCMA),
  samples: 160,
};
