import { expect, it } from "vitest";
import { createWorld } from "../../test/support/world.ts";
import { startAudit } from "./audit.ts";

it("counts and tells what is broken, a hundred times at most, and goes on", () => {
  const world = createWorld();
  world.agent("1001").comesIn();
  world.caller("c1").dials("10086");
  const told: object[] = [];
  const audit = startAudit(world.centre(), { error: (details) => told.push(details) });
  const step = { commands: [], facts: [] };
  audit.onStep({ type: "timeAdvanced" }, step);
  expect(audit.violations()).toBe(0);
  const request = { type: "goReady" } as const;
  const event = { type: "agentRequested", agentId: "1001", requestId: "r", request } as const;
  for (let count = 0; count < 120; count += 1) audit.onStep(event, step);
  expect(audit.violations()).toBe(120);
  expect(told.length).toBe(100);
  expect(told[0]).toEqual({
    violation: { invariant: 30, what: "each request has one answer", detail: event },
  });
});
