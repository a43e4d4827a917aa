// `kill -9` of the engine with 20 calls talking and 50 waiting: none dropped, the order of the line
// identical, everybody served afterwards, one record a call.
import { afterAll, beforeAll, expect, test } from "vitest";
import { runLoad } from "../../engine/demo/load.ts";
import { type Centre, startCentre } from "../system/centre.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const talking = 20;
const waiting = 50;
const agents = Array.from({ length: talking }, (_, index) => String(1201 + index));
let centre: Centre;

beforeAll(async () => {
  centre = await startCentre({
    site: testSite({
      agents: agents.map((id) => ({ id, device: { kind: "phone", alwaysReady: true } })),
      wrapUpSeconds: 0,
      ringSeconds: 10,
    }),
  });
});
afterAll(async () => {
  expect(await centre?.stop()).toBe(0);
});

type Line = readonly { callId: string; queuedAtMs: number }[];

async function line(): Promise<Line> {
  const state = (await centre.state()) as unknown as {
    queues: { queueId: string; line: { callId: string; queuedAtMs: number }[] }[];
  };
  const queue = state.queues.find(({ queueId }) => queueId === "carrier");
  return (queue?.line ?? []).map(({ callId, queuedAtMs }) => ({ callId, queuedAtMs }));
}

async function talkingNow(): Promise<number> {
  const { agents: now } = await centre.state();
  return now.filter(({ state }) => state.kind === "onCall").length;
}

test("nobody is dropped, the line keeps its order, and all are served", async () => {
  const [host = "", port] = centre.sipTarget.split(":");
  const load = runLoad({
    target: { host, port: Number(port) },
    calls: talking + waiting,
    callsPerSecond: 35,
    dialled: "10086",
    talkMs: 9_000,
    waitMsMax: 90_000,
    withRtp: true,
    agents: {
      people: agents.map((id) => ({ id, password: centre.logins[id]?.sip ?? "" })),
      answerDelayMs: 50,
      talkMs: null,
    },
  });
  await until("all talk or wait", async () => {
    return (await talkingNow()) === talking && (await line()).length === waiting;
  });
  const before = await line();
  const engine = await centre.enginePid();
  process.kill(engine, "SIGKILL");
  await until("another engine is there", async () => (await centre.enginePid()) !== engine);
  const restarted = await centre.fact("engineRestarted");
  expect(restarted).toMatchObject({ callsKept: talking + waiting, callsLost: 0 });
  // Some may have been served since; those who still wait stand as they stood.
  const after = await line();
  expect(after).toEqual(before.slice(before.length - after.length));

  const report = await load;
  expect(report.faults).toEqual([]);
  expect(report.calls.filter(({ bridgedMs }) => bridgedMs !== null)).toHaveLength(
    talking + waiting,
  );
  await centre.quiet();
  const facts = await centre.facts();
  const served = facts.filter((fact) => fact.type === "queueLeft").map(({ callId }) => callId);
  expect(served.slice(talking)).toEqual(before.map(({ callId }) => callId));
  const ends = facts.filter((fact) => fact.type === "callEnded");
  expect(ends.map(({ outcome }) => outcome)).toEqual(
    Array.from({ length: talking + waiting }, () => "answered"),
  );
  expect(facts.map(({ seq }) => seq)).toEqual(facts.map((_, index) => index + 1));
}, 120_000);
