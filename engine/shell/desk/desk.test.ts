import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import type { CentreEvent } from "../../core/event.ts";
import type { Fact } from "../../core/fact.ts";
import {
  type AgentView,
  type DeskMessage,
  deskMessage,
  type Role,
  type TransferTargets,
  type WallboardView,
} from "../../wire/desk.ts";
import { createDesk, type Desk, type DeskLimits } from "./desk.ts";

const name = { zh: "甲", en: "A" };
const choices = { notReadyReasons: [{ id: "break", label: name }], wrapUpCodes: [] };
const nowMs = 1_800_000_000_000;

const view = (agentId: string, kind: "ready" | "loggedOut" = "loggedOut"): AgentView => ({
  agentId,
  name,
  state: { kind, sinceMs: 1 },
  nextNotReady: null,
  deviceReachable: true,
  pop: null,
  lastDial: null,
  messages: [],
  help: null,
  today: { answered: 0, dialled: 0, reached: 0, talkMs: 0, holdMs: 0, wrapUpMs: 0, missed: 0 },
});

const emptyBoard: WallboardView = {
  queues: [],
  waiting: [],
  agents: [],
  callsLive: 0,
  callsInFlow: 0,
  callsTalking: 0,
  taken: [],
  reserves: [],
};

const pop = {
  callId: "c1",
  offerId: "o1",
  queueId: "q",
  ani: "138",
  dnis: "100",
  firstDnis: null,
  hotline: name,
  queueName: name,
  language: "zh",
  arrivedAtMs: 1,
  queuedAtMs: 2,
  answerByMs: 3,
  path: [],
} as const;

const targetsFor = (agentId: string): TransferTargets => ({
  queues: [{ queueId: "q", name, waiting: 2, longestWaitSinceMs: 5, agentsReady: 0 }],
  agents: [{ agentId: `beside ${agentId}`, name, state: "ready", isFree: true }],
  dial: [],
});

/** Waits for a condition; long, because the machine may be busy. */
const eventually = (check: () => void): Promise<void> => vi.waitFor(check, 10_000);

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type World = {
  desk: Desk;
  events: CentreEvent[];
  views: Map<string, AgentView>;
  board: { view: WallboardView; drawn: number };
  live: Set<string>;
  url: string;
  port: number;
};

async function world(limits: Partial<DeskLimits> = {}): Promise<World> {
  const events: CentreEvent[] = [];
  const views = new Map([["1001", view("1001")]]);
  const board = { view: emptyBoard, drawn: 0 };
  const live = new Set(["k1", "k2"]);
  const desk = createDesk({
    sink: { post: (event) => events.push(event) },
    clock: { nowMs: () => nowMs },
    views: {
      agent: (agentId) => views.get(agentId) ?? null,
      wallboard: () => {
        board.drawn += 1;
        return board.view;
      },
      targets: (agentId) => targetsFor(agentId),
    },
    admit: (request) => {
      const [user = "", role = "", sessionKey = ""] = (request.headers.cookie ?? "").split("/");
      if (user === "") return request.headers.origin === "http://evil" ? 403 : 401;
      const person = { id: user, name, role: role as Role, device: "browser" };
      return { sessionKey, user: person };
    },
    isLive: (key) => live.has(key),
    sipOf: ({ user, sessionKey }) => ({
      uri: `sip:${user.id}@rexian`,
      username: user.id,
      password: `secret of ${sessionKey}`,
      path: "/sip",
    }),
    choices,
    log: { info: () => {}, warn: () => {} },
    limits,
  });
  const server: Server = createServer();
  server.on("upgrade", (request, socket, head) => desk.handleUpgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  closers.push(async () => {
    await desk.close();
    server.closeAllConnections();
    server.close();
  });
  return { desk, events, views, board, live, url: `ws://127.0.0.1:${port}/desk`, port };
}

type Page = {
  ws: WebSocket;
  got: DeskMessage[];
  closed: Promise<Readonly<{ code: number; reason: string }>>;
  types(): readonly string[];
};

/** A browser with the cookie `user/role/session`. */
async function open(url: string, cookie: string): Promise<Page> {
  const ws = new WebSocket(url, { headers: { cookie } });
  const got: DeskMessage[] = [];
  ws.on("message", (data) => got.push(deskMessage.parse(JSON.parse(String(data)))));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.on("close", (code, reason) => resolve({ code, reason: String(reason) }));
  });
  closers.push(() => ws.terminate());
  await new Promise((resolve, reject) => ws.on("open", resolve).on("error", reject));
  await eventually(() => expect(got.length).toBeGreaterThan(0));
  return { ws, got, closed, types: () => got.map((message) => message.type) };
}

