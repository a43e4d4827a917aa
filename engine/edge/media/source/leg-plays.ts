// The plays of one leg: files are loaded, then heard; each play's end is reported once.
import type { MediaPlayItem } from "../../../wire/media-control.ts";
import type { MediaLeg } from "../leg/media-leg.ts";
import type { ToneClips } from "./clip.ts";
import { Player, type PlayPart } from "./player.ts";
import type { PromptLibrary } from "./prompt-library.ts";

export type PlayOutcome = "completed" | "failed";
/** Where the sounds of all legs come from. */
export type LegSounds = Readonly<{ prompts: PromptLibrary; tones: ToneClips }>;

export class LegPlays {
  private readonly leg: MediaLeg;
  private readonly sounds: LegSounds;
  private readonly onFinished: (playId: string, outcome: PlayOutcome) => void;
  /** The newest play, going on or over. */
  private latest: { playId: string; outcome: PlayOutcome | "stopped" | null } | null = null;
  /** Where the music stopped, so that it goes on from there after an announcement. */
  private music: { path: string; offset: number } | null = null;
  private musicPath: string | null = null;

  constructor(
    leg: MediaLeg,
    sounds: LegSounds,
    onFinished: (playId: string, outcome: PlayOutcome) => void,
  ) {
    this.leg = leg;
    this.sounds = sounds;
    this.onFinished = onFinished;
  }

  /** The play that the leg hears or is about to hear. */
  get present(): string | null {
    return this.latest?.outcome === null ? this.latest.playId : null;
  }

  knows(playId: string): boolean {
    return this.latest?.playId === playId;
  }

  /** A repeated command for a play that is over gets its outcome again: the first may be lost. */
  repeatOutcome(playId: string): void {
    const outcome = this.latest?.playId === playId ? this.latest.outcome : null;
    if (outcome === "completed" || outcome === "failed") this.onFinished(playId, outcome);
  }

  /** Replaces what the leg hears as soon as the files are there. */
  start(play: { playId: string; items: readonly MediaPlayItem[]; repeat: boolean }): void {
    this.rememberMusic();
    const latest: LegPlays["latest"] = { playId: play.playId, outcome: null };
    this.latest = latest;
    this.leg.hearNothing();
    void this.loadParts(play.items).then(
      (parts) => {
        if (this.latest === latest && latest.outcome === null) this.hear(play, parts);
      },
      () => {
        if (this.latest === latest && latest.outcome === null) this.finish(play.playId, "failed");
      },
    );
  }

  /** The leg's player came to its end. */
  completed(playId: string): void {
    if (this.present === playId) this.finish(playId, "completed");
  }

  stop(playId: string): void {
    if (this.present !== playId) return;
    this.cancel();
    this.leg.hearNothing();
  }

  /** The leg gets something else to hear, which is the caller's matter. */
  cancel(): void {
    this.rememberMusic();
    if (this.latest !== null && this.latest.outcome === null) this.latest.outcome = "stopped";
  }

  private hear(
    play: { playId: string; items: readonly MediaPlayItem[]; repeat: boolean },
    parts: readonly PlayPart[],
  ): void {
    const [first] = play.items;
    const [part] = parts;
    this.musicPath = first?.kind === "music" ? first.path : null;
    const resumes = this.music !== null && this.music.path === this.musicPath;
    const startAt = resumes && part !== undefined ? (this.music?.offset ?? 0) % part.samples : 0;
    this.leg.hearPlayer(new Player({ ...play, parts, startAt: startAt || 0 }));
  }

  private finish(playId: string, outcome: PlayOutcome): void {
    if (this.latest !== null) this.latest.outcome = outcome;
    this.onFinished(playId, outcome);
  }

  private rememberMusic(): void {
    const player = this.leg.currentPlayer;
    if (player === null || this.musicPath === null) return;
    this.music = { path: this.musicPath, offset: player.offset };
    this.musicPath = null;
  }

  private loadParts(items: readonly MediaPlayItem[]): Promise<PlayPart[]> {
    return Promise.all(items.map((item) => this.loadPart(item)));
  }

  private async loadPart(item: MediaPlayItem): Promise<PlayPart> {
    switch (item.kind) {
      case "file":
      case "music": {
        const clip = await this.sounds.prompts.load(item.path);
        return { clip, samples: clip.samples, endless: item.kind === "music" };
      }
      case "tone": {
        const clip = this.sounds.tones[item.tone];
        return { clip, samples: clip.samples, endless: false };
      }
      case "silence":
        return { clip: null, samples: item.ms * 8, endless: false };
    }
  }
}
