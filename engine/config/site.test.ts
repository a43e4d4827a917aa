import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { addressRule } from "./phone-address.ts";
import { productRoot } from "./product-root.ts";
import { siteFile } from "./schema.ts";
import { type LoadedSite, loadSite } from "./site.ts";
import { SiteError } from "./site-error.ts";

const sample = join(productRoot(), "deploy/config/site.sample.yaml");

const minimal = `site: test
trunks:
  - { id: t1, sources: ["127.0.0.1"] }
numbers:
  - { digits: "100", hotline: { zh: 一, en: One }, queue: q1 }
queues:
  - { id: q1, name: { zh: 队, en: Queue } }
notReadyReasons:
  - { id: break, label: { zh: 休, en: Break } }
`;

function load(text: string, env: Record<string, string> = {}): LoadedSite {
  const file = join(mkdtempSync(join(tmpdir(), "rexian-site-")), "site.yaml");
  writeFileSync(file, text);
  return loadSite({ file, env });
}

/** `line: path: reason` of each problem. */
function problemsOf(text: string, env: Record<string, string> = {}): readonly string[] {
  try {
    load(text, env);
  } catch (error) {
    if (!(error instanceof SiteError)) throw error;
    return error.problems.map(({ line, path, reason }) => `${line}: ${path}: ${reason}`);
  }
  return [];
}

describe("the sample site", () => {
  it("parses", () => {
    expect(loadSite({ file: sample, env: {} }).site.site).toBe("sample");
  });

  it("shows every key of the schema and no other", () => {
    const keys = new Set<string>();
    collectSchemaKeys(z.toJSONSchema(siteFile, { io: "input" }), "", keys);
    const shown = new Set<string>();
    collectShownKeys(parse(readFileSync(sample, "utf8")), "", shown);
    expect([...shown].sort()).toEqual([...keys].sort());
  });
});

describe("loading", () => {
  it("fills in defaults and resolves folders from the product's root", () => {
    const loaded = load(minimal);
    expect(loaded.site.queues[0]).toEqual({
      autoAnswer: false,
      id: "q1",
      name: { zh: "队", en: "Queue" },
      skills: {},
      priority: 0,
      strategy: "longestIdle",
      targetSeconds: 15,
      targetPercent: 80,
      shortAbandonSeconds: 5,
      ringSeconds: 15,
      wrapUpSeconds: 30,
      music: "calm",
      announcement: null,
      waitingMax: 500,
      waitSecondsMax: null,
      fullPrompt: "queue-full",
    });
    expect([loaded.flowsDir, loaded.promptsDir, loaded.dataDir]).toEqual([
      join(productRoot(), "ivr-flows/flows"),
      join(productRoot(), "ivr-flows/prompts"),
      join(productRoot(), "data"),
    ]);
  });

  it("freezes the result all the way down", () => {
    const loaded = load(minimal);
    expect(Object.isFrozen(loaded.site.queues[0]?.name)).toBe(true);
    expect(() => Object.assign(loaded.site.http, { port: 1 })).toThrow(TypeError);
  });

  it("lets the environment win", () => {
    const loaded = load(`${minimal}demo: { callers: 3 }\n`, {
      REXIAN_HTTP_PORT: "0",
      REXIAN_SIP_PORT: "5070",
      REXIAN_SIP_HOST: "127.0.0.9",
      REXIAN_DATA_DIR: "/tmp/rexian-elsewhere",
      REXIAN_LOG_LEVEL: "debug",
      REXIAN_DEMO_CALLERS: "0",
    });
    expect([
      loaded.site.http.port,
      loaded.site.sip.port,
      loaded.site.sip.host,
      loaded.dataDir,
      loaded.logLevel,
      loaded.site.demo?.callers,
    ]).toEqual([0, 5070, "127.0.0.9", "/tmp/rexian-elsewhere", "debug", 0]);
  });
});

describe("trunks", () => {
  const channels = (more: string): number | undefined =>
    load(minimal.replace('["127.0.0.1"]', `["127.0.0.1"]${more}`)).site.trunks[0]?.channelsMax;

  it("have 30 channels for each E1 unless they say otherwise", () => {
    expect([
      channels(""),
      channels(", e1Count: 4"),
      channels(", e1Count: 4, channelsMax: 7"),
    ]).toEqual([30, 120, 7]);
  });
});

