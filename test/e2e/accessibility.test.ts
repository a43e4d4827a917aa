// Every screen in both languages, light and dark, judged by axe: no serious or critical finding.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findings } from "../system/axe.ts";
import { AgentPage, openChromium } from "../system/browser.ts";
import { type Centre, freePort, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { startSipp } from "../system/sipp.ts";
import { callerUntilBye, callerWhoReleases } from "../system/sipp-scenarios.ts";
import { callingOut, testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

let centre: Centre;
let browser: Browser;
let caller: RtpEndpoint;

beforeAll(async () => {
  centre = await startCentre({
    site: callingOut(
      testSite({
        agents: [{ id: "1001" }, { id: "1002" }, { id: "1003", reserve: "rush" }],
        ringSeconds: 10,
        wrapUpSeconds: 20,
        more: { recording: { freeMegabytesMin: 0 } },
      }),
      { carrierPort: await freePort() },
    ),
  });
  browser = await openChromium();
  caller = await RtpEndpoint.open({ toneHz: 500 });
});
afterAll(async () => {
  await browser?.close();
  caller?.close();
  expect(await centre?.stop()).toBe(0);
});

describe.each([
  { locale: "zh-CN", colorScheme: "light", agentId: "1001" },
  { locale: "en-US", colorScheme: "dark", agentId: "1002" },
] as const)("in $locale, $colorScheme", ({ locale, colorScheme, agentId }) => {
  test("the agent's seat in every situation", async () => {
    const agent = await AgentPage.open(browser, centre, {
      agentId,
      toneHz: 800,
      // Colours on their way from one state to the next are nobody's reading matter.
      context: { locale, colorScheme, reducedMotion: "reduce" },
    });
    const { page } = agent;
    expect(await page.locator("html").getAttribute("lang")).toBe(
      locale === "zh-CN" ? "zh-CN" : "en",
    );
    const seen: Record<string, string[]> = { notReady: await findings(page) };
    await agent.goReady();
    seen["ready"] = await findings(page);
    await page.keyboard.press("d");
    await page.getByTestId("dial-number").fill("13900000001");
    await page.locator('[data-testid="dial-call"]:enabled').waitFor();
    seen["dial"] = await findings(page);
    await page.keyboard.press("Escape");
    await page.getByTestId("dial-dialog").waitFor({ state: "hidden" });
    const sipp = startSipp({
      scenario: callerWhoReleases({ rtpPort: caller.port, stayMs: 12_000 }),
      target: centre.sipTarget,
      service: "12345",
    });
    await caller.hearsOtherThan(500);
    caller.press("11");
    await agent.inState("offered");
    await agent.page.locator('[data-testid="answer"]:enabled').waitFor();
    seen["offered"] = await findings(page);
    await agent.answer();
    await agent.inState("onCall");
    await page.getByTestId("keypad").click();
    seen["onCall"] = await findings(page);
    expect(await sipp.done).toMatchObject({ code: 0 });
    await agent.inState("wrapUp");
    seen["wrapUp"] = await findings(page);
    await page.getByTestId("wrapup-end").click();
    await agent.inState("ready");
    await agent.close();
    await centre.quiet();
    caller.endCall();
    expect(seen).toEqual({
      notReady: [],
      ready: [],
      dial: [],
      offered: [],
      onCall: [],
      wrapUp: [],
    });
  });

  test("what a supervisor does to agents and callers", async () => {
    const context = { locale, colorScheme, reducedMotion: "reduce" } as const;
    const agent = await AgentPage.open(browser, centre, { agentId, toneHz: 800, context });
    const supervisor = await AgentPage.enter(browser, centre, {
      agentId: "2001",
      toneHz: 1_100,
      face: "supervisor",
      context,
    });
    const { page } = supervisor;
    const seen: Record<string, string[]> = {};
    const look = async (id: string) => {
      await page.getByTestId(id).waitFor();
      seen[id] = await findings(page);
      await page.keyboard.press("Escape");
      await page.getByTestId(id).waitFor({ state: "hidden" });
    };
    const act = async (item: string) => {
      await page.getByTestId(`agent-menu-${agentId}`).click();
      await page.getByTestId(`act-${item}`).click();
    };
    await page.getByTestId("message-all").click();
    await page.getByTestId("message-text").fill("1");
    await page.getByTestId("message-send").click();
    await agent.page.getByTestId("message").waitFor();
    await agent.page.getByTestId("help-ask").click();
    await agent.page.getByTestId("help-asked").waitFor();
    seen["agent's message and help"] = await findings(agent.page);
    await page.getByTestId(`agent-menu-${agentId}`).click();
    await look("act-message");
    await act("message");
    await look("message-dialog");
    await act("lendMore");
    await look("lend-dialog");
    await act("logOut");
    await look("confirm-dialog");

    const sipp = startSipp({
      scenario: callerUntilBye({ rtpPort: caller.port }),
      target: centre.sipTarget,
      service: "10086",
    });
    await page.locator('[data-testid="waiting-table"] button').click();
    await page.locator('[data-testid="why"] li').first().waitFor();
    await look("why");
    await agent.choose("state-ready");
    await agent.answer();
    const listen = page.getByTestId(`help-listen-${agentId}`);
    await until("the supervisor can listen", () => listen.isEnabled());
    await listen.click();
    await page.locator('[data-testid="monitor-bar"][data-stage="joined"]').waitFor();
    seen["monitor-bar"] = await findings(page);
    await page.getByTestId("take-over").click();
    await page.getByTestId("confirm").click();
    await page.getByTestId("taken-bar").waitFor();
    seen["taken-bar"] = await findings(page);
    await page.getByTestId("taken-release").click();
    await page.getByTestId("confirm").click();
    expect(await sipp.done).toMatchObject({ code: 0 });
    await supervisor.close();
    await agent.close();
    await centre.quiet();
    caller.endCall();
    const calm = [
      "agent's message and help",
      "act-message",
      "message-dialog",
      "lend-dialog",
      "confirm-dialog",
      "why",
      "monitor-bar",
      "taken-bar",
    ];
    expect(seen).toEqual(Object.fromEntries(calm.map((name) => [name, []])));
  });

  test.each([
    ["agent", null],
    ["supervisor", "2001"],
    ["reports", "2001"],
    ["admin", "9001"],
  ])("the page %s as %s", async (face, user) => {
    const context = await browser.newContext({ locale, colorScheme, reducedMotion: "reduce" });
    const page = await context.newPage();
    await page.goto(`${centre.baseUrl}/${face}`);
    await page.getByTestId("login-username").waitFor();
    if (user !== null) {
      await page.getByTestId("login-username").fill(user);
      await page.getByTestId("login-password").fill(centre.logins[user]?.password ?? "");
      await page.getByTestId("login-submit").click();
      await page.locator("table").first().waitFor();
    }
    expect(await findings(page)).toEqual([]);
    await context.close();
  });
});
