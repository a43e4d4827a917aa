import { describe, expect, test } from "vitest";
import { StreamFramer } from "./stream-framer.ts";

function options(body: string, length = Buffer.byteLength(body)): string {
  return `OPTIONS sip:a SIP/2.0\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

function frames(...chunks: (string | Buffer)[]): string[] {
  const framer = new StreamFramer();
  return chunks
    .flatMap((chunk) => framer.push(Buffer.from(chunk)))
    .map((frame) => {
      if (frame.type === "message") return frame.bytes.toString();
      return frame.type === "ping" ? "ping" : frame.reason;
    });
}

describe("StreamFramer (18.3)", () => {
  test("messages split anywhere, or glued", () => {
    const one = options("häß");
    const two = options("");
    const whole = Buffer.from(one + two);
    for (let at = 1; at < whole.length; at++) {
      expect(frames(whole.subarray(0, at), whole.subarray(at))).toEqual([one, two]);
    }
    expect(frames(...[...whole].map((byte) => Buffer.from([byte])))).toEqual([one, two]);
  });

  test.each([
    {
      name: "keep-alive of RFC 5626",
      chunks: ["\r\n\r\n", options("")],
      expected: ["ping", options("")],
    },
    {
      name: "line breaks before a message",
      chunks: [`\r\n${options("")}`],
      expected: [options("")],
    },
    {
      name: "short name",
      chunks: ["A b SIP/2.0\r\nl : 1\r\n\r\nx"],
      expected: ["A b SIP/2.0\r\nl : 1\r\n\r\nx"],
    },
    {
      name: "no length means no body",
      chunks: ["A b SIP/2.0\r\nB: c\r\n\r\n"],
      expected: ["A b SIP/2.0\r\nB: c\r\n\r\n"],
    },
    {
      name: "a length that is too large, before its body",
      chunks: ["A b SIP/2.0\r\nl: 70000\r\n\r\n"],
      expected: ["message too large"],
    },
    {
      name: "a length that is none",
      chunks: ["A b SIP/2.0\r\nl: -1\r\n\r\n"],
      expected: ["bad Content-Length"],
    },
    {
      name: "a header without end",
      chunks: ["x".repeat(40_000), "x".repeat(40_000)],
      expected: ["header too large"],
    },
  ])("$name", ({ chunks, expected }) => {
    expect(frames(...chunks)).toEqual(expected);
  });

  test("a long run of small messages in one chunk", () => {
    expect(frames(options("").repeat(5_000))).toHaveLength(5_000);
  });
});
