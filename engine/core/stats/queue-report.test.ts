import { describe, expect, it } from "vitest";
import { addCounts, emptyCounts, reportRow, type VisitCounts } from "./queue-report.ts";

/** 100 offered: 70 answered (60 in time), 15 + 5 abandoned (8 within the target), 8 out, 2 waiting. */
const busy: VisitCounts = {
  offered: 100,
  answered: 70,
  answeredWithinTarget: 60,
  abandonedWithinTarget: 8,
  abandoned: 15,
  shortAbandoned: 5,
  flowedOut: 8,
  waiting: 2,
  waitMsAnswered: 700_000,
  responseMsAnswered: 1_260_000,
};

describe("a row of a report", () => {
  it("has every variant of the service level with both its numbers", () => {
    expect(reportRow("tax", busy)).toEqual({
      ...busy,
      key: "tax",
      serviceLevels: {
        abandonNegative: { numerator: 60, denominator: 100, ratio: 0.6 },
        abandonPositive: { numerator: 68, denominator: 100, ratio: 0.68 },
        abandonIgnored: { numerator: 60, denominator: 92, ratio: 60 / 92 },
        handledOnly: { numerator: 60, denominator: 70, ratio: 60 / 70 },
        genesys: { numerator: 60, denominator: 90, ratio: 60 / 90 },
      },
      answerRate: { numerator: 70, denominator: 100, ratio: 0.7 },
      abandonRate: { numerator: 15, denominator: 100, ratio: 0.15 },
      meanWaitMs: 10_000,
      meanResponseMs: 18_000,
      doubt: null,
      unexplained: 0,
    });
  });

  it("has no ratio without calls", () => {
    const { serviceLevels, meanWaitMs, doubt } = reportRow("night", emptyCounts);
    expect(Object.values(serviceLevels).map(({ ratio }) => ratio)).toEqual(Array(5).fill(null));
    expect({ meanWaitMs, doubt }).toEqual({ meanWaitMs: null, doubt: null });
  });

  it("shows what the books do not explain", () => {
    expect(reportRow("tax", { ...busy, answered: 69 }).unexplained).toBe(1);
  });

  it("adds sums, never ratios", () => {
    const half = { ...emptyCounts, offered: 1, answered: 1, answeredWithinTarget: 1 };
    const both = reportRow("all", addCounts(half, busy));
    expect(both.serviceLevels.abandonNegative).toEqual({
      numerator: 61,
      denominator: 101,
      ratio: 61 / 101,
    });
  });

  const perfect = (n: number) => ({
    ...emptyCounts,
    offered: n,
    answered: n,
    answeredWithinTarget: n,
  });
  it.each([
    ["few calls", perfect(29), "smallSample"],
    ["enough calls", perfect(30), null],
    [
      "a definition that looks away from abandons",
      { ...perfect(80), offered: 100, abandoned: 20 },
      "definitionGap",
    ],
  ])("100 %% with %s: %s", (_name, counts, doubt) => {
    expect(reportRow("tax", counts).doubt).toBe(doubt);
  });
});
