import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest, IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hash } from "@node-rs/argon2";
import fastify, { type LightMyRequestResponse } from "fastify";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { siteFile } from "../../config/schema.ts";
import type { Fact } from "../../core/fact.ts";
import type { WallboardView } from "../../wire/desk.ts";
import type { CallRow } from "../../wire/http-api.ts";
import { guardRoutes } from "./access.ts";
import { createFactRing, type FactRing } from "./fact-ring.ts";
import { createPasswordCheck, ensureLogins, readLogins } from "./logins.ts";
import { peopleOf } from "./people.ts";
import { createWeb, type Web, type WebOptions } from "./server.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { createSipSecrets } from "./sip-secrets.ts";

const name = { zh: "甲", en: "A" };
const site = siteFile.parse({
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
    { id: "9001", name, role: "admin" },
  ],
  notReadyReasons: [{ id: "break", label: name }],
});
const people = peopleOf(site);
const board: WallboardView = {
  queues: [],
  waiting: [],
  agents: [],
  callsLive: 1,
  callsInFlow: 1,
  callsTalking: 0,
};
const row: CallRow = {
  seq: 9,
  callId: "c1",
  trunkId: "t",
  numberId: "100",
  ani: "138",
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
};
const fact = (seq: number): Fact => ({ seq, atMs: seq, type: "callAnswered", callId: "c1" });

