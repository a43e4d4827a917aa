import { describe, expect, test } from "vitest";
import type { SipRequest } from "../message/message.ts";
import { VirtualTimers } from "../testing/virtual-timers.ts";
import type { Protocol } from "../transport/flow.ts";
import { Admission, type AdmissionOptions, type TrunkLimit } from "./admission.ts";

function request(method: string, userAgent?: string): SipRequest {
  const headers = userAgent === undefined ? [] : [{ name: "User-Agent", value: userAgent }];
  return { kind: "request", method, uri: "sip:1@a", headers, body: "" };
}

function admission(options: Partial<AdmissionOptions> = {}): [Admission, VirtualTimers] {
  const timers = new VirtualTimers();
  const made = new Admission({
    timers,
    sourcePerSecondMax: 3,
    othersPerSecondMax: 100,
    callsPerSecondMax: 100,
    trunks: [],
    ...options,
  });
  return [made, timers];
}

const from = (remoteAddress: string, protocol: Protocol = "udp") => ({
  ...{ remoteAddress, protocol },
  remotePort: 5060,
});

const trunk = (changes: Partial<TrunkLimit> = {}): TrunkLimit => ({
  id: "t",
  sources: ["192.0.2.0/28", "2001:db8::/32"],
  callsPerSecondMax: null,
  channelsMax: null,
  ...changes,
});

/** How many of ten are admitted. */
function admitted(made: Admission, method: string, address: string): number {
  const verdicts = Array.from({ length: 10 }, () => made.judge(request(method), from(address)));
  return verdicts.filter(({ kind }) => kind === "admit").length;
}

describe("rates", () => {
  test("each source has its own allowance, and a new one every second", () => {
    const [made, timers] = admission();
    expect([
      admitted(made, "REGISTER", "192.0.2.1"),
      admitted(made, "OPTIONS", "192.0.2.1"),
      admitted(made, "INVITE", "2001:db8::1"),
    ]).toEqual([3, 0, 3]);
    timers.advance(1_000);
    expect(admitted(made, "REGISTER", "192.0.2.1")).toBe(3);
  });

  test("a trunk's sources share the trunk's allowance", () => {
    const [made] = admission({ trunks: [trunk({ perSecondMax: 12 })] });
    expect([
      admitted(made, "INVITE", "192.0.2.15"),
      admitted(made, "INVITE", "2001:db8::7"),
      admitted(made, "INVITE", "192.0.2.16"),
    ]).toEqual([10, 2, 3]);
  });

  test("what one source is refused does not use up the calls of all", () => {
    const [made] = admission({ callsPerSecondMax: 8 });
    const counts = ["a", "b", "c", "d"].map((source) => admitted(made, "INVITE", source));
    expect(counts).toEqual([3, 3, 2, 0]);
    expect(admitted(made, "OPTIONS", "e")).toBe(3);
  });
});

describe("strangers together", () => {
  test("send as much as two at their limit, whoever they are", () => {
    const [made] = admission({ othersPerSecondMax: 7 });
    const counts = ["a", "b", "c"].map((source) => admitted(made, "OPTIONS", source));
    expect(counts).toEqual([3, 3, 1]);
  });

  test("do not use up the calls of a trunk", () => {
    const [made] = admission({ callsPerSecondMax: 4, trunks: [trunk({ perSecondMax: 20 })] });
    expect([
      admitted(made, "INVITE", "198.51.100.1"),
      admitted(made, "INVITE", "198.51.100.2"),
      admitted(made, "INVITE", "192.0.2.1"),
    ]).toEqual([3, 1, 4]);
  });
});

describe("a trunk", () => {
  test("has calls a second of its own; other requests do not count", () => {
    const [made, timers] = admission({
      trunks: [trunk({ perSecondMax: 100, callsPerSecondMax: 4 })],
    });
    const counts = () => ["OPTIONS", "INVITE"].map((method) => admitted(made, method, "192.0.2.1"));
    expect(counts()).toEqual([10, 4]);
    timers.advance(1_000);
    expect(counts()).toEqual([10, 4]);
    expect(made.trunks).toEqual([{ id: "t", channels: 8, refusedRate: 12, refusedChannels: 0 }]);
  });

  test("has channels: one call more is refused until one ends", () => {
    const [made] = admission({ trunks: [trunk({ perSecondMax: 100, channelsMax: 2 })] });
    const invite = () => made.judge(request("INVITE"), from("192.0.2.1"));
    const [first, , third] = [invite(), invite(), invite()];
    expect(third).toEqual({ kind: "refuse", why: "channels" });
    expect(made.judge(request("OPTIONS"), from("192.0.2.1")).kind).toBe("admit");
    if (first.kind === "admit") first.channel?.release();
    if (first.kind === "admit") first.channel?.release();
    expect([invite().kind, invite().kind]).toEqual(["admit", "refuse"]);
    expect(made.trunks).toEqual([{ id: "t", channels: 2, refusedRate: 0, refusedChannels: 2 }]);
  });

  test("has an allowance for INVITE, one for REGISTER, and one for all others", () => {
    const [made] = admission({ trunks: [trunk({ perSecondMax: 4 })] });
    const methods = ["OPTIONS", "MESSAGE", "REGISTER", "INVITE", "INVITE"];
    const counts = methods.map((method) => admitted(made, method, "192.0.2.1"));
    expect(counts).toEqual([4, 0, 4, 4, 0]);
  });

  test("is not a registered phone with an address of its own", () => {
    const isDevice = ({ remotePort }: { remotePort: number }) => remotePort === 5062;
    const [made] = admission({ trunks: [trunk({ channelsMax: 1 })], isDevice });
    const phone = { ...from("192.0.2.1"), remotePort: 5062 };
    const verdicts = [phone, phone, from("192.0.2.1"), phone].map((source) => {
      const verdict = made.judge(request("INVITE"), source);
      return verdict.kind === "admit" ? [verdict.trusted, verdict.channel !== null] : verdict.kind;
    });
    const asStranger = [false, false];
    expect(verdicts).toEqual([asStranger, asStranger, [true, true], asStranger]);
    expect(made.trunks).toEqual([{ id: "t", channels: 1, refusedRate: 0, refusedChannels: 0 }]);
  });

  test("is not who comes from its address over another transport", () => {
    const [made] = admission({ trunks: [trunk({ protocols: ["udp"], channelsMax: 1 })] });
    const channels = ["ws", "udp", "ws"].map((protocol) => {
      const verdict = made.judge(request("INVITE"), from("192.0.2.1", protocol as Protocol));
      return verdict.kind === "admit" && verdict.channel !== null;
    });
    expect(channels).toEqual([false, true, false]);
  });
});

test("draining refuses all that is new but registrations", () => {
  const [made] = admission();
  made.draining = true;
  const verdicts = ["INVITE", "OPTIONS", "REGISTER"].map((method) =>
    made.judge(request(method), from("192.0.2.1")),
  );
  expect(verdicts).toEqual([
    { kind: "refuse", why: "draining" },
    { kind: "refuse", why: "draining" },
    { kind: "admit", channel: null, trusted: true },
  ]);
});

test.each([
  ["friendly-scanner", "drop"],
  ["SIPVicious 0.3", "drop"],
  ["Yealink SIP-T46S", "admit"],
  [undefined, "admit"],
])("User-Agent %s: %s", (agent, verdict) => {
  const [made] = admission();
  expect(made.judge(request("OPTIONS", agent), from("192.0.2.1")).kind).toBe(verdict);
});
