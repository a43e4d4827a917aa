// Flows: menus with type-ahead, time-outs and wrong keys, hours, the end, and loops.
import { describe, expect, it } from "vitest";
import { mainFlow, siteConfig, startMs } from "../../../test/support/site.ts";
import { createWorld } from "../../../test/support/world.ts";
import type { Flow, FlowNode } from "./flow-config.ts";

const withFlow = (nodes: Readonly<Record<string, FlowNode>>, start: string) =>
  createWorld({
    config: siteConfig({ flows: [{ id: "main", version: "x", start, nodes } satisfies Flow] }),
  });

const menu: FlowNode = {
  kind: "menu",
  prompts: ["menu"],
  choices: { "1": "one" },
  timeoutMs: 5_000,
  attemptsMax: 2,
  noMatchPrompt: "no-match",
  giveUp: "gone",
};
const end = (prompt: string): FlowNode => ({ kind: "end", prompts: [prompt], outcome: "served" });
const menuSite = () => withFlow({ menu, one: end("one"), gone: end("gone") }, "menu");

describe("a menu", () => {
  it("takes a key at once and stops its prompt", () => {
    const world = menuSite();
    const caller = world.caller("c1").dials("12345");
    world.runs("500ms");
    caller.presses("1");
    expect(caller.hears()).toEqual(["one"]);
    expect(world.commands.map(({ type }) => type)).toEqual([
      "answerLeg",
      "play",
      "stopPlay",
      "play",
    ]);
  });

  it("repeats after silence and gives up after its attempts", () => {
    const world = menuSite();
    const caller = world.caller("c1").dials("12345");
    const heard = [];
    for (let second = 0; second < 16; second += 1) {
      heard.push(caller.hears().join(" ") || "-");
      world.runs("1s");
    }
    // Two seconds of prompt, five of silence, twice; then the farewell and the release.
    expect(heard.join(" ")).toBe("menu menu - - - - - menu menu - - - - - gone gone");
    world.runs("1s");
    expect(world.factsOf("c1").at(-1)).toMatchObject({ outcome: "servedByFlow", by: "engine" });
  });

  it("says so when the key means nothing, and forgets what was typed ahead", () => {
    const world = menuSite();
    const caller = world.caller("c1").dials("12345").presses("7");
    expect(caller.hears()).toEqual(["no-match", "menu"]);
    caller.presses("8");
    expect(caller.hears()).toEqual(["gone"]);
  });

  it("takes keys that were pressed before it spoke, ten at most", () => {
    const world = createWorld();
    const caller = world.caller("c1").dials("12345").presses("19");
    expect(caller.hears()).toEqual(["welcome"]);
    world.runs("2s");
    expect(caller.leg()?.echo).toBe(true);
    const other = world.caller("c2").dials("12345").presses("1".repeat(500));
    expect(JSON.stringify([...world.centre().calls.values()]).length).toBeLessThan(5_000);
    other.hangsUp();
  });
});

describe("a flow", () => {
  it("goes by the hours, and a calendar that nobody knows is closed", () => {
    const world = createWorld();
    world.post({
      type: "calendarsUpdated",
      calendars: { office: [{ fromMs: startMs + 9e6, toMs: startMs + 9.9e6 }] },
    });
    const closed = world.caller("c1").dials("12345").presses("1");
    world.runs("2500ms");
    expect(closed.hears()).toEqual(["closed"]);
    world.runs("150m");
    const open = world.caller("c2").dials("12345").presses("1");
    world.runs("2500ms");
    expect(open.hears()).toEqual(["main-menu"]);
    world.post({ type: "calendarsUpdated", calendars: {} });
    const unknown = world.caller("c3").dials("12345").presses("1");
    world.runs("2500ms");
    expect(unknown.hears()).toEqual(["closed"]);
  });

  it.each([
    ["without waiting", { a: { kind: "tag", name: "n", value: "v", next: "a" } }],
    ["of prompts", { a: { kind: "play", prompts: ["p"], next: "a" } }],
    ["into nothing", { a: { kind: "language", language: "en", next: "b" } }],
    ["to a queue that is not there", { a: { kind: "queue", queueId: "none", priority: 0 } }],
  ] as [string, Record<string, FlowNode>][])(
    "that loops or leads %s fails the call, not the engine",
    (_, nodes) => {
      const world = withFlow(nodes, "a");
      world.caller("c1").dials("12345");
      world.runs("10m");
      expect(world.factsOf("c1").at(-1)).toMatchObject({
        type: "callEnded",
        outcome: "failed",
        by: "engine",
      });
      world.auditor.checkQuiet(world.state());
    },
  );

  it("keeps its version for calls that are in it", () => {
    const world = createWorld();
    const caller = world.caller("c1").dials("12345");
    const flows = [{ ...mainFlow, version: "2", start: "bye" }];
    world.post({ type: "configured", config: siteConfig({ flows }) });
    world.runs("2500ms");
    expect(caller.hears()).toEqual(["choose-language"]);
    expect(world.caller("c2").dials("12345").hears()).toEqual(["bye"]);
    expect([...world.centre().flows.keys()]).toEqual(["main@2", "main@1"]);
    caller.hangsUp();
    world.post({ type: "configured", config: siteConfig({ flows }) });
    expect([...world.centre().flows.keys()]).toEqual(["main@2"]);
  });

  it("goes on when the end of a prompt is never reported", () => {
    const world = createWorld();
    const caller = world.caller("c1").dials("12345");
    world.post({
      type: "playFinished",
      legId: "c1-caller",
      playId: "c1-play99",
      outcome: "completed",
    });
    expect(caller.hears()).toEqual(["welcome"]);
    const leg = caller.leg();
    if (leg !== undefined) leg.play = null;
    world.runs("10m");
    expect(caller.hears()).toEqual(["choose-language"]);
  });

  it.each([
    ["in a menu", "", "abandonedInFlow"],
    ["in the echo test", "19", "servedByFlow"],
  ])("left %s is %s %s", (_, digits, outcome) => {
    const world = createWorld();
    const caller = world.caller("c1").dials("12345").presses(digits);
    world.runs("3s");
    caller.hangsUp();
    expect(world.factsOf("c1").at(-1)).toMatchObject({ type: "callEnded", outcome, by: "caller" });
  });
});
