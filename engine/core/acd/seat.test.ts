// Seats: who can be offered a call, how long a lost one is forgiven, and what agents may ask for.
import { describe, expect, it } from "vitest";
import { agentConfig, siteConfig } from "../../../test/support/site.ts";
import { createWorld } from "../../../test/support/world.ts";

describe("an agent", () => {
  it("needs a device to be ready", () => {
    const world = createWorld();
    const agent = world.agent("1001").opensDesk();
    expect(agent.goesReady().reply()).toBe("notLoggedIn");
    expect(agent.logsIn().reply()).toBeNull();
    expect(world.stateOf("1001")).toMatchObject({ kind: "notReady", reason: "login" });
    expect(agent.goesReady().reply()).toBe("deviceUnreachable");
    expect(agent.registers().goesReady().reply()).toBeNull();
    expect(world.stateOf("1001")?.kind).toBe("ready");
    expect(agent.goesNotReady().closesDesk().goesReady().reply()).toBe("deviceUnreachable");
    agent.opensDesk();
    expect(agent.goesNotReady("nonsense").reply()).toBe("unknownReason");
    expect(agent.requests({ type: "logOut" }).reply()).toBeNull();
    expect(world.stateOf("1001")?.kind).toBe("loggedOut");
  });

  it("with a lost desk gets no call, and is not ready after the grace", () => {
    const world = createWorld();
    world.agent("1001").comesIn().losesDesk();
    world.caller("c1").dials("10086");
    expect(world.placeOf("c1")?.kind).toBe("queue");
    world.runs(4_999);
    expect(world.stateOf("1001")?.kind).toBe("ready");
    world.runs(1);
    expect(world.stateOf("1001")).toMatchObject({ kind: "notReady", reason: "seatLost" });
  });

  it("whose desk is back within the grace is offered what waits", () => {
    const world = createWorld();
    world.agent("1001").comesIn().losesDesk();
    world.caller("c1").dials("10086");
    world.runs("4s");
    world.agent("1001").opensDesk();
    expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "1001" });
  });

  it("in wrap-up with a lost desk is not made ready", () => {
    const world = createWorld();
    world.agent("1001").comesIn();
    world.caller("c1").dials("10086");
    world.agent("1001").answers();
    world.caller("c1").hangsUp();
    world.agent("1001").closesDesk();
    world.runs("30s");
    expect(world.stateOf("1001")).toMatchObject({ kind: "notReady", reason: "seatLost" });
  });

  it("that is always ready comes with its registration and goes when that expires", () => {
    const world = createWorld();
    expect(world.stateOf("1004")?.kind).toBe("loggedOut");
    world.agent("1004").registers(60_000);
    expect(world.stateOf("1004")?.kind).toBe("ready");
    world.runs("1m");
    expect(world.state().queues[1]?.ready).toEqual([]);
    world.runs("5s");
    expect(world.stateOf("1004")).toMatchObject({ kind: "notReady", reason: "unreachable" });
    world.agent("1004").registers();
    expect(world.stateOf("1004")?.kind).toBe("ready");
  });

  it("with a plain phone answers without any desk", () => {
    const device = { kind: "phone", alwaysReady: false, ronaPauseMs: 0 } as const;
    const config = siteConfig({ agents: [agentConfig("p", { sales: 1 }, device)] });
    const world = createWorld({ config });
    world.agent("p").registers().logsIn().goesReady();
    world.caller("c1").dials("10086");
    expect(world.commands.at(-1)).toMatchObject({
      type: "ringAgentLeg",
      media: "rtp",
      target: "sip:p@127.0.0.1",
    });
  });

  it.each([
    ["hold", "noCall"],
    ["unhold", "noCall"],
    ["release", "noCall"],
  ] as const)("without a call is refused %s", (type, refusal) => {
    const world = createWorld();
    expect(world.agent("1001").comesIn().requests({ type }).reply()).toBe(refusal);
  });

  it("sends digits to the caller, and only digits", () => {
    const world = createWorld();
    const agent = world.agent("1001").comesIn();
    expect(agent.requests({ type: "sendDigits", digits: "1" }).reply()).toBe("noCall");
    world.caller("c1").dials("10086");
    agent.answers();
    expect(agent.requests({ type: "sendDigits", digits: "12#" }).reply()).toBeNull();
    expect(world.caller("c1").leg()?.digits).toBe("12#");
    expect(agent.requests({ type: "sendDigits", digits: "1\r\n" }).reply()).toBe("invalidDigits");
    expect(agent.requests({ type: "logOut" }).reply()).toBe("busy");
  });
});
