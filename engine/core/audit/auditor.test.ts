// Every check can fail: for each invariant that production watches, a sound run with one lie in it.
import { describe, expect, it } from "vitest";
import { queueConfig, siteConfig } from "../../../test/support/site.ts";
import { createWorld } from "../../../test/support/world.ts";
import { createCentre, handle } from "../centre.ts";
import type { CentreConfig } from "../centre-config.ts";
import { debugState } from "../debug-state.ts";
import type { CentreEvent, JournalEntry } from "../event.ts";
import type { Fact, FactBody } from "../fact.ts";
import { createAuditor } from "./auditor.ts";
import { invariants, type Violation } from "./invariants.ts";
import type { AuditStep } from "./part.ts";

type Told = { event: CentreEvent; step: AuditStep };
type Lie = (told: readonly Told[]) => readonly Told[];

/** Two agents, a talk with hold and wrap-up, a missed offer, a transfer, a late answer, a callback at the second try. */
function story(): readonly JournalEntry[] {
  const world = createWorld({ config: siteWithCallbacks() });
  world.agent("1001").comesIn();
  world.caller("c1").dials("10086");
  world.agent("1001").answers().requests({ type: "hold" }).requests({ type: "unhold" });
  world.agent("1002").comesIn();
  world.agent("1001").transfers({ agentId: "1002" });
  const missed = world.agent("1002").leg()?.legId ?? "";
  world.runs("20s");
  world.post({ type: "legAnswered", legId: missed, dialogRef: "late" });
  world.agent("1001").endsWrapUp();
  world.agent("1001").answers();
  world.post({ type: "configured", config: world.centre().config });
  world.caller("c1").hangsUp();
  world.agent("1001").endsWrapUp();
  world.caller("c2").dials("10086");
  world.caller("c2").hangsUp();
  world.runs("1m");
  world.agent("1001").goesNotReady();
  world.caller("c3").dials("10086").presses("8#");
  world.runs("1s");
  world.agent("1002").goesReady().answers();
  world.called().hangsUp("busy");
  world.runs("10s");
  world.agent("1002").answers();
  world.called().answers();
  world.called().hangsUp();
  world.agent("1002").endsWrapUp();
  world.runs("1m");
  return world.journal;
}

function siteWithCallbacks(): CentreConfig {
  const sales = queueConfig("sales", {
    outbound: { trunkId: "trunk", callerIds: ["1"], allow: ["1"], deny: [], ringMsMax: 20_000 },
    routing: {
      ageingMs: null,
      relax: [],
      lastAgent: null,
      agentCallsPerDayMax: null,
      hours: null,
      closed: { kind: "release", prompt: "closed" },
      noAgent: null,
      overflow: null,
      waitPrompts: [],
      callback: {
        key: "8",
        offerAfterMs: null,
        offerPrompt: "offer",
        confirmPrompt: "confirm",
        donePrompt: "done",
        attemptsMax: 2,
        retryMs: 5_000,
      },
    },
  });
  return siteConfig({ queues: [sales, queueConfig("support")] });
}

const sound: readonly Told[] = (() => {
  const centre = createCentre();
  return story().map(({ event, nowMs }) => ({ event, step: handle(centre, event, nowMs) }));
})();

function judge(told: readonly Told[]): readonly Violation[] {
  const violations: Violation[] = [];
  const auditor = createAuditor((violation) => violations.push(violation));
  for (const { event, step } of told) auditor.onStep(event, step);
  return violations;
}

type Type = Fact["type"];

/** Changes the first fact of a type that fits. */
const change =
  (type: Type, changes: object, fits: (fact: Fact) => boolean = () => true): Lie =>
  (told) => {
    let done = false;
    return told.map(({ event, step }) => ({
      event,
      step: {
        ...step,
        facts: step.facts.map((fact) => {
          if (done || fact.type !== type || !fits(fact)) return fact;
          done = true;
          return { ...fact, ...changes } as Fact;
        }),
      },
    }));
  };

/** Puts facts behind the first one of a type, numbered on. */
const add =
  (type: Type, ...bodies: FactBody[]): Lie =>
  (told) => {
    let seq = 0;
    let done = false;
    return told.map(({ event, step }) => ({
      event,
      step: {
        ...step,
        facts: step.facts.flatMap((fact) => {
          const isIt = !done && fact.type === type;
          if (isIt) done = true;
          const more = isIt ? bodies.map((body) => ({ ...fact, ...body })) : [];
          return [fact, ...more].map((told) => {
            seq += 1;
            return { ...told, seq } as Fact;
          });
        }),
      },
    }));
  };

/** Takes out the facts of a type, the others numbered on. */
const leaveOut =
  (type: Type): Lie =>
  (told) => {
    let seq = 0;
    return told.map(({ event, step }) => ({
      event,
      step: {
        ...step,
        facts: step.facts
          .filter((fact) => fact.type !== type)
          .map((fact) => {
            seq += 1;
            return { ...fact, seq };
          }),
      },
    }));
  };

const commands =
  (of: (step: AuditStep, event: CentreEvent) => AuditStep["commands"]): Lie =>
  (told) =>
    told.map(({ event, step }) => ({ event, step: { ...step, commands: of(step, event) } }));

const c1 = { callId: "c1" } as const;
const offer = { ...c1, offerId: "o", queueId: "sales", answerByMs: 9e15 } as const;
const normal = { reason: "normal", sipStatus: null } as const;

