// Snapshots: the same centre again, and a clear refusal of anything else.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { startMs } from "../../test/support/site.ts";
import { createWorld } from "../../test/support/world.ts";
import { createCentre, handle } from "./centre.ts";
import { decodeCentre, encodeCentre, SnapshotError } from "./snapshot.ts";

it("gives the same centre again through JSON", () => {
  const world = createWorld();
  world.agent("1001").comesIn();
  world.caller("c1").dials("12345");
  world.caller("c2").dials("10086");
  world.runs("3s");
  const json: unknown = JSON.parse(JSON.stringify(encodeCentre(world.centre())));
  expect(decodeCentre(json)).toEqual(world.centre());
});

/** Made by an engine that wrote version 4: c1 talks and is whispered to, c2 and c4 ring, c5 waits. */
const v4 = (): unknown =>
  JSON.parse(readFileSync(new URL("fixtures/snapshot-v4.json", import.meta.url), "utf8"));

it("reads what an engine before wrote, with every call and agent", () => {
  const centre = decodeCentre(v4());
  expect([...centre.calls.values()].map(({ id, place }) => [id, place.kind])).toEqual([
    ["c1", "bridge"],
    ["c2", "offer"],
    ["c3", "flow"],
    ["c4", "offer"],
    ["c5", "queue"],
  ]);
  // Nothing of the present shape is missing: it is the same through JSON, and keys are as in a new one.
  const again = JSON.parse(JSON.stringify(encodeCentre(centre))) as unknown;
  expect(decodeCentre(again)).toEqual(centre);
  expect(Object.keys(centre.stats.totals).sort()).toEqual(
    Object.keys(createCentre().stats.totals).sort(),
  );
});

it("goes on from it: talks end, agents wrap up, nothing is left", () => {
  const centre = decodeCentre(v4());
  const at = (ms: number) => startMs + 20_000 + ms;
  const cause = { reason: "normal", sipStatus: null } as const;
  const facts = ["c1", "c2", "c3", "c4", "c5"].flatMap((callId, index) => {
    const event = { type: "legReleased", legId: `${callId}-caller`, cause } as const;
    return handle(centre, event, at(index)).facts;
  });
  expect(facts.filter(({ type }) => type === "callEnded")).toHaveLength(5);
  expect(centre.calls.size + centre.legs.size).toBe(0);
  expect(facts.filter(({ type }) => type === "eventIgnored")).toEqual([]);
  const numbers = JSON.stringify([...centre.stats.agents.values(), centre.stats.totals]);
  // NaN would be null.
  expect(numbers).not.toContain("null");
});

it.each([
  ["nothing", null],
  ["another thing", { some: "thing" }],
  ["another version", { rexianCentre: 0, centre: {} }],
  ["half a snapshot", { rexianCentre: 1, centre: { calls: { $map: [] } } }],
  ["a broken map", { rexianCentre: 1, centre: { calls: { $map: [1] } } }],
])("refuses %s", (_, json) => {
  expect(() => decodeCentre(json)).toThrow(SnapshotError);
});
