import { playNotes } from "./audio-context.ts";

const ringEveryMs = 3_000;
const notesHz = [659.25, 783.99, 659.25, 783.99];

export type RingTone = Readonly<{ start: () => void; stop: () => void }>;

/** A gentle two-note ring, repeated until stopped; starting twice rings once. */
export function createRingTone(): RingTone {
  let timer: ReturnType<typeof setInterval> | null = null;
  let silence: () => void = () => undefined;

  const ringOnce = (): void => {
    silence = playNotes({ hz: notesHz, noteSeconds: 0.32, gain: 0.22 });
  };
  return {
    start() {
      if (timer === null) {
        ringOnce();
        timer = setInterval(ringOnce, ringEveryMs);
      }
    },
    stop() {
      if (timer !== null) {
        clearInterval(timer);
        timer = null;
        silence();
      }
    },
  };
}
