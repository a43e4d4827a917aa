// Each rule that can keep an agent from a waiting call is named, and the ranking that chose.
import { describe, expect, it } from "vitest";
import { agentConfig, queueConfig, siteConfig } from "../../test/support/site.ts";
import { createWorld } from "../../test/support/world.ts";
import { explainCall } from "./explain.ts";

const config = siteConfig({
  queues: [queueConfig("sales", { requirements: [{ skillId: "sales", levelMin: 2 }] })],
  agents: [
    agentConfig("talks", { sales: 2 }),
    agentConfig("pauses", { sales: 2 }),
    agentConfig("away", { sales: 2 }),
    agentConfig("gone", { sales: 2 }),
    agentConfig("low", { sales: 1 }),
    agentConfig("none", {}),
    { ...agentConfig("leader", { sales: 9 }), reserve: "leaders" },
  ],
});

describe("why a call waits", () => {
  it("names the rule for each agent, and who is before", () => {
    const world = createWorld({ config });
    for (const id of ["talks", "low", "none", "leader"]) world.agent(id).comesIn();
    world.caller("c0").dials("10086");
    world.agent("talks").answers();
    world.agent("pauses").comesIn().goesNotReady("break");
    world.agent("gone").comesIn().losesDesk();
    world.caller("c1").dials("10086");
    world.runs("1s");
    world.caller("c2").dials("10086");
    expect(explainCall(world.centre(), "c2")).toEqual({
      callId: "c2",
      nowMs: world.nowMs(),
      place: "queue",
      line: {
        queueId: "sales",
        position: 2,
        before: ["c1"],
        priority: 0,
        queuedAtMs: world.nowMs(),
        ring: 0,
        requirements: [{ skillId: "sales", levelMin: 2 }],
        reserves: [],
        keptFor: null,
        estimate: { waitMs: null, isReliable: false },
        byRule: { onCall: 1, notReady: 1, loggedOut: 1, seatNotLive: 1, skill: 2, reserve: 1 },
        agents: [
          { agentId: "talks", verdict: { rule: "onCall", callId: "c0" } },
          { agentId: "pauses", verdict: { rule: "notReady", reason: "break" } },
          { agentId: "away", verdict: { rule: "loggedOut" } },
          { agentId: "gone", verdict: { rule: "seatNotLive", fault: "desk" } },
          { agentId: "low", verdict: { rule: "skill", skillId: "sales", levelMin: 2, level: 1 } },
          { agentId: "none", verdict: { rule: "skill", skillId: "sales", levelMin: 2, level: 0 } },
          { agentId: "leader", verdict: { rule: "reserve", groupId: "leaders" } },
        ],
      },
      offer: null,
    });
  });

  it("shows who was ranked how when it rings", () => {
    const world = createWorld({ config });
    world.agent("away").comesIn();
    world.runs("2s");
    world.agent("gone").comesIn();
    world.caller("c1").dials("10086");
    const why = explainCall(world.centre(), "c1");
    expect(why?.offer).toEqual({
      offerId: "c1-offer2",
      agentId: "away",
      madeAtMs: world.nowMs(),
      answerByMs: world.nowMs() + 15_000,
      strategy: "longestIdle",
      ranking: [
        { agentId: "away", rank: 0, idleSinceMs: world.nowMs() - 2_000 },
        { agentId: "gone", rank: 0, idleSinceMs: world.nowMs() },
      ],
    });
    expect(why?.line?.byRule).toMatchObject({ offered: 1, free: 1 });
  });

  it("is nothing for a call that is not live", () => {
    expect(explainCall(createWorld().centre(), "c1")).toBeNull();
  });
});
