import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { toCentreConfig } from "./centre.ts";
import { loadFlows } from "./flows.ts";
import { checkPrompts } from "./prompts.ts";
import { loadSite } from "./site.ts";
import { SiteError } from "./site-error.ts";

const flow = `flow: main
title: { zh: 主, en: Main }
start: hello
nodes:
  hello: { kind: play, prompts: [welcome], next: hours }
  hours: { kind: hours, calendarId: office, open: menu, closed: bye }
  menu: { kind: menu, prompts: [menu], choices: { "1": wait }, noMatchPrompt: sorry, giveUp: bye }
  wait: { kind: queue, queueId: q1 }
  bye: { kind: end, outcome: closed }
`;

const site = (root: string): string => `site: test
flowsDir: ${root}/flows
promptsDir: ${root}/prompts
trunks:
  - { id: t1, sources: ["127.0.0.1"] }
calendars:
  - { id: office }
numbers:
  - { digits: "100", hotline: { zh: 一, en: One }, flow: main }
queues:
  - { id: q1, name: { zh: 队, en: Queue }, skills: { tax: 2 }, announcement: { prompt: wait, everySeconds: 20 } }
agents:
  - { id: a1, name: { zh: 甲, en: A }, skills: { tax: 3 } }
  - { id: a2, name: { zh: 乙, en: B }, device: { kind: phone } }
  - { id: a3, name: { zh: 丙, en: C }, device: { kind: fixed, uri: "sip:x@127.0.0.1" } }
notReadyReasons:
  - { id: break, label: { zh: 休, en: Break } }
`;

/** A site of files; `edit` changes their text before they are written. */
function world(edit: { flow?: (text: string) => string; site?: (text: string) => string } = {}) {
  const root = mkdtempSync(join(tmpdir(), "rexian-centre-"));
  const file = join(root, "site.yaml");
  write(file, (edit.site ?? ((text) => text))(site(root)));
  write(join(root, "flows/main.yaml"), (edit.flow ?? ((text) => text))(flow));
  for (const key of ["welcome", "menu", "sorry", "wait", "queue-full"]) {
    for (const language of ["zh", "en"]) {
      write(join(root, "prompts", language, `${key}.wav`), "RIFF....WAVEfmt ");
    }
  }
  write(join(root, "prompts/music/calm.wav"), "RIFF....WAVEfmt ");
  return { root, loaded: loadSite({ file, env: {} }) };
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof SiteError)) throw error;
    return error.problems.map(({ line, path, reason }) => `${line}: ${path}: ${reason}`);
  }
  return [];
}

