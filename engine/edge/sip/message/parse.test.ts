// The parser against ordinary messages, and against those of RFC 4475 by their names there.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readEssentials } from "./essentials.ts";
import { header, headersOf, listOf, type SipMessage } from "./message.ts";
import { parseNameAddr, tagOf } from "./name-addr.ts";
import { parseMessage, parseText } from "./parse.ts";
import { serialise } from "./serialise.ts";
import { paramOf, parseUri } from "./uri.ts";
import { parseVia, stampVia } from "./via.ts";

function lines(...text: string[]): Buffer {
  return Buffer.from(`${text.join("\r\n")}\r\n\r\n`);
}

const rest = [
  "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK1",
  "From: <sip:a@example.com>;tag=1",
  "To: <sip:b@example.com>",
  "Call-ID: c@example.com",
  "CSeq: 8 OPTIONS",
];

function parsed(bytes: Buffer): SipMessage {
  const result = parseMessage(bytes);
  if (!result.ok || result.message === null) throw new Error(JSON.stringify(result));
  return result.message;
}

/** What becomes of a message: `ok`, or the status that it is refused with. */
function verdict(bytes: Buffer): string {
  const result = parseMessage(bytes);
  if (!result.ok) return `${result.error.status} ${result.error.reason}`;
  if (result.message === null) return "keep-alive";
  const read = readEssentials(result.message);
  return read.ok ? "ok" : `400 ${read.reason}`;
}

