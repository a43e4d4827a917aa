// `kill -9` of the edge: its calls are lost and the books say so, nobody stays stuck, and the seat
// and the trunk work again by themselves.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AgentPage, openChromium } from "../system/browser.ts";
import { type Centre, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { type SippRun, startSipp } from "../system/sipp.ts";
import { callerUntilBye, callerWhoReleases } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const callerHz = 500;
const agentHz = 800;
let centre: Centre;
let browser: Browser;
let caller: RtpEndpoint;
let agent: AgentPage;
const running: SippRun[] = [];

beforeAll(async () => {
  centre = await startCentre({ site: testSite({ agents: [{ id: "1001" }] }) });
  browser = await openChromium();
  caller = await RtpEndpoint.open({ toneHz: callerHz });
  agent = await AgentPage.open(browser, centre, { agentId: "1001", toneHz: agentHz });
});
afterAll(async () => {
  for (const sipp of running) sipp.kill();
  await browser?.close();
  caller?.close();
  expect(await centre?.stop()).toBe(0);
});

test("a lost edge frees the agent, names the cause, and the next call works", async () => {
  await agent.goReady();
  running.push(
    startSipp({
      scenario: callerUntilBye({ rtpPort: caller.port }),
      target: centre.sipTarget,
      service: "10086",
    }),
  );
  await agent.answer();
  await Promise.all([caller.hears(agentHz), agent.hears(callerHz)]);
  const talked = await centre.fact("talkStarted");
  const [engine, edge] = [await centre.enginePid(), await centre.edgePid()];
  process.kill(edge, "SIGKILL");

  await until("another edge is there", async () => (await centre.edgePid()) !== edge);
  const ended = await centre.fact("callEnded", (fact) => fact.callId === talked.callId);
  expect(ended).toMatchObject({ cause: { reason: "edgeLost" } });
  expect(await centre.enginePid()).toBe(engine);
  await centre.quiet();

  // Desk and phone of the open page come back without a click.
  await agent.page
    .locator('[data-testid="phone-light"][data-status="registered"]')
    .waitFor({ timeout: 20_000 });
  await until("the agent can be ready", async () => {
    const { agents } = await centre.state();
    const kind = agents[0]?.state.kind;
    if (kind === "ready") return true;
    if (kind === "notReady") await agent.choose("state-ready");
    return false;
  });
  caller.endCall();
  const sipp = startSipp({
    scenario: callerWhoReleases({ rtpPort: caller.port, stayMs: 5_000 }),
    target: centre.sipTarget,
    service: "10086",
  });
  running.push(sipp);
  await agent.answer();
  await Promise.all([caller.hears(agentHz), agent.hears(callerHz)]);
  expect(await sipp.done).toMatchObject({ code: 0 });
}, 90_000);
