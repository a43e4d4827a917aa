import pino from "pino";
import { describe, expect, test } from "vitest";
import { logRedaction, maskNumber, maskSipText } from "./masking.ts";

test.each([
  ["13812341234", "138****1234"],
  ["+8613812341234", "+861****1234"],
  ["88889999", "888****9999"],
  ["5551234", "5****34"],
  ["12345", "12345"],
  ["1001", "1001"],
  ["anonymous", "anonymous"],
  ["", ""],
])("%s is shown as %s", (number, shown) => {
  expect(maskNumber(number)).toBe(shown);
});

describe("a SIP message", () => {
  test("loses the numbers of people and nothing else", () => {
    const head = [
      "INVITE sip:+8613900001111@192.0.2.9:5060;user=phone SIP/2.0",
      "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK13812341234",
      'From: "13812341234" <sip:13812341234@192.0.2.1>;tag=1234567890',
      "To: <tel:010-8888-9999>",
      "f: sip:%31%33812341234@h",
      "Contact: <sip:192.0.2.100:5060>, <sip:13812341234@192.0.2.1:5060;transport=udp>",
      "Diversion:",
      " <sip:13700001111@h>;reason=unconditional",
      "Call-ID: 13812341234",
      "CSeq: 1234567 INVITE",
    ];
    const body = "v=0\r\no=- 1234567890 1 IN IP4 192.0.2.1\r\n";
    const shown = [
      "INVITE sip:+861****1111@192.0.2.9:5060;user=phone SIP/2.0",
      "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK13812341234",
      'From: "138****1234" <sip:138****1234@192.0.2.1>;tag=1234567890',
      "To: <tel:010****9999>",
      "f: sip:138****1234@h",
      "Contact: <sip:192.0.2.100:5060>, <sip:138****1234@192.0.2.1:5060;transport=udp>",
      "Diversion:",
      " <sip:137****1111@h>;reason=unconditional",
      "Call-ID: 13812341234",
      "CSeq: 1234567 INVITE",
    ];
    expect(maskSipText(`${head.join("\r\n")}\r\n\r\n${body}`)).toBe(
      `${shown.join("\r\n")}\r\n\r\n${body}`,
    );
  });

  test("without a body, or no message at all, is no trouble", () => {
    expect(maskSipText("SIP/2.0 200 OK\r\nt: <sip:13812341234@a>")).toBe(
      "SIP/2.0 200 OK\r\nt: <sip:138****1234@a>",
    );
    expect(maskSipText("")).toBe("");
  });
});

test("log lines lose numbers and secrets, however deep an event holds them", () => {
  const lines: string[] = [];
  const log = pino(
    { redact: logRedaction, base: null },
    { write: (line: string) => lines.push(line) },
  );
  const ani = "13812341234";
  log.info(
    { ani, event: { ani, type: "callArrived" }, a: { b: { secret: "s3cret", callerId: ani } } },
    "x",
  );
  const { level: _, time: __, ...rest } = JSON.parse(lines[0] ?? "");
  const shown = "138****1234";
  expect(rest).toEqual({
    ani: shown,
    event: { ani: shown, type: "callArrived" },
    a: { b: { secret: "(hidden)", callerId: shown } },
    msg: "x",
  });
});
