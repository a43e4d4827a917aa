// Whatever comes in, in whatever order, from wherever: unknown and strange ids, duplicates, events of
// legs that are over, requests out of place, clocks that go back. The core never throws, every
// invariant holds, a replay gives the same, and what it keeps is bounded by what is configured and
// live. Events go straight into the core: nothing between makes them sensible.
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { createCentre, handle, nextDeadlineMs } from "../../engine/core/centre.ts";
import type { AgentRequest, CentreEvent, SupervisorRequest } from "../../engine/core/event.ts";
import type { Centre } from "../../engine/core/state.ts";
import { debugState } from "../../engine/core/view.ts";
import { createAuditor } from "../support/auditor/auditor.ts";
import { queueConfig, siteConfig, startMs } from "../support/site.ts";

type Draw = Readonly<{ kind: number; who: number; what: number; skewMs: number }>;

const strange = ["", "nobody", "__proto__", "constructor", "c0-caller", "🐉", "x".repeat(5_000)];
const pick = <Item>(items: readonly Item[], at: number): Item => items[at % items.length] as Item;

const callIds = ["c0", "c1", "c2", "c3", ...strange];
const people = ["1001", "1002", "1003", "1004"];
const agentIds = [...people, ...people, ...people, "2001", ...strange];
const queueIds = ["sales", "support", ...strange];
const causes = [
  "normal",
  "cancelled",
  "busy",
  "noAnswer",
  "rejected",
  "mediaLost",
  "edgeLost",
] as const;
const tones = ["busy", "specialInformation", "ringback", "congestion"] as const;
const medias = ["flowing", "silent", "failed"] as const;
const modes = ["monitor", "whisper", "barge"] as const;

/** A leg that is there, one that was dropped, or one that never was. */
function legIdOf(centre: Centre, who: number, what: number): string {
  const live = [...centre.legs.keys()];
  const dropped = [...centre.droppedLegs.keys()];
  if (what % 8 === 0) return pick(strange, who);
  if (what % 8 === 1 && dropped.length > 0) return pick(dropped, who);
  return live.length === 0 ? "c0-caller" : pick(live, who);
}

const agentRequest = (who: number, what: number): AgentRequest =>
  pick<AgentRequest>(
    [
      { type: "logIn" },
      { type: "goReady" },
      { type: "goReady" },
      { type: "goNotReady", reason: pick(["break", ...strange], what) },
      { type: "logOut" },
      { type: "rejectOffer", offerId: pick(strange, what) },
      { type: "hold" },
      { type: "unhold" },
      { type: "release" },
      { type: "sendDigits", digits: pick(["1", "x", "1".repeat(1_000), ""], what) },
      { type: "pauseRecording" },
      { type: "resumeRecording" },
      {
        type: "endWrapUp",
        code: pick([null, "solved", ...strange], what),
        notes: "n".repeat(what),
      },
      { type: "transferBlind", target: { kind: "queue", queueId: pick(queueIds, what) } },
      { type: "transferBlind", target: { kind: "agent", agentId: pick(agentIds, what) } },
      { type: "consultStart", agentId: pick(agentIds, what) },
      { type: "consultStart", agentId: pick(agentIds, what + 1) },
      { type: "consultComplete" },
      { type: "consultCancel" },
      { type: "consultMerge" },
      { type: "rejoin" },
      {
        type: "dial",
        queueId: pick(queueIds, what),
        number: pick(["0101", ...strange], who),
        callerId: null,
      },
      { type: "dial", queueId: "sales", number: "0101", callerId: null },
      { type: "dialAgent", agentId: pick(people, what) },
      { type: "acknowledge", messageId: pick(strange, what) },
      { type: "askHelp", text: "h".repeat(what * 100) },
      { type: "endHelp" },
      { type: "extendWrapUp" },
      { type: "wantWrapUp", isWanted: what % 2 === 0 },
    ],
    who,
  );

function supervisorRequest(who: number, what: number): SupervisorRequest {
  const agentId = pick(agentIds, what);
  return pick<SupervisorRequest>(
    [
      { type: "monitorStart", agentId, mode: pick(modes, who) },
      { type: "monitorStart", agentId: pick(people, what), mode: pick(modes, who) },
      { type: "monitorMode", mode: pick(modes, what) },
      { type: "monitorStop" },
      { type: "takeOver" },
      { type: "endTakeOver", toQueue: pick([null, ...queueIds], what) },
      { type: "disconnect", agentId },
      { type: "forceReady", agentId },
      { type: "forceNotReady", agentId, reason: pick(["break", ...strange], who) },
      { type: "endAgentWrapUp", agentId },
      { type: "logOutAgent", agentId },
      { type: "sendMessage", to: pick([null, [agentId], []], who), text: "m".repeat(what * 100) },
      { type: "endAgentHelp", agentId },
      { type: "switchReserve", groupId: pick(strange, what), isOn: who % 2 === 0, forMs: null },
      { type: "lendAgent", agentId, skills: { sales: what, __proto__: 1 }, forMs: what * 1_000 },
    ],
    who,
  );
}

