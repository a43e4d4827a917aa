// WAV files of the prompt folder: loaded, brought to one loudness and encoded once, then shared.
// A changed file is loaded again at the next play. Nothing outside the folder is ever read.
import { open, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, normalize, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { sampleRateHz } from "../dsp/goertzel.ts";
import { normaliseLoudness } from "../dsp/loudness.ts";
import { resample } from "../dsp/resample.ts";
import { readWav } from "../dsp/wav.ts";
import { type Clip, clipOf } from "./clip.ts";

/** The prompt cannot be played; the message says why. */
export class PromptError extends Error {}

interface Entry {
  /** The path as it was asked for last. */
  path: string;
  lookedAtMs: number;
  mtimeMs: number;
  size: number;
  clip: Promise<Clip>;
  /** 0 while loading. */
  bytes: number;
}

export class PromptLibrary {
  private readonly folder: string;
  /** In order of use, least recent first. */
  private readonly entries = new Map<string, Entry>();
  /** Files by the paths that they were asked for; never more than `entries`. */
  private readonly fileOf = new Map<string, string>();
  private cachedBytes = 0;
  private readonly nowMs: () => number;

  constructor(folder: string, nowMs: () => number = () => performance.now()) {
    this.folder = folder;
    this.nowMs = nowMs;
  }

  /**
   * The prompt at `path` below the folder. The disk is asked at most once a second, so a changed
   * file is heard that much later. Rejects with `PromptError`.
   */
  load(path: string): Promise<Clip> {
    const file = this.fileOf.get(path);
    const known = file === undefined ? undefined : this.entries.get(file);
    if (file === undefined || known === undefined || this.nowMs() - known.lookedAtMs >= lookMs) {
      return this.look(path);
    }
    this.touch(file, known);
    return known.clip;
  }

  private async look(path: string): Promise<Clip> {
    const file = await this.locate(path);
    const { mtimeMs, size } = await stat(file).catch(() => {
      throw new PromptError(`no such prompt: ${path}`);
    });
    if (size > fileBytesMax) throw new PromptError(`prompt too large: ${path}`);
    const known = this.entries.get(file);
    if (known !== undefined && known.mtimeMs === mtimeMs && known.size === size) {
      this.touch(file, known);
      this.remember(path, file, known);
      return known.clip;
    }
    if (known !== undefined) this.forget(file, known);
    const entry: Entry = {
      ...{ path, lookedAtMs: 0, mtimeMs, size, bytes: 0 },
      clip: readClip(file, path),
    };
    this.entries.set(file, entry);
    this.remember(path, file, entry);
    try {
      const clip = await entry.clip;
      this.account(file, entry, clip);
      return clip;
    } catch (error) {
      this.forget(file, entry);
      throw error;
    }
  }

  private touch(file: string, entry: Entry): void {
    this.entries.delete(file);
    this.entries.set(file, entry);
  }

  private remember(path: string, file: string, entry: Entry): void {
    this.fileOf.delete(entry.path);
    entry.path = path;
    entry.lookedAtMs = this.nowMs();
    this.fileOf.set(path, file);
  }

  private async locate(path: string): Promise<string> {
    const plain = normalize(path);
    const escapes = isAbsolute(path) || path.split(/[/\\]/).includes("..") || path.includes("\0");
    if (escapes || !/\.wav$/i.test(plain)) throw new PromptError(`not a prompt's path: ${path}`);
    const missing = (): never => {
      throw new PromptError(`no such prompt: ${path}`);
    };
    const root = await realpath(this.folder).catch(missing);
    const file = await realpath(join(root, plain)).catch(missing);
    if (!file.startsWith(root + sep)) throw new PromptError(`not a prompt's path: ${path}`);
    return file;
  }

  private account(file: string, entry: Entry, clip: Clip): void {
    if (this.entries.get(file) !== entry || entry.bytes > 0) return;
    entry.bytes = clip.samples * 2;
    this.cachedBytes += entry.bytes;
    for (const [oldest, candidate] of this.entries) {
      if (this.cachedBytes <= cacheBytesMax && this.entries.size <= cacheFilesMax) break;
      if (candidate !== entry) this.forget(oldest, candidate);
    }
  }

  private forget(file: string, entry: Entry): void {
    if (this.entries.get(file) !== entry) return;
    this.entries.delete(file);
    this.fileOf.delete(entry.path);
    this.cachedBytes -= entry.bytes;
  }
}

async function readClip(file: string, path: string): Promise<Clip> {
  try {
    const audio = readWav(await readBounded(file));
    const steps = resample(audio.samples, { fromHz: audio.sampleRateHz, toHz: sampleRateHz });
    for (;;) {
      const step = steps.next();
      if (step.done === true) return clipOf(normaliseLoudness(step.value));
      // Other legs' frames are due while a long file is converted.
      await nextTurn();
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new PromptError(`cannot read prompt ${path}: ${why}`);
  }
}

/** The file's bytes, cut at the limit even if it grows while it is read. */
async function readBounded(file: string): Promise<Uint8Array> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const bytes = new Uint8Array(Math.min(size, fileBytesMax));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await handle.close();
  }
}

/** Three minutes of 48 kHz stereo. */
const fileBytesMax = 35_000_000;
const cacheBytesMax = 96_000_000;
const cacheFilesMax = 2000;
const lookMs = 1000;
