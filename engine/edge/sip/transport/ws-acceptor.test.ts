// WebSockets whose browser is gone without a word: pinged, and closed when nothing comes back.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { WsAcceptor } from "./ws-acceptor.ts";

let server: http.Server;
let acceptor: WsAcceptor;
let opened: WebSocket[];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  opened = [];
  acceptor = new WsAcceptor({ origins: null, onSocket: (socket) => opened.push(socket) > 0 });
  server = http.createServer();
  server.on("upgrade", (request, socket, head) => acceptor.upgrade(request, socket, head));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
});

afterEach(async () => {
  vi.useRealTimers();
  acceptor.close();
  await new Promise((resolve) => server.close(resolve));
});

/** The browser's end, and ours. */
async function connected(options: { autoPong: boolean }): Promise<[WebSocket, WebSocket]> {
  const { port } = server.address() as AddressInfo;
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, ["sip"], options);
  await new Promise((resolve) => socket.once("open", resolve));
  const own = opened.at(-1);
  if (own === undefined) throw new Error("not accepted");
  return [socket, own];
}

test("one who answers each ping stays", async () => {
  const [socket, own] = await connected({ autoPong: true });
  for (let round = 0; round < 5; round++) {
    const pong = new Promise((resolve) => own.once("pong", resolve));
    vi.advanceTimersByTime(20_000);
    await pong;
  }
  expect(own.readyState).toBe(WebSocket.OPEN);
  socket.terminate();
});

test("one who misses two pings is closed with the third", async () => {
  const [socket, own] = await connected({ autoPong: false });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  vi.advanceTimersByTime(40_000);
  expect(own.readyState).toBe(WebSocket.OPEN);
  vi.advanceTimersByTime(20_000);
  await closed;
  expect(own.readyState).toBe(WebSocket.CLOSED);
});
