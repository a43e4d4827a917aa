// What simulated people say: the WAVs below `callers/` and `agents/` of the prompt folder.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Clip, joinClips, readWav } from "./peer/clip.ts";
import type { Random } from "./random.ts";

export type Speech = Readonly<{
  /** A clip of that role and language, to be repeated. */
  pick: (random: Random, language: "zh" | "en") => Clip;
}>;

const pauseMs = 1_600;

/** Reads all sentences of a role once. Throws when the folder holds none. */
export function loadSpeech(promptsDir: string, role: "callers" | "agents"): Speech {
  const dir = join(promptsDir, role);
  const clips = (language: "zh" | "en"): Clip[] =>
    readdirSync(dir)
      .filter((name) => name.startsWith(`${language}-`) && name.endsWith(".wav"))
      .sort()
      .map((name) => joinClips([readWav(join(dir, name))], pauseMs));
  const byLanguage = { zh: clips("zh"), en: clips("en") };
  if (byLanguage.zh.length === 0 || byLanguage.en.length === 0) {
    throw new Error(`${dir}: needs zh-*.wav and en-*.wav`);
  }
  return { pick: (random, language) => random.pick(byLanguage[language]) };
}
