// A call outlives whatever happens to the agent's browser: each piece is killed in mid-talk, and caller
// and agent hear each other again, in the same talk and the same recording.
import type { Browser, WebSocketRoute } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { AgentPage, openChromium, openMortalChromium } from "../system/browser.ts";
import { type Centre, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { type SippRun, startSipp } from "../system/sipp.ts";
import { callerUntilBye } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const callerHz = 500;
const agentHz = 800;
/** Nobody looks at the hearing of both more often. */
const rejoinMsMax = 3_000;
let centre: Centre;
let browser: Browser;
let caller: RtpEndpoint;
let agent: AgentPage;
const running: SippRun[] = [];

beforeAll(async () => {
  centre = await startCentre({
    site: testSite({
      agents: [{ id: "1001" }, { id: "1002" }],
      ringSeconds: 30,
      wrapUpSeconds: 60,
      more: { rejoinSeconds: 60, recording: {} },
    }),
  });
  browser = await openChromium();
  caller = await RtpEndpoint.open({ toneHz: callerHz });
});

afterAll(async () => {
  await browser?.close();
  caller?.close();
  expect(await centre?.stop()).toBe(0);
});

afterEach(async () => {
  for (const sipp of running.splice(0)) sipp.kill();
  caller.endCall();
  await centre.quiet();
});

const lastSeq = async (): Promise<number> => (await centre.facts()).at(-1)?.seq ?? 0;

async function talk(): Promise<{ sipp: SippRun; since: number }> {
  if ((await shownState()) !== "ready") await agent.goReady();
  await agent.inState("ready");
  const scenario = callerUntilBye({ rtpPort: caller.port });
  const sipp = startSipp({ scenario, target: centre.sipTarget, service: "10086" });
  running.push(sipp);
  await agent.answer();
  await bothHear();
  return { sipp, since: await lastSeq() };
}

const shownState = (): Promise<string | null> =>
  agent.page.getByTestId("agent-state").getAttribute("data-state");

async function bothHear(timeoutMs = 15_000): Promise<void> {
  await Promise.all([caller.hears(agentHz, timeoutMs), agent.hears(callerHz, timeoutMs)]);
}

/** The agent works on the call as if nothing had been, and its books hold one talk and one recording. */
async function endsInOnePiece({ sipp, since }: { sipp: SippRun; since: number }): Promise<void> {
  const release = agent.page.getByTestId("release");
  await until("the call can be released", () => release.isEnabled());
  await release.click();
  expect(await sipp.done).toMatchObject({ code: 0 });
  await agent.inState("wrapUp");
  await agent.page.getByTestId("wrapup-end").click();
  await agent.inState("ready");
  const recorded = await centre.fact("recordingEnded", (fact) => fact.seq > since);
  expect(recorded.outcome).toBe("complete");
  const facts = (await centre.facts()).filter(({ seq }) => seq > since);
  expect(facts.filter(({ type }) => type === "talkEnded")).toMatchObject([{ by: "agent" }]);
  expect(facts.filter(({ type }) => type === "queueEntered")).toEqual([]);
}

async function backAfter(since: number): Promise<number> {
  const back = await centre.fact("agentBack", (fact) => fact.seq > since, 30_000);
  expect(back.result).toBe("rejoined");
  return back.atMs;
}

describe("in mid-talk", () => {
  beforeAll(async () => {
    agent = await AgentPage.open(browser, centre, { agentId: "1001", toneHz: agentHz });
  });
  afterAll(() => agent.close());

  test("the page is refreshed: the same agent is back within three seconds", async () => {
    const call = await talk();
    const startedAtMs = Date.now();
    caller.forget();
    await agent.page.reload();
    const backAtMs = await backAfter(call.since);
    console.info(`rejoined ${backAtMs - startedAtMs} ms after the refresh`);
    await bothHear();
    expect(backAtMs - startedAtMs).toBeLessThan(rejoinMsMax);
    await agent.inState("onCall");
    await endsInOnePiece(call);
  }, 60_000);

  test("the tab is closed: the caller hears music, and has the same agent again from a new tab", async () => {
    const call = await talk();
    await agent.close();
    await centre.fact("agentAway", (fact) => fact.seq > call.since, 20_000);
    await until(
      "the caller hears music",
      () => caller.level() > -50 && caller.share(agentHz) < 0.1,
    );
    agent = await AgentPage.enter(browser, centre, {
      agentId: "1001",
      toneHz: agentHz,
      face: "agent",
    });
    await backAfter(call.since);
    await bothHear();
    await endsInOnePiece(call);
  }, 60_000);
});

describe("a socket breaks in mid-talk", () => {
  const sockets = { desk: null as WebSocketRoute | null, sip: null as WebSocketRoute | null };
  beforeAll(async () => {
    agent = await AgentPage.open(browser, centre, {
      agentId: "1001",
      toneHz: agentHz,
      prepare: async (context) => {
        for (const name of ["desk", "sip"] as const) {
          await context.routeWebSocket(`**/${name}`, (route) => {
            route.connectToServer();
            sockets[name] = route;
          });
        }
      },
    });
  });
  afterAll(() => agent.close());

  test.each(["desk", "sip"] as const)(
    "%s: nobody hears anything of it, and the call is worked on",
    async (name) => {
      const call = await talk();
      const broken = sockets[name];
      await broken?.close({ code: 3_000, reason: "cut" });
      await until("the page connects again", () => sockets[name] !== broken);
      await bothHear();
      await agent.page.locator('[data-testid="phone-light"][data-status="registered"]').waitFor();
      const facts = (await centre.facts()).filter(({ seq }) => seq > call.since);
      expect(facts.filter(({ type }) => type === "agentAway")).toEqual([]);
      await endsInOnePiece(call);
    },
    60_000,
  );
});

describe("a browser in mid-talk", () => {
  test("is killed: it is noticed, the caller hears music, and the next browser has the call", async () => {
    const mortal = await openMortalChromium();
    agent = await AgentPage.open(mortal.browser, centre, { agentId: "1001", toneHz: agentHz });
    const call = await talk();
    const killedAtMs = Date.now();
    mortal.signal("SIGKILL");
    const away = await centre.fact("agentAway", (fact) => fact.seq > call.since, 20_000);
    console.info(`noticed ${away.atMs - killedAtMs} ms after the kill`);
    expect(away.atMs - killedAtMs).toBeLessThan(5_000);
    await until(
      "the caller hears music",
      () => caller.level() > -50 && caller.share(agentHz) < 0.1,
    );
    const again = { agentId: "1001", toneHz: agentHz, face: "agent" } as const;
    agent = await AgentPage.enter(browser, centre, again);
    await backAfter(call.since);
    await bothHear();
    await endsInOnePiece(call);
    await agent.close();
  }, 90_000);

  test("sleeps for ten seconds and wakes with the call", async () => {
    const mortal = await openMortalChromium();
    agent = await AgentPage.open(mortal.browser, centre, { agentId: "1001", toneHz: agentHz });
    const call = await talk();
    mortal.signal("SIGSTOP");
    const away = await centre.fact("agentAway", (fact) => fact.seq > call.since, 20_000);
    await until("ten seconds have passed", () => Date.now() - away.atMs > 10_000, 20_000);
    mortal.signal("SIGCONT");
    await backAfter(call.since);
    await bothHear();
    await endsInOnePiece(call);
    await mortal.browser.close();
    mortal.signal("SIGKILL");
  }, 90_000);
});
