// What a supervisor does from the live board, in Chromium: help, messages, states, why a caller waits,
// taking over and disconnecting (proved by tones), reserves and loans.
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { AgentPage, openChromium } from "../system/browser.ts";
import { type Centre, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { type SippRun, startSipp } from "../system/sipp.ts";
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
const running: SippRun[] = [];

beforeAll(async () => {
  const site = testSite({
    agents: [{ id: "1001" }, { id: "1002", reserve: "rush" }],
    ringSeconds: 30,
    wrapUpSeconds: 60,
  });
  centre = await startCentre({ site });
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

afterEach(async () => {
  for (const sipp of running.splice(0)) sipp.kill();
  caller.endCall();
});

const ofAgent = (id: string) => agent.page.getByTestId(id);
const ofSupervisor = (id: string) => supervisor.page.getByTestId(id);
const lastSeq = async () => (await centre.facts()).at(-1)?.seq ?? 0;

async function act(item: string): Promise<void> {
  await ofSupervisor("agent-menu-1001").click();
  await ofSupervisor(`act-${item}`).click();
}

function call(): SippRun {
  const scenario = callerUntilBye({ rtpPort: caller.port });
  const sipp = startSipp({ scenario, target: centre.sipTarget, service: "10086" });
  running.push(sipp);
  return sipp;
}

test("a call for help is seen, and ends where it was given", async () => {
  await ofAgent("help-text").fill("angry caller");
  await ofAgent("help-ask").click();
  await ofSupervisor("help-bar").waitFor();
  expect(await ofSupervisor("help-bar").innerText()).toContain("angry caller");
  await ofSupervisor("help-done-1001").click();
  await ofSupervisor("help-bar").waitFor({ state: "hidden" });
  await ofAgent("help-ask").waitFor();
  expect(await centre.fact("helpEnded")).toMatchObject({ agentId: "1001", byId: "2001" });
});

test("a message to all stays until it is acknowledged", async () => {
  await ofSupervisor("message-all").click();
  await ofSupervisor("message-text").fill("The network is down");
  await ofSupervisor("message-send").click();
  await ofAgent("message").waitFor();
  expect(await ofAgent("message").innerText()).toContain("The network is down");
  const row = ofSupervisor("agent-row-1001");
  await row.getByText("1 unread").waitFor();
  await ofAgent("message").getByRole("button").click();
  await ofAgent("message").waitFor({ state: "hidden" });
  await row.getByText("1 unread").waitFor({ state: "hidden" });
  expect(await centre.fact("messageAcknowledged")).toMatchObject({ agentId: "1001" });
});

test("a state is forced, and the board says why a caller waits", async () => {
  await act("forceReady");
  await agent.inState("ready");
  await act("forceNotReady-meal");
  await agent.inState("notReady");
  const sipp = call();
  const why = supervisor.page.locator('[data-testid="waiting-table"] button');
  await why.click();
  await ofSupervisor("why").getByText("Place 1 in line.").waitFor();
  const text = await ofSupervisor("why").innerText();
  expect(text).toContain("Needs carrier ≥ 1.");
  expect(text).toMatch(/not ready:\s*1/);
  await supervisor.page.keyboard.press("Escape");

  await act("forceReady");
  await agent.answer();
  await Promise.all([caller.hears(agentHz), agent.hears(callerHz)]);
  await act("disconnect");
  await ofSupervisor("confirm").click();
  expect(await sipp.done).toMatchObject({ code: 0 });
  await agent.inState("wrapUp");
  await act("endWrapUp");
  await agent.inState("ready");
  await centre.quiet();
}, 60_000);

test("a caller is taken over: he talks with the supervisor, who then releases", async () => {
  const since = await lastSeq();
  const sipp = call();
  await agent.answer();
  await Promise.all([caller.hears(agentHz), agent.hears(callerHz)]);
  const listen = ofSupervisor("monitor-1001");
  await until("the supervisor can listen", () => listen.isEnabled());
  await listen.click();
  await supervisor.page.locator('[data-testid="monitor-bar"][data-stage="joined"]').waitFor();
  await ofSupervisor("take-over").click();
  await ofSupervisor("confirm").click();
  await ofSupervisor("taken-bar").waitFor();
  await Promise.all([caller.hears(supervisorHz), supervisor.hears(callerHz)]);
  await agent.inState("wrapUp");
  await ofSupervisor("taken-release").click();
  await ofSupervisor("confirm").click();
  expect(await sipp.done).toMatchObject({ code: 0 });
  await ofSupervisor("taken-bar").waitFor({ state: "hidden" });
  const ended = await centre.fact("callEnded", (fact) => fact.seq > since);
  expect(ended).toMatchObject({ by: "supervisor" });
  await act("endWrapUp");
  await agent.inState("ready");
  await centre.quiet();
}, 60_000);

test("a reserve is switched in and out, and a skill is lent and taken back", async () => {
  const reserve = ofSupervisor("reserve-rush");
  await reserve.press("Space");
  await centre.fact("reserveSwitched", (fact) => fact.isOn);
  await until("the switch shows it", () => reserve.isChecked());
  await reserve.press("Space");
  await centre.fact("reserveSwitched", (fact) => !fact.isOn);

  const row = ofSupervisor("agent-row-1001");
  await act("lendMore");
  await ofSupervisor("lend").click();
  await row.getByText("lent: ").waitFor();
  await act("endLoan");
  await row.getByText("lent: ").waitFor({ state: "hidden" });
});

test("an agent is logged out, after a second question", async () => {
  await act("logOut");
  await ofSupervisor("confirm").click();
  await ofAgent("start-shift").waitFor();
  const logout = await centre.fact("supervisorActed", (fact) => fact.act === "logOut");
  expect(logout).toMatchObject({ supervisorId: "2001", agentId: "1001" });
});
