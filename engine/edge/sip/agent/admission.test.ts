import { describe, expect, test } from "vitest";
import type { SipRequest } from "../message/message.ts";
import { VirtualTimers } from "../testing/virtual-timers.ts";
import { Admission, type AdmissionOptions, knownScanners } from "./admission.ts";

function request(method: string, userAgent?: string): SipRequest {
  const headers = userAgent === undefined ? [] : [{ name: "User-Agent", value: userAgent }];
  return { kind: "request", method, uri: "sip:1@a", headers, body: "" };
}

function admission(options: Partial<AdmissionOptions> = {}): [Admission, VirtualTimers] {
  const timers = new VirtualTimers();
  const made = new Admission({
    timers,
    sourcePerSecondMax: 3,
    callsPerSecondMax: 100,
    trunks: [],
    scanners: knownScanners,
    ...options,
  });
  return [made, timers];
}

/** How many of ten are admitted. */
function admitted(made: Admission, method: string, address: string): number {
  const verdicts = Array.from({ length: 10 }, () => made.judge(request(method), address));
  return verdicts.filter((verdict) => verdict === "admit").length;
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
    const trunk = { id: "t", sources: ["192.0.2.0/28", "2001:db8::/32"], perSecondMax: 12 };
    const [made] = admission({ trunks: [trunk] });
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

test.each([
  ["friendly-scanner", "drop"],
  ["SIPVicious 0.3", "drop"],
  ["Yealink SIP-T46S", "admit"],
  [undefined, "admit"],
])("User-Agent %s: %s", (agent, verdict) => {
  const [made] = admission();
  expect(made.judge(request("OPTIONS", agent), "192.0.2.1")).toBe(verdict);
});
