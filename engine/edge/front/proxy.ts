// Hands everything that is not SIP to the engine's Unix socket, streaming both ways. When the engine
// is away the answer is 503 at once, and the client comes again.
import http from "node:http";
import net from "node:net";
import type { Duplex } from "node:stream";
import { refuseUpgrade } from "../sip/transport/ws-acceptor.ts";

/** Headers that belong to one hop (RFC 9110 7.6.1), and those that only we may set. */
const hopHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

export class EngineProxy {
  readonly #socketPath: string;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 32 });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  forward(request: http.IncomingMessage, response: http.ServerResponse): void {
    const headers = forwardedHeaders(request);
    for (const name of hopHeaders) delete headers[name];
    if (request.headers["transfer-encoding"] !== undefined)
      headers["transfer-encoding"] = "chunked";
    const onward = http.request({
      socketPath: this.#socketPath,
      method: request.method ?? "GET",
      path: request.url ?? "/",
      headers,
      agent: this.#agent,
    });
    onward.on("response", (answer) => {
      const back = { ...answer.headers };
      for (const name of hopHeaders) delete back[name];
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, back);
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    onward.on("error", () => {
      if (response.headersSent) response.destroy();
      else engineAway(response);
    });
    request.on("error", () => onward.destroy());
    response.on("close", () => {
      if (!response.writableFinished) onward.destroy();
    });
    request.pipe(onward);
  }

  /** Pipes an upgrade request and all that follows, byte for byte. */
  upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    const onward = net.connect(this.#socketPath);
    let connected = false;
    socket.on("error", () => onward.destroy());
    socket.on("close", () => onward.destroy());
    onward.on("error", () => {
      if (connected) socket.destroy();
      else refuseUpgrade(socket, 503);
    });
    onward.on("close", () => {
      if (connected) socket.destroy();
    });
    onward.on("connect", () => {
      connected = true;
      onward.write(rawRequest(request));
      if (head.length > 0) onward.write(head);
      socket.pipe(onward);
      onward.pipe(socket);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function engineAway(response: http.ServerResponse): void {
  response.writeHead(503, { "content-type": "text/plain; charset=utf-8", "retry-after": "1" });
  response.end("The engine is starting. Please try again.\n");
}

function forwardedHeaders(request: http.IncomingMessage): http.OutgoingHttpHeaders {
  const headers: http.OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || isForwarding(name)) continue;
    headers[name] = value;
  }
  headers["x-forwarded-for"] = request.socket.remoteAddress ?? "";
  return headers;
}

function isForwarding(name: string): boolean {
  return name.startsWith("x-forwarded-") || name === "forwarded" || name === "x-real-ip";
}

function rawRequest(request: http.IncomingMessage): string {
  let text = `${request.method ?? "GET"} ${request.url ?? "/"} HTTP/1.1\r\n`;
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? "";
    if (isForwarding(name.toLowerCase())) continue;
    text += `${name}: ${request.rawHeaders[at + 1] ?? ""}\r\n`;
  }
  return `${text}x-forwarded-for: ${request.socket.remoteAddress ?? ""}\r\n\r\n`;
}
