// A web server with made-up people and records, for the tests beside it.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LightMyRequestResponse } from "fastify";
import { pino } from "pino";
import { afterEach, expect } from "vitest";
import { siteFile } from "../../config/schema.ts";
import type { Fact } from "../../core/fact.ts";
import { emptyCounts, reportRow } from "../../core/stats/queue-report.ts";
import type { CallWhy } from "../../wire/call-why.ts";
import type { WallboardView } from "../../wire/desk.ts";
import type { TracedMessage } from "../../wire/edge-operations.ts";
import type { CallRow } from "../../wire/http-api.ts";
import { createFactRing, type FactRing } from "./fact-ring.ts";
import { createPasswordCheck, ensureLogins } from "./logins.ts";
import { peopleOf } from "./people.ts";
import { createWeb, type Web, type WebOptions } from "./server.ts";
import { createSessions, type Sessions } from "./sessions.ts";

export const name = { zh: "甲", en: "A" };
export const site = siteFile.parse({
  site: "test",
  http: { origins: ["https://desk.example"] },
  trunks: [{ id: "t", sources: ["127.0.0.1"] }],
  numbers: [{ digits: "100", hotline: name, queue: "q" }],
  queues: [{ id: "q", name }],
  agents: [
    { id: "1001", name },
    { id: "1002", name, device: { kind: "phone" } },
  ],
  users: [
    { id: "2001", name, role: "supervisor" },
    { id: "3001", name, role: "leader" },
    { id: "4001", name, role: "qa" },
    { id: "5001", name, role: "client-viewer" },
    { id: "9001", name, role: "admin" },
  ],
  notReadyReasons: [{ id: "break", label: name }],
});
export const people = peopleOf(site);
export const board: WallboardView = {
  queues: [],
  waiting: [],
  agents: [],
  callsLive: 1,
  callsInFlow: 1,
  callsTalking: 0,
  taken: [],
  reserves: [],
};
export const why: CallWhy = {
  callId: "c1",
  nowMs: 5,
  place: "queue",
  line: {
    queueId: "q",
    position: 1,
    before: [],
    priority: 0,
    queuedAtMs: 3,
    ring: 0,
    requirements: [{ skillId: "tax", levelMin: 2 }],
    reserves: [],
    keptFor: null,
    estimate: { waitMs: null, isReliable: false },
    byRule: { skill: 1 },
    agents: [
      { agentId: "1001", verdict: { rule: "skill", skillId: "tax", levelMin: 2, level: 0 } },
    ],
  },
  offer: null,
};
export const row: CallRow = {
  seq: 9,
  callId: "c1",
  direction: "inbound",
  trunkId: "t",
  numberId: "100",
  ani: "13800138000",
  dnis: "100",
  firstDnis: null,
  queueId: "q",
  agentId: "1001",
  arrivedAtMs: 1,
  answeredAtMs: 2,
  queuedAtMs: 3,
  agentAnsweredAtMs: 4,
  endedAtMs: 5,
  waitMs: 1,
  sinceArrivalMs: 3,
  ringMs: 1,
  talkMs: 1,
  holdMs: 0,
  wrapUpMs: null,
  wrapUpCode: null,
  notes: "",
  outcome: "answered",
  releasedBy: "caller",
  cause: { reason: "normal", sipStatus: null },
  path: [{ name: "menu", value: "1" }],
  returnedCount: 0,
  transferCount: 0,
  quality: { caller: null, agent: null },
  recording: null,
  talks: [],
};
export const fact = (seq: number): Fact => ({ seq, atMs: seq, type: "callAnswered", callId: "c1" });

export const traced: TracedMessage = {
  seq: 1,
  atMs: 1_800_000_000_000,
  direction: "received",
  sipCallId: "sip1",
  protocol: "udp",
  local: { address: "192.0.2.9", port: 5060 },
  remote: { address: "192.0.2.1", port: 5060 },
  text: "INVITE sip:12345@a SIP/2.0\r\nFrom: <sip:13812341234@b>;tag=1\r\n\r\n",
};