type World = {
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

async function world(
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
    records: {
      calls: async ({ after, limit }) => [{ ...row, seq: (after ?? 0) + limit }],
      call: async (id) =>
        id === "c1" ? { record: row, facts: [fact(1)] } : { record: null, facts: [] },
    },
    operations: {
      readiness: () => reasons,
      metrics: { contentType: "text/plain; version=0.0.4", render: async () => "acd_x 1\n" },
      debugState: async () => ({ nowMs: 5, calls: [], edge: { legs: 0 } }),
      facts,
      factsAfter: async (seq, limit) => [fact(seq + 1), fact(seq + 2)].slice(0, limit),
      nowMs: () => clock.ms,
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

function login(
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

const errorOf = (answer: LightMyRequestResponse): unknown => [
  answer.statusCode,
  answer.json().error?.code,
];

describe("login", () => {
  it("sets a cookie that scripts and other sites cannot use", async () => {
    const { web, passwords } = await world();
    const answer = await login(web, "1001", passwords("1001"));
    expect(answer.json()).toEqual({ id: "1001", name, role: "agent", device: "browser" });
    expect(answer.headers["set-cookie"]).toMatch(
      /^rexian_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  it.each([
    ["wrong password", { username: "1001", password: "nope" }, [401, "wrongPassword"]],
    ["unknown user", { username: "7777", password: "nope" }, [401, "wrongPassword"]],
    ["a name of the prototype", { username: "constructor", password: "x" }, [401, "wrongPassword"]],
    ["no password", { username: "1001" }, [400, "invalidRequest"]],
    ["an unknown key", { username: "1001", password: "x", admin: true }, [400, "invalidRequest"]],
    ["too long", { username: "1001", password: "x".repeat(201) }, [400, "invalidRequest"]],
  ])("%s is refused", async (_why, payload, expected) => {
    const { web } = await world();
    const answer = await web.app.inject({ method: "POST", url: "/api/v1/login", payload });
    expect(errorOf(answer)).toEqual(expected);
  });

  it.each([
    ["no JSON", "application/json", "{", [400, "invalidRequest"]],
    ["a form", "application/x-www-form-urlencoded", "a=b", [415, "unsupportedMediaType"]],
    ["text", "text/plain", "{}", [415, "unsupportedMediaType"]],
    ["a huge body", "application/json", `"${"x".repeat(70_000)}"`, [413, "tooLarge"]],
  ])("%s is refused", async (_why, type, payload, expected) => {
    const { web } = await world();
    const answer = await web.app.inject({
      method: "POST",
      url: "/api/v1/login",
      headers: { "content-type": type },
      payload,
    });
    expect(errorOf(answer)).toEqual(expected);
  });

  it("a foreign page may not post; the own host and listed origins may", async () => {
    const { web, passwords } = await world();
    const from = async (origin: string): Promise<number> =>
      (await login(web, "1001", passwords("1001"), { headers: { origin, host: "a:80" } }))
        .statusCode;
    expect([
      await from("https://evil.example"),
      await from("null"),
      await from("http://a:80"),
      await from("https://desk.example"),
    ]).toEqual([403, 403, 200, 200]);
  });

  it("guessing one user is slowed down, from every source", async () => {
    const { web, passwords, clock } = await world();
    for (let n = 0; n < 5; n += 1) {
      await login(web, "1001", "nope", { remoteAddress: `10.0.0.${n}` });
    }
    const refused = await login(web, "1001", passwords("1001"));
    expect([errorOf(refused), refused.headers["retry-after"]]).toEqual([
      [429, "tooManyRequests"],
      "60",
    ]);
    expect((await login(web, "1002", passwords("1002"))).statusCode).toBe(200);
    clock.ms += 60_000;
    expect((await login(web, "1001", passwords("1001"))).statusCode).toBe(200);
  });

  it("guessing many users from one source is slowed down", async () => {
    const { web, passwords } = await world();
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        login(web, `u${n}`, "nope", { remoteAddress: "10.0.0.1" }),
      ),
    );
    const from = (remoteAddress: string) =>
      login(web, "1001", passwords("1001"), { remoteAddress });
    expect([(await from("10.0.0.1")).statusCode, (await from("10.0.0.2")).statusCode]).toEqual([
      429, 200,
    ]);
  });

  it("ends with logout, which tells the desks", async () => {
    const { web, cookieOf, loggedOut } = await world();
    const cookie = await cookieOf("1001");
    const me = () => web.app.inject({ url: "/api/v1/me", headers: { cookie } });
    expect((await me()).json()).toMatchObject({ id: "1001" });
    const answer = await web.app.inject({
      method: "POST",
      url: "/api/v1/logout",
      headers: { cookie },
    });
    expect([answer.statusCode, loggedOut.length]).toEqual([204, 1]);
    expect(errorOf(await me())).toEqual([401, "notLoggedIn"]);
  });

  it("ends after twelve hours", async () => {
    const { web, cookieOf, clock } = await world();
    const cookie = await cookieOf("1001");
    clock.ms += 12 * 3_600_000;
    expect((await web.app.inject({ url: "/api/v1/me", headers: { cookie } })).statusCode).toBe(401);
  });

  it("survives a restart of the engine; the files hold no cookie and are private", async () => {
    const before = await world();
    const cookie = await before.cookieOf("2001");
    await before.sessions.saved();
    const after = await world({ dataDir: before.dataDir, clock: before.clock });
    const me = await after.web.app.inject({ url: "/api/v1/me", headers: { cookie } });
    expect(me.json()).toMatchObject({ id: "2001", role: "supervisor" });
    const file = join(before.dataDir, "sessions.json");
    expect(readFileSync(file, "utf8")).not.toContain(cookie.split("=")[1]);
    expect(
      ["sessions.json", "logins.json"].map((f) => statSync(join(before.dataDir, f)).mode & 0o777),
    ).toEqual([0o600, 0o600]);
  });
});

describe("access", () => {
  type Row = [url: string, allowed: readonly string[]];
  const everybody = ["1001", "2001", "3001", "4001", "9001"];
  it.each<Row>([
    ["/api/v1/me", everybody],
    ["/api/v1/wallboard", ["2001", "3001", "9001"]],
    ["/api/v1/calls", ["2001", "3001", "9001"]],
    ["/api/v1/calls/c1", ["2001", "3001", "9001"]],
    ["/api/v1/site", ["9001"]],
  ])("%s", async (url, allowed) => {
    const { web, cookieOf } = await world();
    const statuses = await Promise.all(
      everybody.map(async (id) => {
        const headers = { cookie: await cookieOf(id) };
        return [id, (await web.app.inject({ url, headers })).statusCode];
      }),
    );
    expect(statuses).toEqual(everybody.map((id) => [id, allowed.includes(id) ? 200 : 403]));
    expect((await web.app.inject({ url })).statusCode).toBe(401);
  });

  it("every operation has a rule, and one without does not start", async () => {
    const { web } = await world();
    expect(Object.fromEntries(web.rules)).toMatchObject({
      "GET /api/v1/site": ["admin"],
      "POST /api/v1/login": "public",
      "GET /debug/facts": "loopback",
      "HEAD /debug/facts": "loopback",
    });
    const bare = fastify();
    guardRoutes(bare, { whoIs: () => null, origins: [] });
    expect(() => bare.get("/x", async () => "x")).toThrow("GET /x has no access rule");
  });

  it("every operation of the API asks for a login, but login and logout", async () => {
    const { web } = await world();
    const document = (await web.app.inject({ url: "/api/openapi.json" })).json();
    const open: string[] = [];
    for (const [path, operations] of Object.entries<object>(document.paths)) {
      for (const method of Object.keys(operations)) {
        const url = path.replace("{id}", "c1");
        const answer = await web.app.inject({ method: method.toUpperCase() as "GET", url });
        if (answer.statusCode !== 401) open.push(`${method} ${path}`);
      }
    }
    expect(open.sort()).toEqual([
      "get /healthz",
      "get /metrics",
      "get /readyz",
      "post /api/v1/login",
      "post /api/v1/logout",
    ]);
  });

  it.each([
    ["127.0.0.1", "127.0.0.1:8080", 200],
    ["::1", "[::1]:8080", 200],
    ["::ffff:127.0.0.1", "localhost", 200],
    ["10.0.0.1", "127.0.0.1", 403],
    // A name that somebody let resolve to loopback.
    ["127.0.0.1", "evil.example", 403],
  ])("debug state from %s on host %s", async (remoteAddress, host, status) => {
    const { web } = await world();
    const answer = await web.app.inject({
      url: "/debug/state",
      remoteAddress,
      headers: { host, "x-forwarded-for": "127.0.0.1" },
    });
    expect(answer.statusCode).toBe(status);
  });
});

describe("reading", () => {
  it("records, one call, the site, the wallboard", async () => {
    const { web, cookieOf } = await world();
    const headers = { cookie: await cookieOf("9001") };
    const get = async (url: string) => (await web.app.inject({ url, headers })).json();
    expect(await get("/api/v1/calls?after=5&limit=2")).toEqual({ calls: [{ ...row, seq: 7 }] });
    expect(await get("/api/v1/calls/c1")).toEqual({ call: row, facts: [fact(1)] });
    expect(await get("/api/v1/wallboard")).toEqual(board);
    expect(await get("/api/v1/site")).toEqual({
      queues: site.queues,
      agents: site.agents,
      numbers: site.numbers,
    });
  });

  it.each([
    ["/api/v1/calls/c9", [404, "notFound"]],
    ["/api/v1/calls?limit=501", [400, "invalidRequest"]],
    ["/api/v1/calls?after=-1", [400, "invalidRequest"]],
    ["/api/v1/nothing", [404, "notFound"]],
    ["/assets/../../logins.json", [404, "notFound"]],
    ["/assets/%2e%2e/%2e%2e/logins.json", [404, "notFound"]],
  ])("%s is refused", async (url, expected) => {
    const { web, cookieOf } = await world();
    const headers = { cookie: await cookieOf("9001") };
    expect(errorOf(await web.app.inject({ url, headers }))).toEqual(expected);
  });

  it("facts come from memory, older ones from the store", async () => {
    const { web, facts } = await world();
    for (let seq = 100; seq < 125; seq += 1) facts.onFacts([fact(seq)]);
    const get = async (query: string) =>
      (await web.app.inject({ url: `/debug/facts?${query}` })).json();
    expect(await get("after=122")).toEqual({ facts: [fact(123), fact(124)], last: 124 });
    expect(await get("after=124")).toEqual({ facts: [], last: 124 });
    expect(await get("after=3&limit=1")).toEqual({ facts: [fact(4)], last: 4 });
  });

  it("debug state has the process, the time and what is injected", async () => {
    const { web, clock } = await world();
    expect((await web.app.inject({ url: "/debug/state" })).json()).toEqual({
      pid: process.pid,
      nowMs: clock.ms,
      calls: [],
      edge: { legs: 0 },
    });
  });

  it("health, readiness and metrics", async () => {
    const { web, reasons } = await world();
    const get = async (url: string) => {
      const answer = await web.app.inject({ url });
      return [answer.statusCode, answer.body];
    };
    expect(await get("/healthz")).toEqual([200, '{"status":"ok"}']);
    expect(await get("/readyz")).toEqual([200, '{"status":"ready","reasons":[]}']);
    reasons.push("the edge is not connected");
    expect(await get("/healthz")).toEqual([200, '{"status":"ok"}']);
    expect(await get("/readyz")).toEqual([
      503,
      '{"status":"notReady","reasons":["the edge is not connected"]}',
    ]);
    expect(await get("/metrics")).toEqual([200, "acd_x 1\n"]);
  });

  it("the OpenAPI document describes the answers", async () => {
    const { web } = await world();
    const document = (await web.app.inject({ url: "/api/openapi.json" })).json();
    expect(document.openapi).toBe("3.1.0");
    const schema =
      document.paths["/api/v1/me"].get.responses["200"].content["application/json"].schema;
    expect(Object.keys(schema.properties)).toEqual(["id", "name", "role", "device"]);
  });
});

describe("pages", () => {
  it.each([
    ["/agent", 200, "no-cache"],
    ["/supervisor/queues/q", 200, "no-cache"],
    ["/admin", 200, "no-cache"],
    ["/reports", 200, "no-cache"],
    ["/assets/app-1a2b.js", 200, "public, max-age=31536000, immutable"],
    ["/favicon.svg", 200, "public, max-age=0"],
    ["/other.svg", 404, undefined],
    ["/index.html", 404, undefined],
  ])("%s", async (url, status, caching) => {
    const { web } = await world();
    const answer = await web.app.inject({ url });
    expect([answer.statusCode, answer.headers["cache-control"]]).toEqual([status, caching]);
  });

  it("carry a strict policy", async () => {
    const { web } = await world();
    const { headers } = await web.app.inject({ url: "/agent" });
    expect(headers["content-security-policy"]).toBe(
      "default-src 'self';script-src 'self';style-src 'self' 'unsafe-inline';" +
        "img-src 'self' data:;font-src 'self' data:;connect-src 'self' ws: wss:;" +
        "media-src 'self' blob:;worker-src 'self';object-src 'none';base-uri 'self';" +
        "form-action 'self';frame-ancestors 'none'",
    );
    expect([headers["x-frame-options"], headers["x-content-type-options"]]).toEqual([
      "SAMEORIGIN",
      "nosniff",
    ]);
  });

  it("the root leads to the agent's page", async () => {
    const { web } = await world();
    const answer = await web.app.inject({ url: "/" });
    expect([answer.statusCode, answer.headers.location]).toEqual([302, "/agent"]);
  });
});

describe("an upgrade to the desk", () => {
  it("is admitted with a login and from our own pages only", async () => {
    const { web, cookieOf } = await world();
    const ask = (headers: IncomingMessage["headers"]) => {
      const request = new IncomingMessage(new Socket());
      request.headers = { host: "127.0.0.1:8080", ...headers };
      return web.admit(request);
    };
    const cookie = await cookieOf("1001");
    const admitted = {
      session: expect.objectContaining({ userId: "1001" }),
      person: people.get("1001"),
    };
    expect([
      ask({ cookie, origin: "http://127.0.0.1:8080" }),
      ask({ cookie: `a=b; ${cookie}`, origin: "https://desk.example" }),
      ask({ cookie }),
      ask({ cookie, origin: "http://evil.example" }),
      ask({ cookie: "rexian_session=guess", origin: "http://127.0.0.1:8080" }),
      ask({}),
    ]).toEqual([admitted, admitted, admitted, 403, 401, 401]);
  });
});

describe("SIP secrets", () => {
  it("of a seat hold from its desk's opening until its login ends, over a restart too", async () => {
    const { sessions, cookieOf, dataDir, clock } = await world();
    const logins = readLogins(dataDir);
    const make = (from: Sessions) => createSipSecrets({ dataDir, people, logins, sessions: from });
    const secrets = make(sessions);
    const keyOf = async (): Promise<string> =>
      sessions.find((await cookieOf("1001")).split("=")[1] ?? "")?.key ?? "";
    const first = await keyOf();
    expect(secrets.secretOf("1001")).toBe(null);
    const given = secrets.issue({ sessionKey: first, agentId: "1001" });
    expect(given).toMatch(/^[\w-]{24}$/);
    expect(secrets.secretOf("1001")).toBe(given);
    await sessions.saved();
    const restarted = createSessions({ dataDir, nowMs: () => clock.ms, onError: () => {} });
    expect(make(restarted).secretOf("1001")).toBe(given);
    clock.ms += 1;
    const second = secrets.issue({ sessionKey: await keyOf(), agentId: "1001" });
    expect([secrets.secretOf("1001"), second === given]).toEqual([second, false]);
    sessions.end(sessions.newestSeat("1001")?.key ?? "");
    expect(secrets.secretOf("1001")).toBe(given);
    clock.ms += 12 * 3_600_000;
    expect(secrets.secretOf("1001")).toBe(null);
  });

  it("of a phone are its own; nobody else has one", async () => {
    const { sessions, dataDir } = await world();
    const logins = readLogins(dataDir);
    const secrets = createSipSecrets({ dataDir, people, logins, sessions });
    expect(secrets.secretOf("1002")).toBe(logins["1002"]?.sip);
    expect(secrets.secretOf("1002")).toMatch(/^[a-zA-Z2-9]{20}$/);
    expect(["2001", "7777", "__proto__"].map((id) => secrets.secretOf(id))).toEqual([
      null,
      null,
      null,
    ]);
  });
});

describe("logins", () => {
  const newDir = (): string => mkdtempSync(join(tmpdir(), "rexian-logins-"));

  it("are made for everybody once and never changed", () => {
    const dataDir = newDir();
    const made = ensureLogins(dataDir, people);
    expect(Object.keys(made)).toEqual(["1001", "1002", "2001", "3001", "4001", "9001"]);
    expect(made["1001"]).toEqual({ password: expect.stringMatching(/^[a-km-zA-HJ-NP-Z2-9]{10}$/) });
    expect(ensureLogins(dataDir, people)).toEqual(made);
    expect(readLogins(dataDir)).toEqual(made);
  });

  it("keep what is there and add what is missing", async () => {
    const dataDir = newDir();
    const passwordHash = await hash("own choice");
    writeFileSync(join(dataDir, "logins.json"), JSON.stringify({ "1002": { passwordHash } }));
    const made = ensureLogins(dataDir, people);
    expect(made["1002"]).toEqual({ passwordHash, sip: expect.any(String) });
    const check = createPasswordCheck(made);
    expect([
      await check("1002", "own choice"),
      await check("1002", passwordHash),
      await check("1001", made["1001"]?.password ?? ""),
    ]).toEqual(["right", "wrong", "right"]);
  });

  it.each([
    ["{", /logins\.json: not valid JSON$/],
    ['{"1001":{"pasword":"x"}}', /logins\.json: 1001: Unrecognized key: "pasword"$/],
  ])("a broken file is named: %s", (text, message) => {
    const dataDir = newDir();
    writeFileSync(join(dataDir, "logins.json"), text);
    expect(() => ensureLogins(dataDir, people)).toThrow(message);
  });
});

describe("the listener", () => {
  const raw = (options: object): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      httpRequest(options, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });

  it("on a Unix socket believes the last address that the front adds", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "rexian-sock-")), "engine.sock");
    writeFileSync(path, "left behind");
    const { web } = await world({ listen: { path } });
    expect(await web.listen()).toBe(0);
    const from = (forwarded?: string) =>
      raw({
        socketPath: path,
        path: "/debug/state",
        headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
      });
    expect([
      await from("127.0.0.1"),
      await from("10.1.1.1"),
      await from("127.0.0.1, 10.1.1.1"),
      await from(),
    ]).toEqual([200, 403, 403, 403]);
  });

  it("hands /desk upgrades over and refuses others", async () => {
    const { web } = await world();
    const port = await web.listen();
    const upgrade = (path: string) =>
      raw({
        host: "127.0.0.1",
        port,
        path,
        headers: { connection: "Upgrade", upgrade: "websocket" },
      });
    expect([await upgrade("/desk?x=1"), await upgrade("/other")]).toEqual([418, 404]);
  });

  it("names a port that is taken", async () => {
    const first = await world();
    const port = await first.web.listen();
    const second = await world({ listen: { host: "127.0.0.1", port } });
    await expect(second.web.listen()).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
