// Music on hold, composed here and synthesised by this file: no licence question. Everything is
// rendered into a ring, so that a note's tail runs into the beginning and the loop has no seam.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const rate = 8_000;

type Chord = Readonly<{ bass: number; notes: readonly number[] }>;
export type Tune = Readonly<{
  name: string;
  beatSeconds: number;
  beatsPerChord: number;
  chords: readonly Chord[];
  /** Melody, one entry a beat: a MIDI note, or null for a rest. */
  melody: readonly (number | null)[];
  /** How often the chord's notes are broken up per beat. */
  arpeggioPerBeat: number;
}>;

const calm: Tune = {
  name: "calm",
  beatSeconds: 1,
  beatsPerChord: 4,
  arpeggioPerBeat: 2,
  chords: [
    { bass: 48, notes: [60, 64, 67, 71] },
    { bass: 45, notes: [60, 64, 67, 69] },
    { bass: 53, notes: [60, 65, 69, 72] },
    { bass: 55, notes: [59, 62, 67, 71] },
    { bass: 52, notes: [59, 64, 67, 71] },
    { bass: 45, notes: [60, 64, 69, 72] },
    { bass: 50, notes: [60, 62, 65, 69] },
    { bass: 55, notes: [59, 62, 65, 67] },
  ],
  melody: [
    ...[76, null, 74, 72, 72, null, null, 69, 69, null, 72, 74, 74, null, null, null],
    ...[76, null, 79, 76, 72, null, null, 69, 74, null, 72, 69, 67, null, null, null],
  ],
};

const bright: Tune = {
  name: "bright",
  beatSeconds: 0.5,
  beatsPerChord: 8,
  arpeggioPerBeat: 1,
  chords: [
    { bass: 50, notes: [62, 66, 69, 74] },
    { bass: 55, notes: [62, 67, 71, 74] },
    { bass: 47, notes: [62, 66, 71, 74] },
    { bass: 57, notes: [61, 64, 69, 73] },
    { bass: 55, notes: [62, 67, 71, 74] },
    { bass: 50, notes: [62, 66, 69, 74] },
    { bass: 52, notes: [64, 67, 71, 76] },
    { bass: 57, notes: [61, 64, 69, 76] },
  ],
  melody: [
    ...[78, null, 76, 74, null, 74, 76, 78, 79, null, 78, 76, null, 74, null, null],
    ...[74, null, 76, 78, null, 78, 76, 74, 76, null, null, 73, 69, null, null, null],
    ...[71, null, 74, 79, null, 78, 76, 74, 78, null, 76, 74, null, 69, null, null],
    ...[76, null, 74, 71, null, 74, 76, 79, 76, null, null, 73, 76, null, null, null],
  ],
};

export const musicTunes: readonly Tune[] = [calm, bright];

type Ring = Readonly<{ samples: Float64Array }>;

function hertz(midi: number): number {
  return 440 * 2 ** ((midi - 69) / 12);
}

/** Adds one note; `shape` gives its loudness over time (0 to 1) from seconds since it began. */
function addNote(
  ring: Ring,
  note: Readonly<{
    midi: number;
    atSeconds: number;
    seconds: number;
    gain: number;
    partials: readonly number[];
    shape: (seconds: number) => number;
  }>,
): void {
  const { samples } = ring;
  const first = Math.round(note.atSeconds * rate);
  const count = Math.round(note.seconds * rate);
  note.partials.forEach((partialGain, index) => {
    const frequency = hertz(note.midi) * (index + 1);
    if (frequency > 3_400) return;
    for (let n = 0; n < count; n += 1) {
      const seconds = n / rate;
      const at = (first + n) % samples.length;
      const value = Math.sin(2 * Math.PI * frequency * seconds) * partialGain * note.gain;
      samples[at] = (samples[at] ?? 0) + value * note.shape(seconds);
    }
  });
}

/** Rises and falls like a slow string, overlapping its neighbours so that nothing goes silent. */
function pad(seconds: number): (at: number) => number {
  return (at) => Math.sin(Math.PI * Math.min(1, at / seconds)) ** 0.7;
}

function pluck(decaySeconds: number): (at: number) => number {
  return (at) => Math.min(1, at / 0.006) * Math.exp(-at / decaySeconds);
}

/** Renders a tune; amplitude 1 is full scale, the peak is 6 dB under it. */
export function renderTune(tune: Tune): Float64Array {
  const chordSeconds = tune.beatSeconds * tune.beatsPerChord;
  const ring: Ring = { samples: new Float64Array(tune.chords.length * chordSeconds * rate) };
  tune.chords.forEach((chord, index) => {
    const atSeconds = index * chordSeconds;
    const padSeconds = chordSeconds * 1.5;
    for (const midi of chord.notes) {
      const partials = [1, 0.35, 0.15];
      const shape = pad(padSeconds);
      addNote(ring, { midi, atSeconds, seconds: padSeconds, gain: 0.11, partials, shape });
    }
    // The telephone drops what is under 300 Hz: the bass is heard through its partials.
    const bass = { midi: chord.bass, atSeconds, seconds: padSeconds, gain: 0.16 };
    addNote(ring, { ...bass, partials: [0.6, 1, 0.7, 0.3], shape: pluck(chordSeconds / 2) });
    const steps = tune.beatsPerChord * tune.arpeggioPerBeat;
    for (let step = 0; step < steps; step += 1) {
      const order = [0, 1, 2, 3, 2, 1];
      const midi = chord.notes[order[step % order.length] ?? 0] ?? chord.bass;
      addNote(ring, {
        midi: midi + 12,
        atSeconds: atSeconds + (step * chordSeconds) / steps,
        seconds: 2,
        gain: 0.1,
        partials: [1, 0.3, 0.1],
        shape: pluck(0.45),
      });
    }
  });
  tune.melody.forEach((midi, beat) => {
    if (midi === null) return;
    const note = { midi, atSeconds: beat * tune.beatSeconds, seconds: 3, gain: 0.26 };
    addNote(ring, { ...note, partials: [1, 0.25, 0.2, 0.06], shape: pluck(0.8) });
  });
  const peak = ring.samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return ring.samples.map((sample) => (sample / peak) * 10 ** (-6 / 20));
}

/** Writes a tune as 8 kHz 16-bit mono WAV. */
export function writeTune(tune: Tune, path: string): void {
  const samples = renderTune(tune);
  const data = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, index) => {
    data.writeInt16LE(Math.round(sample * 32_767), index * 2);
  });
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + data.length, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(data.length, 40);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([header, data]));
}
