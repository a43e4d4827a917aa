// All orders of a few events for two agents and two calls: nothing is left to chance. The auditor
// judges each, and everybody's leaving ends each.
import { describe, expect, it } from "vitest";
import type { CentreConfig } from "../../engine/core/centre-config.ts";
import { agentConfig, queueConfig, siteConfig } from "../support/site.ts";
import { createWorld, type World } from "../support/world.ts";

const events: readonly Readonly<{ name: string; run: (world: World) => void }>[] = [
  { name: "c1 dials", run: (world) => world.caller("c1").dials("10086") },
  { name: "c2 dials", run: (world) => world.caller("c2").dials("10086") },
  { name: "a1 comes in", run: (world) => world.agent("a1").comesIn() },
  { name: "a2 comes in", run: (world) => world.agent("a2").comesIn() },
  { name: "a1 answers", run: (world) => world.agent("a1").answers() },
  { name: "c1 hangs up", run: (world) => world.caller("c1").hangsUp() },
  { name: "a1 closes", run: (world) => world.agent("a1").closesDesk() },
  { name: "a1 hangs up", run: (world) => world.agent("a1").hangsUp() },
  { name: "engine dies", run: (world) => world.restarts() },
  { name: "ringing ends", run: (world) => world.runs("15s") },
];

function* orders(length: number): Generator<readonly number[]> {
  if (length === 0) {
    yield [];
    return;
  }
  for (const rest of orders(length - 1)) {
    for (let event = 0; event < events.length; event += 1) {
      if (!rest.includes(event)) yield [...rest, event];
    }
  }
}

describe("all orders of four events after two came in", () => {
  const config = siteConfig({
    agents: [agentConfig("a1"), agentConfig("a2")],
    queues: [queueConfig("sales")],
  });
  const all = [...orders(4)];

  it.each(events.map(({ name }, index) => [name, index] as const))(
    "keep every invariant when first %s",
    (_, first) => {
      const begun = all.filter((order) => order[0] === first);
      for (const order of begun) tell(config, order);
      expect(begun.length).toBe(9 * 8 * 7);
    },
  );
});

function tell(config: CentreConfig, order: readonly number[]): void {
  const world = createWorld({ config });
  world.agent("a1").comesIn();
  world.caller("c1").dials("10086");
  try {
    for (const event of order) events[event]?.run(world);
    world.runs("1m");
    for (const callId of ["c1", "c2"]) world.caller(callId).hangsUp();
    world.runs("1m");
    world.auditor.checkQuiet(world.state());
  } catch (error) {
    const names = order.map((event) => events[event]?.name).join(", ");
    throw new Error(`after ${names}: ${String(error)}`, { cause: error });
  }
}
