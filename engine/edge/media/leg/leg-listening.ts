// What we listen for in one leg's audio, on request: digits as sound, progress tones; and the pieces
// of digits that nobody else may hear.
import { DtmfDetector, mayHoldDtmf } from "../dsp/dtmf-detector.ts";
import { type G711Codec, g711DecodeTable, g711Silence } from "../dsp/g711.ts";
import { type DetectedTone, ProgressToneDetector } from "../dsp/progress-tone-detector.ts";
import type { RtpView } from "../dsp/rtp-packet.ts";

/** What a leg is listened to for. */
export interface ListeningModes {
  /** Digits as sound. A far side that sends telephone-events is heard by those alone. */
  inbandDigits: boolean;
  /** Digits, as events and as sound, reach nobody else. */
  digitsHidden: boolean;
  tones: boolean;
}

export class LegListening {
  readonly modes: Readonly<ListeningModes>;
  private readonly digits: DtmfDetector | null;
  private readonly tones: ProgressToneDetector | null;
  private samples = new Int16Array(0);
  private sendsEvents = false;
  private hidNow = false;

  constructor(
    modes: ListeningModes,
    on: { digit: (digit: string) => void; tone: (tone: DetectedTone) => void },
  ) {
    this.digits = modes.inbandDigits ? new DtmfDetector(on.digit) : null;
    this.tones = modes.tones ? new ProgressToneDetector(on.tone) : null;
    this.modes = modes;
  }

  /** The far side sent a telephone-event. */
  onEvent(): void {
    this.sendsEvents = true;
  }

  /** An audio packet, which loses its sound when it must be hidden. */
  onAudio(packet: Uint8Array, view: RtpView, codec: G711Codec): void {
    const { payloadStart: start, payloadEnd: end } = view;
    if (this.samples.length !== end - start) this.samples = new Int16Array(end - start);
    const { samples } = this;
    const table = g711DecodeTable[codec];
    for (let i = 0; i < samples.length; i += 1) {
      samples[i] = table[packet[start + i] as number] as number;
    }
    if (!this.sendsEvents) this.digits?.push(samples);
    this.tones?.push(samples);
    if (!this.modes.digitsHidden) return;
    const hides = mayHoldDtmf(samples);
    // The packet after holds the tone's end.
    if (hides || this.hidNow) packet.fill(g711Silence[codec], start, end);
    this.hidNow = hides;
  }
}

export function sameModes(one: ListeningModes, other: ListeningModes): boolean {
  return (
    one.inbandDigits === other.inbandDigits &&
    one.digitsHidden === other.digitsHidden &&
    one.tones === other.tones
  );
}
