// Peers that open a connection and say nothing, or say it too slowly: closed after 30 s. Node's
// timers are virtual here, sockets are real.
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import type { SipEdge } from "./start.ts";
import { startTestEdge } from "./testing/rig.ts";
import { sipWebSockets } from "./testing/ws-peer.ts";

let edge: SipEdge;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  edge = await startTestEdge();
});

afterEach(async () => {
  vi.useRealTimers();
  await edge.close();
});

/** One turn of the event loop after the other until it is so; the test's own limit ends it. */
async function eventually(ready: () => boolean): Promise<void> {
  while (!ready()) await new Promise((resolve) => setImmediate(resolve));
}

async function connect(): Promise<{ socket: net.Socket; isClosed: () => boolean }> {
  const socket = net.connect(edge.port, "127.0.0.1");
  let closed = false;
  socket.on("error", () => {});
  socket.on("data", () => {});
  socket.on("close", () => {
    closed = true;
  });
  await eventually(() => edge.tables().connections === 1);
  return { socket, isClosed: () => closed };
}

const request = (body: string) =>
  [
    "OPTIONS sip:100@127.0.0.1 SIP/2.0",
    "Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKslow",
    "From: <sip:a@b>;tag=1",
    "To: <sip:100@a>",
    "Call-ID: slow",
    "CSeq: 1 OPTIONS",
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");

/** Writes and waits until the edge has read it: an answer to a keep-alive behind it would tell. */
async function written(socket: net.Socket, text: string): Promise<void> {
  await new Promise<void>((resolve) => socket.write(text, () => resolve()));
  // Loopback: what the kernel took is readable at once; two turns let the edge read it.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("over TCP", () => {
  test("one who says nothing", async () => {
    const { isClosed } = await connect();
    vi.advanceTimersByTime(29_999);
    expect(edge.tables().connections).toBe(1);
    vi.advanceTimersByTime(1);
    await eventually(isClosed);
    await eventually(() => edge.tables().connections === 0);
  });

  test("one whose message drips, byte by byte", async () => {
    const { socket, isClosed } = await connect();
    const text = request("");
    for (let second = 0; second < 30; second++) {
      expect(edge.tables().connections).toBe(1);
      await written(socket, text[second] ?? "");
      vi.advanceTimersByTime(1_000);
    }
    await eventually(isClosed);
  });

  test("one who has spoken, and then drips", async () => {
    const { socket, isClosed } = await connect();
    let answered = false;
    socket.on("data", () => {
      answered = true;
    });
    await written(socket, request(""));
    await eventually(() => answered);
    vi.advanceTimersByTime(10 * 60_000);
    expect(edge.tables().connections).toBe(1);
    await written(socket, "OPTIONS sip:");
    vi.advanceTimersByTime(29_999);
    expect(edge.tables().connections).toBe(1);
    vi.advanceTimersByTime(1);
    await eventually(isClosed);
  });
});

test("a WebSocket on which nobody speaks", async () => {
  const sockets = await sipWebSockets(() => edge);
  const socket = new WebSocket(`ws://127.0.0.1:${sockets.port}/sip`, ["sip"]);
  let closed = false;
  socket.on("close", () => {
    closed = true;
  });
  await eventually(() => edge.tables().connections === 1);
  vi.advanceTimersByTime(29_999);
  expect(edge.tables().connections).toBe(1);
  vi.advanceTimersByTime(1);
  await eventually(() => closed);
  sockets.close();
});
