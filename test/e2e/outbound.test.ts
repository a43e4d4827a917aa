// An agent in Chromium calls out: number and shown number from the dialog, tones both ways, pause of
// the recording, what follows, outcomes in words, and a call to a colleague.
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { AgentPage, openChromium } from "../system/browser.ts";
import { type Centre, freePort, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { type SippRun, startSippPhone } from "../system/sipp.ts";
import { calledRefuses, calledWithEarlyMedia, phoneUntilCancel } from "../system/sipp-scenarios.ts";
import { callingOut, testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const agentHz = 800;
const otherHz = 500;
const colleagueHz = 1_100;
let centre: Centre;
let browser: Browser;
let carrierPort: number;
let other: RtpEndpoint;
let agent: AgentPage;
const running: SippRun[] = [];

beforeAll(async () => {
  carrierPort = await freePort();
  const site = testSite({
    agents: [{ id: "1001" }, { id: "1002" }],
    ringSeconds: 30,
    wrapUpSeconds: 60,
    more: { recording: { freeMegabytesMin: 0 } },
  });
  centre = await startCentre({ site: callingOut(site, { carrierPort }) });
  browser = await openChromium();
  other = await RtpEndpoint.open({ toneHz: otherHz });
  agent = await AgentPage.open(browser, centre, { agentId: "1001", toneHz: agentHz });
});

afterAll(async () => {
  await browser?.close();
  other?.close();
  expect(await centre?.stop()).toBe(0);
});

afterEach(async () => {
  for (const sipp of running.splice(0)) sipp.kill();
  other.endCall();
});

const byId = (id: string, of = agent) => of.page.getByTestId(id);
const lastSeq = async () => (await centre.facts()).at(-1)?.seq ?? 0;

async function called(scenario: ReturnType<typeof calledRefuses>): Promise<SippRun> {
  const sipp = await startSippPhone({ scenario, localPort: carrierPort });
  running.push(sipp);
  return sipp;
}

/** By keyboard alone: D, the number, Enter. */
async function dial(number: string): Promise<void> {
  await agent.page.keyboard.press("d");
  await byId("dial-number").fill(number);
  await until("the queues have come", () => byId("dial-call").isEnabled());
  await byId("dial-number").press("Enter");
}

test("early media, talk, recording paused, and the state that was chosen to follow", async () => {
  const since = await lastSeq();
  const sipp = await called(
    calledWithEarlyMedia({
      rtpPort: other.port,
      earlyMs: 4_000,
      user: "13900000001",
      shown: "4008001234",
    }),
  );
  await agent.goReady();
  await byId("dial-open").click();
  await byId("dial-number").fill("139-0000 0001");
  expect(await byId("dial-number").inputValue()).toBe("13900000001");
  await byId("dial-caller-id").selectOption("4008001234");
  await byId("dial-call").click();
  await agent.inState("dialling");
  await agent.page.locator('[data-testid="dialling"][data-stage="ringingOther"]').waitFor();
  await agent.hears(otherHz);
  await agent.inState("onCall");
  await Promise.all([other.hears(agentHz), agent.hears(otherHz)]);
  expect(await byId("direction").innerText()).toBe("Call out");

  const mark = (state: string) =>
    agent.page.locator(`[data-testid="recording"][data-recording="${state}"]`).waitFor();
  await mark("on");
  await agent.page.keyboard.press("p");
  await mark("paused");
  await byId("recording-toggle").click();
  await mark("on");

  await agent.choose("state-notready-meal");
  await until("what follows is shown", async () => {
    return (await byId("next-state").innerText()) === "Next: Meal";
  });
  await byId("release").click();
  expect(await sipp.done).toMatchObject({ code: 0 });
  await agent.inState("wrapUp");
  expect(await byId("next-state").innerText()).toBe("Next: Meal");
  await byId("wrapup-end").click();
  await agent.inState("notReady");
  const ended = await centre.fact("callEnded", (fact) => fact.seq > since);
  expect(ended).toMatchObject({ outcome: "answered", by: "agent", direction: "outbound" });
  await centre.quiet();
}, 60_000);

test.each([
  [486, "busy", "Last call to 13900000002: busy"],
  [404, "noSuchNumber", "Last call to 13900000002: there is no such number"],
  [503, "failed", "Last call to 13900000002: could not be reached"],
])("%i is told in words", async (status, outcome, words) => {
  const sipp = await called(calledRefuses({ status }));
  await dial("13900000002");
  await agent.page.locator(`[data-testid="last-dial"][data-outcome="${outcome}"]`).waitFor();
  expect(await byId("last-dial").innerText()).toBe(words);
  expect(await sipp.done).toMatchObject({ code: 0 });
  await agent.inState("notReady");
  await centre.quiet();
});

test("a number that may not be called is refused in the dialog", async () => {
  await dial("0044123");
  const refusal = byId("dial-dialog").getByTestId("refusal");
  await refusal.waitFor();
  expect(await refusal.innerText()).toContain(
    "This number may not be called on behalf of that queue.",
  );
  await agent.page.keyboard.press("Escape");
  await byId("dial-dialog").waitFor({ state: "hidden" });
  await agent.inState("notReady");
});

test("release gives up: R twice cancels the call", async () => {
  const sipp = await called(phoneUntilCancel());
  await dial("13900000003");
  await agent.page.locator('[data-testid="dialling"][data-stage="ringingOther"]').waitFor();
  await agent.page.keyboard.press("r");
  await agent.page.keyboard.press("r");
  expect(await sipp.done).toMatchObject({ code: 0 });
  await agent.page.locator('[data-testid="last-dial"][data-outcome="cancelled"]').waitFor();
  await agent.inState("notReady");
  await centre.quiet();
});

test("a colleague is called, and both hear each other", async () => {
  const options = { agentId: "1002", toneHz: colleagueHz };
  const colleague = await AgentPage.open(browser, centre, options);
  await colleague.goReady();
  await byId("dial-open").click();
  const call = byId("dial-agent-1002");
  await until("the colleague can be called", () => call.isEnabled());
  await call.click();
  await agent.inState("dialling");
  await colleague.inState("offered");
  await colleague.answer();
  await agent.inState("onCall");
  await Promise.all([agent.hears(colleagueHz), colleague.hears(agentHz)]);
  expect(await byId("direction", colleague).innerText()).toBe("Between colleagues");
  expect(await byId("transfer").isDisabled()).toBe(true);
  await byId("release", colleague).click();
  await colleague.inState("ready");
  await agent.inState("notReady");
  await centre.quiet();
  await colleague.close();
}, 60_000);
