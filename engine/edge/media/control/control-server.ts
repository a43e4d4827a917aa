// The engine's link: JSON lines over TCP on loopback. One owner at a time; whoever comes with a
// higher epoch takes over, and nothing that plays or talks notices.
import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Logger } from "pino";
import { z } from "zod";
import {
  type MediaMessage,
  type MediaRequest,
  mediaControlVersion,
  mediaHello,
  mediaLineBytesMax,
  mediaRequest,
} from "../../../wire/media-control.ts";
import { RequestError } from "../request-error.ts";
import { HeldEvents } from "./held-events.ts";
import { LineReader } from "./line-reader.ts";

export interface ControlHandler {
  handle(request: MediaRequest): Promise<object>;
  releaseAll(): void;
}

export interface ControlOptions {
  port: number;
  secret: string;
  /** How long legs live without an owner; five minutes unless told. */
  ownerlessMs?: number;
  logger: Logger;
}

interface Client {
  socket: Socket;
  /** Lines of this turn of the event loop, which leave in one write. */
  outbox: string[];
  reader: LineReader;
  epoch: number | null;
  inFlight: number;
  helloTimer: NodeJS.Timeout;
}

export class ControlServer {
  readonly instanceId = randomUUID();
  private readonly options: ControlOptions;
  private readonly server: Server;
  private readonly secretDigest: Buffer;
  private readonly clients = new Set<Client>();
  private handler: ControlHandler | null = null;
  private owner: Client | null = null;
  private readonly held = new HeldEvents();
  private epochMax = 0;
  private ownerlessTimer: NodeJS.Timeout | null = null;
  private closing = false;

  constructor(options: ControlOptions) {
    this.options = options;
    this.secretDigest = digest(options.secret);
    this.server = createServer((socket) => this.accept(socket));
  }

