// What a leg hears from us, frame by frame: items one after the other without a seam.
import type { G711Codec } from "../dsp/g711.ts";
import { g711Silence } from "../dsp/g711.ts";
import { frameSamples } from "../dsp/rtp-packet.ts";
import type { Clip } from "./clip.ts";

/** A part of a play list. `clip` null is silence. */
export interface PlayPart {
  clip: Clip | null;
  samples: number;
  endless: boolean;
}

export class Player {
  readonly playId: string;
  private readonly parts: readonly PlayPart[];
  private readonly repeat: boolean;
  private index = 0;
  private position: number;

  constructor(play: {
    playId: string;
    parts: readonly PlayPart[];
    repeat: boolean;
    /** Where in the first part to begin, in samples. */
    startAt?: number;
  }) {
    this.playId = play.playId;
    this.parts = play.parts;
    // A list without sound would repeat for ever without filling a frame.
    this.repeat = play.repeat && play.parts.some((part) => part.samples > 0);
    this.position = play.startAt ?? 0;
  }

  /** Samples played of the part that is playing. */
  get offset(): number {
    return this.position;
  }

  get part(): PlayPart | null {
    return this.parts[this.index] ?? null;
  }

  /**
   * Writes the next 20 ms at `at` in the codec asked for. False when there was nothing left: then
   * nothing was written. The rest of a last frame is silence.
   */
  fill(frame: Uint8Array, at: number, codec: G711Codec): boolean {
    let filled = 0;
    while (filled < frameSamples) {
      const part = this.nextPart();
      if (part === null) break;
      const count = Math.min(frameSamples - filled, part.samples - this.position);
      const start = at + filled;
      if (part.clip === null) frame.fill(g711Silence[codec], start, start + count);
      else part.clip[codec].copy(frame, start, this.position, this.position + count);
      this.position += count;
      filled += count;
    }
    if (filled === 0) return false;
    if (filled < frameSamples) frame.fill(g711Silence[codec], at + filled, at + frameSamples);
    return true;
  }

  private nextPart(): PlayPart | null {
    for (;;) {
      const part = this.parts[this.index];
      if (part === undefined) return null;
      if (this.position < part.samples) return part;
      this.position = 0;
      if (part.endless && part.samples > 0) return part;
      this.index += 1;
      if (this.index === this.parts.length && this.repeat) this.index = 0;
    }
  }
}
