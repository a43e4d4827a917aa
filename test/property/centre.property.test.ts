// Whatever happens in whatever order: the auditor's invariants hold, the journal gives the same
// state again, and when everybody has gone nothing is left. Method: random short stories over a
// small centre; fast-check prints seed and path of a failure and shrinks it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCentre, handle } from "../../engine/core/centre.ts";
import type { JournalEntry } from "../../engine/core/event.ts";
import { decodeCentre, encodeCentre } from "../../engine/core/snapshot.ts";
import type { Centre } from "../../engine/core/state.ts";
import { type Action, act, actions } from "../support/actions.ts";
import { createWorld, type World } from "../support/world.ts";

const runs = { numRuns: 150 };

function tell(story: readonly Action[]): World {
  const world = createWorld();
  for (const action of story) act(world, action);
  return world;
}

function everybodyLeaves(world: World): void {
  for (const { callId } of world.state().calls) world.caller(callId).hangsUp();
  world.runs("1h");
}

const throughJson = (centre: Centre): Centre =>
  decodeCentre(JSON.parse(JSON.stringify(encodeCentre(centre))));

function replay(journal: readonly JournalEntry[], snapshotAt: number, copy: (c: Centre) => Centre) {
  let centre = createCentre();
  const facts = [];
  for (const [index, { event, nowMs }] of journal.entries()) {
    if (index === snapshotAt) centre = copy(centre);
    facts.push(...handle(centre, structuredClone(event), nowMs).facts);
  }
  return { centre, facts };
}

describe("any story", () => {
  it("keeps the auditor's invariants and leaves nothing behind", () => {
    fc.assert(
      fc.property(actions(60), (story) => {
        const world = tell(story);
        everybodyLeaves(world);
        world.auditor.checkQuiet(world.state());
      }),
      runs,
    );
  });

  it("replays to the same state and facts, also across a snapshot", () => {
    fc.assert(
      fc.property(actions(60), fc.nat(200), (story, snapshotAt) => {
        const world = tell(story);
        for (const copy of [throughJson, structuredClone<Centre>]) {
          const again = replay(world.journal, snapshotAt, copy);
          expect(again.facts).toEqual(world.facts);
          expect(again.centre).toEqual(structuredClone(world.centre()));
        }
      }),
      runs,
    );
  });

  it("gives commands that do no harm when done twice", () => {
    fc.assert(
      fc.property(actions(40), (story) => {
        const world = createWorld();
        for (const action of story) {
          const before = world.commands.length;
          act(world, action);
          for (const command of world.commands.slice(before)) {
            if (command.type === "dropLeg" || command.type === "bridge")
              world.edge.perform(command);
          }
        }
        everybodyLeaves(world);
        world.auditor.checkQuiet(world.state());
      }),
      { numRuns: 50 },
    );
  });
});

describe("time", () => {
  it("going backwards changes nothing but is handled at the latest time seen", () => {
    fc.assert(
      fc.property(actions(30), fc.array(fc.integer({ min: -1e9, max: 0 })), (story, jumps) => {
        const { journal, facts } = tell(story);
        const centre = createCentre();
        const again = journal.flatMap(({ event, nowMs }, index) => {
          const jump = jumps[index];
          // The same moment twice, once with a clock that jumped back.
          if (jump !== undefined)
            handle(centre, { type: "timeAdvanced" }, Math.min(nowMs, centre.nowMs + jump));
          return handle(centre, event, nowMs).facts;
        });
        expect(again.length).toBe(facts.length);
      }),
      { numRuns: 30 },
    );
  });
});
