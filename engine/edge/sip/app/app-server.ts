// The drachtio protocol's listener: authentication, routes, and the choice of an application. It
// knows nothing of SIP; `sip` and `proxy` messages go to the handler.
import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import net from "node:net";
import { AppClient } from "./app-client.ts";
import { FrameReader } from "./frame-reader.ts";

export interface AppSipMessage {
  id: string;
  transactionId: string;
  dialogId: string;
  /** Next hop given by the application; empty when none. */
  proxy: string;
  /** Raw SIP text. */
  text: string;
}

export interface AppProxyMessage {
  id: string;
  transactionId: string;
  /** Record-Route (for REGISTER: Path). */
  remainInDialog: boolean;
  /** Each final response is wanted, not only the end. */
  fullResponse: boolean;
  followRedirects: boolean;
  /** All destinations at once; else one after the other. */
  simultaneous: boolean;
  /** As `2s` or `1500ms`; empty for none. */
  provisionalTimeout: string;
  destinations: string[];
  /** Pseudo request with headers to add. */
  text: string;
}

export interface AppHandler {
  sip(client: AppClient, message: AppSipMessage): void;
  proxy(client: AppClient, message: AppProxyMessage): void;
  /**
   * An addition of this server: the calls that the application inherited, from this place in the
   * list on. Returns JSON without `|`.
   */
  dialogs(client: AppClient, after: number): string;
  /** The application routed this verb; `first` for its first one. */
  routed(client: AppClient, route: { verb: string; first: boolean }): void;
  /** An authenticated application's connection is gone. */
  lost(client: AppClient): void;
}

export interface AppServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  secret: string;
  version: string;
  /** `proto/address:port` of every listener as peers should use it. */
  hostPorts: () => string[];
  /** The same with the bound addresses. */
  localHostPorts: () => string[];
  clientsMax: number;
  handler: AppHandler;
}

/** Verbs of one client; a real application has a dozen. */
const routesMax = 100;
/** A connection that does not authenticate is closed. */
const authenticateWithinMs = 10_000;

export class AppServer {
  readonly #options: AppServerOptions;
  readonly #secretDigest: Buffer;
  readonly #server = net.createServer();
  readonly #clients = new Set<AppClient>();
  readonly #nextByVerb = new Map<string, number>();

  private constructor(options: AppServerOptions) {
    this.#options = options;
    this.#secretDigest = digest(options.secret);
  }

