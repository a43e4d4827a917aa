// The HTTP port: SIP sockets stay at the edge, the rest reaches the engine, and its absence is 503.

import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type Front, startFront } from "./start.ts";

let folder: string;
let front: Front;
let adopted: WebSocket[];
let engine: http.Server | null;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "front-"));
  adopted = [];
  engine = null;
  front = await startFront({
    host: "127.0.0.1",
    port: 0,
    engineSocket: join(folder, "engine.sock"),
    origins: ["https://allowed.example"],
    onSipSocket: (socket) => {
      adopted.push(socket);
      return true;
    },
    health: () => ({ pid: 1 }),
  });
});

afterEach(async () => {
  await front.close();
  engine?.closeAllConnections();
  engine?.close();
  rmSync(folder, { recursive: true });
});

/** An engine that echoes what it was asked, and every WebSocket message. */
async function startEngine(): Promise<void> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.writeHead(201, { "x-engine": "yes" });
      response.end(
        JSON.stringify({
          method: request.method,
          url: request.url,
          forwarded: Object.entries(request.headers).filter(([name]) => name.includes("forwarded")),
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
  });
  const sockets = new WebSocketServer({ server, path: "/desk" });
  sockets.on("connection", (socket, request) => {
    socket.on("message", (data) =>
      socket.send(`${request.headers["x-forwarded-for"]} ${String(data)}`),
    );
  });
  engine = server;
  await new Promise<void>((resolve) => {
    server.listen(join(folder, "engine.sock"), resolve);
  });
}

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

function ask(path: string, options: http.RequestOptions = {}, body = ""): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port: front.port, path, ...options });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks).toString() });
      });
    });
    request.end(body);
  });
}

/** `open`, or the HTTP status with which the WebSocket was refused. */
function open(
  path: string,
  options: { protocols?: string[]; origin?: string } = {},
): Promise<{ result: string; socket: WebSocket }> {
  const socket = new WebSocket(`ws://127.0.0.1:${front.port}${path}`, options.protocols ?? [], {
    ...(options.origin === undefined ? {} : { origin: options.origin }),
  });
  return new Promise((resolve) => {
    socket.on("error", () => {});
    socket.on("open", () => resolve({ result: "open", socket }));
    socket.on("unexpected-response", (_request, response) => {
      response.resume();
      resolve({ result: String(response.statusCode), socket });
    });
  });
}

describe("HTTP", () => {
  test("requests reach the engine with their body and the real address", async () => {
    await startEngine();
    const headers = {
      "x-forwarded-for": "6.6.6.6",
      forwarded: "for=6.6.6.6",
      "x-forwarded-proto": "https",
    };
    const answer = await ask("/api/v1/x?y=1", { method: "POST", headers }, "hello");
    expect(answer.status).toBe(201);
    expect(answer.headers["x-engine"]).toBe("yes");
    expect(JSON.parse(answer.body)).toEqual({
      method: "POST",
      url: "/api/v1/x?y=1",
      forwarded: [["x-forwarded-for", "127.0.0.1"]],
      body: "hello",
    });
  });

  test("without an engine everything but the edge's own page is 503", async () => {
    expect(await ask("/agent")).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    expect(await ask("/edge/health")).toMatchObject({ status: 200, body: '{"pid":1}' });
    expect((await open("/desk")).result).toBe("503");
  });

  test("an engine that comes back is used at once", async () => {
    expect((await ask("/")).status).toBe(503);
    await startEngine();
    expect((await ask("/")).status).toBe(201);
  });
});

describe("WebSockets", () => {
  test("/desk is piped to the engine both ways", async () => {
    await startEngine();
    const { socket } = await open("/desk");
    const reply = new Promise<string>((resolve) => {
      socket.once("message", (data) => resolve(String(data)));
    });
    socket.send("ping");
    expect(await reply).toBe("127.0.0.1 ping");
    socket.terminate();
  });

  test.each([
    { name: "without Origin", options: { protocols: ["sip"] }, result: "open" },
    {
      name: "from the host itself",
      options: { protocols: ["sip"], origin: "own" },
      result: "open",
    },
    {
      name: "from an allowed origin",
      options: { protocols: ["sip"], origin: "https://allowed.example" },
      result: "open",
    },
    {
      name: "from a stranger",
      options: { protocols: ["sip"], origin: "https://evil.example" },
      result: "403",
    },
    {
      name: "with a broken Origin",
      options: { protocols: ["sip"], origin: "null" },
      result: "403",
    },
    { name: "without the sub-protocol", options: {}, result: "400" },
  ])("/sip $name: $result", async ({ options, result }) => {
    const own = `http://127.0.0.1:${front.port}`;
    const origin = "origin" in options && options.origin === "own" ? { origin: own } : {};
    const opened = await open("/sip", { ...options, ...origin });
    expect(opened.result).toBe(result);
    expect(adopted).toHaveLength(result === "open" ? 1 : 0);
    if (result === "open") expect(opened.socket.protocol).toBe("sip");
    opened.socket.terminate();
  });

  test("a SIP socket lives on when the engine goes", async () => {
    await startEngine();
    const { socket } = await open("/sip", { protocols: ["sip"] });
    engine?.closeAllConnections();
    engine?.close();
    const reply = new Promise<string>((resolve) => {
      socket.once("message", (data) => resolve(String(data)));
    });
    adopted[0]?.send("still here");
    expect(await reply).toBe("still here");
    socket.terminate();
  });
});