  /** Starts listening; resolves with the port. Rejects when it is taken. */
  listen(handler: ControlHandler): Promise<number> {
    this.handler = handler;
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen({ port: this.options.port, host: "127.0.0.1" }, () => {
        this.server.removeListener("error", reject);
        this.server.on("error", (error) => this.options.logger.error({ err: error }, "control"));
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  /**
   * Tells the owner and nobody else. What happens while there is none waits for the next one's
   * `list`; so does what happens until then, which must not overtake it.
   */
  send(message: MediaMessage): void {
    const { owner, held } = this;
    if (owner === null || owner.socket.destroyed || held.size > 0) held.add(message);
    else this.write(owner, message);
  }

  async close(): Promise<void> {
    this.closing = true;
    if (this.ownerlessTimer !== null) clearTimeout(this.ownerlessTimer);
    for (const client of this.clients) client.socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private accept(socket: Socket): void {
    if (this.clients.size >= clientsMax) {
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    const client: Client = {
      socket,
      outbox: [],
      epoch: null,
      inFlight: 0,
      helloTimer: setTimeout(() => socket.destroy(), helloMs),
      reader: new LineReader({
        bytesMax: mediaLineBytesMax,
        onLine: (line) => this.receive(client, line),
        onTooLong: () => this.drop(client, "line too long"),
      }),
    };
    this.clients.add(client);
    socket.on("data", (bytes) => client.reader.push(bytes));
    // "close" follows and does the work.
    socket.on("error", () => {});
    socket.on("close", () => this.forget(client));
  }

  private receive(client: Client, line: string): void {
    if (client.socket.destroyed) return;
    const json = parseJson(line);
    if (client.epoch === null) this.greet(client, json);
    else if (client === this.owner) this.receiveRequest(client, json);
  }

  private greet(client: Client, json: unknown): void {
    clearTimeout(client.helloTimer);
    const epoch = this.admit(json);
    if (typeof epoch === "string") {
      this.options.logger.warn({ why: epoch }, "control client refused");
      this.write(client, { type: "refused", why: epoch });
      this.flush(client);
      client.socket.end();
      return;
    }
    this.epochMax = epoch;
    client.epoch = epoch;
    const before = this.owner;
    this.owner = client;
    before?.socket.destroy();
    if (this.ownerlessTimer !== null) clearTimeout(this.ownerlessTimer);
    this.ownerlessTimer = null;
    this.options.logger.info({ epoch }, "control owner");
    this.write(client, {
      type: "welcome",
      version: mediaControlVersion,
      instanceId: this.instanceId,
      pid: process.pid,
    });
  }

  /** The epoch of a hello that may own, else why it may not. */
  private admit(json: unknown): number | string {
    const versioned = looseHello.safeParse(json);
    if (!versioned.success) return "no hello";
    if (versioned.data.version !== mediaControlVersion) return "version";
    const hello = mediaHello.safeParse(json);
    if (!hello.success) return "bad hello";
    if (!timingSafeEqual(digest(hello.data.secret), this.secretDigest)) return "secret";
    return hello.data.epoch < this.epochMax ? "epoch" : hello.data.epoch;
  }

  private receiveRequest(client: Client, json: unknown): void {
    const request = mediaRequest.safeParse(json);
    if (request.success) {
      void this.perform(client, request.data);
      return;
    }
    const named = identified.safeParse(json);
    if (!named.success) {
      this.drop(client, "line without an id");
      return;
    }
    const message = z.prettifyError(request.error).slice(0, 500);
    this.write(client, { type: "failed", id: named.data.id, code: "badRequest", message });
  }

  private async perform(client: Client, request: MediaRequest): Promise<void> {
    client.inFlight += 1;
    if (client.inFlight === inFlightMax) client.socket.pause();
    const { id } = request;
    try {
      const result = await this.handler?.handle(request);
      this.write(client, { type: "result", id, ...result });
      if (request.type === "list" && client === this.owner) this.tellHeld(client);
    } catch (error) {
      const known = error instanceof RequestError;
      if (!known) this.options.logger.error({ err: error, type: request.type }, "request failed");
      const code = known ? error.code : "badRequest";
      const message = error instanceof Error ? error.message : String(error);
      this.write(client, { type: "failed", id, code, message });
    } finally {
      client.inFlight -= 1;
      if (client.inFlight === inFlightMax - 1) client.socket.resume();
    }
  }

  private tellHeld(client: Client): void {
    if (client.socket.destroyed) return;
    for (const message of this.held.take()) this.write(client, message);
  }

  private write(client: Client, message: MediaMessage): void {
    if (client.socket.destroyed || client.socket.writableEnded) return;
    if (client.outbox.push(`${JSON.stringify(message)}\n`) === 1) {
      setImmediate(() => this.flush(client));
    }
  }

  private flush(client: Client): void {
    const text = client.outbox.join("");
    client.outbox = [];
    if (text === "" || client.socket.destroyed || client.socket.writableEnded) return;
    client.socket.write(text);
    // The engine does not read: better that it dials anew and lists than that we fill up.
    if (client.socket.writableLength > unreadBytesMax) this.drop(client, "does not read");
  }

  private drop(client: Client, why: string): void {
    this.options.logger.warn({ why }, "control client dropped");
    client.socket.destroy();
  }

  private forget(client: Client): void {
    clearTimeout(client.helloTimer);
    this.clients.delete(client);
    if (client !== this.owner) return;
    this.owner = null;
    if (this.closing) return;
    this.options.logger.warn("control owner gone");
    this.ownerlessTimer = setTimeout(() => {
      this.options.logger.warn("no engine came back: legs released");
      this.handler?.releaseAll();
      this.held.take();
    }, this.options.ownerlessMs ?? ownerlessMs);
    this.ownerlessTimer.unref();
  }
}

function digest(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const looseHello = z.object({ type: z.literal("hello"), version: z.number() });
const identified = z.object({ id: z.string().min(1).max(200) });

const clientsMax = 16;
const helloMs = 5000;
const inFlightMax = 500;
const unreadBytesMax = 4_000_000;
const ownerlessMs = 300_000;