const agent = "1001/agent/k1";
const supervisor = "2001/supervisor/k2";
const stateFact: Fact = {
  seq: 1,
  atMs: nowMs,
  type: "agentStateChanged",
  agentId: "1001",
  from: "loggedOut",
  to: "ready",
  reason: null,
  inPreviousMs: 5,
};

describe("opening a desk", () => {
  it("greets an agent, shows the agent's state and tells the core", async () => {
    const { url, events } = await world();
    const page = await open(url, agent);
    await eventually(() => expect(page.types()).toEqual(["hello", "agent"]));
    expect(page.got).toEqual([
      {
        type: "hello",
        seq: 1,
        version: 1,
        serverNowMs: nowMs,
        user: { id: "1001", name, role: "agent" },
        sip: {
          uri: "sip:1001@rexian",
          username: "1001",
          password: "secret of k1",
          path: "/sip",
        },
        ...choices,
      },
      { type: "agent", seq: 2, serverNowMs: nowMs, agent: view("1001") },
    ]);
    expect(events).toEqual([{ type: "deskChanged", agentId: "1001", desk: "open" }]);
  });

  it("greets a supervisor with the wallboard and tells the core nothing", async () => {
    const { url, events } = await world();
    const page = await open(url, supervisor);
    await eventually(() => expect(page.types()).toEqual(["hello", "wallboard"]));
    expect(page.got[1]).toEqual({
      type: "wallboard",
      seq: 2,
      serverNowMs: nowMs,
      board: emptyBoard,
    });
    expect(events).toEqual([]);
  });

  it.each([
    ["no login", {}, 401],
    ["a foreign page", { origin: "http://evil" }, 403],
  ])("%s is refused", async (_why, headers, status) => {
    const { url, desk } = await world();
    const ws = new WebSocket(url, { headers });
    const answer = await new Promise<number | undefined>((resolve) => {
      ws.on("unexpected-response", (_request, response) => resolve(response.statusCode));
      ws.on("error", () => {});
    });
    expect([answer, desk.counters.refused]).toEqual([status, 1]);
  });

  it("refuses more connections than the limit", async () => {
    const { url, desk } = await world({ connectionsMax: 1 });
    await open(url, agent);
    await expect(open(url, supervisor)).rejects.toThrow("503");
    expect(desk.counters.connections).toBe(1);
  });
});

