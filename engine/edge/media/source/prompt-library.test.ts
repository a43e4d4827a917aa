import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { g711Decode } from "../dsp/g711.ts";
import { levelDb, toneShare } from "../dsp/goertzel.ts";
import { toneSamples } from "../dsp/tone.ts";
import { writeWav } from "../dsp/wav.ts";
import { PromptError, PromptLibrary } from "./prompt-library.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "library-"));
  await mkdir(join(folder, "prompts", "zh"), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const tone = (frequencyHz: number): Uint8Array =>
  writeWav({ sampleRateHz: 8000, samples: toneSamples([{ frequencyHz, ms: 500 }], -35) });

describe("PromptLibrary", () => {
  it("loads once, at the common loudness, in both laws, and again when the file changed", async () => {
    const file = join(folder, "prompts", "zh", "a.wav");
    await writeFile(file, tone(600));
    let nowMs = 0;
    const library = new PromptLibrary(join(folder, "prompts"), () => nowMs);
    const [first, second] = await Promise.all([library.load("zh/a.wav"), library.load("zh/a.wav")]);
    expect(second).toBe(first);
    for (const codec of ["PCMU", "PCMA"] as const) {
      const samples = g711Decode(codec, first[codec]);
      expect(toneShare(samples, { frequencyHz: 600 })).toBeGreaterThan(0.98);
      expect(levelDb(samples)).toBeCloseTo(-20, 0);
    }
    await writeFile(file, tone(900));
    await utimes(file, new Date(), new Date(Date.now() + 5000));
    nowMs = 999;
    expect(await library.load("zh/a.wav")).toBe(first);
    nowMs = 1000;
    const changed = await library.load("zh/a.wav");
    expect(toneShare(g711Decode("PCMU", changed.PCMU), { frequencyHz: 900 })).toBeGreaterThan(0.98);
  });

  it.each([
    "../secret.wav",
    "zh/../../secret.wav",
    "/etc/passwd",
    "zh/none.wav",
    "zh",
    "link.wav",
    "zh/note.txt",
    "broken.wav",
    "a\0.wav",
  ])("refuses %j", async (path) => {
    const prompts = join(folder, "prompts");
    await writeFile(join(folder, "secret.wav"), tone(600));
    await symlink(join(folder, "secret.wav"), join(prompts, "link.wav"));
    await writeFile(join(prompts, "zh", "note.txt"), "x");
    await writeFile(join(prompts, "broken.wav"), "x");
    await expect(new PromptLibrary(prompts).load(path)).rejects.toThrow(PromptError);
  });
});
