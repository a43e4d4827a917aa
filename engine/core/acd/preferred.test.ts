// The agent whom a flow named: waited for while that may lead to something, and not longer.
import { describe, expect, it } from "vitest";
import { agentConfig, queueConfig, siteConfig } from "../../../test/support/site.ts";
import { createWorld } from "../../../test/support/world.ts";
import type { QueueRouting } from "../centre-config.ts";
import type { Flow } from "../ivr/flow-config.ts";

const routing: QueueRouting = {
  ageingMs: null,
  relax: [],
  lastAgent: { withinMs: 3_600_000, patienceMs: 20_000 },
  namedAgent: { tag: "agent", patienceMs: 30_000 },
  agentCallsPerDayMax: null,
  hours: null,
  closed: { kind: "release", prompt: "closed" },
  noAgent: null,
  overflow: null,
  waitPrompts: [],
};

/** a and b are ready; the flow of 12345 names an agent. */
function world(named: string) {
  const flow: Flow = {
    id: "main",
    version: "1",
    start: "first",
    nodes: {
      first: { kind: "tag", name: "agent", value: "a", next: "second" },
      second: { kind: "tag", name: "agent", value: named, next: "sales" },
      sales: { kind: "queue", queueId: "sales", priority: 0 },
    },
  };
  const agents = [agentConfig("a"), agentConfig("b"), agentConfig("s", { support: 1 })];
  const queues = [queueConfig("sales", { routing, wrapUpMs: 0 }), queueConfig("support")];
  const made = createWorld({ config: siteConfig({ queues, agents, flows: [flow] }) });
  for (const id of ["a", "b", "s"]) {
    made.agent(id).comesIn();
    made.runs(1);
  }
  return made;
}

describe("a caller for whom the flow named an agent", () => {
  it("rings at that one, though another is idle for longer; the latest name counts", () => {
    const made = world("b");
    made.caller("c1").dials("12345");
    expect(made.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "b" });
  });

  it("waits for that one while he talks, and for everybody when the patience is over", () => {
    const made = world("b");
    made.caller("c1").dials("12345");
    made.agent("b").answers();
    made.caller("c2").dials("12345", "13900000002");
    expect(made.placeOf("c2")?.kind).toBe("queue");
    made.runs(29_999);
    expect(made.placeOf("c2")?.kind).toBe("queue");
    made.runs(1);
    expect(made.placeOf("c2")).toMatchObject({ kind: "offer", agentId: "a" });
  });

  it("is kept for the named one, not for who talked last with the number", () => {
    const made = world("b");
    made.caller("c1").dials("10086");
    made.agent("a").answers();
    made.runs("1s");
    made.caller("c1").hangsUp();
    made.runs("1s");
    made.caller("c2").dials("12345");
    expect(made.placeOf("c2")).toMatchObject({ kind: "offer", agentId: "b" });
  });

  it.each(["x", "s", "__proto__"])(
    "waits for nobody when it is %s, who does not serve here",
    (id) => {
      const made = world(id);
      made.caller("c1").dials("12345");
      expect(made.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "a" });
    },
  );
});
