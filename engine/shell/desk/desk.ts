// The WebSocket server of seats and wallboards. It shows what the engine decides and passes on what
// people ask for; it decides nothing itself.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Command } from "../../core/command.ts";
import type { Fact } from "../../core/fact.ts";
import {
  type AgentView,
  type DeskMessage,
  type DeskRequest,
  deskFrameBytesMax,
  deskProtocolVersion,
  deskRequest,
  type Role,
  type TransferTargets,
  type WallboardView,
} from "../../wire/desk.ts";
import type { CommandPerformer, EngineClock, EventSink, FactListener } from "../ports.ts";
import { type Connection, closeCodes, createConnection } from "./connection.ts";
import { createSeatWatch, type SeatWatch } from "./seat-watch.ts";
import { createWallboardFeed } from "./wallboard-feed.ts";

type Hello = Extract<DeskMessage, { type: "hello" }>;

/** A person at a desk, as the web shell knows them. */
type DeskLogin = Readonly<{
  /** Names the login; the same one may open several desks. */
  sessionKey: string;
  user: Readonly<{ id: string; name: Readonly<{ zh: string; en: string }>; role: Role }>;
}>;

export type DeskOptions = Readonly<{
  sink: EventSink;
  clock: EngineClock;
  views: Readonly<{
    agent: (agentId: string) => AgentView | null;
    wallboard: () => WallboardView;
    /** Where this agent can hand a caller over to. */
    targets: (agentId: string) => TransferTargets;
  }>;
  /** Checks Origin and cookie of an upgrade; a number is the HTTP status to refuse it with. */
  admit: (request: IncomingMessage) => DeskLogin | 401 | 403;
  /** False once the login ended or expired. */
  isLive: (sessionKey: string) => boolean;
  /** How the browser seat of this login registers; null for other devices. */
  sipOf: (login: DeskLogin) => Hello["sip"];
  choices: Readonly<Pick<Hello, "notReadyReasons" | "wrapUpCodes">>;
  log: DeskLog;
  limits?: Partial<DeskLimits>;
}>;

type DeskLog = Readonly<{
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}>;

export type DeskLimits = Readonly<{
  connectionsMax: number;
  /** Frames that one connection may send in a second. */
  framesPerSecondMax: number;
  /** Unsent bytes for one connection; a page that reads slower is closed with 1013. */
  bufferedBytesMax: number;
  /** A seat that answers no ping for two of these is lost. */
  heartbeatMs: number;
  /** A page that told of its health and then says nothing for so long is frozen. */
  silentPageMsMax: number;
  /** Least time between two pushes of the wallboard, and most. */
  wallboardMs: number;
  wallboardRefreshMs: number;
}>;

const defaultLimits: DeskLimits = {
  connectionsMax: 5_000,
  framesPerSecondMax: 50,
  bufferedBytesMax: 1_048_576,
  heartbeatMs: 2_000,
  silentPageMsMax: 8_000,
  wallboardMs: 500,
  wallboardRefreshMs: 1_000,
};

/** Read by metrics and debug state. */
type DeskCounters = {
  connections: number;
  opened: number;
  refused: number;
  frames: number;
  badFrames: number;
  floods: number;
  slow: number;
  lost: number;
};

export type Desk = CommandPerformer &
  FactListener & {
    handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
    /** Says good-bye to every desk of a login that ended. */
    endLogin(sessionKey: string): void;
    /** Pushes what changed without a fact, such as a device that registered. */
    refreshAgent(agentId: string): void;
    close(): Promise<void>;
    readonly counters: Readonly<DeskCounters>;
  };

export function createDesk(options: DeskOptions): Desk {
  return new DeskServer(options);
}

const watchers: readonly Role[] = ["supervisor", "leader", "admin"];
/** Who may come into agents' talks. */
const listeners: readonly Role[] = ["supervisor", "leader"];

