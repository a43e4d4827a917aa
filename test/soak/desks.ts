// Desks of agents who hand their callers over: blind to the queue `talk`, or after asking a
// colleague. Driven by the state that the engine tells, so that a desk which lost its engine goes on
// where it was.
import WebSocket from "ws";
import type { AgentView, DeskMessage, DeskRequest } from "../../engine/wire/desk.ts";
import { consulted, consulting, soakAgents } from "./site.ts";

const reconnectMs = 500;
/** Talk before the hand-over. */
const talkMs = 1_500;
/** Both agents talk before the caller is handed over. */
const consultMs = 1_000;

type Login = Readonly<{ id: string; password: string }>;

export type Desks = Readonly<{ faults: string[]; ready: Promise<unknown>; close(): void }>;

export function startDesks(
  baseUrl: string,
  logins: Readonly<Record<string, { password: string }>>,
): Desks {
  const faults: string[] = [];
  const desks = soakAgents
    .filter(({ role }) => role === "transfers" || role === "consults")
    .map(({ id }) => new Desk(baseUrl, { id, password: logins[id]?.password ?? "" }, faults));
  return {
    faults,
    ready: Promise.all(desks.map(({ ready }) => ready)),
    close: () => {
      for (const desk of desks) desk.close();
    },
  };
}

class Desk {
  readonly ready: Promise<void>;
  private readonly baseUrl: string;
  private readonly login: Login;
  private readonly faults: string[];
  private becameReady: () => void = () => undefined;
  private cookie: string | null = null;
  private socket: WebSocket | null = null;
  private closed = false;
  private requests = 0;
  /** Steps done or under way, so that a repeated view starts none twice. */
  private readonly started = new Set<string>();
  private timer: NodeJS.Timeout | null = null;
  private last: AgentView | null = null;

  constructor(baseUrl: string, login: Login, faults: string[]) {
    this.baseUrl = baseUrl;
    this.login = login;
    this.faults = faults;
    this.ready = new Promise((resolve) => {
      this.becameReady = resolve;
    });
    void this.open();
  }

  close(): void {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.socket?.close();
  }

  private async open(): Promise<void> {
    if (this.closed) return;
    try {
      this.cookie ??= await this.logIn();
      this.connect(this.cookie);
    } catch {
      // The engine is away.
      this.later(reconnectMs, () => void this.open());
    }
  }

  private async logIn(): Promise<string> {
    const response = await fetch(`${this.baseUrl}/api/v1/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: this.login.id, password: this.login.password }),
    });
    if (!response.ok) throw new Error(`login: ${response.status}`);
    return response.headers.get("set-cookie")?.split(";")[0] ?? "";
  }

  private connect(cookie: string): void {
    const url = `${this.baseUrl.replace("http", "ws")}/desk`;
    const socket = new WebSocket(url, { headers: { cookie } });
    this.socket = socket;
    socket.on("error", () => undefined);
    socket.on("unexpected-response", (_request, response) => {
      // A login that the new engine does not know is asked for again.
      if (response.statusCode === 401) this.cookie = null;
      response.resume();
      this.later(reconnectMs, () => void this.open());
    });
    socket.on("close", () => this.later(reconnectMs, () => void this.open()));
    socket.on("open", () => {
      this.started.clear();
      this.send({ type: "logIn" });
    });
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as DeskMessage;
      if (message.type === "agent") this.see(message.agent);
      else if (message.type === "reply" && message.refusal !== null) this.again();
      else if (message.type === "error")
        this.faults.push(`desk ${this.login.id}: ${message.message}`);
    });
  }

  /** A colleague who is busy, or a state that has moved on: looks again a little later. */
  private again(): void {
    this.later(reconnectMs, () => {
      this.started.clear();
      if (this.last !== null) this.see(this.last);
    });
  }

  private see(view: AgentView): void {
    this.last = view;
    const { state } = view;
    if (state.kind === "notReady") this.once(`ready ${state.sinceMs}`, 0, { type: "goReady" });
    if (state.kind === "ready") this.becameReady();
    if (state.kind !== "onCall") return;
    const asked = consulting.findIndex(({ id }) => id === this.login.id);
    if (asked < 0) {
      const target = { kind: "queue", queueId: "talk" } as const;
      this.once(`transfer ${state.callId}`, talkMs, { type: "transferBlind", target });
      return;
    }
    if (state.colleague === undefined) {
      // Asked once for each time without a colleague: a consult that fails is tried again.
      const agentId = consulted[asked]?.id ?? "";
      this.once(`ask ${state.callId}`, talkMs, { type: "consultStart", agentId });
      return;
    }
    this.started.delete(`ask ${state.callId}`);
    if (state.colleague.stage === "private") {
      this.once(`complete ${state.callId}`, consultMs, { type: "consultComplete" });
    }
  }

  private once(
    step: string,
    delayMs: number,
    request: DeskRequest extends infer R
      ? R extends { requestId: string }
        ? Omit<R, "requestId">
        : never
      : never,
  ): void {
    if (this.started.has(step)) return;
    // Older steps are of calls that are over.
    if (this.started.size > 100) this.started.clear();
    this.started.add(step);
    this.later(delayMs, () => this.send(request));
  }

  private send(request: object): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.requests += 1;
    this.socket.send(JSON.stringify({ ...request, requestId: String(this.requests) }));
  }

  private later(delayMs: number, work: () => void): void {
    if (this.closed) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(work, delayMs);
  }
}