describe("requests", () => {
  it("become events of the agent, and replies go back", async () => {
    const { url, events, desk } = await world();
    const page = await open(url, agent);
    page.ws.send(JSON.stringify({ type: "goNotReady", requestId: "r1", reason: "break" }));
    await eventually(() => expect(events).toHaveLength(2));
    expect(events[1]).toEqual({
      type: "agentRequested",
      agentId: "1001",
      requestId: "r1",
      request: { type: "goNotReady", reason: "break" },
    });
    desk.perform({ type: "replyToDesk", agentId: "1001", requestId: "r1", refusal: "busy" });
    await eventually(() => expect(page.got).toHaveLength(3));
    expect(page.got[2]).toEqual({ type: "reply", seq: 3, requestId: "r1", refusal: "busy" });
  });

  it("of people without a seat are refused", async () => {
    const { url, events } = await world();
    const page = await open(url, supervisor);
    page.ws.send(JSON.stringify({ type: "goReady", requestId: "r1" }));
    await eventually(() => expect(page.types()).toContain("reply"));
    expect(page.got.at(-1)).toEqual({
      type: "reply",
      seq: 3,
      requestId: "r1",
      refusal: "unknownAgent",
    });
    expect(events).toEqual([]);
  });

  it("where a caller can be handed over to is answered by the desk itself", async () => {
    const { url, events } = await world();
    const page = await open(url, agent);
    page.ws.send(JSON.stringify({ type: "listTargets", requestId: "r1" }));
    await eventually(() => expect(page.types()).toContain("targets"));
    expect(page.got.at(-1)).toEqual({
      type: "targets",
      seq: 3,
      serverNowMs: nowMs,
      requestId: "r1",
      targets: targetsFor("1001"),
    });
    expect(events).toHaveLength(1);
  });

  it("of a supervisor about a talk become events, and replies go back to the newest page", async () => {
    const { url, events, desk } = await world();
    const page = await open(url, supervisor);
    const request = { type: "monitorStart", agentId: "1001", mode: "whisper" };
    page.ws.send(JSON.stringify({ ...request, requestId: "r1" }));
    await eventually(() => expect(events).toHaveLength(1));
    expect(events[0]).toEqual({
      type: "supervisorRequested",
      supervisorId: "2001",
      requestId: "r1",
      request,
    });
    desk.perform({ type: "replyToDesk", agentId: "2001", requestId: "r1", refusal: "noCall" });
    await eventually(() => expect(page.got.at(-1)).toMatchObject({ refusal: "noCall" }));
    page.ws.close(1000);
    await eventually(() =>
      expect(events.at(-1)).toEqual({ type: "deskChanged", agentId: "2001", desk: "closed" }),
    );
  });

  it("about a talk are refused to who is no supervisor", async () => {
    const { url, events } = await world();
    for (const who of [agent, "9001/admin/k2"]) {
      const page = await open(url, who);
      page.ws.send(JSON.stringify({ type: "monitorStop", requestId: "r1" }));
      await eventually(() => expect(page.got.at(-1)).toMatchObject({ refusal: "notAllowed" }));
    }
    expect(events.filter(({ type }) => type === "supervisorRequested")).toEqual([]);
  });

  it("a ping is answered at once", async () => {
    const { url } = await world();
    const page = await open(url, supervisor);
    page.ws.send(JSON.stringify({ type: "ping", atMs: 7 }));
    await eventually(() => expect(page.types()).toContain("pong"));
    expect(page.got.at(-1)).toEqual({ type: "pong", seq: 3, atMs: 7, serverNowMs: nowMs });
  });

  it.each<[string, string | Buffer]>([
    ["no JSON", "{"],
    ["an unknown type", JSON.stringify({ type: "reboot", requestId: "r" })],
    ["an unknown key", JSON.stringify({ type: "hold", requestId: "r", force: true })],
    ["a binary frame", Buffer.from(JSON.stringify({ type: "hold", requestId: "r" }))],
  ])("%s closes the socket with 1008", async (_why, frame) => {
    const { url, desk, events } = await world();
    const page = await open(url, agent);
    page.ws.send(frame);
    expect((await page.closed).code).toBe(1008);
    expect(page.types().at(-1)).toBe("error");
    expect(desk.counters.badFrames).toBe(1);
    await eventually(() =>
      expect(events.at(-1)).toEqual({ type: "deskChanged", agentId: "1001", desk: "lost" }),
    );
  });

  it("a frame over the limit closes the socket with 1009", async () => {
    const { url } = await world();
    const page = await open(url, agent);
    page.ws.send("x".repeat(70_000));
    expect((await page.closed).code).toBe(1009);
  });

  it("a flood closes the socket with 1008", async () => {
    const { url, desk, events } = await world({ framesPerSecondMax: 5 });
    const page = await open(url, agent);
    for (let n = 0; n < 10; n += 1) page.ws.send(JSON.stringify({ type: "ping", atMs: n }));
    expect(await page.closed).toEqual({ code: 1008, reason: "too many frames" });
    expect(desk.counters.floods).toBe(1);
    await eventually(() => expect(events.at(-1)).toMatchObject({ desk: "lost" }));
  });
});

