// The main job as stories: what a caller hears and an agent sees, step by step in virtual time.
import { describe, expect, it } from "vitest";
import { createWorld } from "./world.ts";

describe("the main job", () => {
  it("goes from ring through flow, queue and talk to wrap-up", () => {
    const world = createWorld();
    const agent = world.agent("1001").comesIn();
    const caller = world.caller("c1").dials("12345");
    world.runs("1s");
    expect(caller.hears()).toEqual(["welcome"]);
    world.runs("1500ms");
    expect(caller.hears()).toEqual(["choose-language"]);
    caller.presses("2").presses("1");
    expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "1001" });
    expect(caller.hears()).toEqual(["calm"]);
    expect(world.pops.get("1001")).toMatchObject({
      callId: "c1",
      language: "en",
      path: [
        { name: "language", value: "2" },
        { name: "menu", value: "1", label: { zh: "贵宾", en: "VIP" } },
        { name: "customer", value: "vip" },
      ],
    });
    world.runs("3s");
    agent.answers();
    expect(world.stateOf("1001")).toMatchObject({ kind: "onCall", callId: "c1" });
    expect(caller.leg()?.bridgedTo).toBe(agent.leg()?.bridgedTo);
    world.runs("20s");
    caller.hangsUp();
    expect(world.stateOf("1001")).toMatchObject({ kind: "wrapUp", callId: "c1" });
    agent.endsWrapUp();
    expect(world.stateOf("1001")).toMatchObject({ kind: "ready" });
    world.runs("1s");
    world.auditor.checkQuiet(world.state());
    expect(world.factsOf("c1").map(({ type }) => type)).toMatchInlineSnapshot(`
      [
        "callArrived",
        "flowEntered",
        "flowNodeEntered",
        "callAnswered",
        "flowNodeEntered",
        "flowChoice",
        "flowNodeEntered",
        "languageChosen",
        "flowNodeEntered",
        "flowNodeEntered",
        "flowChoice",
        "flowNodeEntered",
        "flowTagged",
        "flowNodeEntered",
        "queueEntered",
        "offerMade",
        "offerEnded",
        "queueLeft",
        "talkStarted",
        "talkEnded",
        "callEnded",
        "wrapUpEnded",
      ]
    `);
  });
});
