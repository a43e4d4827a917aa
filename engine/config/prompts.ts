// A caller must never meet a prompt that is missing, so this is looked at before the first call.
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { FlowNode } from "../core/ivr/flow-config.ts";
import { speechPrompts } from "../core/ivr/speech/speak.ts";
import type { LoadedFlow } from "./flows.ts";
import type { SiteFile } from "./schema.ts";
import type { LoadedSite } from "./site.ts";
import { type Problem, SiteError } from "./site-error.ts";
import type { YamlPath } from "./yaml-file.ts";

const languages = ["zh", "en"] as const;

/** Throws {@link SiteError} naming each prompt or music that no WAV file exists for. */
export function checkPrompts(site: LoadedSite, flows: readonly LoadedFlow[]): void {
  const problems: Problem[] = [];
  const known = new Map<string, boolean>();
  const exists = (path: string): boolean => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const found = isWav(join(site.promptsDir, path));
    known.set(path, found);
    return found;
  };
  const need = (paths: readonly string[], problem: (reason: string) => Problem): void => {
    for (const path of paths) {
      if (!exists(path)) problems.push(problem(`${path} is no WAV file in ${site.promptsDir}`));
    }
  };
  site.site.queues.forEach((queue, index) => {
    const at = (key: YamlPath) => (reason: string) =>
      site.problem(["queues", index, ...key], reason);
    need([`music/${queue.music}.wav`], at(["music"]));
    need(bothLanguages(queue.fullPrompt), at(["fullPrompt"]));
    if (queue.announcement !== null) {
      need(bothLanguages(queue.announcement.prompt), at(["announcement", "prompt"]));
    }
    for (const { path, key } of routingPrompts(queue.routing)) {
      need(bothLanguages(key), at(["routing", ...path]));
    }
  });
  for (const { flow, problem } of flows) {
    for (const [id, node] of Object.entries(flow.nodes)) {
      for (const { path, key } of promptsOf(node)) {
        need(bothLanguages(key), (reason) => problem(["nodes", id, ...path], reason));
      }
    }
  }
  if (problems.length > 0) throw new SiteError(problems);
}

function routingPrompts(
  routing: SiteFile["queues"][number]["routing"],
): readonly Readonly<{ path: YamlPath; key: string }>[] {
  if (routing === undefined) return [];
  const { hours, closed, noAgent, overflow, waitPrompts, callback } = routing;
  const callbackPrompts = ["offerPrompt", "confirmPrompt", "donePrompt"] as const;
  const treatments = [
    { path: ["closed"], to: hours === null ? null : closed },
    { path: ["noAgent"], to: noAgent },
    { path: ["overflow", "to"], to: overflow?.to ?? null },
  ];
  return [
    ...treatments.flatMap(({ path, to }) =>
      to !== null && "prompt" in to ? [{ path, key: to.prompt }] : [],
    ),
    ...(callback === null
      ? []
      : callbackPrompts.map((name) => ({ path: ["callback", name], key: callback[name] }))),
    ...waitPrompts.map(({ prompt }, index) => ({
      path: ["waitPrompts", index, "prompt"],
      key: prompt,
    })),
  ];
}

function promptsOf(node: FlowNode): readonly Readonly<{ path: YamlPath; key: string }>[] {
  const parts = "prompts" in node ? node.prompts : [];
  const listed = parts.flatMap((prompt, index) => {
    const path = ["prompts", index];
    // What a value may be said with.
    return typeof prompt === "string"
      ? [{ path, key: prompt }]
      : speechPrompts.map((key) => ({ path, key }));
  });
  return "noMatchPrompt" in node
    ? [...listed, { path: ["noMatchPrompt"], key: node.noMatchPrompt }]
    : listed;
}

function bothLanguages(key: string): readonly string[] {
  return languages.map((language) => `${language}/${key}.wav`);
}

function isWav(file: string): boolean {
  const head = Buffer.alloc(12);
  try {
    const handle = openSync(file, "r");
    try {
      readSync(handle, head, 0, head.length, 0);
    } finally {
      closeSync(handle);
    }
  } catch {
    return false;
  }
  return head.toString("latin1", 0, 4) === "RIFF" && head.toString("latin1", 8, 12) === "WAVE";
}
