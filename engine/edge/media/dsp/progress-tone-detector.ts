// What the far side's network or machine says in tones before a person speaks: ringback, busy,
// congestion, the special information tone (ITU-T E.180 and E.182), a machine's beep, and silence.
// Announcements in words are no tones: a recogniser for them would sit beside this detector.
import { goertzelPower, levelDb, meanPower } from "./goertzel.ts";

export type DetectedTone =
  | "ringback"
  | "busy"
  | "congestion"
  | "specialInformation"
  | "beep"
  | "silence";

/** One network's tones: the frequencies it sends together, and how long on and off, in ms. */
export interface NetworkCadences {
  frequenciesHz: readonly number[];
  ringback: Cadence;
  busy: Cadence;
  congestion: Cadence;
}
type Cadence = readonly [onMs: number, offMs: number];

/** China's network tones (GB/T 3380): 450 Hz throughout. */
export const chinaCadences: NetworkCadences = {
  frequenciesHz: [450],
  ringback: [1000, 4000],
  busy: [350, 350],
  congestion: [700, 700],
};

type Sound = "silence" | "network" | "information" | "tone" | "other";

/** Hears one far side's audio from the start of a call on. */
export class ProgressToneDetector {
  private readonly onTone: (tone: DetectedTone) => void;
  private readonly cadences: NetworkCadences;
  private readonly frame = new Int16Array(frameSamples);
  private filled = 0;
  private sound: Sound = "silence";
  private soundMs = 0;
  /** Frames of the tone that goes on. */
  private tone: { hz: number; db: number }[] = [];
  /** Lengths of the network tone's last pulses and pauses, newest last. */
  private cadence: { on: boolean; ms: number }[] = [];
  private informationHz: number[] = [];
  private told: DetectedTone | null = null;

  constructor(onTone: (tone: DetectedTone) => void, cadences: NetworkCadences = chinaCadences) {
    this.onTone = onTone;
    this.cadences = cadences;
  }

  /** Samples at 8 kHz, any number of them. */
  push(samples: Int16Array): void {
    for (const sample of samples) {
      this.frame[this.filled] = sample;
      this.filled += 1;
      if (this.filled < frameSamples) continue;
      this.filled = 0;
      this.onFrame();
    }
  }

  private onFrame(): void {
    const sound = this.classify();
    if (sound !== this.sound) {
      this.onEnd(this.sound, this.soundMs);
      this.sound = sound;
      this.soundMs = 0;
    }
    this.soundMs += frameMs;
    this.onGoingOn();
  }

  private classify(): Sound {
    const { frame } = this;
    if (levelDb(frame) < silenceDb) return "silence";
    const whole = meanPower(frame);
    const share = (frequencyHz: number): number => goertzelPower(frame, { frequencyHz }) / whole;
    const network = this.cadences.frequenciesHz.reduce((sum, hz) => sum + share(hz), 0);
    if (network > toneShareMin) return "network";
    const informationHz = informationTonesHz.find((hz) => share(hz) > toneShareMin);
    if (informationHz !== undefined) {
      if (this.informationHz.at(-1) !== informationHz) this.informationHz.push(informationHz);
      return "information";
    }
    const toneHz = sineFrequencyHz(frame);
    if (toneHz === null) return "other";
    if (this.sound !== "tone") this.tone = [];
    if (this.tone.length <= beepMaxMs / frameMs) this.tone.push({ hz: toneHz, db: levelDb(frame) });
    return "tone";
  }

  /** A sound has just ended after so long. */
  private onEnd(sound: Sound, ms: number): void {
    if (sound === "network" || (sound === "silence" && this.cadence.length > 0)) {
      this.cadence.push({ on: sound === "network", ms });
      this.cadence = this.cadence.slice(-cadenceSteps);
      this.judgeCadence();
    } else if (ms > clickMs) this.cadence = [];
    if (sound === "tone" && ms >= beepMinMs && ms <= beepMaxMs && isSteady(this.tone)) {
      this.tell("beep");
    }
    // Its second and third tone each begin a stretch of "information" only after an edge between.
    if (sound === "silence" && ms > clickMs) this.informationHz = [];
    if (sound !== "silence" && this.told === "silence") this.told = null;
  }

