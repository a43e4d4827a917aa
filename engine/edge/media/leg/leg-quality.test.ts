import { describe, expect, it } from "vitest";
import { estimateMos, type LegCounters, QualityWatch } from "./leg-quality.ts";

describe("the mark", () => {
  it.each<[lossShare: number, jitterMs: number, mos: number]>([
    [0, 0, 4.38],
    [0.01, 5, 4.3],
    [0.05, 10, 3.87],
    [0.2, 20, 2.49],
    [0, 150, 3.26],
    [1, 0, 1.22],
  ])("for %f lost and %f ms of jitter is about %f", (lossShare, jitterMs, mos) => {
    expect(Math.abs(estimateMos({ lossShare, jitterMs, roundTripMs: null }) - mos)).toBeLessThan(
      0.1,
    );
  });
});

it("the mark falls with a long round trip that RTCP has measured", () => {
  const heard = { lossShare: 0, jitterMs: 0 };
  const of = (roundTripMs: number) => estimateMos({ ...heard, roundTripMs });
  expect(of(100)).toBe(estimateMos({ ...heard, roundTripMs: null }));
  expect(of(20)).toBeGreaterThan(of(100));
  expect(of(800)).toBeLessThan(3.4);
});

describe("an interval", () => {
  const counters = (now: Partial<LegCounters>): LegCounters => ({
    ...{ packetsIn: 0, packetsLost: 0, packetsOut: 0, jitterMs: 0, shouldSend: true },
    peer: null,
    ...now,
  });

  it("counts from the one before", () => {
    const watch = new QualityWatch();
    watch.look(counters({ packetsIn: 250, packetsLost: 10, packetsOut: 250 }));
    const now = { packetsIn: 490, packetsLost: 12, packetsOut: 500, jitterMs: 3.14 };
    expect(watch.look(counters(now))).toEqual({
      packetsIn: 240,
      packetsLost: 2,
      packetsOut: 250,
      jitterMs: 3.1,
      mos: expect.closeTo(4.3, 1),
      oneWay: false,
      roundTripMs: null,
      peer: null,
    });
    expect(watch.look(counters({ ...now, packetsIn: 740, packetsLost: 9 }))?.packetsLost).toBe(0);
  });

  it.each<[why: string, first: Partial<LegCounters>, second: Partial<LegCounters>, said: unknown]>([
    ["nothing flows", {}, {}, null],
    ["joined just now", { shouldSend: false }, { packetsOut: 250 }, null],
    ["need not send", { shouldSend: false }, { shouldSend: false, packetsOut: 250 }, null],
    ["hears and does not send", {}, { packetsOut: 250 }, { mos: null, oneWay: true }],
    ["sends", {}, { packetsOut: 250, packetsIn: 1 }, { oneWay: false }],
  ])("%s", (_, first, second, said) => {
    const watch = new QualityWatch();
    watch.look(counters(first));
    const quality = watch.look(counters(second));
    if (said === null) expect(quality).toBeNull();
    else expect(quality).toMatchObject(said as object);
  });
});
