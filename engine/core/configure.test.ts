// A new configuration in the middle of everything: nothing that runs is split.
import { describe, expect, it } from "vitest";
import { agentConfig, queueConfig, siteConfig } from "../../test/support/site.ts";
import { createWorld } from "../../test/support/world.ts";

const without = (agentId: string) => {
  const config = siteConfig();
  return siteConfig({ agents: config.agents.filter(({ id }) => id !== agentId) });
};

describe("a new configuration", () => {
  it("lets an agent who is gone finish call and wrap-up", () => {
    const world = createWorld();
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    world.agent("1001").answers();
    world.post({ type: "configured", config: without("1001") });
    expect(world.placeOf("c1")?.kind).toBe("bridge");
    world.caller("c1").hangsUp();
    expect(world.stateOf("1001")?.kind).toBe("wrapUp");
    world.runs("30s");
    expect(world.stateOf("1001")).toBeUndefined();
  });

  it("withdraws the offer of an agent who is gone, and the caller keeps the place", () => {
    const world = createWorld();
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    world.post({ type: "configured", config: without("1001") });
    expect(world.placeOf("c1")?.kind).toBe("queue");
    expect(world.stateOf("1001")).toBeUndefined();
  });

  it("keeps a queue that is gone until its callers are served", () => {
    const world = createWorld();
    world.caller("c1").dials("10086");
    const gone = siteConfig({ queues: [queueConfig("support")], numbers: [] });
    world.post({ type: "configured", config: gone });
    expect(world.state().queues.map(({ queueId }) => queueId)).toEqual(["sales", "support"]);
    world.agent("1001").comesIn().answers();
    expect(world.placeOf("c1")?.kind).toBe("bridge");
    world.caller("c1").hangsUp();
    expect(world.state().queues.map(({ queueId }) => queueId)).toEqual(["support"]);
    expect(world.state().counters.queues[0]).toMatchObject({ queueId: "sales", answered: 1 });
  });

  it("gives waiting calls to agents who got the skill", () => {
    const world = createWorld({ config: siteConfig({ agents: [agentConfig("1001", {})] }) });
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    expect(world.placeOf("c1")?.kind).toBe("queue");
    world.post({ type: "configured", config: siteConfig({ agents: [agentConfig("1001")] }) });
    expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "1001" });
  });
});

describe("a configuration that says the same", () => {
  it("moves nobody: lines and standings are the very same", () => {
    const world = createWorld();
    world.agent("1003").comesIn();
    world.caller("c1").dials("10086");
    world.caller("c2").dials("10086");
    world.agent("1004").registers();
    const seen = () => {
      const { queues, agents } = world.centre();
      return [...[...queues.values()].map(({ waiting }) => waiting.root), ...agents.values()];
    };
    const before = seen();
    world.post({ type: "configured", config: structuredClone(world.centre().config) });
    const after = seen();
    expect(after.map((item, index) => item === before[index])).toEqual(after.map(() => true));
  });
});
