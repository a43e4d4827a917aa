// What people get of a trace: the ladder, the messages, the capture file.
import { describe, expect, test } from "vitest";
import type { TracedMessage } from "../../wire/edge-operations.ts";
import { ladderText, messagesText } from "./ladder-text.ts";
import { toPcap } from "./pcap.ts";

const edge = { address: "192.0.2.9", port: 5060 };
const gateway = { address: "192.0.2.1", port: 5070 };
const phone = { address: "192.0.2.7", port: 5080 };

function message(
  seq: number,
  leg: "caller" | "agent",
  direction: TracedMessage["direction"],
  start: string,
): TracedMessage {
  const remote = leg === "caller" ? gateway : phone;
  const text = [
    start,
    "From: <sip:13812341234@192.0.2.1>;tag=1",
    `To: <sip:${leg === "caller" ? "12345" : "1001"}@192.0.2.9>`,
    "CSeq: 1 INVITE",
    "",
    start.includes("INVITE") ? "v=0" : "",
  ].join("\r\n");
  const atMs = 1_800_000_000_000 + seq * 7;
  return { seq, atMs, direction, sipCallId: leg, protocol: "udp", local: edge, remote, text };
}

const messages = [
  message(0, "caller", "received", "INVITE sip:12345@192.0.2.9 SIP/2.0"),
  message(1, "caller", "sent", "SIP/2.0 100 Trying"),
  message(2, "agent", "sent", "INVITE sip:1001@192.0.2.7 SIP/2.0"),
  message(3, "agent", "received", "SIP/2.0 486 Busy Here"),
];

test("the ladder: callers left of the edge, agents right of it", () => {
  expect(ladderText(messages)).toBe(
    `first message 2027-01-15T08:00:00.000Z
         s  13812341234@192.0.2.1:5070 udp    edge                              1001@192.0.2.7:5080 udp
     0.000  |---------- INVITE SDP ---------->|                                 |
     0.007  |<----- 100 Trying (INVITE) ------|                                 |
     0.014  |                                 |---------- INVITE SDP ---------->|
     0.021  |                                 |<---- 486 Busy Here (INVITE) ----|`,
  );
});

test("every message in full", () => {
  expect(messagesText(messages.slice(1, 2))).toBe(
    `--- 2027-01-15T08:00:00.007Z UDP 192.0.2.9:5060 -> 192.0.2.1:5070
SIP/2.0 100 Trying
From: <sip:13812341234@192.0.2.1>;tag=1
To: <sip:12345@192.0.2.9>
CSeq: 1 INVITE

`,
  );
});

describe("the capture file", () => {
  test("has a header and each message with its time, ends and text", () => {
    const file = toPcap(messages.slice(0, 1));
    expect(file.subarray(0, 24).toString("hex")).toBe(
      "d4c3b2a1020004000000000000000000ffff000065000000",
    );
    const [seconds, microseconds, kept, length] = [24, 28, 32, 36].map((at) =>
      file.readUInt32LE(at),
    );
    const packet = file.subarray(40);
    expect([seconds, microseconds, kept, length]).toEqual([
      1_800_000_000,
      0,
      packet.length,
      packet.length,
    ]);
    expect([...packet.subarray(12, 20)]).toEqual([192, 0, 2, 1, 192, 0, 2, 9]);
    expect([packet.readUInt16BE(20), packet.readUInt16BE(22)]).toEqual([5070, 5060]);
    expect(packet.subarray(28).toString("utf8")).toBe(messages[0]?.text);
  });

  test("writes IPv6, and cuts what no packet can hold", () => {
    const local = { address: "2001:db8::9", port: 5060 };
    const remote = { address: "fe80::1:2", port: 5070 };
    const text = "x".repeat(70_000);
    const packet = toPcap([{ atMs: 1, direction: "sent", local, remote, text }]).subarray(40);
    expect([packet[0], packet.length]).toEqual([0x60, 65_535]);
    expect(packet.subarray(8, 40).toString("hex")).toBe(
      "20010db8000000000000000000000009fe800000000000000000000000010002",
    );
  });

  test("of nothing is a file without packets", () => {
    expect(toPcap([]).length).toBe(24);
  });
});
