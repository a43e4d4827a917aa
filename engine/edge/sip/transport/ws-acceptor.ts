// Turns HTTP upgrade requests into WebSockets with the sub-protocol `sip` (RFC 7118 4), and finds
// out which of them are dead.
import http from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { sipLimits } from "../message/limits.ts";

export interface WsAcceptorOptions {
  /** Origins allowed beside the host itself; null for every page. */
  origins: readonly string[] | null;
  /** Takes over an open socket; false when it cannot. */
  onSocket: (socket: WebSocket, remote: { address: string; port: number }) => boolean;
}

const pingEveryMs = 20_000;
const pingsMissedMax = 2;

export class WsAcceptor {
  readonly #options: WsAcceptorOptions;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: sipLimits.messageBytesMax,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has("sip") ? "sip" : false),
  });
  /** Pings that were not answered. */
  readonly #missed = new WeakMap<WebSocket, number>();
  readonly #alive: NodeJS.Timeout;

  constructor(options: WsAcceptorOptions) {
    this.#options = options;
    this.#alive = setInterval(() => this.#ping(), pingEveryMs);
  }

  upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",");
    if (!this.#originAllowed(request)) {
      refuseUpgrade(socket, 403);
      return;
    }
    if (!offered.some((name) => name.trim() === "sip")) {
      refuseUpgrade(socket, 400);
      return;
    }
    const { remoteAddress = "", remotePort = 0 } = request.socket;
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("error", () => webSocket.terminate());
      this.#missed.set(webSocket, 0);
      webSocket.on("pong", () => this.#missed.set(webSocket, 0));
      const remote = { address: remoteAddress, port: remotePort };
      if (!this.#options.onSocket(webSocket, remote)) webSocket.close(1013);
    });
  }

  close(): void {
    clearInterval(this.#alive);
    for (const socket of this.#sockets.clients) socket.terminate();
  }

  #ping(): void {
    for (const socket of this.#sockets.clients) {
      const missed = this.#missed.get(socket) ?? 0;
      if (missed >= pingsMissedMax) {
        socket.terminate();
        continue;
      }
      this.#missed.set(socket, missed + 1);
      socket.ping();
    }
  }

  /** A page of another site must not use the agent's browser; programs send no Origin. */
  #originAllowed(request: http.IncomingMessage): boolean {
    const { origin, host } = request.headers;
    const { origins } = this.#options;
    if (origin === undefined || origins === null || origins.includes(origin)) return true;
    try {
      return new URL(origin).host === host;
    } catch {
      return false;
    }
  }
}

/** Refuses a WebSocket before it is one. */
export function refuseUpgrade(socket: Duplex, status: 400 | 403 | 503): void {
  const reason = http.STATUS_CODES[status] ?? "";
  const retry = status === 503 ? "Retry-After: 1\r\n" : "";
  socket.on("error", () => {});
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\n${retry}Connection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