  static async listen(options: AppServerOptions): Promise<AppServer> {
    const server = new AppServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once("error", reject);
      server.#server.listen({ host: options.host, port: options.port }, () => {
        server.#server.off("error", reject);
        resolve();
      });
    });
    server.#server.on("error", () => {});
    server.#server.on("connection", (socket) => server.#accept(socket));
    return server;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  get clientCount(): number {
    let count = 0;
    for (const client of this.#clients) if (client.authenticated) count++;
    return count;
  }

  /** The next application for a verb (lower case), in turn; null when none routed it. */
  choose(verb: string): AppClient | null {
    const able = [...this.#clients].filter(
      (client) => client.authenticated && client.open && client.routes.has(verb),
    );
    if (able.length === 0) return null;
    const turn = this.#nextByVerb.get(verb) ?? 0;
    this.#nextByVerb.set(verb, (turn + 1) % 1_000_000);
    return able[turn % able.length] ?? null;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const client of [...this.#clients]) client.destroy();
    await closed;
  }

  #accept(socket: net.Socket): void {
    const client = new AppClient(socket);
    const reader = new FrameReader();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 15_000);
    socket.on("error", () => socket.destroy());
    if (this.#clients.size >= this.#options.clientsMax) {
      socket.destroy();
      return;
    }
    this.#clients.add(client);
    const timer = setTimeout(() => {
      if (!client.authenticated) socket.destroy();
    }, authenticateWithinMs);
    socket.on("close", () => {
      clearTimeout(timer);
      this.#clients.delete(client);
      if (client.authenticated) this.#options.handler.lost(client);
    });
    socket.on("data", (chunk: Buffer) => {
      const payloads = reader.push(chunk);
      if (payloads === null) {
        socket.destroy();
        return;
      }
      for (const payload of payloads) if (client.open) this.#receive(client, payload);
    });
  }

  #receive(client: AppClient, payload: string): void {
    const lineEnd = payload.search(/[\r\n]/);
    const meta = lineEnd < 0 ? payload : payload.slice(0, lineEnd);
    const tokens = meta.split("|");
    const [id = "", type = ""] = tokens;
    if (tokens.length < 2 || id === "") {
      refuse(client, id, "invalid message");
      return;
    }
    if (type === "ping") {
      respond(client, id, "OK|pong");
    } else if (type === "authenticate") {
      this.#authenticate(client, id, tokens[2] ?? "");
    } else if (!client.authenticated) {
      refuse(client, id, "not authenticated");
    } else if (type === "route") {
      this.#route(client, id, (tokens[2] ?? "").toLowerCase());
    } else if (type === "remove_route") {
      client.routes.delete((tokens[2] ?? "").toLowerCase());
      respond(client, id, "OK");
    } else if (type === "sip") {
      const text = bodyOf(payload, lineEnd);
      const [, , transactionId = "", dialogId = "", proxy = ""] = tokens;
      this.#options.handler.sip(client, { id, transactionId, dialogId, proxy, text });
    } else if (type === "dialogs") {
      const after = Number(tokens[2] ?? 0);
      respond(client, id, `OK|${this.#options.handler.dialogs(client, after > 0 ? after : 0)}`);
    } else if (type === "proxy") {
      this.#options.handler.proxy(client, proxyMessage(id, tokens, bodyOf(payload, lineEnd)));
    } else {
      // No reason to take the connection, and with it the calls, from an application.
      respond(client, id, `NOK|message type '${type.slice(0, 40)}' is not supported`);
    }
  }

  #authenticate(client: AppClient, id: string, secret: string): void {
    if (!timingSafeEqual(digest(secret), this.#secretDigest)) {
      refuse(client, id, "incorrect secret");
      return;
    }
    client.authenticated = true;
    const hostPorts = this.#options.hostPorts().join(",");
    const localHostPorts = this.#options.localHostPorts().join(",");
    respond(client, id, `OK|${hostPorts}|${this.#options.version}|${localHostPorts}`);
  }

  #route(client: AppClient, id: string, verb: string): void {
    if (verb === "" || client.routes.size >= routesMax) {
      respond(client, id, "NOK|invalid route");
      return;
    }
    if (verb.startsWith("cdr:")) {
      respond(client, id, "NOK|call detail records are not supported");
      return;
    }
    const first = client.routes.size === 0;
    client.routes.add(verb);
    respond(client, id, "OK");
    this.#options.handler.routed(client, { verb, first });
  }
}

function bodyOf(payload: string, lineEnd: number): string {
  return lineEnd < 0 ? "" : payload.slice(lineEnd).replace(/^\r?\n/, "");
}

function proxyMessage(id: string, tokens: string[], text: string): AppProxyMessage {
  const [, , transactionId = "", remain, full, follow, forking, provisional = ""] = tokens;
  return {
    id,
    transactionId,
    remainInDialog: remain === "remainInDialog",
    fullResponse: full === "fullResponse",
    followRedirects: follow === "followRedirects",
    simultaneous: forking === "simultaneous",
    provisionalTimeout: provisional,
    destinations: tokens.slice(9).filter((destination) => destination !== ""),
    text,
  };
}

/** Answers one message of an application; `text` begins with OK, NOK or NO. */
export function respond(client: AppClient, id: string, text: string): void {
  client.send(`${randomUUID()}|response|${id}|${text}`);
}

/** A breach of the protocol: say so and close. */
export function refuse(client: AppClient, id: string, reason: string): void {
  respond(client, id, `NO|${reason}`);
  client.end();
}

function digest(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}