describe("parseMessage", () => {
  test("expands short names, joins folded lines and splits Via lists", () => {
    const message = parsed(
      Buffer.from(
        [
          "INVITE sip:b@example.com SIP/2.0",
          "v: SIP/2.0/UDP one;branch=z9hG4bK1, SIP/2.0/TCP two",
          "f: <sip:a@example.com>;tag=1",
          "t : Bob",
          "  <sip:b@example.com>",
          "i: call",
          "CSEQ: 1 INVITE",
          "m: <sip:a@one>",
          "my-header: 1",
          "X-mine: 2",
          "l: 5",
          "",
          "v=0\r\nmore",
        ].join("\r\n"),
      ),
    );
    expect(message).toEqual({
      kind: "request",
      method: "INVITE",
      uri: "sip:b@example.com",
      headers: [
        { name: "Via", value: "SIP/2.0/UDP one;branch=z9hG4bK1" },
        { name: "Via", value: "SIP/2.0/TCP two" },
        { name: "From", value: "<sip:a@example.com>;tag=1" },
        { name: "To", value: "Bob <sip:b@example.com>" },
        { name: "Call-ID", value: "call" },
        { name: "CSeq", value: "1 INVITE" },
        { name: "Contact", value: "<sip:a@one>" },
        { name: "My-Header", value: "1" },
        { name: "X-mine", value: "2" },
        { name: "Content-Length", value: "5" },
      ],
      body: "v=0\r\n",
    });
  });

  test("wsinv (3.1.1.1): a short tortuous INVITE", () => {
    const message = parsed(
      lines(
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0",
        "TO :",
        " sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n",
        'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>',
        "  ;",
        "  tag = 98asjd8",
        "MaX-fOrWaRdS: 0068",
        "Call-ID: wsinv.ndaksdj@192.0.2.1",
        "Content-Length   : 0",
        "cseq: 0009",
        "  INVITE",
        "Via  : SIP  /   2.0",
        " /UDP",
        "    192.0.2.2;branch=390skdjuw",
        "s :",
        "NewFangledHeader:   newfangled value",
        " continued newfangled value",
        "UnknownHeaderWithUnusualValue: ;;,,;;,;",
        "Route:",
        " <sip:services.example.com;lr;unknownwith=value;unknown-no-value>",
        "v:  SIP  / 2.0  / TCP     spindle.example.com   ;",
        "  branch  =   z9hG4bK9ikj8  ,",
        " SIP  /    2.0   / UDP  192.168.255.111   ; branch=",
        " z9hG4bK30239",
        'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =',
        "      newvalue ;",
        "  secondparam ; q = 0.33",
      ),
    );
    const read = readEssentials(message);
    expect(read.ok && { ...read.essentials, via: read.essentials.via.branch }).toEqual({
      via: "390skdjuw",
      callId: "wsinv.ndaksdj@192.0.2.1",
      fromTag: "98asjd8",
      toTag: "1918181833n",
      cseq: 9,
      method: "INVITE",
    });
    const vias = headersOf(message, "Via").map((value) => parseVia(value)?.transport);
    expect(vias).toEqual(["UDP", "TCP", "UDP"]);
    expect(header(message, "Subject")).toBe("");
  });

  const ok = "ok";
  test.each([
    { name: "ordinary", start: "OPTIONS sip:b@example.com SIP/2.0", verdict: ok },
    {
      name: "intmeth (3.1.1.2): wide range of characters",
      start:
        "OPTIONS sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0",
      verdict: ok,
    },
    {
      name: "lwsstart (3.1.2.9): white space in the start line",
      start: "OPTIONS  sip:b@example.com  SIP/2.0",
      verdict: "400 Bad Request Line",
    },
    {
      name: "lwsruri (3.1.2.8): white space in the URI",
      start: "OPTIONS sip:b@example.com; lr SIP/2.0",
      verdict: "400 Bad Request Line",
    },
    {
      name: "trws (3.1.2.10): trailing white space",
      start: "OPTIONS sip:b@example.com SIP/2.0  ",
      verdict: "400 Bad Request Line",
    },
    {
      name: "ltgtruri (3.1.2.7): URI in angle brackets",
      start: "OPTIONS <sip:b@example.com> SIP/2.0",
      verdict: "400 Bad Request Line",
    },
    {
      name: "badvers (3.1.2.16): unknown version",
      start: "OPTIONS sip:b@example.com SIP/7.0",
      verdict: "505 Version Not Supported",
    },
  ])("$name", ({ start, verdict: expected }) => {
    expect(verdict(lines(start, ...rest))).toBe(expected);
  });

  test.each([
    {
      name: "clerr (3.1.2.2): Content-Length beyond the end",
      change: ["Content-Length: 9999"],
      verdict: "400 Bad Content-Length",
    },
    {
      name: "ncl (3.1.2.3): negative Content-Length",
      change: ["Content-Length: -999"],
      verdict: "400 Bad Content-Length",
    },
    {
      name: "two different lengths",
      change: ["Content-Length: 0", "l: 1"],
      verdict: "400 Bad Content-Length",
    },
    {
      name: "multi01 (3.3.9): two From headers",
      change: ["From: <sip:x@y>;tag=2"],
      verdict: "400 Duplicate From",
    },
    { name: "no colon", change: ["Nonsense"], verdict: "400 Bad Header" },
    { name: "bare LF", change: ["X-A: b\nX-C: d"], verdict: "400 Bad Line End" },
    { name: "bare CR", change: ["X-A: b\rX-C: d"], verdict: "400 Bad Line End" },
    {
      name: "too many headers",
      change: Array.from({ length: 200 }, () => "X-A: b"),
      verdict: "513 Header Too Large",
    },
    {
      name: "a header too long",
      change: [`X-A: ${"b".repeat(9_000)}`],
      verdict: "513 Header Too Large",
    },
  ])("$name", ({ change, verdict: expected }) => {
    expect(verdict(lines("OPTIONS sip:b@example.com SIP/2.0", ...rest, ...change))).toBe(expected);
  });

  test.each([
    { name: "insuf (3.3.1): no Call-ID", drop: "Call-ID", put: [], verdict: "400 Missing Header" },
    {
      name: "scalar02 (3.1.2.4): CSeq too large",
      drop: "CSeq",
      put: ["CSeq: 36893488147419103232 OPTIONS"],
      verdict: "400 Bad CSeq",
    },
    {
      name: "mismatch01 (3.1.2.17): CSeq of another method",
      drop: "CSeq",
      put: ["CSeq: 1 INVITE"],
      verdict: "400 CSeq Method Does Not Match",
    },
    {
      name: "quotbal (3.1.2.6): open quote",
      drop: "To",
      put: ['To: "Mr. J. User <sip:j.user@example.com>'],
      verdict: "400 Bad To",
    },
    { name: "badvia", drop: "Via", put: ["Via: SIP/2.0/UDP"], verdict: "400 Bad Via" },
  ])("$name", ({ drop, put, verdict: expected }) => {
    const kept = rest.filter((line) => !line.startsWith(`${drop}:`));
    const bytes = lines("OPTIONS sip:b@example.com SIP/2.0", ...kept, ...put);
    expect(verdict(bytes)).toBe(expected);
  });

  test.each([
    {
      name: "bigcode (3.1.2.19): status of four digits",
      text: "SIP/2.0 4294967301 better not break\r\n\r\n",
      verdict: "400 Bad Request Line",
    },
    {
      name: "noreason (3.1.1.13): empty reason",
      text: `SIP/2.0 100 \r\n${rest.join("\r\n")}\r\n\r\n`,
      verdict: "ok",
    },
    {
      name: "unreason (3.1.1.12): UTF-8 reason",
      text: `SIP/2.0 200 = 2**3 * 5**2 но сто девяносто\r\n${rest.join("\r\n")}\r\n\r\n`,
      verdict: "ok",
    },
    { name: "line breaks alone", text: "\r\n\r\n", verdict: "keep-alive" },
    {
      name: "no end of header",
      text: "OPTIONS sip:x SIP/2.0\r\nA: b\r\n",
      verdict: "400 No End Of Header",
    },
    { name: "too long", text: "x".repeat(70_000), verdict: "513 Message Too Large" },
    { name: "binary", text: "\u0000\u0001\u0002\r\n\r\n", verdict: "400 Bad Request Line" },
  ])("$name", ({ text, verdict: expected }) => {
    expect(verdict(Buffer.from(text))).toBe(expected);
  });

  test("never throws, whatever the bytes", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "INVITE sip:a@b SIP/2.0",
        "\r\n",
        ":",
        " ",
        "Via",
        "From: <",
        ">;tag=",
        "\n",
        ",",
        '"',
        ...rest,
      ),
      fc.string({ maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(verdict(Buffer.from(pieces.join("")))).toEqual(expect.any(String));
      }),
      { numRuns: 500 },
    );
  });

  test("parse after serialise gives the same message", () => {
    const value = fc.stringMatching(/^[!-~]([ -~é中]{0,30}[!-~])?$/);
    fc.assert(
      fc.property(fc.array(value, { maxLength: 10 }), fc.string(), (values, body) => {
        const headers = values.map((text) => ({ name: "X-Test", value: text }));
        const message: SipMessage = {
          kind: "request",
          method: "INFO",
          uri: "sip:a@b",
          headers,
          body,
        };
        const back = parsed(Buffer.from(serialise(message)));
        back.headers.pop();
        const read = Buffer.from(body).toString();
        expect(back).toEqual({ ...message, body: read });
      }),
    );
  });
});

