// Snapshots: the same centre again, and a clear refusal of anything else.
import { expect, it } from "vitest";
import { createWorld } from "../../test/support/world.ts";
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

it.each([
  ["nothing", null],
  ["another thing", { some: "thing" }],
  ["another version", { rexianCentre: 0, centre: {} }],
  ["half a snapshot", { rexianCentre: 1, centre: { calls: { $map: [] } } }],
  ["a broken map", { rexianCentre: 1, centre: { calls: { $map: [1] } } }],
])("refuses %s", (_, json) => {
  expect(() => decodeCentre(json)).toThrow(SnapshotError);
});
