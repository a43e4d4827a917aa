import { describe, expect, it } from "vitest";
import { RtpNegotiation } from "./rtp-negotiation.ts";
import { SdpError } from "./session-description.ts";

const negotiation = (srtp: "off" | "optional" | "required" = "off") =>
  new RtpNegotiation({ port: 4000, addressFor: () => "192.0.2.1", sessionId: 5, srtp });

const offer = (...lines: string[]): string =>
  ["v=0", "o=- 1 1 IN IP4 192.0.2.9", "s=-", "t=0 0", ...lines, ""].join("\r\n");
const connection = "c=IN IP4 192.0.2.9";

const sections = (sdp: string): string[] => sdp.split("\r\n").filter((line) => /^[ma]=/.test(line));

describe("answers", () => {
  it("whole, with one codec in the offer's order and telephone-event", () => {
    const side = negotiation();
    const agreement = side.answer(
      offer(
        connection,
        "m=audio 6000 RTP/AVP 18 8 0 96 97",
        "a=rtpmap:96 telephone-event/48000",
        "a=rtpmap:97 telephone-event/8000",
      ),
    );
    expect(side.localSdp).toBe(
      [
        "v=0",
        "o=- 5 1 IN IP4 192.0.2.1",
        "s=-",
        "c=IN IP4 192.0.2.1",
        "t=0 0",
        "m=audio 4000 RTP/AVP 8 97",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:97 telephone-event/8000",
        "a=fmtp:97 0-15",
        "a=ptime:20",
        "a=sendrecv",
        "",
      ].join("\r\n"),
    );
    expect(agreement).toEqual({
      terms: {
        codecs: [{ codec: "PCMA", payloadType: 8 }],
        eventPayloadType: 97,
        direction: "sendrecv",
      },
      remote: { address: "192.0.2.9", port: 6000 },
      maySend: true,
      mayReceive: true,
      remoteHolds: false,
      rtcp: { mux: false, remote: null },
      srtp: null,
    });
  });

  it.each<[lines: string[], mux: boolean, remote: { address: string; port: number } | null]>([
    [["a=rtcp-mux"], true, null],
    [["a=rtcp:7001"], false, { address: "192.0.2.9", port: 7001 }],
    [["a=rtcp:7001 IN IP4 192.0.2.8"], false, { address: "192.0.2.8", port: 7001 }],
    [["a=rtcp:99999"], false, null],
    [["a=rtcp:0x10"], false, null],
    [["a=rtcp:7001 IN IP4 example.com"], false, null],
  ])("%j about RTCP, and takes one port only when offered", (lines, mux, remote) => {
    const side = negotiation();
    const agreement = side.answer(offer(connection, "m=audio 6000 RTP/AVP 8", ...lines));
    expect(agreement.rtcp).toEqual({ mux, remote });
    expect(side.localSdp.includes("a=rtcp-mux")).toBe(mux);
  });

  it.each<
    [
      why: string,
      lines: string[],
      direction: string,
      maySend: boolean,
      mayReceive: boolean,
      holds: boolean,
    ]
  >([
    ["sendrecv", [connection, "m=audio 1 RTP/AVP 0", "a=sendrecv"], "sendrecv", true, true, false],
    ["sendonly", [connection, "m=audio 1 RTP/AVP 0", "a=sendonly"], "recvonly", false, true, true],
    ["recvonly", [connection, "m=audio 1 RTP/AVP 0", "a=recvonly"], "sendonly", true, false, false],
    ["inactive", [connection, "m=audio 1 RTP/AVP 0", "a=inactive"], "inactive", false, false, true],
    [
      "session level",
      [connection, "a=sendonly", "m=audio 1 RTP/AVP 0"],
      "recvonly",
      false,
      true,
      true,
    ],
    ["0.0.0.0", ["c=IN IP4 0.0.0.0", "m=audio 1 RTP/AVP 0"], "recvonly", false, true, true],
    [
      "media-level 0.0.0.0",
      [connection, "m=audio 1 RTP/AVP 0", "c=IN IP4 0.0.0.0"],
      "recvonly",
      false,
      true,
      true,
    ],
  ])("%s", (_, lines, direction, maySend, mayReceive, remoteHolds) => {
    const side = negotiation();
    const agreement = side.answer(offer(...lines));
    expect(sections(side.localSdp).at(-1)).toBe(`a=${direction}`);
    expect(agreement).toMatchObject({ maySend, mayReceive, remoteHolds });
  });

  it("refuses other sections with port 0, in place", () => {
    const side = negotiation();
    side.answer(
      offer(
        connection,
        "m=video 7000 RTP/AVP 96",
        "m=audio 6002 RTP/SAVP 0",
        "m=audio 6000 RTP/AVP 0",
        "m=application 9 UDP/BFCP *",
      ),
    );
    expect(sections(side.localSdp).filter((line) => line.startsWith("m="))).toEqual([
      "m=video 0 RTP/AVP 96",
      "m=audio 0 RTP/SAVP 0",
      "m=audio 4000 RTP/AVP 0",
      "m=application 0 UDP/BFCP *",
    ]);
  });

  it("counts the version up only when the description changes", () => {
    const side = negotiation();
    const versionAfter = (direction: string): string | undefined => {
      side.answer(offer(connection, "m=audio 6000 RTP/AVP 0", `a=${direction}`));
      return side.localSdp.split("\r\n")[1];
    };
    expect(["sendrecv", "sendrecv", "sendonly", "sendrecv"].map(versionAfter)).toEqual([
      "o=- 5 1 IN IP4 192.0.2.1",
      "o=- 5 1 IN IP4 192.0.2.1",
      "o=- 5 2 IN IP4 192.0.2.1",
      "o=- 5 3 IN IP4 192.0.2.1",
    ]);
  });

  it.each<[why: string, sdp: string, code: string]>([
    ["no G.711", offer(connection, "m=audio 1 RTP/AVP 18 9"), "noCodec"],
    ["no audio", offer(connection, "m=video 1 RTP/AVP 96"), "noCodec"],
    ["SRTP only", offer(connection, "m=audio 1 RTP/SAVP 0"), "noCodec"],
    ["no connection", offer("m=audio 1 RTP/AVP 0"), "badSdp"],
    ["a host name", offer("c=IN IP4 evil.example", "m=audio 1 RTP/AVP 0"), "badSdp"],
    ["a bad port", offer(connection, "m=audio 99999 RTP/AVP 0"), "badSdp"],
    ["nonsense", "hello", "badSdp"],
    ["empty", "", "badSdp"],
    ["too long", offer(...Array.from({ length: 1001 }, () => "a=x")), "badSdp"],
  ])("fails for %s and changes nothing", (_, sdp, code) => {
    const side = negotiation();
    const error = (() => {
      try {
        return side.answer(sdp);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(SdpError);
    expect([(error as SdpError).code, side.localSdp]).toEqual([code, ""]);
  });
});

describe("offers", () => {
  it("name both laws and digits, and take the answer's choice", () => {
    const side = negotiation();
    expect(sections(side.offer())).toEqual([
      "m=audio 4000 RTP/AVP 0 8 101",
      "a=rtpmap:0 PCMU/8000",
      "a=rtpmap:8 PCMA/8000",
      "a=rtpmap:101 telephone-event/8000",
      "a=fmtp:101 0-15",
      "a=ptime:20",
      "a=sendrecv",
      "a=rtcp-mux",
    ]);
    expect(side.acceptAnswer(offer(connection, "m=audio 6000 RTP/AVP 8"))).toMatchObject({
      terms: { codecs: [{ codec: "PCMA", payloadType: 8 }], eventPayloadType: null },
      remote: { address: "192.0.2.9", port: 6000 },
    });
  });

  it.each([
    ["PCMA", "8 0"],
    ["PCMU", "0 8"],
  ] as const)(
    "%s is first where it is preferred, and taken where it is offered",
    (codec, first) => {
      const local = {
        port: 4000,
        addressFor: () => "192.0.2.1",
        sessionId: 5,
        srtp: "off",
      } as const;
      const side = new RtpNegotiation({ ...local, preferredCodec: codec });
      expect(sections(side.offer())[0]).toBe(`m=audio 4000 RTP/AVP ${first} 101`);
      for (const offered of ["0 8", "8 0"]) {
        const { terms } = side.answer(offer(connection, `m=audio 6000 RTP/AVP ${offered}`));
        expect(terms.codecs.map((format) => format.codec)).toEqual([codec]);
      }
      const other = codec === "PCMA" ? 0 : 8;
      side.answer(offer(connection, `m=audio 6000 RTP/AVP ${other}`));
      expect(sections(side.localSdp)[0]).toBe(`m=audio 4000 RTP/AVP ${other}`);
    },
  );

  it("fail when the answer takes no audio", () => {
    const side = negotiation();
    side.offer();
    expect(() => side.acceptAnswer(offer(connection, "m=audio 0 RTP/AVP 0"))).toThrow(SdpError);
  });
});

describe("keys in SDP (RFC 4568)", () => {
  const base64 = Buffer.alloc(30, 7).toString("base64");
  const inline = `inline:${base64}`;
  const secured = (...crypto: string[]) =>
    offer(connection, "m=audio 6000 RTP/SAVP 8", ...crypto.map((line) => `a=crypto:${line}`));
  const plain = offer(connection, "m=audio 6000 RTP/AVP 8");

  it("are taken where allowed, answered with a key of our own, and stay over re-offers", () => {
    const side = negotiation("optional");
    const text = secured(`3 AES_CM_128_HMAC_SHA1_32 ${inline}|2^31`);
    const { srtp } = side.answer(text);
    const suite = "AES_CM_128_HMAC_SHA1_32";
    expect(srtp?.receive).toEqual({ tag: "3", suite, master: Buffer.alloc(30, 7) });
    const key = srtp?.send.master.toString("base64") ?? "";
    expect(key).not.toBe(base64);
    expect(side.localSdp).toContain("m=audio 4000 RTP/SAVP 8\r\n");
    expect(side.localSdp).toContain(`a=crypto:3 ${suite} inline:${key}\r\n`);
    expect(side.answer(text).srtp?.send).toEqual(srtp?.send);
  });

  it.each<[what: string, lines: string[], tag: string | null]>([
    [
      "the first that we can",
      ["1 AEAD_AES_256_GCM inline:xx", `2 AES_CM_128_HMAC_SHA1_80 ${inline}`],
      "2",
    ],
    ["none with a key identifier", [`1 AES_CM_128_HMAC_SHA1_80 ${inline}|2^20|1:4`], null],
    ["none with two keys", [`1 AES_CM_128_HMAC_SHA1_80 ${inline};${inline}`], null],
    [
      "none with session parameters",
      [`1 AES_CM_128_HMAC_SHA1_80 ${inline} UNENCRYPTED_SRTP`],
      null,
    ],
    ["none with a short key", [`1 AES_CM_128_HMAC_SHA1_80 inline:${base64.slice(4)}`], null],
    ["none with a wrong tag", [`x AES_CM_128_HMAC_SHA1_80 ${inline}`], null],
    ["none at all", [], null],
  ])("take %s", (_what, lines, tag) => {
    const side = negotiation("required");
    if (tag === null) expect(() => side.answer(secured(...lines))).toThrow("SRTP is required");
    else expect(side.answer(secured(...lines)).srtp?.receive).toMatchObject({ tag });
  });

  it("plain and secured offers meet each mode", () => {
    const line = `1 AES_CM_128_HMAC_SHA1_80 ${inline}`;
    const outcome = (srtp: "off" | "optional" | "required", text: string): string => {
      try {
        return negotiation(srtp).answer(text).srtp === null ? "plain" : "secured";
      } catch (error) {
        return error instanceof SdpError ? error.code : "fault";
      }
    };
    const both = `${secured(line)}m=audio 6002 RTP/AVP 8\r\n`;
    const modes = ["off", "optional", "required"] as const;
    expect(modes.map((mode) => outcome(mode, plain))).toEqual(["plain", "plain", "noCodec"]);
    expect(modes.map((mode) => outcome(mode, secured(line)))).toEqual([
      ...["noCodec", "secured", "secured"],
    ]);
    expect(modes.map((mode) => outcome(mode, both))).toEqual(["plain", "secured", "secured"]);
  });

  it("are offered where required, and the answer must take one of them", () => {
    const side = negotiation("required");
    const lines = side.offer().split("\r\n");
    expect(lines).toContain("m=audio 4000 RTP/SAVP 0 8 101");
    const [first = "", second = ""] = lines.filter((line) => line.startsWith("a=crypto:"));
    expect([first.slice(0, 34), second.slice(0, 34)]).toEqual([
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80",
      "a=crypto:2 AES_CM_128_HMAC_SHA1_32",
    ]);
    const { srtp } = side.acceptAnswer(secured(`2 AES_CM_128_HMAC_SHA1_32 ${inline}`));
    expect(`inline:${srtp?.send.master.toString("base64")}`).toBe(second.split(" ")[2]);
    expect(srtp?.receive.master).toEqual(Buffer.alloc(30, 7));
    for (const wrong of [
      `1 AES_CM_128_HMAC_SHA1_32 ${inline}`,
      `3 AES_CM_128_HMAC_SHA1_80 ${inline}`,
    ]) {
      expect(() => side.acceptAnswer(secured(wrong))).toThrow("none of our keys");
    }
    expect(() => side.acceptAnswer(plain)).toThrow("none of our keys");
    expect(negotiation("optional").offer()).not.toContain("crypto");
  });
});
