// `kill -9` of the engine in mid-call: the edge holds the calls, the next engine takes them over.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AgentPage, openChromium } from "../system/browser.ts";
import { type Centre, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { type SippRun, startSipp } from "../system/sipp.ts";
import { callerUntilBye, callerWhoReleases } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const talkerHz = 500;
const waiterHz = 650;
const agentHz = 800;
let centre: Centre;
let browser: Browser;
let talker: RtpEndpoint;
let waiter: RtpEndpoint;
let agent: AgentPage;
const running: SippRun[] = [];

beforeAll(async () => {
  // Wrap-up ends by hand and ringing by an answer, however slow the machine is.
  const site = testSite({ agents: [{ id: "1001" }], ringSeconds: 20, wrapUpSeconds: 60 });
  centre = await startCentre({ site });
  browser = await openChromium();
  talker = await RtpEndpoint.open({ toneHz: talkerHz });
  waiter = await RtpEndpoint.open({ toneHz: waiterHz });
  agent = await AgentPage.open(browser, centre, { agentId: "1001", toneHz: agentHz });
});

afterAll(async () => {
  for (const sipp of running) sipp.kill();
  await browser?.close();
  talker?.close();
  waiter?.close();
  expect(await centre?.stop()).toBe(0);
});

function call(rtp: RtpEndpoint, ani: string, stay: { stayMs: number } | "untilBye"): SippRun {
  const plan = { rtpPort: rtp.port, ani };
  const scenario =
    stay === "untilBye" ? callerUntilBye(plan) : callerWhoReleases({ ...plan, ...stay });
  const sipp = startSipp({ scenario, target: centre.sipTarget, service: "10086" });
  running.push(sipp);
  return sipp;
}

describe("an engine killed with one caller talking and one waiting", () => {
  test("audio and music go on, place and wait clock are kept, and the call can be worked on", async () => {
    await agent.goReady();
    const talking = call(talker, "13900000001", "untilBye");
    await agent.answer();
    await Promise.all([talker.hears(agentHz), agent.hears(talkerHz)]);
    const waiting = call(waiter, "13900000002", "untilBye");
    const queued = await until("the second caller waits", async () =>
      (await centre.facts()).filter((fact) => fact.type === "queueEntered").at(1),
    );
    await until("he hears music", () => waiter.level() > -50);

    const before = await centre.enginePid();
    talker.forget();
    waiter.forget();
    process.kill(before, "SIGKILL");
    // No engine now; both hear what they heard.
    await Promise.all([talker.hears(agentHz, 3_000), agent.hears(talkerHz, 3_000)]);
    await until("the music goes on", () => waiter.packetsIn > 20 && waiter.level() > -50, 3_000);
    await until("another engine is there", async () => (await centre.enginePid()) !== before);
    const restarted = await centre.fact("engineRestarted", (fact) => fact.callsKept === 2);
    expect(restarted.callsLost).toBe(0);
    expect(talker.sequenceStepMax).toBe(1);

    // The desk is back on the same call, and its release still reaches the trunk.
    await agent.inState("onCall", 15_000);
    await Promise.all([talker.hears(agentHz), agent.hears(talkerHz)]);
    await until("the desk is connected again", () => agent.page.getByTestId("release").isEnabled());
    await agent.page.getByTestId("release").click();
    expect(await talking.done).toMatchObject({ code: 0 });
    await agent.inState("wrapUp");
    await agent.page.getByTestId("wrapup-end").click();

    // The waiting caller is next, with the wait counted from the first engine's day.
    await agent.answer();
    await Promise.all([waiter.hears(agentHz), agent.hears(waiterHz)]);
    const left = await centre.fact("queueLeft", (fact) => fact.callId === queued.callId);
    expect(left).toMatchObject({
      queuedAtMs: queued.atMs,
      outcome: { kind: "answered", agentId: "1001" },
    });
    await agent.page.getByTestId("release").click();
    expect(await waiting.done).toMatchObject({ code: 0 });
    await centre.quiet();
  }, 90_000);

  test("a caller who hangs up while no engine is there is known to the next one", async () => {
    const since = (await centre.facts()).at(-1)?.seq ?? 0;
    await agent.inState("wrapUp");
    waiter.endCall();
    const leaving = call(waiter, "13900000003", { stayMs: 1_500 });
    const queued = await centre.fact("queueEntered", (fact) => fact.seq > since);
    process.kill(await centre.enginePid(), "SIGKILL");
    expect(await leaving.done).toMatchObject({ code: 0 });
    const ended = await centre.fact("callEnded", (fact) => fact.callId === queued.callId);
    expect(ended).toMatchObject({ outcome: "abandonedInQueue" });
    await centre.quiet();
  }, 60_000);
});
