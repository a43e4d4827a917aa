// The four machines of RFC 3261 17 in virtual time, with the timers of table 4.
import { beforeEach, describe, expect, test } from "vitest";
import { readEssentials } from "../message/essentials.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { parseText } from "../message/parse.ts";
import { serialise } from "../message/serialise.ts";
import { VirtualTimers } from "../testing/virtual-timers.ts";
import type { Flow } from "../transport/flow.ts";
import { TransactionLayer } from "./layer.ts";
import type { ServerTransaction } from "./server.ts";
import { rfcTimerValues } from "./timers.ts";

let timers: VirtualTimers;
let layer: TransactionLayer;
/** `<seconds> <start line>` of everything sent, and `<seconds> <what>` of what the user was told. */
let log: string[];

beforeEach(() => {
  timers = new VirtualTimers();
  layer = new TransactionLayer({ timers, values: rfcTimerValues, transactionsMax: 100 });
  log = [];
});

function note(text: string): void {
  log.push(`${timers.nowMs() / 1_000} ${text}`);
}

function flow(protocol: "udp" | "tcp"): Flow {
  return {
    protocol,
    reliable: protocol === "tcp",
    remoteAddress: "127.0.0.1",
    remotePort: 5070,
    localAddress: "127.0.0.1",
    localPort: 5060,
    open: true,
    send: (text) => note(text.startsWith("SIP") ? text.slice(8, 11) : (text.split(" ")[0] ?? "")),
  };
}

function request(method: string): SipRequest {
  const parsed = parseText(
    [
      `${method} sip:b@127.0.0.1 SIP/2.0`,
      "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKone",
      "From: <sip:a@127.0.0.1>;tag=a",
      "To: <sip:b@127.0.0.1>",
      "Call-ID: c",
      `CSeq: 1 ${method}`,
      "",
      "",
    ].join("\r\n"),
  );
  if (!parsed.ok || parsed.message?.kind !== "request") throw new Error("bad test message");
  return parsed.message;
}

function client(method: string, protocol: "udp" | "tcp" = "udp"): (status: number) => void {
  const asked = request(method);
  const over = flow(protocol);
  const transaction = layer.openClient({
    branch: "z9hG4bKone",
    request: asked,
    text: serialise(asked),
    flow: over,
    user: {
      response: ({ message }) => note(`got ${message.status}`),
      failed: (why) => note(why),
    },
  });
  transaction.start();
  return (status) => {
    const message: SipResponse = {
      kind: "response",
      status,
      reason: "",
      headers: asked.headers,
      body: "",
    };
    const read = readEssentials(message);
    if (!read.ok) throw new Error(read.reason);
    const taken = layer.receiveResponse(read.essentials, {
      message,
      toTag: "b",
      size: 1,
      flow: over,
    });
    if (!taken) note(`stray ${status}`);
  };
}

function server(method: string, protocol: "udp" | "tcp" = "udp"): ServerTransaction {
  const asked = request(method);
  const read = readEssentials(asked);
  if (!read.ok) throw new Error(read.reason);
  return layer.openServer(asked, read.essentials, flow(protocol));
}

function respond(transaction: ServerTransaction, status: number): void {
  transaction.respond(status, `SIP/2.0 ${status} X\r\n\r\n`);
}

function expectNothingLeft(): void {
  expect({ ...layer.counts, armed: timers.armed }).toEqual({ servers: 0, clients: 0, armed: 0 });
}

describe("INVITE client (17.1.1)", () => {
  test("timer A doubles, timer B gives up after 32 s", () => {
    client("INVITE");
    timers.advance(40_000);
    expect(log).toEqual([
      "0 INVITE",
      "0.5 INVITE",
      "1.5 INVITE",
      "3.5 INVITE",
      "7.5 INVITE",
      "15.5 INVITE",
      "31.5 INVITE",
      "32 timeout",
    ]);
    expectNothingLeft();
  });

  test("over TCP nothing is repeated", () => {
    client("INVITE", "tcp");
    timers.advance(40_000);
    expect(log).toEqual(["0 INVITE", "32 timeout"]);
    expectNothingLeft();
  });

  test("a provisional response ends all waiting; a failure is acknowledged each time", () => {
    const receive = client("INVITE");
    receive(180);
    timers.advance(100_000);
    receive(486);
    receive(486);
    timers.advance(31_999);
    receive(486);
    timers.advance(1);
    receive(486);
    expect(log).toEqual([
      "0 INVITE",
      "0 got 180",
      "100 ACK",
      "100 got 486",
      "100 ACK",
      "131.999 ACK",
      "132 stray 486",
    ]);
    expectNothingLeft();
  });

  test("every 2xx reaches the user while accepted (RFC 6026 7.2)", () => {
    const receive = client("INVITE");
    receive(200);
    receive(200);
    receive(180);
    timers.advance(32_000);
    receive(200);
    expect(log).toEqual(["0 INVITE", "0 got 200", "0 got 200", "32 stray 200"]);
    expectNothingLeft();
  });

  test("the end of its connection fails it at once", () => {
    const over = flow("tcp");
    const asked = request("INVITE");
    layer
      .openClient({
        branch: "b",
        request: asked,
        text: "INVITE x",
        flow: over,
        user: { response: () => {}, failed: (why) => note(why) },
      })
      .start();
    layer.flowClosed(over);
    expect(log).toEqual(["0 INVITE", "0 transport"]);
    expectNothingLeft();
  });
});