describe("a site and its flows become the core's configuration", () => {
  it("whole and frozen", () => {
    const { loaded } = world();
    const config = toCentreConfig(loaded, loadFlows(loaded.flowsDir));
    expect(config).toEqual({
      trunks: [{ id: "t1", channelsMax: 30 }],
      trunkGroups: [],
      numbers: [
        {
          id: "100",
          digits: "100",
          hotline: { zh: "一", en: "One" },
          language: "zh",
          flowId: "main",
          queueId: null,
        },
      ],
      queues: [
        {
          id: "q1",
          name: { zh: "队", en: "Queue" },
          requirements: [{ skillId: "tax", levelMin: 2 }],
          priority: 0,
          strategy: "longestIdle",
          targetMs: 15_000,
          targetRatio: 0.8,
          shortAbandonMs: 5_000,
          ringMsMax: 15_000,
          wrapUpMs: 30_000,
          music: "calm",
          announcement: { prompt: "wait", everyMs: 20_000 },
          waitingMax: 500,
          waitMsMax: null,
          fullPrompt: "queue-full",
        },
      ],
      agents: [
        { id: "a1", name: { zh: "甲", en: "A" }, skills: { tax: 3 }, device: { kind: "browser" } },
        {
          id: "a2",
          name: { zh: "乙", en: "B" },
          skills: {},
          device: { kind: "phone", alwaysReady: false, ronaPauseMs: 10_000 },
        },
        {
          id: "a3",
          name: { zh: "丙", en: "C" },
          skills: {},
          device: { kind: "fixed", uri: "sip:x@127.0.0.1", alwaysReady: true, ronaPauseMs: 10_000 },
        },
      ],
      flows: [
        {
          id: "main",
          version: createHash("sha256").update(flow).digest("hex"),
          start: "hello",
          nodes: {
            hello: { kind: "play", prompts: ["welcome"], next: "hours", interruptible: false },
            hours: { kind: "hours", calendarId: "office", open: "menu", closed: "bye" },
            menu: {
              kind: "menu",
              prompts: ["menu"],
              choices: { "1": "wait" },
              timeoutMs: 5_000,
              attemptsMax: 3,
              noMatchPrompt: "sorry",
              giveUp: "bye",
              interruptible: true,
              typeAhead: true,
            },
            wait: { kind: "queue", queueId: "q1", priority: 0 },
            bye: { kind: "end", prompts: [], outcome: "closed" },
          },
        },
      ],
      limits: { callsMax: 2_000, flowStepsMax: 100 },
      notReadyReasons: [{ id: "break", label: { zh: "休", en: "Break" }, limitMs: 600_000 }],
      wrapUpCodes: [],
      supervisors: [],
      rejoinMs: 20_000,
      seatGraceMs: 5_000,
      seatRoundTripMsMax: 1_500,
      silentLegProbeMs: 20_000,
      queueChoice: "priority",
      languageSkills: {},
    });
    expect(Object.isFrozen(config.flows[0]?.nodes["menu"])).toBe(true);
  });

  it.each([
    [
      "number",
      (text: string) => text,
      { site: "flow: none" },
      "9: numbers[0].flow: there is no flow none",
    ],
    [
      "queue",
      (text: string) => text.replace("queueId: q1", "queueId: q9"),
      {},
      "8: nodes.wait.queueId: there is no queue q9",
    ],
    [
      "calendar",
      (text: string) => text.replace("calendarId: office", "calendarId: night"),
      {},
      "6: nodes.hours.calendarId: there is no calendar night",
    ],
  ])("an unknown target is refused: %s", (_why, editFlow, edit: { site?: string }, expected) => {
    const { loaded } = world({
      flow: editFlow,
      site: (text) => (edit.site === undefined ? text : text.replace("flow: main", edit.site)),
    });
    expect(problemsOf(() => toCentreConfig(loaded, loadFlows(loaded.flowsDir)))).toEqual([
      expected,
    ]);
  });
});

describe("flow files", () => {
  it.each<[string, [string, string], readonly string[]]>([
    ["next", ["next: hours", "next: hour"], ["5: nodes.hello.next: there is no node hour"]],
    ["choice", ['"1": wait', '"1": nobody'], ["7: nodes.menu.choices.1: there is no node nobody"]],
    [
      "label",
      ["noMatchPrompt: sorry", 'labels: { "2": { zh: 二, en: two } }, noMatchPrompt: sorry'],
      ["7: nodes.menu.labels.2: the menu has no choice 2"],
    ],
    ["start", ["start: hello", "start: hallo"], ["3: start: there is no node hallo"]],
    [
      "name",
      ["flow: main", "flow: other"],
      ["1: flow: must be the name of the file, main.yaml, without .yaml"],
    ],
    [
      "kind",
      ["kind: queue", "kind: queu"],
      [
        "8: nodes.wait.kind: Invalid discriminator value. Expected 'play' | 'menu' | 'collect' | 'survey' | 'language' | 'hours' | 'set' | 'condition' | 'split' | 'lookUp' | 'table' | 'tag' | 'flow' | 'return' | 'queue' | 'echo' | 'end'",
      ],
    ],
    [
      "digit",
      ['"1"', '"12"'],
      ["7: nodes.menu.choices.12: invalid key: one telephone key, quoted"],
    ],
  ])("a wrong %s is refused", (_why, [before, after], expected) => {
    const { loaded } = world({ flow: (text) => text.replace(before, after) });
    expect(problemsOf(() => loadFlows(loaded.flowsDir))).toEqual(expected);
  });
});

