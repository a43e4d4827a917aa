// The torture messages of RFC 4475 and RFC 5118 against the whole edge, and a seeded fuzz run over
// them, judged by what an operator would notice: it lives, stays quick, and does not grow.
import dgram from "node:dgram";
import { monitorEventLoopDelay } from "node:perf_hooks";
import Srf from "drachtio-srf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { header } from "./message/message.ts";
import type { SipEdge } from "./start.ts";
import { Call, type Peer, udpPeer } from "./testing/peer.ts";
import { startTestEdge, until, untilEmpty } from "./testing/rig.ts";
import { ipv6, silent, torture } from "./testing/torture-messages.ts";

let edge: SipEdge;
let srf: Srf;
let peer: Peer & { port: number };

beforeAll(async () => {
  edge = await startTestEdge({ limits: { sourcePerSecondMax: 1_000_000 } });
  srf = new Srf();
  for (const method of ["invite", "register", "options", "message"]) {
    srf.use(method, (_request: Srf.SrfRequest, response: Srf.SrfResponse) => response.send(480));
  }
  void srf.connect({ host: "127.0.0.1", port: edge.appPort, secret: "secret" });
  await new Promise<void>((resolve) => {
    srf.once("connect", () => resolve());
  });
  peer = await udpPeer("tortured", edge.port);
});

afterAll(async () => {
  peer.wire?.close();
  srf.disconnect();
  await untilEmpty(edge);
  await edge.close();
});

/** Still answers, and whatever came before is dealt with: datagrams of one socket keep order. */
async function alive(): Promise<void> {
  Call.over(peer, `alive-${performance.now()}`).request("OPTIONS");
  await peer.response(480, "OPTIONS");
}

describe.each([
  ["RFC 4475", torture],
  ["RFC 5118", ipv6],
])("%s", (_rfc, messages) => {
  test.each(messages)("$name: $verdict", async ({ text, verdict }) => {
    // A peer of its own, because nobody acknowledges here and failures are repeated.
    const sender = await udpPeer("sender", edge.port);
    sender.wire?.send(text);
    const final = await sender.take(
      (message): message is Extract<typeof message, { kind: "response" }> =>
        message.kind === "response" && message.status >= 200,
    );
    expect(final.status).toBe(verdict === "application" ? 480 : verdict);
    const others = sender.received.filter(
      (message) => header(message, "Call-ID") !== header(final, "Call-ID"),
    );
    expect(others).toEqual([]);
    sender.wire?.close();
  });
});

test.each(silent)("$name: no answer", async ({ text }) => {
  const sender = await udpPeer("sender", edge.port);
  sender.wire?.send(text);
  await alive();
  expect(sender.received).toEqual([]);
  sender.wire?.close();
});

/** Mulberry32: the same bytes for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test("3,000 broken copies: alive, quick, no growth", async () => {
  const random = seeded(20_260_704);
  const below = (limit: number) => Math.floor(random() * limit);
  const corpus = [...torture, ...ipv6, ...silent].map(({ text }) => Buffer.from(text));
  const pieces = [
    "\r\n",
    ":",
    ";",
    ",",
    '"',
    "<",
    ">",
    "\0",
    "%",
    "\r\n\r\n",
    "Via: ",
    "sip:",
    "é",
  ];
  const mutant = (): Buffer => {
    let bytes = Buffer.from(corpus[below(corpus.length)] ?? Buffer.alloc(0));
    for (let change = below(4); change >= 0; change--) {
      const at = below(bytes.length + 1);
      const piece = Buffer.from(pieces[below(pieces.length)] ?? "");
      const kind = below(4);
      if (kind === 0) bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
      else if (kind === 1)
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + below(40))]);
      else if (kind === 2 && at < bytes.length) bytes[at] = below(256);
      else bytes = bytes.subarray(0, at);
    }
    return bytes;
  };
  const socket = dgram.createSocket("udp4");
  const delay = monitorEventLoopDelay({ resolution: 10 });
  const handled = () =>
    edge.counters.requestsReceived + edge.counters.responsesReceived + edge.counters.malformed;
  const before = { handled: handled(), heap: process.memoryUsage().heapUsed };
  delay.enable();
  let sent = 0;
  for (let count = 0; count < 3_000; count++) {
    const bytes = mutant();
    if (bytes.toString("latin1").trim() !== "") sent++;
    await new Promise((resolve) => socket.send(bytes, edge.port, "127.0.0.1", resolve));
  }
  await until(() => handled() - before.handled >= sent * 0.9, "most of them handled");
  delay.disable();
  socket.close();
  await alive();
  expect(delay.max / 1e6).toBeLessThan(500);
  expect(process.memoryUsage().heapUsed - before.heap).toBeLessThan(200 * 1024 * 1024);
});