describe("pushes to an agent", () => {
  it("the pop is on the socket before the call returns, and once only", async () => {
    const { url, desk, views } = await world();
    const page = await open(url, agent);
    const offered: AgentView = { ...view("1001", "ready"), pop: { ...pop, path: [] } };
    views.set("1001", offered);
    desk.onFacts([stateFact]);
    desk.perform({ type: "popScreen", agentId: "1001", pop });
    page.ws.send(JSON.stringify({ type: "ping", atMs: 1 }));
    await eventually(() => expect(page.types()).toContain("pong"));
    expect(page.got.slice(2)).toEqual([
      { type: "agent", seq: 3, serverNowMs: nowMs, agent: offered },
      { type: "pong", seq: 4, atMs: 1, serverNowMs: nowMs },
    ]);
  });

  it("commands and facts of people without a desk go nowhere", async () => {
    const { desk } = await world();
    desk.perform({ type: "popScreen", agentId: "1009", pop });
    desk.perform({ type: "replyToDesk", agentId: "1009", requestId: "r", refusal: null });
    desk.onFacts([{ ...stateFact, agentId: "1009" }]);
    expect(desk.counters.connections).toBe(0);
  });

  it("what changes without a fact follows with the heartbeat", async () => {
    const { url, views } = await world({ heartbeatMs: 20 });
    const page = await open(url, agent);
    views.set("1001", { ...view("1001"), deviceReachable: false });
    await eventually(() => expect(page.types()).toEqual(["hello", "agent", "agent"]));
  });
});

