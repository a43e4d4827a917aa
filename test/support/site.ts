// A small sample centre for tests: two queues, one flow, a trunk, agents of every device.
import type {
  AgentConfig,
  AgentDevice,
  CentreConfig,
  QueueConfig,
} from "../../engine/core/centre-config.ts";
import type { Flow } from "../../engine/core/ivr/flow-config.ts";

export const startMs = Date.UTC(2026, 2, 2, 1, 0, 0);

const text = (name: string) => ({ zh: name, en: name });

export const queueConfig = (id: string, changes: Partial<QueueConfig> = {}): QueueConfig => ({
  id,
  name: text(id),
  requirements: [{ skillId: id, levelMin: 1 }],
  priority: 0,
  strategy: "longestIdle",
  targetMs: 15_000,
  targetRatio: 0.8,
  shortAbandonMs: 5_000,
  ringMsMax: 15_000,
  wrapUpMs: 30_000,
  music: "calm",
  announcement: null,
  waitingMax: 50,
  waitMsMax: null,
  fullPrompt: "queue-full",
  ...changes,
});

export const agentConfig = (
  id: string,
  skills: Readonly<Record<string, number>> = { sales: 1 },
  device: AgentDevice = { kind: "browser" },
): AgentConfig => ({ id, name: text(`Agent ${id}`), skills, device });

export const mainFlow: Flow = {
  id: "main",
  version: "1",
  start: "welcome",
  nodes: {
    welcome: { kind: "play", prompts: ["welcome"], next: "language" },
    language: {
      kind: "menu",
      prompts: ["choose-language"],
      choices: { "1": "zh", "2": "en" },
      timeoutMs: 5_000,
      attemptsMax: 2,
      noMatchPrompt: "no-match",
      giveUp: "zh",
    },
    zh: { kind: "language", language: "zh", next: "hours" },
    en: { kind: "language", language: "en", next: "hours" },
    hours: { kind: "hours", calendarId: "office", open: "menu", closed: "closed" },
    menu: {
      kind: "menu",
      prompts: ["main-menu"],
      choices: { "1": "vip", "2": "support", "9": "echo" },
      labels: { "1": { zh: "贵宾", en: "VIP" } },
      timeoutMs: 5_000,
      attemptsMax: 3,
      noMatchPrompt: "no-match",
      giveUp: "bye",
    },
    vip: { kind: "tag", name: "customer", value: "vip", next: "sales" },
    sales: { kind: "queue", queueId: "sales", priority: 1 },
    support: { kind: "queue", queueId: "support", priority: 0 },
    echo: { kind: "echo" },
    closed: { kind: "end", prompts: ["closed"], outcome: "closed" },
    bye: { kind: "end", prompts: ["bye"], outcome: "served" },
  },
};

export const siteConfig = (changes: Partial<CentreConfig> = {}): CentreConfig => ({
  trunks: [{ id: "trunk", channelsMax: 100 }],
  numbers: [
    {
      id: "12345",
      digits: "12345",
      hotline: text("12345"),
      language: "zh",
      flowId: "main",
      queueId: null,
    },
    {
      id: "10086",
      digits: "10086",
      hotline: text("10086"),
      language: "zh",
      flowId: null,
      queueId: "sales",
    },
  ],
  queues: [queueConfig("sales"), queueConfig("support", { priority: 1 })],
  agents: [
    agentConfig("1001"),
    agentConfig("1002"),
    agentConfig("1003", { sales: 1, support: 2 }),
    agentConfig("1004", { support: 1 }, { kind: "phone", alwaysReady: true, ronaPauseMs: 10_000 }),
  ],
  supervisors: ["2001"],
  flows: [mainFlow],
  limits: { callsMax: 200, flowStepsMax: 50 },
  notReadyReasons: [
    { id: "break", label: text("break") },
    { id: "meal", label: text("meal") },
  ],
  wrapUpCodes: [{ id: "solved", label: text("solved") }],
  seatGraceMs: 5_000,
  silentLegProbeMs: 20_000,
  ...changes,
});
