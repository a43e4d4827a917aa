import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { siteFile } from "../config/schema.ts";
import { speechPrompts } from "../core/ivr/speech/speak.ts";
import { flowFile } from "../wire/flow-file.ts";
import { promptFiles, readPromptManifest } from "./prompts-manifest.ts";
import { musicTunes, renderTune } from "./prompts-music.ts";

const promptsDir = "ivr-flows/prompts";
const flowsDir = "ivr-flows/flows";
const manifest = readPromptManifest(promptsDir);

/** What is wrong with a prompt's WAV: nothing, for 8 kHz 16-bit mono PCM of a sane length. */
function faultOf(path: string, limits: { secondsMin: number; secondsMax: number }): string | null {
  const file = join(promptsDir, path);
  if (!existsSync(file)) return `${path}: missing`;
  const wav = readFileSync(file);
  const format = [wav.readUInt16LE(20), wav.readUInt16LE(22), wav.readUInt32LE(24)];
  if (format.join() !== "1,1,8000" || wav.readUInt16LE(34) !== 16) return `${path}: format`;
  const samples = Array.from({ length: (wav.length - 44) >> 1 }, (_, n) =>
    Math.abs(wav.readInt16LE(44 + n * 2)),
  );
  const seconds = samples.length / 8_000;
  if (seconds < limits.secondsMin || seconds > limits.secondsMax) return `${path}: ${seconds} s`;
  const peakDb = 20 * Math.log10(samples.reduce((most, s) => Math.max(most, s), 0) / 32_768);
  return Math.abs(peakDb + 6) > 1 ? `${path}: peak ${peakDb} dB` : null;
}

test("every prompt of the manifest is there in both languages, in the right form", () => {
  const faults = promptFiles(manifest).map(({ path }) =>
    faultOf(path, { secondsMin: 0.15, secondsMax: 12 }),
  );
  expect(faults.filter((fault) => fault !== null)).toEqual([]);
});

test("every voice is defined, and Chinese has its pinyin", () => {
  const parts = promptFiles(manifest).flatMap((file) => file.parts);
  expect(parts.filter(({ voice }) => manifest.voices[voice] === undefined)).toEqual([]);
  const chinese = parts.filter(({ text }) => /[\u4e00-\u9fff]/.test(text));
  expect(chinese.filter(({ pinyin }) => pinyin === undefined)).toEqual([]);
});

test("no WAV lies there that nobody wrote down", () => {
  const known = new Set(promptFiles(manifest).map(({ path }) => path));
  const found = ["zh", "en", "callers", "agents"].flatMap((dir) =>
    readdirSync(join(promptsDir, dir)).map((name) => `${dir}/${name}`),
  );
  expect(found.filter((path) => !known.has(path))).toEqual([]);
});

test("the music's WAVs are there, and the loop has no seam", () => {
  for (const tune of musicTunes) {
    const range = { secondsMin: 30, secondsMax: 40 };
    expect(faultOf(`music/${tune.name}.wav`, range)).toBeNull();
    const samples = renderTune(tune);
    const steps = samples.map((sample, n) => Math.abs(sample - (samples.at(n - 1) ?? 0)));
    const largest = steps.subarray(1).reduce((most, step) => Math.max(most, step), 0);
    expect((steps[0] ?? 1) <= largest).toBe(true);
  }
});

test("all audio together stays small, and so do the words that values are spoken with", () => {
  const words = new Set(speechPrompts.flatMap((key) => [`zh/${key}.wav`, `en/${key}.wav`]));
  const files = [...promptFiles(manifest).map(({ path }) => path), "music/calm.wav"];
  const bytesOf = (paths: readonly string[]) =>
    paths.reduce((sum, path) => sum + statSync(join(promptsDir, path)).size, 0);
  expect(bytesOf(files.filter((path) => !words.has(path)))).toBeLessThan(4_000_000);
  expect(bytesOf([...words])).toBeLessThan(1_500_000);
});

const flows = readdirSync(flowsDir).map((name) => ({
  name,
  flow: flowFile.parse(parse(readFileSync(join(flowsDir, name), "utf8"))),
}));
const site = siteFile.parse(parse(readFileSync("deploy/demo/site.yaml", "utf8")));

test("every prompt that a flow or a queue of the demo plays is written down", () => {
  const played = flows.flatMap(({ flow }) =>
    Object.values(flow.nodes).flatMap((node) => [
      ...("prompts" in node ? node.prompts : []).flatMap((prompt) =>
        typeof prompt === "string" ? [prompt] : speechPrompts,
      ),
      ...("noMatchPrompt" in node ? [node.noMatchPrompt] : []),
    ]),
  );
  const queued = site.queues.flatMap(({ fullPrompt, announcement }) => [
    fullPrompt,
    ...(announcement === null ? [] : [announcement.prompt]),
  ]);
  const missing = [...played, ...queued].filter((key) => manifest.prompts[key] === undefined);
  expect(missing).toEqual([]);
  const tunes = new Set(musicTunes.map(({ name }) => name));
  expect(site.queues.filter(({ music }) => !tunes.has(music))).toEqual([]);
});

test("every node of a flow is reached, and every way leads to a node", () => {
  for (const { name, flow } of flows) {
    const reached = new Set<string>();
    const walk = (id: string) => {
      if (reached.has(id)) return;
      reached.add(id);
      const node = flow.nodes[id];
      if (node === undefined) return;
      for (const key of ["next", "giveUp", "open", "closed"] as const) {
        const next = (node as Readonly<Record<string, unknown>>)[key];
        if (typeof next === "string") walk(next);
      }
      if (node.kind === "menu") for (const next of Object.values(node.choices)) walk(next);
    };
    walk(flow.start);
    expect({ name, nodes: [...reached].sort() }).toEqual({
      name,
      nodes: Object.keys(flow.nodes).sort(),
    });
  }
});

test("the demo's queues, calendars and people fit together", () => {
  const queueIds = new Set(site.queues.map(({ id }) => id));
  const calendarIds = new Set(site.calendars.map(({ id }) => id));
  const nodes = flows.flatMap(({ flow }) => Object.values(flow.nodes));
  const unknown = nodes.filter(
    (node) =>
      (node.kind === "queue" && !queueIds.has(node.queueId)) ||
      (node.kind === "hours" && !calendarIds.has(node.calendarId)),
  );
  expect(unknown).toEqual([]);
  // A newcomer who logs in as 1001 can get every call, and the simulated agents leave none alone.
  const able = (id: string) =>
    site.queues.filter(({ skills }) =>
      Object.entries(skills).every(
        ([skill, level]) =>
          (site.agents.find((agent) => agent.id === id)?.skills[skill] ?? 0) >= level,
      ),
    );
  expect(able("1001").length).toBe(site.queues.length);
  const served = new Set((site.demo?.agents ?? []).flatMap(able));
  expect(served.size).toBe(site.queues.length);
});
