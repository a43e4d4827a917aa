import { describe, expect, test } from "vitest";
import { collectedBytes } from "../testing/collected-bytes.ts";
import type { Flow } from "../transport/flow.ts";
import { headLength } from "./message-record.ts";
import { redact } from "./redact.ts";
import { Trace } from "./trace.ts";

const flow: Flow = {
  protocol: "udp",
  reliable: false,
  remoteAddress: "192.0.2.1",
  remotePort: 5060,
  localAddress: "[2001:db8::1]",
  localPort: 5070,
  open: true,
  send: () => {},
};

const message = (callId: string, body = "") =>
  `OPTIONS sip:a SIP/2.0\r\nCall-ID: ${callId}\r\n\r\n${body}`;

describe("limits", () => {
  const texts = (trace: Trace, callId: string) =>
    trace.find(callId).messages.map(({ seq, text }) => [seq, text.at(-1)]);

  test("of messages: the oldest goes first", () => {
    const trace = new Trace({ messagesMax: 3, bytesMax: 10_000 });
    for (const body of ["a", "b", "c", "d", "e"]) trace.sent(message("a", body), flow);
    expect(texts(trace, "a")).toEqual([
      [2, "c"],
      [3, "d"],
      [4, "e"],
    ]);
    expect(trace.find("a").forgotten).toBe(2);
  });

  test("of bytes: as many go as must; one that never fits is not kept", () => {
    const length = headLength({ atMs: 0, direction: "sent", flow, sipCallId: "a" });
    const record = length + message("a", "x").length;
    const trace = new Trace({ messagesMax: 100, bytesMax: 2 * record + 5 });
    for (const body of ["x", "y", "z"]) trace.sent(message("a", body), flow);
    const both = [
      [1, "y"],
      [2, "z"],
    ];
    expect(texts(trace, "a")).toEqual(both);
    trace.sent(message("a", "x".repeat(2 * record)), flow);
    trace.received(Buffer.from(message("a", "x".repeat(2 * record))), flow, "a");
    expect(texts(trace, "a")).toEqual(both);
    trace.sent(message("a", "y".repeat(record)), flow);
    expect(texts(trace, "a")).toEqual([[3, "y"]]);
  });

  test("of 0 keep nothing", () => {
    for (const limits of [
      { messagesMax: 0, bytesMax: 1_000 },
      { messagesMax: 10, bytesMax: 0 },
    ]) {
      const trace = new Trace(limits);
      trace.sent(message("a"), flow);
      trace.received(Buffer.from(message("a")), flow, "a");
      trace.link("a", "c");
      expect(trace.find("a")).toEqual({ messages: [], forgotten: 0 });
    }
  });

  test("whatever the lengths, what is left are the newest messages, whole and in order", () => {
    const trace = new Trace({ messagesMax: 40, bytesMax: 6_000 });
    const sent: string[] = [];
    let seed = 7;
    for (let count = 0; count < 2_000; count++) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      const text = message("a", String(count).repeat(seed % 400));
      if (count % 2 === 0) trace.sent(text, flow);
      else trace.received(Buffer.from(text), flow, "a");
      sent.push(text);
      const { messages, forgotten } = trace.find("a");
      expect(messages.map(({ text }) => text)).toEqual(sent.slice(forgotten));
      expect(messages.length).toBeGreaterThanOrEqual(Math.min(sent.length, 2));
    }
  });
});

test("memory is taken at the start: filled once or twice, it is the same", () => {
  const trace = new Trace({ messagesMax: 20_000, bytesMax: 8 * 1_048_576 });
  let calls = 0;
  const fill = () => {
    for (let count = 0; count < 50_000; count++) {
      // Each as a piece of a larger text, as the parser and an application's message give them.
      const callId = `call-${calls++}@192.0.2.1 and what followed`.split(" ")[0] ?? "";
      trace.received(Buffer.from(message(callId, "r".repeat(500))), flow, callId);
      trace.sent(message(callId, "s".repeat(500)), flow);
      trace.link(callId, `engine-${calls}`);
    }
    return collectedBytes();
  };
  const empty = collectedBytes();
  const once = fill();
  const twice = fill();
  expect(trace.find("nothing").forgotten).toBeGreaterThan(180_000);
  expect(Math.abs(once - empty)).toBeLessThan(300_000);
  expect(Math.abs(twice - once)).toBeLessThan(100_000);
});

test("legs belong together while the last 20,000 of them are remembered", () => {
  const trace = new Trace({ messagesMax: 100, bytesMax: 100_000 });
  trace.sent(message("leg-1"), flow);
  trace.sent(message("leg-2"), flow);
  trace.link("leg-1", "c1");
  trace.link("leg-2", "c1");
  const found = (id: string) => trace.find(id).messages.map(({ sipCallId }) => sipCallId);
  expect([found("c1"), found("leg-2")]).toEqual([
    ["leg-1", "leg-2"],
    ["leg-1", "leg-2"],
  ]);
  for (let count = 0; count < 40_000; count++) trace.link(`later-${count}`, "c2");
  expect([found("c1"), found("leg-2")]).toEqual([[], ["leg-2"]]);
});

test("says where a message went and keeps UTF-8", () => {
  const trace = new Trace({ messagesMax: 3, bytesMax: 10_000 });
  trace.received(Buffer.from(message("a", "热线")), flow, "a");
  const { messages } = trace.find("a");
  expect(messages).toEqual([
    {
      seq: 0,
      atMs: expect.any(Number),
      direction: "received",
      sipCallId: "a",
      protocol: "udp",
      local: { address: "2001:db8::1", port: 5070 },
      remote: { address: "192.0.2.1", port: 5060 },
      text: message("a", "热线"),
    },
  ]);
});

describe("hidden", () => {
  const head = "INVITE sip:a SIP/2.0\r\n";
  test.each([
    [
      "credentials, folded too",
      `${head}authorization : Digest username="a",\r\n response="b"\r\nProxy-Authorization: Digest x\r\nTo: <sip:a>\r\n\r\n`,
      `${head}authorization : Digest (hidden)\r\nProxy-Authorization: Digest (hidden)\r\nTo: <sip:a>\r\n\r\n`,
    ],
    [
      "media keys",
      `${head}\r\n\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNf|2^20\r\na=ice-pwd:abc\r\na=ice-ufrag:u\r\nk=clear:x\r\n`,
      `${head}\r\n\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:(hidden)\r\na=ice-pwd:(hidden)\r\na=ice-ufrag:u\r\nk=(hidden)\r\n`,
    ],
    [
      "digits",
      `INFO sip:a SIP/2.0\r\nTo: a\r\n\r\nSignal=5\r\nDuration=160\r\n`,
      `INFO sip:a SIP/2.0\r\nTo: a\r\n\r\nSignal=(hidden)\r\nDuration=160\r\n`,
    ],
    ["a digit alone", "INFO sip:a SIP/2.0\r\n\r\n5", "INFO sip:a SIP/2.0\r\n\r\n(hidden)"],
    [
      "nothing else",
      `${head}WWW-Authenticate: Digest nonce="n"\r\n\r\nv=0`,
      `${head}WWW-Authenticate: Digest nonce="n"\r\n\r\nv=0`,
    ],
  ])("%s", (_what, text, expected) => {
    expect(redact(text)).toBe(expected);
  });
});