test("parseText takes the rest as body, whatever Content-Length says", () => {
  const result = parseText("SIP/2.0 200 OK\r\ncontent-length: 3\r\n\r\nmore than three");
  expect(result.ok && result.message?.body).toBe("more than three");
});

test("serialise leaves out what would inject a header", () => {
  const text = serialise({
    kind: "response",
    status: 200,
    reason: "OK\r\nX-Evil: 1",
    headers: [
      { name: "Reason", value: "a\r\nX-Evil: 2" },
      { name: "Subject", value: "kept" },
    ],
    body: "é",
  });
  expect(text).toBe("SIP/2.0 200 OK X-Evil: 1\r\nSubject: kept\r\nContent-Length: 2\r\n\r\né");
});

test.each([
  { value: "<sip:a@b;tag=no>;tag=yes", tag: "yes" },
  { value: '"x;tag=no" <sip:a@b>;x=1; TAG = yes', tag: "yes" },
  { value: "sip:a@b;tag=yes", tag: "yes" },
  { value: '"<sip:no>;tag=no" <sip:a@b>', tag: "" },
])("tagOf $value", ({ value, tag }) => {
  expect(tagOf(value)).toBe(tag);
});

test.each([
  {
    value: '"A, \\"B\\"" <sip:a@b;x=1>;q=1',
    expected: { display: '"A, \\"B\\""', uri: "sip:a@b;x=1", params: ";q=1" },
  },
  { value: "sip:a@b;q=1", expected: { display: "", uri: "sip:a@b", params: ";q=1" } },
  { value: "<sip:a@b", expected: null },
  { value: "", expected: null },
])("parseNameAddr $value", ({ value, expected }) => {
  expect(parseNameAddr(value)).toEqual(expected);
});

test.each([
  {
    text: "sip:a%20b:pw@Example.COM:5070;transport=tcp?x=1",
    expected: {
      scheme: "sip",
      user: "a%20b",
      host: "example.com",
      port: 5070,
      params: ";transport=tcp",
    },
  },
  {
    text: "sip:[::1]:5060",
    expected: { scheme: "sip", user: null, host: "[::1]", port: 5060, params: "" },
  },
  { text: "sip:a b@c", expected: null },
  { text: "sip:a@c:0", expected: null },
  { text: "sip:a@c:99999", expected: null },
  { text: "tel:+1", expected: null },
  { text: "sip:a%zz@c", expected: null },
])("parseUri $text", ({ text, expected }) => {
  expect(parseUri(text)).toEqual(expected);
});

test("parameters are found by lower-cased name", () => {
  expect(paramOf(";LR;Transport=TCP", "transport")).toBe("TCP");
  expect(paramOf(";LR;x=1", "lr")).toBe("");
  expect(paramOf(";x=1", "lr")).toBeNull();
});

test("lists are split outside quotes and brackets", () => {
  const message = parsed(
    lines(
      "OPTIONS sip:b SIP/2.0",
      'Contact: "a,b" <sip:a,b@c>, <sip:d>;q=1',
      "m: <sip:e>",
      "Route: ,",
    ),
  );
  expect(listOf(message, "Contact")).toEqual(['"a,b" <sip:a,b@c>', "<sip:d>;q=1", "<sip:e>"]);
  expect(listOf(message, "Route")).toEqual([]);
});

test("a Via is stamped with its real source once", () => {
  const via = parseVia("SIP/2.0/UDP host:5070;rport;branch=b;received=1.1.1.1");
  expect(via && stampVia(via, { address: "127.0.0.2", port: 6000 })).toBe(
    "SIP/2.0/UDP host:5070;branch=b;received=127.0.0.2;rport=6000",
  );
});
