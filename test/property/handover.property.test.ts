// Random stories around one talk: transfers, consults, conferences and supervisors, with everybody
// leaving, answering, crossing and dying at odd moments. The auditor's invariants hold at each step,
// above all that callers are conserved; the journal replays; nothing is left when everybody has gone.
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { createCentre, handle } from "../../engine/core/centre.ts";
import { createWorld, type World } from "../support/world.ts";

const agentIds = ["1001", "1002", "1003"] as const;

const steps = {
  blindToQueue: (world: World, who: number, value: number) =>
    agentAt(world, who).transfers({ queueId: value < 5 ? "support" : "sales" }),
  blindToAgent: (world: World, who: number, value: number) =>
    agentAt(world, who).transfers({ agentId: idAt(value) }),
  consults: (world: World, who: number, value: number) => agentAt(world, who).consults(idAt(value)),
  answers: (world: World, who: number) => agentAt(world, who).answers(),
  completes: (world: World, who: number) => agentAt(world, who).completes(),
  merges: (world: World, who: number) => agentAt(world, who).merges(),
  cancels: (world: World, who: number) => agentAt(world, who).cancels(),
  releases: (world: World, who: number) => agentAt(world, who).requests({ type: "release" }),
  holds: (world: World, who: number, value: number) =>
    agentAt(world, who).requests({ type: value < 5 ? "hold" : "unhold" }),
  rejects: (world: World, who: number) => agentAt(world, who).rejects(),
  agentHangsUp: (world: World, who: number, value: number) =>
    agentAt(world, who).hangsUp(value < 5 ? "normal" : "mediaLost"),
  media: (world: World, who: number, value: number) =>
    agentAt(world, who).mediaBecomes(value < 5 ? "silent" : value < 8 ? "flowing" : "failed"),
  closes: (world: World, who: number, value: number) =>
    value < 5 ? agentAt(world, who).losesDesk() : agentAt(world, who).closesDesk(),
  comesIn: (world: World, who: number) => agentAt(world, who).endsWrapUp().comesIn(),
  callerHangsUp: (world: World, _who: number, value: number) => {
    if (value < 3) for (const { callId } of world.state().calls) world.caller(callId).hangsUp();
  },
  dials: (world: World) => world.caller(`c${world.state().factSeq}`).dials("10086"),
  monitors: (world: World, who: number, value: number) =>
    world
      .supervisor("2001")
      .comesIn()
      .monitors(idAt(who), value < 5 ? "whisper" : "barge"),
  supervisor: (world: World, _who: number, value: number) => {
    const supervisor = world.supervisor("2001");
    if (value < 6) supervisor.answers();
    else if (value < 7) supervisor.requests({ type: "monitorMode", mode: "monitor" });
    else if (value < 8) supervisor.requests({ type: "monitorStop" });
    else if (value < 9) supervisor.hangsUp();
    else supervisor.losesDesk();
  },
  lateAnswer: (world: World, who: number) => {
    const rung = world.commands.filter(({ type }) => type === "ringAgentLeg").at(-1 - who);
    if (rung?.type !== "ringAgentLeg") return;
    world.post({ type: "legAnswered", legId: rung.legId, dialogRef: "late" });
  },
  dies: (world: World, who: number, value: number) => {
    if (value < 4) {
      for (const legId of [...world.edge.legs.keys()].slice(0, who)) world.edge.forget(legId);
    }
    world.restarts(value * 500);
    for (const agentId of agentIds) world.agent(agentId).opensDesk();
  },
  waits: (world: World, who: number) => world.runs([20, 1_500, 16_000][who] ?? 20),
} as const;

const idAt = (value: number) => agentIds[value % agentIds.length] ?? "1001";
const agentAt = (world: World, who: number) => world.agent(idAt(who));

const story = fc.array(
  fc.record({
    step: fc.constantFrom(...(Object.keys(steps) as (keyof typeof steps)[])),
    who: fc.nat(2),
    value: fc.nat(9),
  }),
  { maxLength: 30, size: "max" },
);

const beginnings = ["talk", "ringing", "asking", "conference", "watched"] as const;

/** 1001 talks with c0, up to this far with 1002; 1003 is ready. */
function begin(until: (typeof beginnings)[number]): World {
  const world = createWorld();
  world.agent("1001").comesIn();
  world.caller("c0").dials("10086");
  world.agent("1001").answers();
  world.agent("1002").comesIn();
  world.agent("1003").comesIn();
  if (until === "talk") return world;
  world.agent("1001").consults("1002");
  if (until === "ringing") return world;
  world.agent("1002").answers();
  if (until === "asking") return world;
  world.agent("1001").merges();
  if (until === "watched") world.supervisor("2001").comesIn().monitors("1002", "whisper").answers();
  return world;
}

/** Who should talk together is joined at the edge: nobody is left alone in a call that talks. */
function joinedAsTold(world: World): void {
  for (const { bridgeId, legIds, held } of world.state().bridges) {
    if (held) continue;
    expect([...(world.edge.bridges.get(bridgeId) ?? [])].sort()).toEqual([...legIds].sort());
  }
}

const reached = new Map<string, number>();

it("keeps every invariant, replays, and leaves nothing behind", () => {
  fc.assert(
    fc.property(fc.constantFrom(...beginnings), story, (until, told) => {
      const world = begin(until);
      for (const { step, who, value } of told) {
        steps[step](world, who, value);
        joinedAsTold(world);
      }
      for (const { callId } of world.state().calls) world.caller(callId).hangsUp();
      world.runs("1h");
      world.auditor.checkQuiet(world.state());
      for (const [type, count] of world.auditor.counts) {
        reached.set(type, (reached.get(type) ?? 0) + count);
      }
      const centre = createCentre();
      const again = world.journal.flatMap(({ event, nowMs }) => handle(centre, event, nowMs).facts);
      expect(again).toEqual(world.facts);
    }),
    { numRuns: 200 },
  );
});

afterAll(() => {
  // A run that never came to a conference would prove nothing about one.
  for (const type of ["transferEnded", "consultAnswered", "conferenceEnded", "monitorEnded"]) {
    expect([type, (reached.get(type) ?? 0) > 0]).toEqual([type, true]);
  }
});
