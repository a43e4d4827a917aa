// Facts of made-up calls, for tests of the record store: the same number always gives the same call.
import type { Fact, FactBody } from "../../engine/core/fact.ts";

export const factsPerCall = 9;

/** Call `n` (from 0) has facts `n * factsPerCall + 1` and so on; one call a second. */
export function factsOfCall(n: number, startMs: number): Fact[] {
  const callId = `c${n}`;
  const queueId = n % 3 === 0 ? "tax" : "sales";
  const agentId = `100${n % 7}`;
  const waitMs = (n * 7_919) % 60_000;
  const abandons = n % 5 === 0;
  const atMs = startMs + n * 1_000;
  const common = { callId, queueId };
  const arrived: FactBody[] = [
    {
      type: "callArrived",
      callId,
      trunkId: "trunk",
      numberId: "12345",
      ani: `1380000${String(n % 10_000).padStart(4, "0")}`,
      dnis: "12345",
      firstDnis: null,
    },
    { type: "callAnswered", callId },
    { type: "queueEntered", ...common, queuedAtMs: atMs, returned: false },
    { type: "offerMade", ...common, offerId: "o", agentId, answerByMs: atMs + 90_000 },
  ];
  const left = { type: "queueLeft", ...common, queuedAtMs: atMs, waitMs } as const;
  const result = abandons ? "withdrawn" : "answered";
  const offered = {
    type: "offerEnded",
    ...common,
    offerId: "o",
    agentId,
    result,
    ringMs: 2_000,
  } as const;
  const cause = { reason: "normal", sipStatus: null } as const;
  const ended = (outcome: "answered" | "abandonedRinging"): FactBody => ({
    type: "callEnded",
    callId,
    outcome,
    by: "caller",
    cause,
  });
  const rest: FactBody[] = abandons
    ? [
        offered,
        { ...left, sinceArrivalMs: waitMs, outcome: { kind: "abandoned", stage: "ringing" } },
        ended("abandonedRinging"),
        { type: "eventIgnored", event: "filler", why: "keeps the count even" },
        { type: "eventIgnored", event: "filler", why: "keeps the count even" },
      ]
    : [
        offered,
        { ...left, sinceArrivalMs: waitMs, outcome: { kind: "answered", agentId } },
        { type: "talkStarted", ...common, agentId },
        { type: "talkEnded", ...common, agentId, talkMs: 60_000, holdMs: 0, by: "caller" },
        ended("answered"),
      ];
  return [...arrived, ...rest].map((body, index) => ({
    seq: n * factsPerCall + index + 1,
    atMs: atMs + (index < 4 ? 0 : waitMs),
    ...body,
  }));
}
