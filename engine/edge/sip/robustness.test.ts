// Input that nobody should send: the edge answers or drops it, counts it, and goes on.
import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { SipEdge } from "./start.ts";
import { Call, udpPeer } from "./testing/peer.ts";
import { startTestEdge, until, untilEmpty } from "./testing/rig.ts";

let edge: SipEdge;

beforeAll(async () => {
  edge = await startTestEdge({ limits: { sourcePerSecondMax: 5, connectionsMax: 3 } });
});

afterAll(async () => {
  await untilEmpty(edge);
  await edge.close();
});

/** Still answers. */
async function alive(): Promise<void> {
  const peer = await udpPeer("alive", edge.port);
  Call.over(peer, `alive-${peer.port}`).request("OPTIONS");
  await peer.response(503);
  peer.wire?.close();
}

describe("malformed input", () => {
  test("random datagrams are counted and dropped", async () => {
    const socket = dgram.createSocket("udp4");
    const before = edge.counters.malformed;
    let state = 7;
    for (let count = 0; count < 200; count++) {
      const bytes = Buffer.alloc(1 + (count % 90)).map(() => {
        state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
        return (state >> 8) & 0xff;
      });
      await new Promise((resolve) => socket.send(bytes, edge.port, "127.0.0.1", resolve));
    }
    await until(() => edge.counters.malformed - before >= 150, "counted");
    socket.close();
    await alive();
  });

  test("a bad request gets 400, a bad response and a bad ACK nothing", async () => {
    const peer = await udpPeer("bad", edge.port);
    const call = Call.over(peer, "bad");
    call.request("OPTIONS", { extra: ["Content-Length: 7"] });
    await peer.response(400);
    const before = edge.counters.malformed;
    call.request("ACK", { extra: ["Content-Length: 7"] });
    peer.wire?.send("SIP/2.0 200 OK\r\nVia: x\r\n\r\n");
    await until(() => edge.counters.malformed - before === 2, "counted");
    await alive();
    expect(peer.received).toEqual([]);
    peer.wire?.close();
  });

  test("a stream that announces too much is closed before its body", async () => {
    const socket = net.connect(edge.port, "127.0.0.1");
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.on("error", () => {});
    socket.write("OPTIONS sip:a SIP/2.0\r\nContent-Length: 999999999\r\n\r\n");
    await closed;
    await alive();
  });
});

describe("limits", () => {
  test("connections beyond the limit are closed", async () => {
    const sockets = [1, 2, 3, 4, 5].map(() => net.connect(edge.port, "127.0.0.1"));
    let closed = 0;
    for (const socket of sockets) {
      socket.on("error", () => {});
      socket.on("close", () => closed++);
    }
    await until(() => closed === 2, "two closed");
    expect(edge.tables().connections).toBe(3);
    for (const socket of sockets) socket.destroy();
    await until(() => edge.tables().connections === 0, "all closed");
  });

  test("one who asks and asks and never reads is closed", async () => {
    const socket = net.connect(edge.port, "127.0.0.1");
    socket.pause();
    let closed = false;
    socket.on("error", () => {});
    socket.on("close", () => {
      closed = true;
    });
    await until(() => edge.tables().connections === 1, "connected");
    const asked = [
      "OPTIONS sip:100@127.0.0.1 SIP/2.0",
      "Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK-deaf",
      `From: <sip:a@b>;tag=${"t".repeat(2_000)}`,
      ...["To: <sip:100@a>", "Call-ID: deaf", "CSeq: 1 OPTIONS", "Content-Length: 0", "", ""],
    ].join("\r\n");
    while (!closed) {
      socket.write(asked.repeat(20));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => edge.tables().connections === 0, "closed");
    await alive();
  });

  test("nor does one over WebSocket keep his answers waiting in our memory", async () => {
    const point = { host: "127.0.0.1", port: 0, protocols: ["ws" as const], advertise: null };
    const browsers = await startTestEdge({ points: [point] });
    const socket = new WebSocket(`ws://127.0.0.1:${browsers.port}`, "sip");
    socket.on("error", () => {});
    await once(socket, "open");
    await until(() => browsers.tables().connections === 1, "connected");
    socket.pause();
    const asked = [
      "OPTIONS sip:100@127.0.0.1 SIP/2.0",
      "Via: SIP/2.0/WS a.invalid;branch=z9hG4bK-deaf",
      `From: <sip:a@b>;tag=${"t".repeat(2_000)}`,
      ...["To: <sip:100@a>", "Call-ID: deaf", "CSeq: 1 OPTIONS", "Content-Length: 0", "", ""],
    ].join("\r\n");
    while (browsers.tables().connections > 0) {
      for (let count = 0; count < 20; count++) socket.send(asked, () => {});
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.terminate();
    await untilEmpty(browsers);
    await browsers.close();
  });

  test("new calls of one source beyond the rate get 503 with Retry-After at once", async () => {
    const peer = await udpPeer("flood", edge.port);
    const before = edge.counters.refusedByLimit;
    for (let count = 0; count < 50; count++) {
      const call = Call.over(peer, `flood-${count}`);
      call.request("INVITE");
    }
    await until(() => edge.counters.refusedByLimit - before >= 30, "refused");
    const refused = await peer.take(
      (message): message is Extract<typeof message, { kind: "response" }> =>
        message.kind === "response" && message.headers.some(({ name }) => name === "Retry-After"),
    );
    expect(refused.status).toBe(503);
    peer.wire?.close();
  });
});
