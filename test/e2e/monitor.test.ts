// A supervisor in an agent's talk, in Chromium, proved by tones: who hears whom in each mode.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AgentPage, openChromium } from "../system/browser.ts";
import { type Centre, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { startSipp } from "../system/sipp.ts";
import { callerUntilBye } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const callerHz = 500;
const agentHz = 800;
const supervisorHz = 1_100;
let centre: Centre;
let browser: Browser;
let caller: RtpEndpoint;
let agent: AgentPage;
let supervisor: AgentPage;

beforeAll(async () => {
  centre = await startCentre({ site: testSite({ agents: [{ id: "1001" }], ringSeconds: 15 }) });
  browser = await openChromium();
  caller = await RtpEndpoint.open({ toneHz: callerHz });
  agent = await AgentPage.open(browser, centre, { agentId: "1001", toneHz: agentHz });
  const watching = { agentId: "2001", toneHz: supervisorHz, face: "supervisor" } as const;
  supervisor = await AgentPage.enter(browser, centre, watching);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  caller?.close();
  expect(await centre?.stop()).toBe(0);
});

/** A listener who hears these tones together and nothing else. */
async function hears(share: (hz: number) => number | Promise<number>, ...tones: number[]) {
  const heard = new Map<number, number>();
  let phones = "";
  const what = () => {
    const last = [...heard].map(([hz, part]) => `${hz} Hz: ${part.toFixed(2)}`).join(", ");
    return `${tones.join(" and ")} Hz are heard and nothing else (last: ${last}; ${phones})`;
  };
  await until(what, async () => {
    phones = `agent ${await agent.phone()}; supervisor ${await phoneOf(supervisor)}`;
    // One after the other: the page keeps one probe for what it hears.
    for (const hz of [callerHz, agentHz, supervisorHz]) heard.set(hz, await share(hz));
    const parts = [...heard].map(([hz, part]) => ({ isWanted: tones.includes(hz), part }));
    const wanted = parts.filter(({ isWanted }) => isWanted).map(({ part }) => part);
    const others = parts.filter(({ isWanted }) => !isWanted).map(({ part }) => part);
    const sum = wanted.reduce((total, part) => total + part, 0);
    return sum > 0.6 && Math.min(...wanted) >= 0.08 && Math.max(0, ...others) <= 0.03;
  });
}

const phoneOf = (of: AgentPage) => (of.page.isClosed() ? "closed" : of.phone());
const byCaller = (hz: number) => caller.share(hz);
const byAgent = (hz: number) => agent.share(hz);
const bySupervisor = (hz: number) => supervisor.share(hz);

async function choose(mode: "monitor" | "whisper" | "barge"): Promise<void> {
  const label = { monitor: "Listen", whisper: "Whisper", barge: "Barge in" }[mode];
  await supervisor.page.getByTestId("monitor-mode").getByText(label, { exact: true }).click();
  await centre.fact("monitorModeChanged", (fact) => fact.mode === mode);
}

test("the supervisor's page is one desk and one phone", async () => {
  await until("the phone is registered", async () => {
    return (await supervisor.phone()).startsWith("registered");
  });
  expect(supervisor.sockets).toEqual(["/desk", "/sip"]);
});

test("monitor, whisper, barge and leave: each hears whom the mode says", async () => {
  await agent.goReady();
  const scenario = callerUntilBye({ rtpPort: caller.port });
  const sipp = startSipp({ scenario, target: centre.sipTarget, service: "10086" });
  try {
    await agent.answer();
    await Promise.all([hears(byCaller, agentHz), hears(byAgent, callerHz)]);

    const listen = supervisor.page.getByTestId("monitor-1001");
    await until("the supervisor can listen", () => listen.isEnabled());
    await listen.click();
    await supervisor.page.locator('[data-testid="monitor-bar"][data-stage="joined"]').waitFor();
    await hears(bySupervisor, callerHz, agentHz);
    await Promise.all([hears(byCaller, agentHz), hears(byAgent, callerHz)]);

    await choose("whisper");
    await hears(byAgent, callerHz, supervisorHz);
    await Promise.all([hears(byCaller, agentHz), hears(bySupervisor, callerHz, agentHz)]);

    await choose("barge");
    await hears(byCaller, agentHz, supervisorHz);
    await Promise.all([
      hears(byAgent, callerHz, supervisorHz),
      hears(bySupervisor, callerHz, agentHz),
    ]);

    await supervisor.page.getByTestId("monitor-stop").click();
    await Promise.all([hears(byCaller, agentHz), hears(byAgent, callerHz)]);
    const ended = await centre.fact("monitorEnded");
    expect(ended).toMatchObject({ supervisorId: "2001", agentId: "1001" });

    // A closed page is out of the talk, too, and nobody else notices.
    await listen.click();
    await supervisor.page.locator('[data-testid="monitor-bar"][data-stage="joined"]').waitFor();
    await supervisor.close();
    await centre.fact("monitorEnded", (fact) => fact.seq > ended.seq);
    await Promise.all([hears(byCaller, agentHz), hears(byAgent, callerHz)]);

    await agent.page.getByTestId("release").click();
    expect(await sipp.done).toMatchObject({ code: 0 });
    await centre.quiet();
  } finally {
    sipp.kill();
  }
});
