import { describe, expect, it } from "vitest";
import { errorOf, traced, world } from "./testing-world.ts";

const url = "/api/v1/sip-trace?call=c1";

describe("the SIP messages of a call", () => {
  it.each([
    ["1001", 403],
    ["3001", 403],
    ["4001", 403],
    ["2001", 200],
    ["9001", 200],
  ])("are given to %s: %i", async (id, status) => {
    const { web, cookieOf } = await world();
    const headers = { cookie: await cookieOf(id) };
    const answers = await Promise.all(
      [url, url.replace("?", ".pcap?")].map((one) => web.app.inject({ url: one, headers })),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([status, status]);
  });

  it("show whole numbers to an admin only", async () => {
    const { web, cookieOf } = await world();
    const get = async (id: string) =>
      (await web.app.inject({ url, headers: { cookie: await cookieOf(id) } })).json();
    const hidden = { ...traced, text: traced.text.replaceAll("13812341234", "138****1234") };
    expect(await get("9001")).toEqual({ masked: false, messages: [traced] });
    expect(await get("2001")).toEqual({ masked: true, messages: [hidden] });
  });

  it("are a capture file too, with the same numbers hidden", async () => {
    const { web, cookieOf } = await world();
    const get = async (id: string) =>
      await web.app.inject({
        url: "/api/v1/sip-trace.pcap?call=c1",
        headers: { cookie: await cookieOf(id) },
      });
    const answer = await get("9001");
    expect([
      answer.headers["content-type"],
      answer.headers["content-disposition"],
      answer.rawPayload.readUInt32LE(0),
      answer.rawPayload.subarray(68).toString("utf8"),
    ]).toEqual([
      "application/vnd.tcpdump.pcap",
      'attachment; filename="c1.pcap"',
      0xa1b2c3d4,
      traced.text,
    ]);
    expect((await get("2001")).rawPayload.toString("latin1")).not.toContain("13812341234");
  });

  it.each([
    ["/api/v1/sip-trace?call=none", [404, "notFound"]],
    ["/api/v1/sip-trace?call=away", [503, "edgeAway"]],
    ["/api/v1/sip-trace", [400, "invalidRequest"]],
  ])("%s is refused", async (one, expected) => {
    const { web, cookieOf } = await world();
    const headers = { cookie: await cookieOf("9001") };
    expect(errorOf(await web.app.inject({ url: one, headers }))).toEqual(expected);
  });
});
