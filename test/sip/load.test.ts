// A hundred calls at five a second through menu, queue and simulated agents, with audio both ways:
// none lost, everybody hears the right party, nothing left over.
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runLoad } from "../../engine/demo/load.ts";
import { type Centre, startCentre } from "../system/centre.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const agents = Array.from({ length: 20 }, (_, index) => String(1201 + index));
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

const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

test("100 calls at 5 a second: none lost, numbers reconcile, no leg, socket or call is left", async () => {
  const [host = "", port] = centre.sipTarget.split(":");
  const filesBefore = openFiles(await centre.edgePid());
  const report = await runLoad({
    target: { host, port: Number(port) },
    calls: 100,
    callsPerSecond: 5,
    dialled: "12345",
    keys: [
      { digit: "1", afterMs: 300 },
      { digit: "1", afterMs: 700 },
    ],
    talkMs: 2_000,
    waitMsMax: 40_000,
    withRtp: true,
    agents: {
      people: agents.map((id) => ({ id, password: centre.logins[id]?.sip ?? "" })),
      answerDelayMs: 200,
      talkMs: null,
    },
  });
  expect(report.faults).toEqual([]);
  expect(report.calls.filter((call) => call.bridgedMs !== null)).toHaveLength(100);
  await centre.quiet();

  const count = (name: string) => centre.metric(`${name}{queue="consult"}`);
  expect(await centre.metric('acd_calls_offered_total{queue="consult",source="inbound"}')).toBe(
    100,
  );
  expect(await count("acd_calls_answered_total")).toBe(100);
  const facts = await centre.facts();
  const outcomes = facts.filter((fact) => fact.type === "callEnded").map((fact) => fact.outcome);
  expect(outcomes).toEqual(Array.from({ length: 100 }, () => "answered"));
  expect(await centre.metric("acd_invariant_violations_total")).toBe(0);
  // Two sockets a call: had they stayed, there would be hundreds. A few connections come and go.
  expect(openFiles(await centre.edgePid())).toBeLessThan(filesBefore + 10);
  await until("all agents are ready again", async () => {
    const { agents: now } = await centre.state();
    return now.every((agent) => agent.state.kind === "ready");
  });
}, 120_000);