describe("problems name line, path and reason", () => {
  const agents = (text: string): string => `${minimal}agents:\n${text}`;
  it.each([
    ["not YAML", `${minimal}x: [1\n`, [expect.stringMatching(/^11: : not valid YAML: /)]],
    [
      "same key twice",
      `${minimal}site: again\n`,
      ["10: : not valid YAML: Map keys must be unique"],
    ],
    [
      "a listener that cannot be",
      `${minimal}sip:\n  listeners:\n    - { host: localhost, port: 5070, protocols: [tcp, ws] }\n`,
      [
        "12: sip.listeners[0].host: localhost is no IP address",
        "12: sip.listeners[0].protocols: one port carries udp and at most one of tcp, tls, ws and wss",
      ],
    ],
    [
      "a port twice, and TLS without a certificate",
      `${minimal}sip:\n  listeners:\n    - { host: "127.0.0.1", port: 5060, protocols: [tls] }\n`,
      [
        "12: sip.listeners[0].port: 127.0.0.1 port 5060 is there twice",
        "12: sip.listeners[0].protocols: tls needs sip.tls with keyFile and certFile",
      ],
    ],
    [
      "a number that a trunk may reach and that is none",
      minimal.replace('["127.0.0.1"]', '["127.0.0.1"], numbers: ["100", "101"]'),
      ["3: trunks[0].numbers[1]: there is no number 101"],
    ],
    ["unknown key", `${minimal}quues: []\n`, ["10: quues: unknown key"]],
    [
      "wrong type, on its line",
      minimal.replace("site: test", "site: test\nsip:\n  port: lots"),
      ["3: sip.port: Invalid input: expected number, received string"],
    ],
    [
      "unquoted digits",
      minimal.replace('"100"', "100"),
      ["5: numbers[0].digits: Invalid input: expected string, received number"],
    ],
    [
      "missing key, at its parent",
      minimal.replace("id: q1, ", ""),
      ["7: queues[0].id: Invalid input: expected string, received undefined"],
    ],
    [
      "several at once",
      minimal.replace("site: test", "site: '?'").replace("id: t1, ", "id: t1, channels: 3, "),
      ["1: site: letters, digits, _ and -, at most 40", "3: trunks[0].channels: unknown key"],
    ],
    [
      "number without a target",
      minimal.replace(", queue: q1", ""),
      ["5: numbers[0]: needs exactly one of flow and queue"],
    ],
    [
      "number with two targets",
      minimal.replace("queue: q1", "queue: q1, flow: f"),
      ["5: numbers[0]: needs exactly one of flow and queue"],
    ],
    [
      "unknown queue",
      minimal.replace("queue: q1", "queue: q2"),
      ["5: numbers[0].queue: there is no queue q2"],
    ],
    [
      "number twice",
      minimal.replace(
        "queues:",
        '  - { digits: "100", hotline: { zh: 一, en: One }, queue: q1 }\nqueues:',
      ),
      ["6: numbers[1].digits: 100 is there twice"],
    ],
    [
      "queue twice",
      minimal.replace("notReady", "  - { id: q1, name: { zh: 队, en: Queue } }\nnotReady"),
      ["8: queues[1].id: q1 is there twice"],
    ],
    [
      "user who is an agent",
      agents(
        "  - { id: a, name: { zh: 甲, en: A } }\nusers:\n  - { id: a, name: { zh: 甲, en: A }, role: admin }\n",
      ),
      ["13: users[0].id: a is an agent already"],
    ],
    [
      "skill that nobody has",
      agents("  - { id: a, name: { zh: 甲, en: A }, skills: { tax: 1 } }\n").replace(
        "id: q1,",
        "id: q1, skills: { taxes: 2 },",
      ),
      ["7: queues[0].skills.taxes: no agent has the skill taxes"],
    ],
    [
      "hours that end before they begin",
      `${minimal}calendars:\n  - id: c\n    weekly:\n      - { days: [1], from: "17:00", to: "09:00" }\n`,
      ["13: calendars[0].weekly[0].to: 09:00 is not after 17:00"],
    ],
    [
      "special day with half its hours, and no date",
      `${minimal}calendars:\n  - id: c\n    special:\n      - { date: "2026-02-30", from: "17:00" }\n`,
      [
        "13: calendars[0].special[0].date: is no date",
        "13: calendars[0].special[0]: needs both from and to, or neither for a closed day",
      ],
    ],
    [
      "time zone",
      `${minimal}timeZone: Mars/Base\n`,
      ["10: timeZone: Mars/Base is no known time zone"],
    ],
    [
      "source",
      minimal.replace('"127.0.0.1"', '"127.0.0.1", "10.0.0.0/33"'),
      ["3: trunks[0].sources[1]: 10.0.0.0/33 is no IP address or block"],
    ],
    [
      "a queue's routing",
      minimal.replace(
        "queues:",
        `queues:
  - id: q9
    name: { zh: 队, en: Queue }
    routing:
      hours: never
      noAgent: { queue: q9 }
      overflow: { afterSeconds: 9, to: { queue: q8 } }
      relax: [{ afterSeconds: 9 }, { afterSeconds: 9, reserves: [r] }]
      waitPrompts: [{ withinSeconds: 9, prompt: p }, { withinSeconds: 8, prompt: p }]`,
      ),
      [
        "11: queues[0].routing.noAgent: leads to the queue itself",
        "12: queues[0].routing.overflow.to: there is no queue q8",
        "10: queues[0].routing.hours: there is no calendar never",
        "13: queues[0].routing.relax[1].reserves: no agent is in the reserve group r",
        "13: queues[0].routing.relax[1].afterSeconds: steps must ascend",
        "14: queues[0].routing.waitPrompts[1].withinSeconds: bounds must ascend",
        "14: queues[0].routing.waitPrompts: are part of the announcement, which is not set",
      ],
    ],
    [
      "RTP ports",
      `${minimal}media: { rtpPortMin: 4000 }\n`,
      ["10: media.rtpPortMax: must be greater than rtpPortMin, or both must be 0"],
    ],
    ...["http://u:secret@h", "redis://", "h:6379"].map((url): [string, string, string[]] => [
      "Redis URL, which is not repeated for the password in it",
      `${minimal}cluster: { redisUrl: "${url}", domain: d }\n`,
      ["10: cluster.redisUrl: must be a URL redis://HOST:PORT or rediss://HOST:PORT"],
    ]),
    [
      "demo agent without a phone",
      `${minimal}demo: { agents: [x], numbers: ["1"] }\n`,
      [
        "10: demo.agents[0]: there is no agent x with a phone",
        "10: demo.numbers[0]: there is no number 1",
      ],
    ],
  ])("%s", (_why, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  it("refuses an alias bomb", () => {
    const bomb = [
      `${minimal}a: &a [x, x, x, x, x, x, x, x, x, x]`,
      ..."bcdefg".split("").map((name, index) => {
        const alias = `*${"abcdef"[index]}`;
        return `${name}: &${name} [${Array(10).fill(alias).join(", ")}]`;
      }),
    ].join("\n");
    expect(problemsOf(bomb)).toEqual([
      "1: : not valid YAML: Excessive alias count indicates a resource exhaustion attack",
    ]);
  });

  it("names a file that is not there", () => {
    expect(() => loadSite({ file: "/nowhere/site.yaml", env: {} })).toThrow(
      /^\/nowhere\/site\.yaml: cannot be read: ENOENT/,
    );
  });

  it("gives one line for each problem", () => {
    expect(() => load(`${minimal}quues: []\nx: 1\n`)).toThrow(
      /^\S+site\.yaml:10: quues: unknown key\n\S+site\.yaml:11: x: unknown key$/,
    );
  });

  it.each([
    ["REXIAN_HTTP_PORT", "99999", "must be a port, 0 to 65535"],
    ["REXIAN_SIP_PORT", "5060 ", "must be a port, 0 to 65535"],
    ["REXIAN_SIP_HOST", "a b", `must be ${addressRule}`],
    ["REXIAN_SIP_HOST", "0.0.0.0", `must be ${addressRule}`],
    ["REXIAN_DATA_DIR", "a\0b", "must be a folder"],
    ["REXIAN_LOG_LEVEL", "loud", "must be one of trace, debug, info, warn, error, fatal, silent"],
    ["REXIAN_DEMO_CALLERS", "-1", "must be a whole number, 0 to 200"],
  ])("names the variable %s", (name, value, reason) => {
    expect(problemsOf(minimal, { [name]: value })).toEqual([
      `null: ${name}: ${reason}, not ${JSON.stringify(value)}`,
    ]);
  });
});

type JsonSchema = z.core.JSONSchema.JSONSchema;

/** Paths of all properties; lists and alternatives add nothing to a path. */
function collectSchemaKeys(schema: JsonSchema, path: string, keys: Set<string>): void {
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    keys.add(`${path}.${key}`);
    if (typeof child === "object") collectSchemaKeys(child, `${path}.${key}`, keys);
  }
  const { items } = schema;
  const parts = [...(schema.oneOf ?? []), ...(schema.anyOf ?? []), items].flat();
  for (const part of parts) if (typeof part === "object") collectSchemaKeys(part, path, keys);
}

/** Like above for values; `skills` has keys of the site's own. */
function collectShownKeys(value: unknown, path: string, keys: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collectShownKeys(item, path, keys);
  else if (typeof value === "object" && value !== null && !path.endsWith(".skills")) {
    for (const [key, child] of Object.entries(value)) {
      keys.add(`${path}.${key}`);
      collectShownKeys(child, `${path}.${key}`, keys);
    }
  }
}
