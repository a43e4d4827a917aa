// Time that goes backwards: the core stays at the latest time that it has seen.
import { expect, it } from "vitest";
import { siteConfig, startMs } from "../../test/support/site.ts";
import { createCentre, handle, nextDeadlineMs } from "./centre.ts";

it("handles an event of an earlier time at the time of before", () => {
  const centre = createCentre();
  handle(centre, { type: "configured", config: siteConfig() }, startMs);
  const arrived = { type: "callArrived", callId: "c1", legId: "l1", trunkId: "trunk" } as const;
  handle(centre, { ...arrived, ani: "1", dnis: "10086", firstDnis: null }, startMs + 60_000);
  const cause = { reason: "normal", sipStatus: null } as const;
  const { facts } = handle(centre, { type: "legReleased", legId: "l1", cause }, startMs);
  expect(facts.map(({ atMs }) => atMs)).toEqual([startMs + 60_000, startMs + 60_000]);
  expect(facts).toMatchObject([{ type: "queueLeft", waitMs: 0 }, { type: "callEnded" }]);
  expect(handle(centre, { type: "timeAdvanced" }, 0)).toEqual({ commands: [], facts: [] });
  expect([centre.nowMs, nextDeadlineMs(centre)]).toEqual([startMs + 60_000, null]);
});
