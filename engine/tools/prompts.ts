// Makes the WAVs of ivr-flows/prompts from prompts.json with Debian's espeak-ng, festival and sox.
//   tsx engine/tools/prompts.ts             those that are missing
//   tsx engine/tools/prompts.ts --all       all of them anew (recordings of people are overwritten)
//   tsx engine/tools/prompts.ts welcome-12345 callers/zh-1    these anew
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import {
  type PromptManifest,
  type PromptPart,
  promptFiles,
  readPromptManifest,
} from "./prompts-manifest.ts";
import { musicTunes, writeTune } from "./prompts-music.ts";

const promptsDir = resolve("ivr-flows/prompts");
const packages: Readonly<Record<string, string>> = {
  "espeak-ng": "espeak-ng",
  text2wave: "festival festvox-us-slt-hts",
  sox: "sox",
};
/** Telephone band, no breath before and after, one loudness: peak 6 dB under full scale. */
const trim = ["silence", "1", "0.01", "0.5%", "reverse"];
const gapSeconds = 0.3;

function demandPrograms(): void {
  const missing = Object.keys(packages).filter(
    (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).error !== undefined,
  );
  if (missing.length === 0) return;
  const names = missing.map((program) => packages[program]).join(" ");
  console.error(`missing: ${missing.join(", ")}. On Debian: apt-get install ${names}`);
  process.exit(1);
}

function synthesise(manifest: PromptManifest, spoken: PromptPart, wav: string): void {
  const voice = manifest.voices[spoken.voice];
  if (voice === undefined) throw new Error(`prompts.json has no voice ${spoken.voice}`);
  if (voice.program === "espeak-ng") {
    const words = spoken.pinyin ?? spoken.text;
    const speed = String(voice.wordsPerMinute);
    execFileSync("espeak-ng", ["-v", voice.voice, "-s", speed, "-w", wav, words]);
    return;
  }
  const text = `${wav}.txt`;
  writeFileSync(text, `${spoken.text}\n`);
  execFileSync("text2wave", ["-eval", `(${voice.voice})`, "-o", wav, text]);
}

function makePrompt(manifest: PromptManifest, path: string, parts: readonly PromptPart[]): void {
  const work = mkdtempSync(join(tmpdir(), "prompts-"));
  try {
    const trimmed = parts.map((spoken, index) => {
      const raw = join(work, `raw-${index}.wav`);
      const clean = join(work, `clean-${index}.wav`);
      synthesise(manifest, spoken, raw);
      const pad = ["pad", "0", index < parts.length - 1 ? String(gapSeconds) : "0.05"];
      const format = ["-c", "1", "-b", "16", clean];
      const effects = [
        "gain",
        "-3",
        "rate",
        "8000",
        "highpass",
        "200",
        ...trim,
        ...trim,
        "norm",
        "-6",
        ...pad,
      ];
      execFileSync("sox", ["-R", "-D", raw, ...format, ...effects]);
      return clean;
    });
    const target = join(promptsDir, path);
    mkdirSync(dirname(target), { recursive: true });
    execFileSync("sox", ["-R", "-D", ...trimmed, target, "norm", "-6"]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function main(args: readonly string[]): void {
  const manifest = readPromptManifest(promptsDir);
  const all = args.includes("--all");
  const named = args.filter((arg) => !arg.startsWith("--"));
  const wanted = (path: string) =>
    all ||
    named.some((name) => path === `${name}.wav` || path.endsWith(`/${name}.wav`)) ||
    !existsSync(join(promptsDir, path));
  const spoken = promptFiles(manifest).filter(({ path }) => wanted(path));
  if (spoken.length > 0) demandPrograms();
  for (const { path, parts } of spoken) {
    makePrompt(manifest, path, parts);
    console.log(`made ${path}`);
  }
  for (const tune of musicTunes) {
    const path = `music/${tune.name}.wav`;
    if (!wanted(path)) continue;
    writeTune(tune, join(promptsDir, path));
    console.log(`made ${path}`);
  }
}

main(process.argv.slice(2));
