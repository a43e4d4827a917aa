// The one HTTP port. `/sip` is SIP over WebSocket and stays here, so that browsers keep their
// signalling when the engine dies; `/edge/health` is answered here; the rest is the engine's.
import http from "node:http";
import type { WebSocket } from "ws";
import { refuseUpgrade, WsAcceptor } from "../sip/transport/ws-acceptor.ts";
import { EngineProxy } from "./proxy.ts";

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

const connectionsMax = 10_000;

/** Rejects with the system's error when the port cannot be opened. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const proxy = new EngineProxy(options.engineSocket);
  const { origins, onSipSocket: onSocket } = options;
  const sockets = new WsAcceptor({ origins, onSocket });
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
    else sockets.upgrade(request, socket, head);
  });
  await listen(server, options);
  server.on("error", () => {});
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      sockets.close();
      server.closeAllConnections();
      proxy.close();
      await closed;
    },
  };
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