const lies: readonly (readonly [number: number, name: string, lie: Lie])[] = [
  [
    1,
    "a second agent is offered the call",
    add("offerMade", { type: "offerMade", ...offer, agentId: "1009" }),
  ],
  [
    2,
    "the agent is offered another call",
    add("offerMade", { type: "offerMade", ...offer, callId: "c9", agentId: "1001" }),
  ],
  [
    3,
    "the agent talks twice",
    add("talkStarted", { type: "talkStarted", ...c1, agentId: "1001", queueId: "sales" }),
  ],
  [
    4,
    "the call enters another queue",
    add("queueEntered", {
      type: "queueEntered",
      ...c1,
      queueId: "support",
      queuedAtMs: 0,
      returned: true,
    }),
  ],
  [5, "who is in wrap-up is offered a call", change("offerMade", { agentId: "1004" })],
  [
    6,
    "another agent answers",
    change(
      "offerEnded",
      { agentId: "1002" },
      (fact) => fact.type === "offerEnded" && fact.result === "answered",
    ),
  ],
  [
    8,
    "the call ends twice",
    add("callEnded", {
      type: "callEnded",
      ...c1,
      outcome: "answered",
      by: "caller",
      cause: normal,
    }),
  ],
  [
    9,
    "the offer ends twice",
    add("offerEnded", {
      type: "offerEnded",
      ...offer,
      agentId: "1001",
      result: "withdrawn",
      ringMs: 0,
    }),
  ],
  [9, "a callback skips a try", change("callbackDialled", { attempt: 2 })],
  [
    9,
    "a number is booked twice",
    add("callbackBooked", {
      type: "callbackBooked",
      callId: "c4-callback",
      fromCallId: "c3",
      queueId: "sales",
      number: "13800000000",
      queuedAtMs: 0,
    }),
  ],
  [
    6,
    "a callback is dialled for who did not answer",
    change("callbackDialled", { agentId: "1001" }),
  ],
  [
    10,
    "a leg is left when the call ends",
    commands(({ commands: all }) => all.filter(({ type }) => type !== "dropLeg")),
  ],
  [
    11,
    "the late answer stays",
    commands(({ commands: all }, event) =>
      event.type === "legAnswered" ? all.filter(({ type }) => type !== "dropLeg") : all,
    ),
  ],
  [
    12,
    "the engine releases whose agent was lost",
    (told) =>
      change("callEnded", { by: "engine" })(
        change(
          "talkEnded",
          { by: "network" },
          (fact) => fact.type === "talkEnded" && fact.by === "caller",
        )(told),
      ),
  ],
  [13, "a fact lies before the one before", change("talkStarted", { atMs: 1 })],
  [13, "a state is skipped", change("agentStateChanged", { to: "onCall" })],
  [
    14,
    "the call ends in its transfer",
    add("transferStarted", {
      type: "callEnded",
      ...c1,
      outcome: "answered",
      by: "engine",
      cause: normal,
    }),
  ],
  [
    16,
    "who returns has another place",
    change(
      "queueEntered",
      { queuedAtMs: 7 },
      (fact) => fact.type === "queueEntered" && fact.returned,
    ),
  ],
  [
    21,
    "a state was longer than it was",
    change(
      "agentStateChanged",
      { inPreviousMs: 77 },
      (fact) => fact.type === "agentStateChanged" && fact.to === "onCall",
    ),
  ],
  [22, "wrap-up ends unbooked", leaveOut("wrapUpEnded")],
  [
    23,
    "who missed a call stays ready",
    change(
      "agentStateChanged",
      { to: "ready" },
      (fact) => fact.type === "agentStateChanged" && fact.reason === "rona",
    ),
  ],
  [
    25,
    "a reload ends a talk",
    (told) =>
      told.map((one) =>
        one.event.type === "configured"
          ? {
              ...one,
              step: {
                ...one.step,
                facts: [{ seq: 0, atMs: 0, type: "holdEnded", ...c1, agentId: "1001", holdMs: 0 }],
              },
            }
          : one,
      ),
  ],
  [28, "a talk is longer than it was", change("talkEnded", { talkMs: 1e6 })],
  [28, "a wait is longer than it was", change("queueLeft", { waitMs: 1e6 })],
  [29, "a fact is missing", change("talkStarted", { seq: 1 })],
  [
    30,
    "a request is not answered",
    commands(({ commands: all }) => all.filter(({ type }) => type !== "replyToDesk")),
  ],
  [
    39,
    "a number is dialled twice",
    commands(({ commands: all }) => [...all, ...all.filter(({ type }) => type === "dialLeg")]),
  ],
];

describe("the auditor", () => {
  it("finds nothing in a sound run, and its books close", () => {
    expect(judge(sound)).toEqual([]);
    const auditor = createAuditor(() => {});
    for (const { event, step } of sound) auditor.onStep(event, step);
    expect(auditor.openBooks()).toBe(0);
  });

  it.each(lies)("[%i] %s", (number, _, lie) => {
    expect(judge(lie(sound)).map(({ invariant }) => invariant)).toContain(number);
  });

  it("has a lie for each invariant that it watches", () => {
    const watched = invariants.filter(({ watch }) => watch === "facts").map(({ number }) => number);
    expect([...new Set(lies.map(([number]) => number))].sort((a, b) => a - b)).toEqual(watched);
  });

  it("takes over at any step of a run", () => {
    for (let from = 1; from < sound.length; from += 1) {
      const violations: Violation[] = [];
      const auditor = createAuditor((violation) => violations.push(violation));
      const centre = createCentre();
      for (const [index, { event, nowMs }] of story().entries()) {
        if (index === from) auditor.begin(debugState(centre));
        const step = handle(centre, event, nowMs);
        if (index >= from) auditor.onStep(event, step);
      }
      expect(violations, `from step ${from}`).toEqual([]);
      expect(auditor.openBooks()).toBe(0);
    }
  });
});
