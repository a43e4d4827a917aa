// Sound ready to be sent: encoded once in both laws and shared by all who hear it.
import { type G711Codec, g711Encode, g711Silence } from "../dsp/g711.ts";
import { chinaTones, type ProgressTone, toneSamples } from "../dsp/tone.ts";

export interface Clip {
  readonly PCMU: Buffer;
  readonly PCMA: Buffer;
  readonly samples: number;
}

export function clipOf(samples: Int16Array): Clip {
  const encode = (codec: G711Codec): Buffer => Buffer.from(g711Encode(codec, samples).buffer);
  return { PCMU: encode("PCMU"), PCMA: encode("PCMA"), samples: samples.length };
}

/** One period of a tone, China's cadence. */
export const toneClips: Readonly<Record<ProgressTone, Clip>> = {
  ringback: clipOf(toneSamples(chinaTones.ringback)),
  busy: clipOf(toneSamples(chinaTones.busy)),
  beep: clipOf(toneSamples(chinaTones.beep)),
};

/** 20 ms of silence. */
export const silenceClip: Clip = {
  PCMU: Buffer.alloc(160, g711Silence.PCMU),
  PCMA: Buffer.alloc(160, g711Silence.PCMA),
  samples: 160,
};
