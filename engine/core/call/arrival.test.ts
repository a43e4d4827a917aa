// Calls at the trunk: who is refused with what, and nothing is left of them.
import { describe, expect, it } from "vitest";
import { siteConfig } from "../../../test/support/site.ts";
import { stepOf } from "../../../test/support/step-text.ts";
import { createWorld } from "../../../test/support/world.ts";

const narrow = siteConfig({
  trunks: [
    { id: "trunk", channelsMax: 1 },
    { id: "other", channelsMax: 5 },
  ],
  limits: { callsMax: 2, flowStepsMax: 50 },
});

describe("a call is refused", () => {
  it.each([
    ["of an unknown number", "999", "trunk", 404],
    ["of an unknown trunk", "10086", "nobody", 403],
    ["over the trunk's channels", "10086", "trunk", 503],
  ])("%s", (_, dnis, trunkId, sipStatus) => {
    const world = createWorld({ config: narrow });
    world.caller("c0").dials("10086");
    const lines = stepOf(world, () => world.caller("c1").dials(dnis, "1", trunkId));
    expect(lines.slice(1)).toEqual([
      `callEnded callId=c1 outcome=rejected by=engine cause={reason:rejected sipStatus:${sipStatus}}`,
      expect.stringMatching(new RegExp(`^> rejectLeg legId=c1-caller sipStatus=${sipStatus} `)),
    ]);
    world.caller("c0").hangsUp();
    world.runs("1s");
    world.auditor.checkQuiet(world.state());
  });

  it("over the centre's limit", () => {
    const world = createWorld({ config: narrow });
    world.caller("c0").dials("10086");
    world.caller("c1").dials("10086", "1", "other");
    world.caller("c2").dials("10086", "1", "other");
    expect(world.commands.at(-1)).toMatchObject({ type: "rejectLeg", sipStatus: 503 });
    world.caller("c0").hangsUp();
    world.caller("c3").dials("10086", "1", "other");
    expect(world.placeOf("c3")?.kind).toBe("queue");
  });

  it("before there is any configuration", async () => {
    const { createCentre, handle } = await import("../centre.ts");
    const arrived = { callId: "c", legId: "l", trunkId: "t", ani: "", dnis: "1", firstDnis: null };
    const { commands } = handle(createCentre(), { type: "callArrived", ...arrived }, 1);
    expect(commands).toEqual([
      { type: "rejectLeg", legId: "l", sipStatus: 403, reason: "Unknown trunk" },
    ]);
  });
});

describe("input that fits nothing", () => {
  it.each([
    ["a call twice", "c1", "callArrived", "duplicate"],
    ["a leg of another call", "c2", "callArrived", "duplicate"],
  ])("%s", (_, callId, event, why) => {
    const world = createWorld();
    world.caller("c1").dials("10086");
    const arrived = {
      callId,
      legId: "c1-caller",
      trunkId: "trunk",
      ani: "",
      dnis: "10086",
      firstDnis: null,
    };
    const lines = stepOf(world, () => world.post({ type: "callArrived", ...arrived }));
    expect(lines).toEqual([`eventIgnored event=${event} why=${why}`]);
  });

  it.each([
    [
      { type: "legReleased", legId: "x", cause: { reason: "normal", sipStatus: null } },
      "unknownLeg",
    ],
    [{ type: "digitPressed", legId: "x", digit: "1" }, "unknownLeg"],
    [{ type: "digitPressed", legId: "c1-caller", digit: "11" }, "noDigit"],
    [{ type: "legAnswered", legId: "c1-caller", dialogRef: "again" }, "duplicate"],
    [{ type: "deskChanged", agentId: "x", desk: "open" }, "unknownAgent"],
    [{ type: "deviceUnbound", agentId: "x" }, "unknownAgent"],
  ] as const)("%j is ignored: %s", (event, why) => {
    const world = createWorld();
    world.caller("c1").dials("10086");
    world.runs("1s");
    expect(stepOf(world, () => world.post(event))).toEqual([
      `eventIgnored event=${event.type} why=${why}`,
    ]);
  });

  it.each([
    { type: "digitPressed", legId: "c1-caller", digit: "1" },
    { type: "playFinished", legId: "c1-caller", playId: "x", outcome: "completed" },
    { type: "legMediaChanged", legId: "c1-caller", media: "flowing" },
  ] as const)("%j is routine and leaves no fact", (event) => {
    const world = createWorld();
    world.caller("c1").dials("10086");
    world.runs("1s");
    expect(stepOf(world, () => world.post(event))).toEqual([]);
  });

  it("a request of an unknown agent is answered", () => {
    const world = createWorld();
    expect(world.agent("x").logsIn().reply()).toBe("unknownAgent");
  });
});
