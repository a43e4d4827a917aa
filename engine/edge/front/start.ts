// The one HTTP port. `/sip` is SIP over WebSocket and stays here, so that browsers keep their
// signalling when the engine dies; `/edge/health` is answered here; the rest is the engine's.
import http from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { EngineProxy, refuseUpgrade } from "./proxy.ts";

export interface FrontOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  engineSocket: string;
  /** Origins allowed to open `/sip` beside the host itself. */
  origins: readonly string[];
  /** Takes over a WebSocket with the sub-protocol `sip`; false when SIP is not running. */
  onSipSocket: (socket: WebSocket, remote: { address: string; port: number }) => boolean;
  health: () => object;
}

export interface Front {
  readonly port: number;
  close(): Promise<void>;
}

const sipMessageBytesMax = 65_536;
const pingEveryMs = 20_000;
const connectionsMax = 10_000;

/** Rejects with the system's error when the port cannot be opened. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const proxy = new EngineProxy(options.engineSocket);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: sipMessageBytesMax,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has("sip") ? "sip" : false),
  });
  const server = http.createServer((request, response) => {
    if (request.url === "/edge/health" && request.method === "GET") {
      const text = JSON.stringify(options.health());
      response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
      response.end(text);
      return;
    }
    proxy.forward(request, response);
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 120_000;
  server.keepAliveTimeout = 30_000;
  server.maxConnections = connectionsMax;
  server.on("clientError", (_error, socket) => refuseUpgrade(socket, 400));
  server.on("upgrade", (request, socket, head) => {
    if (pathOf(request) !== "/sip") proxy.upgrade(request, socket, head);
    else upgradeSip({ sockets, options }, { request, socket, head });
  });
  await listen(server, options);
  server.on("error", () => {});
  const alive = keepAlive(sockets);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    async close() {
      clearInterval(alive);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      proxy.close();
      await closed;
    },
  };
}

function upgradeSip(
  parts: { sockets: WebSocketServer; options: FrontOptions },
  opening: { request: http.IncomingMessage; socket: Duplex; head: Buffer },
): void {
  const { request, socket, head } = opening;
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",");
  if (!originAllowed(request, parts.options.origins)) {
    refuseUpgrade(socket, 403);
    return;
  }
  if (!offered.some((name) => name.trim() === "sip")) {
    refuseUpgrade(socket, 400);
    return;
  }
  const { remoteAddress = "", remotePort = 0 } = request.socket;
  parts.sockets.handleUpgrade(request, socket, head, (webSocket) => {
    webSocket.on("error", () => webSocket.terminate());
    waiting.set(webSocket, 0);
    webSocket.on("pong", () => waiting.set(webSocket, 0));
    const taken = parts.options.onSipSocket(webSocket, {
      address: remoteAddress,
      port: remotePort,
    });
    if (!taken) webSocket.close(1013);
  });
}

/** Pings that were not answered. */
const waiting = new WeakMap<WebSocket, number>();

function keepAlive(sockets: WebSocketServer): NodeJS.Timeout {
  return setInterval(() => {
    for (const socket of sockets.clients) {
      const missed = waiting.get(socket) ?? 0;
      if (missed >= 2) {
        socket.terminate();
        continue;
      }
      waiting.set(socket, missed + 1);
      socket.ping();
    }
  }, pingEveryMs);
}

/** A page of another site must not use the agent's browser; programs send no Origin. */
function originAllowed(request: http.IncomingMessage, origins: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (origins.includes(origin)) return true;
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}

function pathOf(request: http.IncomingMessage): string {
  return (request.url ?? "").split("?")[0] ?? "";
}

function listen(server: http.Server, options: FrontOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port, backlog: 511 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
