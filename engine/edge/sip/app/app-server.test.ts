// The drachtio protocol below SIP: frames, authentication, routes, the choice of a client.
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../testing/rig.ts";
import { AppServer } from "./app-server.ts";
import { FrameReader, frame } from "./frame-reader.ts";

let server: AppServer;
let events: string[];
let sockets: net.Socket[];

beforeEach(async () => {
  const seen: string[] = [];
  events = seen;
  sockets = [];
  server = await AppServer.listen({
    host: "127.0.0.1",
    port: 0,
    secret: "secret",
    version: "v0.9.99-test",
    hostPorts: () => ["udp/127.0.0.1:5060", "tcp/127.0.0.1:5060"],
    localHostPorts: () => ["udp/127.0.0.1:5060", "tcp/127.0.0.1:5060"],
    clientsMax: 10,
    handler: {
      sip: (_client, message) => seen.push(`sip ${JSON.stringify(message)}`),
      proxy: (_client, { transactionId }) => seen.push(`proxy ${transactionId}`),
      dialogs: (_client, after) => {
        seen.push(`dialogs ${after}`);
        return '{"dialogs":[],"next":null}';
      },
      routed: (_client, { verb, first }) => seen.push(`routed ${verb} ${first}`),
      lost: () => seen.push("lost"),
    },
  });
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server.close();
});

interface Client {
  write(text: string): void;
  ask(message: string): Promise<string>;
  closed(): Promise<void>;
  end(): void;
}

function connect(): Client {
  const socket = net.connect(server.port, "127.0.0.1");
  sockets.push(socket);
  const received: string[] = [];
  const reader = new FrameReader();
  let closed = false;
  socket.on("error", () => {});
  socket.on("close", () => {
    closed = true;
  });
  socket.on("data", (chunk: Buffer) => received.push(...(reader.push(chunk) ?? [])));
  return {
    write: (text) => socket.write(text),
    async ask(message) {
      socket.write(frame(`m|${message}`));
      await until(() => received.length > 0, "response");
      return (received.shift() ?? "").split("|").slice(1).join("|");
    },
    closed: () => until(() => closed, "closed"),
    end: () => socket.destroy(),
  };
}

describe("AppServer", () => {
  test("authenticates and lists listeners and version", async () => {
    const hosts = "udp/127.0.0.1:5060,tcp/127.0.0.1:5060";
    expect(await connect().ask("authenticate|secret|")).toBe(
      `response|m|OK|${hosts}|v0.9.99-test|${hosts}`,
    );
  });

  test.each([
    { message: "authenticate|wrong|", answer: "response|m|NO|incorrect secret" },
    { message: "route|invite", answer: "response|m|NO|not authenticated" },
    { message: "sip||\r\nINVITE sip:a SIP/2.0", answer: "response|m|NO|not authenticated" },
  ])("refuses $message of a stranger and closes", async ({ message, answer }) => {
    const client = connect();
    expect(await client.ask(message)).toBe(answer);
    await client.closed();
    expect(events).toEqual([]);
  });

  test("says NOK to what it does not know, and goes on", async () => {
    const client = connect();
    await client.ask("authenticate|secret|");
    expect(await client.ask("transcode|x")).toBe(
      "response|m|NOK|message type 'transcode' is not supported",
    );
    expect(await client.ask("route|cdr:start")).toBe(
      "response|m|NOK|call detail records are not supported",
    );
    expect(await client.ask("ping")).toBe("response|m|OK|pong");
    expect(events).toEqual([]);
  });

  test("answers a ping before authentication", async () => {
    expect(await connect().ask("ping")).toBe("response|m|OK|pong");
  });

  test.each([{ text: "x#" }, { text: "100000#" }, { text: "#" }])(
    "closes on the broken frame $text only",
    async ({ text }) => {
      const client = connect();
      client.write(text);
      await client.closed();
      expect(await connect().ask("ping")).toBe("response|m|OK|pong");
    },
  );

  test("hands over sip messages with their tokens", async () => {
    const client = connect();
    await client.ask("authenticate|secret|");
    client.write(frame("id|sip|tx|dialog|sip:proxy\r\nINVITE sip:a SIP/2.0\r\n\r\nbödy"));
    await until(() => events.length === 1, "event");
    const expected = {
      id: "id",
      transactionId: "tx",
      dialogId: "dialog",
      proxy: "sip:proxy",
      text: "INVITE sip:a SIP/2.0\r\n\r\nbödy",
    };
    expect(events).toEqual([`sip ${JSON.stringify(expected)}`]);
  });

  test("clients take turns per verb; a verb routed twice counts once", async () => {
    const clients = [connect(), connect()];
    for (const client of clients) {
      await client.ask("authenticate|secret|");
      await client.ask("route|invite");
      await client.ask("route|INVITE");
    }
    const chosen = [1, 2, 3, 4].map(() => server.choose("invite"));
    expect(new Set(chosen).size).toBe(2);
    expect(chosen[0]).toBe(chosen[2]);
    expect(server.choose("options")).toBeNull();
    expect(events.slice(0, 2)).toEqual(["routed invite true", "routed invite false"]);
    await clients[0]?.ask("remove_route|invite");
    expect(server.choose("invite")).toBe(server.choose("invite"));
    clients[1]?.end();
    await until(() => events.includes("lost"), "lost");
    expect(server.choose("invite")).toBeNull();
  });
});

test("FrameReader takes frames split and glued anywhere", () => {
  const bytes = Buffer.from(frame("a|ä€") + frame("b") + frame("c|".repeat(100)));
  for (let at = 1; at < bytes.length; at++) {
    const reader = new FrameReader();
    const first = reader.push(bytes.subarray(0, at)) ?? [];
    const second = reader.push(bytes.subarray(at)) ?? [];
    expect([...first, ...second]).toEqual(["a|ä€", "b", "c|".repeat(100)]);
  }
});
