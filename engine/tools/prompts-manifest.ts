// The manifest of all spoken audio: what is said, by which voice. The WAVs beside it are generated
// from it, and may be replaced by recordings of people without changing anything else.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const key = z.string().regex(/^[a-z][a-z0-9-]{0,59}$/);

const part = z.strictObject({
  voice: z.string(),
  /** What a person reads and hears: hanzi in Chinese. */
  text: z.string().min(1).max(300),
  /** What the Chinese synthesiser reads, tone sandhi written out: it does not read hanzi well. */
  pinyin: z
    .string()
    .regex(/^[a-z0-9 ,.?]+$/)
    .optional(),
});
export type PromptPart = z.infer<typeof part>;

const parts = z.array(part).min(1).max(4);

const manifestSchema = z.strictObject({
  voices: z.record(
    z.string(),
    z.discriminatedUnion("program", [
      z.strictObject({
        program: z.literal("espeak-ng"),
        voice: z.string(),
        wordsPerMinute: z.number().int().min(80).max(300),
      }),
      z.strictObject({ program: z.literal("festival"), voice: z.string() }),
    ]),
  ),
  /** Played to callers, complete in both languages: `zh/<key>.wav` and `en/<key>.wav`. */
  prompts: z.record(key, z.strictObject({ zh: parts, en: parts })),
  /** What the demo's simulated people say, by path without `.wav`. */
  speech: z.record(z.string().regex(/^(callers|agents)\/(zh|en)-[0-9]+$/), parts),
});
export type PromptManifest = z.infer<typeof manifestSchema>;

/** Reads `prompts.json` of a prompt folder; throws with the schema's reasons. */
export function readPromptManifest(promptsDir: string): PromptManifest {
  return manifestSchema.parse(JSON.parse(readFileSync(join(promptsDir, "prompts.json"), "utf8")));
}

/** Every WAV that the manifest asks for: its path below the prompt folder, and what is said. */
export function promptFiles(
  manifest: PromptManifest,
): readonly Readonly<{ path: string; parts: readonly PromptPart[] }>[] {
  const files: { path: string; parts: readonly PromptPart[] }[] = [];
  for (const [promptKey, languages] of Object.entries(manifest.prompts)) {
    files.push({ path: `zh/${promptKey}.wav`, parts: languages.zh });
    files.push({ path: `en/${promptKey}.wav`, parts: languages.en });
  }
  for (const [path, spoken] of Object.entries(manifest.speech)) {
    files.push({ path: `${path}.wav`, parts: spoken });
  }
  return files;
}
