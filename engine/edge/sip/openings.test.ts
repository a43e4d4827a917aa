// Connections whose TLS or HTTP opening never ends, or is none: closed after the configured time,
// counted, and no connection of anybody.
import net from "node:net";
import tls from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SipEdge } from "./start.ts";
import { startTestEdge, until } from "./testing/rig.ts";
import { testCert, testTlsFiles } from "./testing/tls.ts";

const openingMsMax = 200;
const files = testTlsFiles();
let edge: SipEdge;

beforeAll(async () => {
  const point = (protocol: "tls" | "wss" | "ws") =>
    ({ host: "127.0.0.1", port: 0, protocols: [protocol], advertise: null }) as const;
  edge = await startTestEdge({
    points: [point("tls"), point("wss"), point("ws")],
    tls: files,
    limits: { openingMsMax, connectionsPerSourceMax: 1 },
  });
});

afterAll(async () => {
  await edge.close();
  files.remove();
});

function portOf(protocol: string): number {
  const found = edge.hostPorts.find((one) => one.startsWith(`${protocol}/`));
  return Number(found?.split(":").at(-1));
}

/** The record header and the length of a ClientHello, of which nothing more comes. */
const helloBegun = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]);

test.each([
  ["tls", "nothing", "", "late"],
  ["tls", "the beginning of a ClientHello", helloBegun, "late"],
  ["tls", "something that is no TLS", "OPTIONS sip:a SIP/2.0\r\n\r\n", "at once"],
  ["wss", "nothing", "", "late"],
  ["wss", "something that is no TLS", "GET / HTTP/1.1\r\n\r\n", "at once"],
  ["ws", "nothing", "", "late"],
  ["ws", "half a request", "GET / HTTP/1.1\r\nHost:", "late"],
  ["ws", "something that is no HTTP", "\u0016\u0003\u0001", "at once"],
])("%s: %s", async (protocol, _what, text, when) => {
  const failed = edge.counters.openingsFailed;
  const startMs = performance.now();
  const socket = net.connect(portOf(protocol), "127.0.0.1");
  let closed = false;
  socket.on("error", () => {});
  socket.on("data", () => {});
  socket.on("close", () => {
    closed = true;
  });
  if (text !== "") socket.write(text);
  await until(() => closed, "closed");
  // Node counts whole milliseconds.
  if (when === "late") expect(performance.now() - startMs).toBeGreaterThan(openingMsMax - 10);
  expect([edge.counters.openingsFailed, edge.tables().connections]).toEqual([failed + 1, 0]);
});

test("the place of the only one that this source may have is free for who opens well", async () => {
  const socket = tls.connect({ port: portOf("tls"), host: "127.0.0.1", ca: testCert });
  await until(() => edge.tables().connections === 1, "open");
  expect(edge.counters.connectionsRefused).toBe(0);
  socket.destroy();
  await until(() => edge.tables().connections === 0, "closed");
});