describe("pushes of the wallboard", () => {
  it("come at once, then together after the pause, drawn once for all", async () => {
    const { url, desk, board } = await world({ wallboardMs: 150 });
    const pages = [await open(url, supervisor), await open(url, "9001/admin/k2")];
    await eventually(() => expect(pages[1]?.types()).toContain("wallboard"));
    const before = board.drawn;
    desk.onFacts([stateFact]);
    await eventually(() => expect(pages[0]?.got).toHaveLength(3));
    const firstAtMs = performance.now();
    for (let n = 0; n < 20; n += 1) desk.onFacts([stateFact]);
    await eventually(() => expect(pages[0]?.got).toHaveLength(4));
    expect(performance.now() - firstAtMs).toBeGreaterThan(100);
    await eventually(() => expect(pages[1]?.got).toHaveLength(4));
    expect(board.drawn - before).toBe(2);
  });

  it("go on while nothing changes and stop when nobody looks", async () => {
    const { url, board, desk } = await world({ wallboardRefreshMs: 20 });
    board.view = emptyBoard;
    const page = await open(url, supervisor);
    await eventually(() => expect(page.got.length).toBeGreaterThan(4));
    page.ws.close(1000);
    await eventually(() => expect(desk.counters.connections).toBe(0));
    const drawn = board.drawn;
    const other = await open(url, "1001/agent/k9");
    other.ws.send(JSON.stringify({ type: "ping", atMs: 1 }));
    await eventually(() => expect(other.types().at(-1)).toBe("pong"));
    expect(board.drawn).toBe(drawn);
  });

  it("number their frames without a gap", async () => {
    const { url, desk } = await world({ wallboardMs: 1 });
    const page = await open(url, supervisor);
    for (let n = 3; n < 6; n += 1) {
      desk.onFacts([stateFact]);
      await eventually(() => expect(page.got).toHaveLength(n));
    }
    expect(page.got.map((message) => message.seq)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("closing a desk", () => {
  it.each([
    ["the page says good-bye", (page: Page) => page.ws.close(1000), "closed"],
    ["the tab closes", (page: Page) => page.ws.close(1001), "closed"],
    ["the page closes for another reason", (page: Page) => page.ws.close(4000), "lost"],
    ["the socket breaks", (page: Page) => page.ws.terminate(), "lost"],
  ])("%s", async (_why, end, desk) => {
    const { url, events } = await world();
    end(await open(url, agent));
    await eventually(() => expect(events).toHaveLength(2));
    expect(events[1]).toEqual({ type: "deskChanged", agentId: "1001", desk });
  });

  it("a seat that answers no ping is lost", async () => {
    const { port, events, desk } = await world({ heartbeatMs: 30 });
    const socket = connect(port, "127.0.0.1");
    closers.push(() => {
      socket.destroy();
    });
    socket.write(
      `GET /desk HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nCookie: ${agent}\r\n\r\n`,
    );
    await eventually(() => expect(events).toHaveLength(2));
    expect(events[1]).toEqual({ type: "deskChanged", agentId: "1001", desk: "lost" });
    expect(desk.counters).toMatchObject({ connections: 0, lost: 1 });
  });

  it("a page that answers pings stays", async () => {
    const { url, events } = await world({ heartbeatMs: 10 });
    const page = await open(url, agent);
    let pings = 0;
    page.ws.on("ping", () => {
      pings += 1;
    });
    await eventually(() => expect(pings).toBeGreaterThan(3));
    expect(events).toHaveLength(1);
  });

  it("a second desk of the agent takes the seat", async () => {
    const { url, events, desk } = await world();
    const first = await open(url, agent);
    const second = await open(url, "1001/agent/k2");
    expect(await first.closed).toEqual({ code: 1000, reason: "replaced" });
    expect(first.got.at(-1)).toMatchObject({ type: "bye", why: "replaced" });
    await eventually(() => expect(desk.counters.connections).toBe(1));
    second.ws.send(JSON.stringify({ type: "goReady", requestId: "r" }));
    await eventually(() => expect(events).toHaveLength(3));
    expect(events.map((event) => ("desk" in event ? event.desk : event.type))).toEqual([
      "open",
      "open",
      "agentRequested",
    ]);
  });

  it("a login that ends closes its desks", async () => {
    const { url, events, desk } = await world();
    const page = await open(url, agent);
    desk.endLogin("k1");
    expect(await page.closed).toEqual({ code: 1000, reason: "loggedOut" });
    expect(page.got.at(-1)).toMatchObject({ type: "bye", why: "loggedOut" });
    await eventually(() => expect(events.at(-1)).toMatchObject({ desk: "closed" }));
  });

  it("a login that expires closes its desks", async () => {
    const { url, live } = await world({ heartbeatMs: 20 });
    const page = await open(url, supervisor);
    live.delete("k2");
    expect(await page.closed).toEqual({ code: 1000, reason: "loggedOut" });
  });

  it("a page that does not read is closed", async () => {
    const { url, desk, views, events } = await world({ bufferedBytesMax: 200_000 });
    const page = await open(url, agent);
    page.ws.pause();
    for (let n = 0; n < 400 && desk.counters.slow === 0; n += 1) {
      views.set("1001", { ...view("1001"), name: { zh: "甲", en: `${n} ${"x".repeat(100_000)}` } });
      desk.refreshAgent("1001");
    }
    expect(desk.counters.slow).toBe(1);
    await eventually(() => expect(events.at(-1)).toMatchObject({ desk: "lost" }));
  });

  it("the engine's stop tells the core nothing", async () => {
    const { url, events, desk } = await world();
    const page = await open(url, agent);
    await desk.close();
    expect((await page.closed).code).toBe(1001);
    expect(events).toHaveLength(1);
  });
});