function eventOf(centre: Centre, { kind, who, what }: Draw): CentreEvent {
  const agentId = pick(agentIds, who);
  const legId = legIdOf(centre, who, what);
  const callId = pick(callIds, who);
  const cause = { reason: pick(causes, what), sipStatus: pick([null, 486, 999], who) } as const;
  const call = {
    callId,
    legId: `${callId}-caller`,
    trunkId: pick(["trunk", "trunk", ...strange], what),
    ani: pick(["138", ...strange], what),
    dnis: pick(["10086", "12345", "10086", ...strange], what),
    firstDnis: null,
  };
  const recordingId = `${callId}-recording`;
  const end = { outcome: "complete", durationMs: -1, bytes: -1, sha256: null } as const;
  const requestId = "r";
  return pick<CentreEvent>(
    [
      { type: "callArrived", ...call },
      { type: "callArrived", ...call, trunkId: "trunk", dnis: "10086" },
      { type: "legAnswered", legId, dialogRef: "d" },
      { type: "legAnswered", legId, dialogRef: "d" },
      { type: "legAnswered", legId, dialogRef: "" },
      { type: "legRinging", legId, earlyMedia: what % 2 === 0 },
      { type: "legFailed", legId, cause },
      { type: "legReleased", legId, cause },
      { type: "legHeld", legId, held: what % 2 === 0 },
      { type: "legMediaChanged", legId, media: pick(medias, what) },
      { type: "digitPressed", legId, digit: pick(["1", "2", "#", "x", "", "11"], what) },
      { type: "legToneHeard", legId, tone: pick(tones, what) },
      { type: "playFinished", legId, playId: pick(strange, what), outcome: "failed" },
      { type: "recordingEnded", recordingId, file: pick([null, "../x"], what), end },
      { type: "recordingsFound", recordings: what < 5 ? [] : [{ recordingId, file: "x", end }] },
      { type: "recordingTrouble", what: "diskLow", recordingId: null, message: "x" },
      { type: "deskChanged", agentId, desk: pick(["open", "open", "lost", "closed"], what) },
      {
        type: "deviceBound",
        agentId,
        contact: "sip:x",
        expiresAtMs: startMs + (what - 2) * 60_000,
      },
      { type: "deviceUnbound", agentId },
      { type: "agentRequested", agentId, requestId, request: agentRequest(what + who * 7, what) },
      { type: "agentRequested", agentId, requestId, request: agentRequest(what, who) },
      {
        type: "agentRequested",
        agentId,
        requestId,
        request: pick([{ type: "logIn" }, { type: "goReady" }], what),
      },
      {
        type: "supervisorRequested",
        supervisorId: pick(["2001", agentId], what),
        requestId,
        request: supervisorRequest(what + who, what),
      },
      { type: "reserveSwitched", groupId: pick(strange, what), isOn: who % 2 === 0, untilMs: null },
      {
        type: "agentLent",
        agentId,
        skills: { sales: what, support: -1 },
        untilMs: startMs + what * 9_000,
      },
      { type: "calendarsUpdated", calendars: pick([{}, { office: [] }], what) },
      {
        type: "configured",
        config: what < 15 ? site : siteConfig({ agents: [], queues: [] }),
      },
      { type: "timeAdvanced" },
      { type: "timeAdvanced" },
      {
        type: "engineRestarted",
        liveLegs: [...[...centre.legs.keys()].filter((_, index) => index % 3 !== what % 3), legId],
        liveBridges: [{ bridgeId: pick(strange, what), legIds: [legId, legId] }],
        livePlays: [...strange],
      },
      {
        type: "seatHealthChanged",
        agentId,
        health: {
          microphone: what % 3 === 0 ? "denied" : "on",
          isFrozen: what % 4 === 0,
          roundTripMs: pick([null, -1, 0, 1e9], who),
        },
      },
    ],
    kind,
  );
}