class DeskServer implements Desk {
  readonly counters: DeskCounters = {
    connections: 0,
    opened: 0,
    refused: 0,
    frames: 0,
    badFrames: 0,
    floods: 0,
    slow: 0,
    lost: 0,
  };
  readonly #options: DeskOptions;
  readonly #limits: DeskLimits;
  readonly #server: WebSocketServer;
  readonly #all = new Map<Connection, DeskLogin>();
  /** The one desk of each agent. */
  readonly #seats = new Map<string, Connection>();
  /** The newest desk of each supervisor. */
  readonly #supervisors = new Map<string, Connection>();
  readonly #feed: ReturnType<typeof createWallboardFeed>;
  readonly #watch: SeatWatch;
  readonly #heartbeat: NodeJS.Timeout;
  #closed = false;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: deskFrameBytesMax,
      perMessageDeflate: false,
      clientTracking: false,
    });
    this.#feed = createWallboardFeed({
      view: options.views.wallboard,
      nowMs: () => options.clock.nowMs(),
      pauseMs: this.#limits.wallboardMs,
      refreshMs: this.#limits.wallboardRefreshMs,
    });
    this.#watch = createSeatWatch({
      sink: options.sink,
      nowMs: () => options.clock.nowMs(),
      silentMsMax: this.#limits.silentPageMsMax,
    });
    this.#heartbeat = setInterval(() => this.#beat(), this.#limits.heartbeatMs);
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const full = this.#closed || this.#all.size >= this.#limits.connectionsMax;
    const login = full ? 503 : this.#options.admit(request);
    if (typeof login === "number") {
      this.counters.refused += 1;
      socket.end(`HTTP/1.1 ${login} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (ws) => this.#open(ws, login));
  }

  perform(command: Command): void {
    if (command.type === "popScreen") {
      const seat = this.#seats.get(command.agentId);
      const view = this.#options.views.agent(command.agentId);
      if (seat !== undefined && view !== null) {
        seat.sendAgent(JSON.stringify({ ...view, pop: command.pop }));
      }
    } else if (command.type === "replyToDesk") {
      const { agentId, requestId, refusal } = command;
      const desk = this.#seats.get(agentId) ?? this.#supervisors.get(agentId);
      desk?.send({ type: "reply", requestId, refusal });
      // What was asked may have changed the view without a fact.
      this.refreshAgent(agentId);
    }
  }

  onFacts(facts: readonly Fact[]): void {
    const touched = new Set<string>();
    for (const fact of facts) {
      if ("fromAgentId" in fact) touched.add(fact.fromAgentId);
      if (fact.type === "messageSent") for (const agentId of fact.toIds) touched.add(agentId);
      if ("agentId" in fact) touched.add(fact.agentId);
      else if (fact.type === "queueLeft" && fact.outcome.kind === "answered") {
        touched.add(fact.outcome.agentId);
      }
    }
    for (const agentId of touched) this.refreshAgent(agentId);
    this.#feed.changed();
  }

  refreshAgent(agentId: string): void {
    const seat = this.#seats.get(agentId);
    if (seat === undefined) return;
    const view = this.#options.views.agent(agentId);
    if (view !== null) seat.sendAgent(JSON.stringify(view));
  }

  endLogin(sessionKey: string): void {
    for (const [connection, login] of this.#all) {
      if (login.sessionKey === sessionKey) this.#sayBye(connection, "loggedOut");
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    this.#feed.close();
    this.#seats.clear();
    this.#supervisors.clear();
    for (const connection of this.#all.keys()) connection.close(closeCodes.goingAway, "restart");
    this.#all.clear();
    this.counters.connections = 0;
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #open(ws: WebSocket, login: DeskLogin): void {
    const connection = createConnection(ws, {
      nowMs: () => this.#options.clock.nowMs(),
      framesPerSecondMax: this.#limits.framesPerSecondMax,
      bufferedBytesMax: this.#limits.bufferedBytesMax,
      onRequest: (text) => this.#request(connection, login, text),
      onFlood: () => {
        this.counters.floods += 1;
      },
      onSlow: () => {
        this.counters.slow += 1;
        this.#options.log.warn({ user: login.user.id }, "desk reads too slowly");
      },
      onClose: (code) => this.#gone(connection, login, code),
    });
    this.#all.set(connection, login);
    this.counters.opened += 1;
    this.counters.connections = this.#all.size;
    connection.send({
      type: "hello",
      version: deskProtocolVersion,
      serverNowMs: this.#options.clock.nowMs(),
      // Only these: the page refuses a frame with anything more.
      user: { id: login.user.id, name: login.user.name, role: login.user.role },
      sip:
        login.user.role === "agent" || listeners.includes(login.user.role)
          ? this.#options.sipOf(login)
          : null,
      ...this.#options.choices,
    });
    if (listeners.includes(login.user.role)) this.#supervisors.set(login.user.id, connection);
    if (login.user.role === "agent") this.#seat(connection, login.user.id);
    else if (watchers.includes(login.user.role)) this.#feed.add(connection);
  }

  #seat(connection: Connection, agentId: string): void {
    const before = this.#seats.get(agentId);
    this.#seats.set(agentId, connection);
    if (before !== undefined) this.#sayBye(before, "replaced");
    this.#options.sink.post({ type: "deskChanged", agentId, desk: "open" });
    this.refreshAgent(agentId);
  }

  #request(connection: Connection, login: DeskLogin, text: string | null): void {
    this.counters.frames += 1;
    const request = text === null ? null : parseRequest(text);
    if (request === null) {
      this.counters.badFrames += 1;
      this.#options.log.warn({ user: login.user.id }, "desk frame refused");
      connection.send({ type: "error", message: "this frame is not of the desk protocol" });
      connection.close(closeCodes.policy, "bad frame");
      return;
    }
    const agentId = login.user.id;
    const isSeat = this.#seats.get(agentId) === connection;
    if (isSeat) this.#watch.heard(agentId);
    if (request.type === "seatHealth") {
      if (isSeat) this.#watch.told(agentId, request.health);
      return;
    }
    if (request.type === "ping") {
      const serverNowMs = this.#options.clock.nowMs();
      connection.send({ type: "pong", atMs: request.atMs, serverNowMs });
      return;
    }
    if (isForSupervisors(request)) {
      this.#supervise(connection, login, request);
      return;
    }
    if (!isSeat) {
      connection.send({
        type: "reply",
        requestId: request.requestId,
        refusal: "unknownAgent",
      });
      return;
    }
    if (request.type === "listTargets") {
      const targets = this.#options.views.targets(agentId);
      const serverNowMs = this.#options.clock.nowMs();
      connection.send({ type: "targets", requestId: request.requestId, serverNowMs, targets });
      return;
    }
    const { requestId, ...asked } = request;
    this.#options.sink.post({ type: "agentRequested", agentId, requestId, request: asked });
  }

  #supervise(connection: Connection, { user }: DeskLogin, request: SupervisorDeskRequest): void {
    const { requestId, ...asked } = request;
    if (!listeners.includes(user.role)) {
      connection.send({ type: "reply", requestId, refusal: "notAllowed" });
      return;
    }
    this.#supervisors.set(user.id, connection);
    const supervisorId = user.id;
    this.#options.sink.post({
      type: "supervisorRequested",
      supervisorId,
      requestId,
      request: asked,
    });
  }

  #sayBye(connection: Connection, why: "replaced" | "loggedOut"): void {
    connection.send({ type: "bye", why });
    connection.close(closeCodes.normal, why);
  }

  #gone(connection: Connection, { user }: DeskLogin, code: number): void {
    this.#all.delete(connection);
    this.#feed.remove(connection);
    this.counters.connections = this.#all.size;
    const desks = [this.#seats, this.#supervisors].filter((of) => of.get(user.id) === connection);
    if (desks.length === 0) return;
    for (const of of desks) of.delete(user.id);
    if (desks.includes(this.#seats)) this.#watch.gone(user.id);
    const clean = code === closeCodes.normal || code === closeCodes.goingAway;
    if (!clean) this.counters.lost += 1;
    this.#options.log.info({ user: user.id, code }, clean ? "desk closed" : "desk lost");
    this.#options.sink.post({
      type: "deskChanged",
      agentId: user.id,
      desk: clean ? "closed" : "lost",
    });
  }

  #beat(): void {
    this.#watch.beat();
    for (const [connection, login] of this.#all) {
      if (this.#options.isLive(login.sessionKey)) connection.beat();
      else this.#sayBye(connection, "loggedOut");
    }
    // Device state changes without a fact; equal views are not sent again.
    for (const agentId of this.#seats.keys()) this.refreshAgent(agentId);
  }
}

/** Requests of supervisors and leaders; everything else is an agent's own. */
const supervisorRequests = [
  "monitorStart",
  "monitorMode",
  "monitorStop",
  "takeOver",
  "endTakeOver",
  "disconnect",
  "forceReady",
  "forceNotReady",
  "endAgentWrapUp",
  "logOutAgent",
  "sendMessage",
  "endAgentHelp",
  "cancelCallback",
  "switchReserve",
  "lendAgent",
] as const satisfies readonly DeskRequest["type"][];

type SupervisorDeskRequest = Extract<DeskRequest, { type: (typeof supervisorRequests)[number] }>;

const isForSupervisors = (
  request: Exclude<DeskRequest, { type: "ping" | "seatHealth" }>,
): request is SupervisorDeskRequest => supervisorRequests.some((type) => type === request.type);

function parseRequest(text: string): DeskRequest | null {
  try {
    const parsed = deskRequest.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