export type World = {
  web: Web;
  sessions: Sessions;
  dataDir: string;
  passwords: (id: string) => string;
  facts: FactRing;
  reasons: string[];
  loggedOut: string[];
  clock: { ms: number };
  /** Logs in and returns the cookie header. */
  cookieOf(id: string): Promise<string>;
};

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

export async function world(
  edit: Partial<Pick<WebOptions, "listen">> & { dataDir?: string; clock?: { ms: number } } = {},
): Promise<World> {
  const dataDir = edit.dataDir ?? mkdtempSync(join(tmpdir(), "rexian-web-"));
  const clock = edit.clock ?? { ms: 1_800_000_000_000 };
  const softphoneDir = join(dataDir, "softphone");
  mkdirSync(join(softphoneDir, "assets"), { recursive: true });
  writeFileSync(join(softphoneDir, "index.html"), "<!doctype html><title>page</title>");
  writeFileSync(join(softphoneDir, "assets/app-1a2b.js"), "let a;");
  writeFileSync(join(softphoneDir, "favicon.svg"), "<svg/>");
  const logins = ensureLogins(dataDir, people);
  const sessions = createSessions({
    dataDir,
    nowMs: () => clock.ms,
    onError: (error) => {
      throw error;
    },
  });
  const facts = createFactRing(10);
  const reasons: string[] = [];
  const loggedOut: string[] = [];
  const web = await createWeb({
    listen: edit.listen ?? { host: "127.0.0.1", port: 0 },
    site,
    version: "1.2.3",
    people,
    sessions,
    checkPassword: createPasswordCheck(logins),
    wallboard: () => board,
    why: (callId) => (callId === why.callId ? why : null),
    records: {
      queueReport: async ({ by, fromMs, toMs }) => {
        const total = reportRow(`${by} ${fromMs} ${toMs}`, {
          ...emptyCounts,
          offered: 4,
          waiting: 4,
        });
        return { rows: [{ ...total, key: "=1" }], total };
      },
      calls: async ({ after, limit }) => [{ ...row, seq: (after ?? 0) + limit }],
      call: async (id) =>
        id === "c1" ? { record: row, facts: [fact(1)] } : { record: null, facts: [] },
    },
    trace: async (id) =>
      id === "away" ? null : { messages: id === "c1" ? [traced] : [], forgotten: 0 },
    operations: {
      readiness: () => reasons,
      notes: () => [],
      metrics: { contentType: "text/plain; version=0.0.4", render: async () => "acd_x 1\n" },
      debugState: async () => ({ nowMs: 5, calls: [], edge: { legs: 0 } }),
      facts,
      factsAfter: async (seq, limit) => [fact(seq + 1), fact(seq + 2)].slice(0, limit),
      nowMs: () => clock.ms,
      verify: async () => ({ facts: 7 }),
    },
    softphoneDir,
    onLogout: (key) => loggedOut.push(key),
    onDeskUpgrade: (_request, socket) => socket.end("HTTP/1.1 418 Desk\r\n\r\n"),
    log: pino({ level: "silent" }),
  });
  closers.push(() => web.close());
  const passwords = (id: string): string => logins[id]?.password ?? "";
  const cookieOf = async (id: string): Promise<string> => {
    const answer = await login(web, id, passwords(id));
    expect(answer.statusCode).toBe(200);
    return cookieHeader(answer);
  };
  return {
    web,
    sessions,
    dataDir,
    passwords,
    facts,
    reasons,
    loggedOut,
    clock,
    cookieOf,
  };
}

export function login(
  web: Web,
  username: string,
  password: string,
  more: { headers?: Record<string, string>; remoteAddress?: string } = {},
): Promise<LightMyRequestResponse> {
  return web.app.inject({
    method: "POST",
    url: "/api/v1/login",
    payload: { username, password },
    ...more,
  });
}

function cookieHeader(answer: LightMyRequestResponse): string {
  return String(answer.headers["set-cookie"]).split(";")[0] ?? "";
}

export const errorOf = (answer: LightMyRequestResponse): unknown => [
  answer.statusCode,
  answer.json().error?.code,
];
