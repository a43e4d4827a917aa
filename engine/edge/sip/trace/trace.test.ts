import { describe, expect, test } from "vitest";
import type { Flow } from "../transport/flow.ts";
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
  test("of messages: the oldest goes first", () => {
    const trace = new Trace({ messagesMax: 3, bytesMax: 10_000 });
    for (const body of ["a", "b", "c", "d", "e"]) trace.sent(message("a", body), flow);
    const { messages, forgotten } = trace.find("a");
    expect(messages.map(({ text, seq }) => [seq, text.at(-1)])).toEqual([
      [2, "c"],
      [3, "d"],
      [4, "e"],
    ]);
    expect([forgotten, trace.size]).toEqual([2, 3]);
  });

  test("of bytes: as many go as must; one that never fits is not kept", () => {
    const length = message("a", "x").length;
    const trace = new Trace({ messagesMax: 100, bytesMax: 2 * length + 5 });
    for (const body of ["1", "2", "3"]) trace.sent(message("a", body), flow);
    expect([trace.size, trace.bytes]).toEqual([2, 2 * length]);
    trace.sent(message("a", "x".repeat(3 * length)), flow);
    expect([trace.size, trace.bytes]).toEqual([2, 2 * length]);
    trace.sent(message("a", "x".repeat(length)), flow);
    expect([trace.size, trace.bytes]).toEqual([1, 2 * length - 1]);
  });

  test("of 0 keep nothing", () => {
    const trace = new Trace({ messagesMax: 0, bytesMax: 0 });
    trace.sent(message("a"), flow);
    trace.received(Buffer.from(message("a")), flow, "a");
    trace.link("a", "c");
    expect([trace.find("a"), trace.size]).toEqual([{ messages: [], forgotten: 0 }, 0]);
  });
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
