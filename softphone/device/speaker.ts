import { playNotes, unlockAudio } from "./audio-context.ts";

export type Speaker = Readonly<{
  element: HTMLAudioElement;
  /** Plays what the caller says; null is silence. */
  play: (stream: MediaStream | null) => void;
  /** Unlocks output and plays three short notes; must be called from a click. */
  test: () => Promise<"ok" | "blocked">;
}>;

export function createSpeaker(): Speaker {
  const element = document.createElement("audio");
  element.autoplay = true;
  element.hidden = true;
  document.body.append(element);
  return {
    element,
    play(stream) {
      element.srcObject = stream;
      if (stream !== null) {
        // A refusal shows as silence, which the start of shift exists to prevent.
        void element.play().catch(() => undefined);
      }
    },
    async test() {
      const result = await unlockAudio();
      if (result === "ok") {
        playNotes({ hz: [523.25, 659.25, 783.99], noteSeconds: 0.18, gain: 0.2 });
      }
      return result;
    },
  };
}