  private onGoingOn(): void {
    if (this.sound === "information" && this.informationHz.length > 2) {
      const [first, second, third] = this.informationHz.slice(-3);
      const rises = first === 950 && second === 1400 && third === 1800;
      if (rises && this.soundMs >= 100) this.tell("specialInformation");
    }
    if (this.sound === "silence" && this.cadence.length > 0 && this.told !== "ringback") {
      const pulse = this.cadence.at(-1);
      const long = this.soundMs > this.cadences.congestion[1] * (1 + tolerance);
      if (pulse?.on === true && long && fits(pulse.ms, this.cadences.ringback[0])) {
        this.tell("ringback");
      }
    }
    if (this.sound === "silence" && this.cadence.length === 0 && this.soundMs >= silenceMs) {
      this.tell("silence");
    }
    // A pause longer than any cadence's ends the tone.
    const pauseMaxMs = this.cadences.ringback[1] * (1 + tolerance);
    if (this.sound === "silence" && this.soundMs > pauseMaxMs) this.cadence = [];
  }

  private judgeCadence(): void {
    if (this.cadence.length < cadenceSteps) return;
    for (const tone of ["busy", "congestion"] as const) {
      const [onMs, offMs] = this.cadences[tone];
      if (this.cadence.every(({ on, ms }) => fits(ms, on ? onMs : offMs))) this.tell(tone);
    }
  }

  /** The same again only after something else. */
  private tell(tone: DetectedTone): void {
    if (this.told === tone) return;
    this.told = tone;
    this.onTone(tone);
  }
}

/** A machine's beep keeps its frequency and its level; the notes of music fade or slide. */
function isSteady(tone: readonly { hz: number; db: number }[]): boolean {
  const inner = tone.slice(1, -1);
  const [first] = inner;
  if (first === undefined || first.hz < beepMinHz) return false;
  return inner.every(({ hz, db }) => Math.abs(hz - first.hz) < 20 && Math.abs(db - first.db) < 1);
}

function fits(ms: number, wantedMs: number): boolean {
  return Math.abs(ms - wantedMs) <= Math.max(2 * frameMs, wantedMs * tolerance);
}

/**
 * The frequency when the samples are one sine, else null: of a sine, each sample is c times the one
 * before less the one before that, c being twice the cosine of its step.
 */
function sineFrequencyHz(samples: Int16Array): number | null {
  let cross = 0;
  let square = 0;
  for (let i = 1; i + 1 < samples.length; i += 1) {
    const middle = samples[i] as number;
    cross += middle * ((samples[i - 1] as number) + (samples[i + 1] as number));
    square += middle * middle;
  }
  const c = square === 0 ? 0 : cross / square;
  if (Math.abs(c) >= 2) return null;
  let residual = 0;
  for (let i = 1; i + 1 < samples.length; i += 1) {
    const expected = c * (samples[i] as number) - (samples[i - 1] as number);
    residual += ((samples[i + 1] as number) - expected) ** 2;
  }
  if (residual > residualMax * square) return null;
  return (Math.acos(c / 2) * 8000) / (2 * Math.PI);
}

const frameSamples = 160;
const frameMs = 20;
const silenceDb = -48;
const toneShareMin = 0.7;
const informationTonesHz = [950, 1400, 1800] as const;
/** E.180 lets cadences differ by a tenth; edges within a frame come on top. */
const tolerance = 0.15;
/** Pulse, pause, pulse, pause. */
const cadenceSteps = 4;
/** Frames at an edge are neither the one nor the other. */
const clickMs = 40;
const silenceMs = 3000;
const beepMinMs = 140;
const beepMaxMs = 3000;
const beepMinHz = 500;
const residualMax = 0.05;
