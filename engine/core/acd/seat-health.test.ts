// Browser seats that could not take a call: offered nothing, in words why, and fit again by themselves.
import { describe, expect, it } from "vitest";
import { siteConfig } from "../../../test/support/site.ts";
import { createWorld } from "../../../test/support/world.ts";
import type { SeatHealth } from "../event.ts";
import { explainCall } from "../explain.ts";
import { agentView, wallboardView } from "../view.ts";

const fine: SeatHealth = { microphone: "on", isFrozen: false, roundTripMs: 40 };

const config = siteConfig({ seatRoundTripMsMax: 1_000, seatBindingMsMax: 60_000 });

function atWork() {
  const world = createWorld({ config });
  world.agent("1001").comesIn();
  const tells = (health: Partial<SeatHealth>, agentId = "1001") =>
    world.post({ type: "seatHealthChanged", agentId, health: { ...fine, ...health } });
  return { world, tells };
}

describe("a seat", () => {
  it.each([
    ["microphone", { microphone: "denied" }, "seatMicrophone"],
    ["microphone", { microphone: "ended" }, "seatMicrophone"],
    ["frozen", { isFrozen: true }, "seatFrozen"],
    ["slow", { roundTripMs: 1_001 }, "seatSlow"],
  ] as const)(
    "with fault %s (%j) gets no call, says why, and is not ready after the grace",
    (fault, health, reason) => {
      const { world, tells } = atWork();
      tells(health);
      world.caller("c1").dials("10086");
      expect(world.placeOf("c1")?.kind).toBe("queue");
      expect(agentView(world.centre(), "1001", world.nowMs())?.seatFault).toBe(fault);
      expect(wallboardView(world.centre(), world.nowMs()).agents[0]?.seatFault).toBe(fault);
      expect(explainCall(world.centre(), "c1")?.line?.agents[0]).toEqual({
        agentId: "1001",
        verdict: { rule: "seatNotLive", fault },
      });
      world.runs("5s");
      expect(world.stateOf("1001")).toMatchObject({ kind: "notReady", reason });
      expect(world.agent("1001").goesReady().reply()).toBe("seatUnfit");
      tells({});
      expect(world.agent("1001").goesReady().reply()).toBeNull();
      expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "1001" });
    },
  );

  it.each([{ microphone: "off" }, { roundTripMs: null }, { roundTripMs: 1_000 }] as const)(
    "with %j is fit",
    (health) => {
      const { world, tells } = atWork();
      tells(health);
      world.caller("c1").dials("10086");
      expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "1001" });
    },
  );

  it("that is fit again within the grace is offered what waits in the same step", () => {
    const { world, tells } = atWork();
    tells({ isFrozen: true });
    world.caller("c1").dials("10086");
    world.runs("4s");
    world.mark();
    tells({});
    expect(world.commands.map(({ type }) => type)).toEqual(["popScreen", "ringAgentLeg"]);
  });

  it("that is slow is fit again well below the limit only", () => {
    const { world, tells } = atWork();
    const slow = () => agentView(world.centre(), "1001", world.nowMs())?.seatFault;
    const seen = [1_001, 900, 801, 800, 900].map((roundTripMs) => {
      tells({ roundTripMs });
      return slow();
    });
    expect(seen).toEqual(["slow", "slow", "slow", undefined, undefined]);
  });

  it("whose microphone fails while it rings gives the caller back after two seconds", () => {
    const { world, tells } = atWork();
    world.agent("1002").comesIn();
    world.caller("c1").dials("10086");
    tells({ microphone: "ended" });
    world.runs(1_000);
    // Told again, the moment does not begin anew.
    tells({ microphone: "missing" });
    world.runs(999);
    expect(world.placeOf("c1")).toMatchObject({ agentId: "1001" });
    world.runs(1);
    expect(world.stateOf("1001")).toMatchObject({ kind: "notReady", reason: "seatLost" });
    expect(world.placeOf("c1")).toMatchObject({ kind: "offer", agentId: "1002" });
  });

  it("whose microphone is back while it rings keeps the call", () => {
    const { world, tells } = atWork();
    world.caller("c1").dials("10086");
    tells({ microphone: "busy" });
    world.runs(1_000);
    tells({});
    world.runs("5s");
    expect(world.placeOf("c1")).toMatchObject({ agentId: "1001" });
  });

  it("that freezes in a talk keeps it while it is heard, and gives the caller back after 5 s of silence", () => {
    const { world, tells } = atWork();
    world.caller("c1").dials("10086");
    world.agent("1001").answers();
    world.caller("c2").dials("10086");
    tells({ isFrozen: true });
    world.runs("10s");
    expect(world.placeOf("c1")?.kind).toBe("bridge");
    world.mark();
    world.agent("1001").mediaBecomes("silent");
    expect(world.facts.map(({ type }) => type)).toEqual([
      "mediaSilent",
      "talkEnded",
      "seatLostInTalk",
      "agentStateChanged",
      "queueEntered",
    ]);
    // Before who came later: at the old place.
    expect(explainCall(world.centre(), "c1")?.line?.position).toBe(1);
    expect(explainCall(world.centre(), "c2")?.line?.position).toBe(2);
  });

  it("is trusted no longer than its registration is renewed", () => {
    const { world } = atWork();
    world.runs("60s");
    expect(agentView(world.centre(), "1001", world.nowMs())?.seatFault).toBe("device");
    world.agent("1001").registers();
    expect(agentView(world.centre(), "1001", world.nowMs())).not.toHaveProperty("seatFault");
  });

  it("that opens its page anew is not frozen; its microphone is as told", () => {
    const { world, tells } = atWork();
    tells({ microphone: "denied", isFrozen: true });
    world.agent("1001").losesDesk().opensDesk();
    expect(agentView(world.centre(), "1001", world.nowMs())?.seatFault).toBe("microphone");
  });

  it("of a phone or an unknown agent tells nothing", () => {
    const { world, tells } = atWork();
    world.mark();
    tells({ isFrozen: true }, "1004");
    tells({ isFrozen: true }, "x");
    expect(world.facts).toMatchObject([
      { type: "eventIgnored", event: "seatHealthChanged", why: "notABrowser" },
      { type: "eventIgnored", event: "seatHealthChanged", why: "unknownAgent" },
    ]);
  });
});
