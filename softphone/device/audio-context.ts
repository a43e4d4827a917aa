let shared: AudioContext | null = null;

/** The page's one audio context. Browsers keep it silent until a click has called `resume`. */
export function audioContext(): AudioContext {
  if (shared === null || shared.state === "closed") {
    shared = new AudioContext();
  }
  return shared;
}

const resumeMsMax = 1_000;

/** Unlocks output; must be called from a click. `blocked` when the browser still refuses. */
export async function unlockAudio(): Promise<"ok" | "blocked"> {
  const context = audioContext();
  const late = new Promise((resolve) => setTimeout(resolve, resumeMsMax));
  await Promise.race([context.resume().catch(() => undefined), late]);
  return context.state === "running" ? "ok" : "blocked";
}

/** A soft sine of some notes one after the other; `gain` up to 1. */
export function playNotes(notes: {
  hz: readonly number[];
  noteSeconds: number;
  gain: number;
}): () => void {
  const context = audioContext();
  const master = context.createGain();
  master.connect(context.destination);
  notes.hz.forEach((hz, index) => {
    const startsAt = context.currentTime + index * notes.noteSeconds;
    const endsAt = startsAt + notes.noteSeconds;
    const envelope = context.createGain();
    envelope.gain.setValueAtTime(0, startsAt);
    envelope.gain.linearRampToValueAtTime(notes.gain, startsAt + 0.02);
    envelope.gain.setTargetAtTime(0, endsAt - 0.12, 0.05);
    const oscillator = context.createOscillator();
    oscillator.frequency.value = hz;
    oscillator.connect(envelope).connect(master);
    oscillator.start(startsAt);
    oscillator.stop(endsAt + 0.2);
  });
  return () => {
    master.gain.setTargetAtTime(0, context.currentTime, 0.02);
  };
}