describe("prompts", () => {
  it("are there", () => {
    const { loaded } = world();
    expect(problemsOf(() => checkPrompts(loaded, loadFlows(loaded.flowsDir)))).toEqual([]);
  });

  it("are missed in each language, and a file must be WAV", () => {
    const { root, loaded } = world({
      flow: (text) => text.replace("noMatchPrompt: sorry", "noMatchPrompt: lost"),
      site: (text) => text.replace("prompt: wait,", "prompt: hold-on,"),
    });
    write(join(root, "prompts/zh/lost.wav"), "ID3");
    write(join(root, "prompts/en/lost.wav"), "RIFF....WAVE");
    const dir = join(root, "prompts");
    expect(problemsOf(() => checkPrompts(loaded, loadFlows(loaded.flowsDir)))).toEqual([
      `11: queues[0].announcement.prompt: zh/hold-on.wav is no WAV file in ${dir}`,
      `11: queues[0].announcement.prompt: en/hold-on.wav is no WAV file in ${dir}`,
      `7: nodes.menu.noMatchPrompt: zh/lost.wav is no WAV file in ${dir}`,
    ]);
  });
});

describe("a queue's routing", () => {
  it("comes in milliseconds, and what flows and numbers ask for as requirements", () => {
    const { loaded } = world({
      flow: (text) => text.replace("queueId: q1", "queueId: q1, skills: { tax: 1 }"),
      site: (text) =>
        text
          .replace("flow: main }", "flow: main, skills: { tax: 3 } }")
          .replace("{ id: a2,", "{ id: a2, reserve: leaders,")
          .replace(
            "everySeconds: 20 } }",
            `everySeconds: 20 }, routing: { ageingSeconds: 60, hours: office,
      relax: [{ afterSeconds: 5, reserves: [leaders] }], lastAgent: { withinSeconds: 60, patienceSeconds: 9 },
      noAgent: { queue: q2 }, overflow: { afterSeconds: 30, to: { prompt: wait } },
      waitPrompts: [{ withinSeconds: 60, prompt: wait }] } }
  - { id: q2, name: { zh: 队, en: Queue } }`,
          ),
    });
    const config = toCentreConfig(loaded, loadFlows(loaded.flowsDir));
    expect(config.queues[0]?.routing).toEqual({
      callback: null,
      ageingMs: 60_000,
      relax: [{ afterMs: 5_000, levelDrop: 0, dropSkills: [], reserves: ["leaders"] }],
      lastAgent: { withinMs: 60_000, patienceMs: 9_000 },
      agentCallsPerDayMax: null,
      hours: "office",
      closed: { kind: "release", prompt: "closed" },
      noAgent: { kind: "queue", queueId: "q2" },
      overflow: { afterMs: 30_000, to: { kind: "release", prompt: "wait" } },
      waitPrompts: [{ withinMs: 60_000, prompt: "wait" }],
    });
    expect(config.queues[1]?.routing).toBeUndefined();
    expect(config.numbers[0]?.requirements).toEqual([{ skillId: "tax", levelMin: 3 }]);
    expect(config.flows[0]?.nodes["wait"]).toEqual({
      kind: "queue",
      queueId: "q1",
      priority: 0,
      requirements: [{ skillId: "tax", levelMin: 1 }],
    });
    expect(config.agents[1]?.reserve).toBe("leaders");
    expect(() => checkPrompts(loaded, [])).toThrow(
      /routing\.closed: zh\/closed\.wav is no WAV file/,
    );
  });
});
