// What final responses and Reason headers say about why a leg ended.
import { describe, expect, it } from "vitest";
import { q850Of, q850OfStatus, statusOfQ850 } from "../../core/call/q850.ts";
import type { LegCause } from "../../core/event.ts";
import { byeCause, failureCause, q850InReason } from "./far-cause.ts";

describe("the Reason header", () => {
  it.each<[string | undefined, number | null]>([
    ["Q.850;cause=34", 34],
    ['Q.850 ;cause=34 ;text="No circuit, none; at all"', 34],
    ['q.850; text="busy" ; cause = 17', 17],
    ['SIP;cause=480;text="x", Q.850;cause=19', 19],
    ["SIP;cause=200", null],
    ["Q.850;cause=0", null],
    ["Q.850;cause=128", null],
    ["Q.850;cause=x", null],
    ["Q.850", null],
    ["", null],
    [undefined, null],
    [`Q.850${";a".repeat(5_000)}`, null],
  ])("%s: %s", (header, expected) => {
    expect(q850InReason(header)).toBe(expected);
  });
});

describe("a final failure", () => {
  it.each<[number, string | undefined, LegCause]>([
    [486, undefined, { reason: "busy", sipStatus: 486 }],
    [503, undefined, { reason: "unreachable", sipStatus: 503 }],
    [503, "Q.850;cause=34", { reason: "unreachable", sipStatus: 503, q850: 34 }],
    [500, "Q.850;cause=17", { reason: "busy", sipStatus: 500, q850: 17 }],
    [503, "Q.850;cause=21", { reason: "rejected", sipStatus: 503, q850: 21 }],
    [503, "Q.850;cause=31", { reason: "unreachable", sipStatus: 503, q850: 31 }],
    [480, "Q.850;cause=34", { reason: "noAnswer", sipStatus: 480, q850: 34 }],
    [500, "Q.850;cause=99", { reason: "error", sipStatus: 500, q850: 99 }],
  ])("%i with %s", (status, reason, expected) => {
    expect(failureCause(status, reason)).toEqual(expected);
  });

  it("keeps the cause of a BYE", () => {
    expect(byeCause("Q.850;cause=16")).toEqual({ reason: "normal", sipStatus: null, q850: 16 });
    expect(byeCause(undefined)).toEqual({ reason: "normal", sipStatus: null });
  });
});

describe("the table of RFC 3398", () => {
  it.each([
    [1, 404],
    [16, null],
    [17, 486],
    [18, 408],
    [19, 480],
    [21, 403],
    [22, 410],
    [27, 502],
    [28, 484],
    [31, 480],
    [34, 503],
    [38, 503],
    [41, 503],
    [42, 503],
    [65, 488],
    [79, 501],
    [102, 504],
    [127, 500],
    [99, null],
  ])("8.2.6.1: cause %i is %s", (q850, status) => {
    expect(statusOfQ850(q850)).toBe(status);
  });

  it.each([
    [403, 21],
    [404, 1],
    [408, 102],
    [410, 22],
    [480, 18],
    [484, 28],
    [486, 17],
    [500, 41],
    [501, 79],
    [502, 38],
    [503, 41],
    [504, 102],
    [600, 17],
    [603, 21],
    [604, 1],
    [200, null],
    [499, null],
  ])("7.2.4.1: status %i is %s", (status, q850) => {
    expect(q850OfStatus(status)).toBe(q850);
  });

  it("believes the far side first, then its response, then what happened", () => {
    expect([
      q850Of({ reason: "unreachable", sipStatus: 503, q850: 34 }),
      q850Of({ reason: "unreachable", sipStatus: 503 }),
      q850Of({ reason: "noAnswer", sipStatus: null }),
      q850Of({ reason: "noCodec", sipStatus: null }),
    ]).toEqual([34, 41, 19, null]);
  });
});
