// How a simulated caller knows that somebody is there. SIP does not tell (the call was answered by
// the menu), so he listens as a person does: music goes on without pauses, people do not.
import type { HeardWindow } from "./peer/tone.ts";

/** `music`: waiting. `somebody`: no music, and prompts would have ended by now. */
type Heard = "unknown" | "music" | "somebody";

/** Sound without a pause for so many windows of 100 ms is music; prompts pause more often. */
const musicWindows = 30;
/** A pause: so many dB under the mean of the last sounds, or under the noise of a line. */
const pauseDropDb = 9;
const noiseDb = -48;
/** Without music for so long, it is a person: longer than the announcements of a queue. */
const personWindows = 60;

export type Hearing = Readonly<{
  hear: (window: HeardWindow) => void;
  /** A key was pressed: what was heard before says nothing about what comes now. */
  forget: () => void;
  state: () => Heard;
  /** True from the moment that the music stopped: time to say something. */
  mayTalk: () => boolean;
}>;

export function createHearing(): Hearing {
  let soundWindows = 0;
  let sinceMusic = 0;
  let musicSeen = false;
  let meanDb = noiseDb;
  return {
    hear: ({ levelDb, toneHz }) => {
      const pause = levelDb < noiseDb || levelDb < meanDb - pauseDropDb || toneHz !== null;
      if (levelDb > noiseDb) meanDb += (levelDb - meanDb) / 10;
      soundWindows = pause ? 0 : soundWindows + 1;
      if (soundWindows >= musicWindows) {
        musicSeen = true;
        sinceMusic = 0;
      } else if (soundWindows === 0 || sinceMusic > 0) {
        sinceMusic += 1;
      }
    },
    forget: () => {
      soundWindows = 0;
      sinceMusic = 0;
      musicSeen = false;
    },
    state: () => {
      if (sinceMusic >= personWindows) return "somebody";
      return musicSeen && sinceMusic === 0 ? "music" : "unknown";
    },
    mayTalk: () => sinceMusic >= 2 && (musicSeen || sinceMusic >= personWindows),
  };
}