describe("other client (17.1.2)", () => {
  test("timer E doubles up to T2, timer F gives up after 32 s", () => {
    client("BYE");
    timers.advance(40_000);
    const seconds = log.map((line) => line.split(" ")[0]);
    expect(seconds.join(" ")).toBe("0 0.5 1.5 3.5 7.5 11.5 15.5 19.5 23.5 27.5 31.5 32");
    expect(log.at(-1)).toBe("32 timeout");
    expectNothingLeft();
  });

  test("a final response is told once, repetitions are absorbed for T4", () => {
    const receive = client("BYE");
    receive(200);
    receive(200);
    timers.advance(5_000);
    receive(200);
    expect(log).toEqual(["0 BYE", "0 got 200", "5 stray 200"]);
    expectNothingLeft();
  });
});

describe("INVITE server (17.2.1)", () => {
  test("a failure is repeated by timer G until the ACK, then absorbed for T4", () => {
    const transaction = server("INVITE");
    respond(transaction, 100);
    transaction.retransmitted();
    respond(transaction, 486);
    timers.advance(2_000);
    transaction.retransmitted();
    transaction.acknowledged();
    transaction.acknowledged();
    timers.advance(4_999);
    expect(layer.counts.servers).toBe(1);
    timers.advance(1);
    expect(log).toEqual(["0 100", "0 100", "0 486", "0.5 486", "1.5 486", "2 486"]);
    expectNothingLeft();
  });

  test("without ACK timer H ends it after 32 s", () => {
    respond(server("INVITE"), 486);
    timers.advance(32_000);
    const seconds = log.map((line) => line.split(" ")[0]);
    expect(seconds.join(" ")).toBe("0 0.5 1.5 3.5 7.5 11.5 15.5 19.5 23.5 27.5 31.5");
    expectNothingLeft();
  });

  test("after a 2xx repeated INVITEs are absorbed in silence (RFC 6026 7.1)", () => {
    const transaction = server("INVITE");
    respond(transaction, 200);
    transaction.retransmitted();
    respond(transaction, 486);
    timers.advance(32_000);
    expect(log).toEqual(["0 200"]);
    expectNothingLeft();
  });
});

describe("other server (17.2.2)", () => {
  test.each([
    { protocol: "udp" as const, leftAfterMs: 31_999 },
    { protocol: "tcp" as const, leftAfterMs: -1 },
  ])("over $protocol the last answer is repeated until timer J", ({ protocol, leftAfterMs }) => {
    const transaction = server("BYE", protocol);
    transaction.retransmitted();
    respond(transaction, 200);
    respond(transaction, 500);
    transaction.retransmitted();
    expect(log).toEqual(["0 200", "0 200"]);
    if (leftAfterMs > 0) {
      timers.advance(leftAfterMs);
      expect(layer.counts.servers).toBe(1);
    }
    timers.advance(1);
    expectNothingLeft();
  });
});

describe("matching (17.2.3)", () => {
  test("ACK finds its INVITE, CANCEL is a transaction of its own", () => {
    const transaction = server("INVITE");
    const { essentials } = transaction;
    expect(layer.findServer(essentials, "ACK")).toBe(transaction);
    expect(layer.findServer(essentials, "CANCEL")).toBeNull();
    const other = { ...essentials, via: { ...essentials.via, host: "127.0.0.9" } };
    expect(layer.findServer(other, "ACK")).toBeNull();
  });

  test("peers without the magic cookie are told apart by Call-ID, tag and number", () => {
    const old = request("INVITE");
    for (const entry of old.headers)
      if (entry.name === "Via") entry.value = "SIP/2.0/UDP h;branch=1";
    const read = readEssentials(old);
    if (!read.ok) throw new Error(read.reason);
    const transaction = layer.openServer(old, read.essentials, flow("udp"));
    expect(layer.findServer(read.essentials, "INVITE")).toBe(transaction);
    expect(layer.findServer({ ...read.essentials, cseq: 2 }, "INVITE")).toBeNull();
  });
});