const draws = fc.array(
  fc.record({
    // More of what brings calls on than of what ends them.
    kind: fc.oneof(fc.nat(29), fc.constantFrom(1, 2, 3, 18, 18, 19, 20)),
    who: fc.nat(30),
    what: fc.nat(30),
    // Mostly on; a clock that goes back now and then.
    skewMs: fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: -1e9, max: 0 })),
  }),
  { maxLength: 150, size: "max" },
);

/** Everything that grows is bounded by what lives, by the configuration, or by a number. */
function isBounded(centre: Centre, events: number): void {
  const { calls, legs, agents, queues, deadlines, droppedLegs, recordings } = centre;
  expect(legs.size).toBeLessThanOrEqual(calls.size * 4);
  expect(agents.size).toBeLessThanOrEqual(4);
  expect(queues.size).toBeLessThanOrEqual(2);
  const ofCalls = 10 * calls.size + 10 * agents.size + centre.reserves.size;
  expect(deadlines.heap.length).toBeLessThanOrEqual(ofCalls);
  expect(deadlines.index.size).toBe(deadlines.heap.length);
  expect(droppedLegs.size).toBeLessThanOrEqual(events);
  expect(recordings.size).toBeLessThanOrEqual(calls.size + events);
  expect(centre.reserves.size).toBeLessThanOrEqual(agents.size);
  expect(centre.stats.agents.size).toBeLessThanOrEqual(agents.size);
  const lines = [...queues.values()].reduce((sum, queue) => sum + queue.ringing.size, 0);
  expect(lines).toBeLessThanOrEqual(agents.size);
}

/** Two agents at work and a caller who talks with one of them. */
const beginning: readonly CentreEvent[] = [
  ...["1001", "1002"].flatMap((agentId): CentreEvent[] => [
    { type: "deskChanged", agentId, desk: "open" },
    { type: "deviceBound", agentId, contact: "sip:x", expiresAtMs: 9e15 },
    { type: "agentRequested", agentId, requestId: "r", request: { type: "logIn" } },
    { type: "agentRequested", agentId, requestId: "r", request: { type: "goReady" } },
  ]),
  { type: "deviceBound", agentId: "2001", contact: "sip:x", expiresAtMs: 9e15 },
  {
    ...{ type: "callArrived", callId: "c0", legId: "c0-caller", trunkId: "trunk", ani: "138" },
    ...{ dnis: "10086", firstDnis: null },
  },
  { type: "legAnswered", legId: "c0-caller", dialogRef: "d" },
  { type: "legAnswered", legId: "c0-leg3", dialogRef: "d" },
];

const outbound = {
  trunkId: "trunk",
  callerIds: ["4008001"],
  allow: ["0"],
  deny: ["00"],
  ringMsMax: 10_000,
};
const site = siteConfig({
  queues: [queueConfig("sales", { outbound }), queueConfig("support")],
  rejoinMs: 20_000,
});

const reached = new Map<string, number>();

afterAll(() => {
  // Nonsense alone would be refused at the door.
  for (const type of ["talkStarted", "offerEnded", "engineRestarted", "agentAway", "agentBack"]) {
    expect([type, (reached.get(type) ?? 0) > 0]).toEqual([type, true]);
  }
});

it("never throws, keeps every invariant, replays, and stays bounded", () => {
  fc.assert(
    fc.property(draws, (story) => {
      const centre = createCentre();
      const again = createCentre();
      const auditor = createAuditor();
      let nowMs = startMs;
      const post = (event: CentreEvent, atMs: number) => {
        const step = handle(centre, event, atMs);
        auditor.onStep(step, event);
        auditor.check(debugState(centre), event);
        expect(handle(again, structuredClone(event), atMs)).toEqual(step);
      };
      post({ type: "configured", config: site }, nowMs);
      for (const event of beginning) post(event, nowMs);
      for (const draw of story) {
        nowMs += Math.max(0, draw.skewMs);
        post(eventOf(centre, draw), nowMs + Math.min(0, draw.skewMs));
        // The loop's timer fires for what is due.
        if ((nextDeadlineMs(centre) ?? Infinity) <= nowMs) post({ type: "timeAdvanced" }, nowMs);
      }
      isBounded(centre, story.length);
      for (const [type, count] of auditor.counts)
        reached.set(type, (reached.get(type) ?? 0) + count);
      expect(again).toEqual(centre);
    }),
    // A seed of its own keeps a build repeatable; others by the environment.
    { numRuns: 150, seed: Number(process.env["REXIAN_TEST_SEED"] ?? 20261124) },
  );
}, 120_000);
