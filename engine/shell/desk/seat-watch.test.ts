import { expect, it } from "vitest";
import type { CentreEvent } from "../../core/event.ts";
import type { SeatHealth } from "../../wire/desk.ts";
import { createSeatWatch } from "./seat-watch.ts";

const fine: SeatHealth = { microphone: "on", isFrozen: false, roundTripMs: 40 };
const changed = (health: Partial<SeatHealth>) => ({
  type: "seatHealthChanged",
  agentId: "1001",
  health: { ...fine, ...health },
});

function world() {
  const events: CentreEvent[] = [];
  const clock = { nowMs: 0 };
  const sink = { post: (event: CentreEvent) => void events.push(event) };
  const watch = createSeatWatch({ sink, nowMs: () => clock.nowMs, silentMsMax: 8_000 });
  return { watch, clock, events };
}

it("tells what a page tells, and the round trip only when it is another one", () => {
  const { watch, events } = world();
  for (const roundTripMs of [40, 59, 45, 61, 300, 290, null]) {
    watch.told("1001", { ...fine, roundTripMs });
  }
  watch.told("1001", { ...fine, microphone: "ended", roundTripMs: null });
  expect(events).toEqual([
    changed({}),
    changed({ roundTripMs: 61 }),
    changed({ roundTripMs: 300 }),
    changed({ roundTripMs: null }),
    changed({ microphone: "ended", roundTripMs: null }),
  ]);
});

it("takes a page that falls silent for frozen, until it is heard again", () => {
  const { watch, clock, events } = world();
  watch.told("1001", fine);
  for (const nowMs of [2_000, 8_000, 8_001, 10_000]) {
    clock.nowMs = nowMs;
    watch.beat();
  }
  watch.heard("1001");
  watch.heard("1001");
  expect(events).toEqual([changed({}), changed({ isFrozen: true }), changed({})]);
});

it("leaves alone a page that never told of its health, and one that is gone", () => {
  const { watch, clock, events } = world();
  watch.heard("1002");
  watch.told("1001", fine);
  watch.gone("1001");
  clock.nowMs = 60_000;
  watch.beat();
  watch.heard("1001");
  expect(events).toEqual([changed({})]);
});
