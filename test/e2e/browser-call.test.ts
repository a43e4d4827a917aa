// The main job: a caller on the trunk speaks with an agent in a browser, proved by tones.
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { AgentPage, openChromium } from "../system/browser.ts";
import { type Centre, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { type SippRun, startSipp } from "../system/sipp.ts";
import { callerUntilBye, callerWhoReleases } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const callerHz = 500;
const agentHz = 800;
/** A number whose ringing and wrap-up end by themselves within seconds. */
const withDeadlines = "10010";
let centre: Centre;
let browser: Browser;
let caller: RtpEndpoint;
let agent: AgentPage;
const running: SippRun[] = [];

beforeAll(async () => {
  centre = await startCentre({
    site: testSite({
      agents: [{ id: "1001" }, { id: "1002" }],
      // Where no deadline is meant to pass, none does, however slow the machine is.
      ringSeconds: 30,
      wrapUpSeconds: 60,
      queues: [{ id: "quick", skills: { carrier: 1 }, ringSeconds: 8, wrapUpSeconds: 4 }],
      numbers: [{ digits: withDeadlines, queue: "quick" }],
    }),
  });
  browser = await openChromium();
  caller = await RtpEndpoint.open({ toneHz: callerHz });
  agent = await AgentPage.open(browser, centre, { agentId: "1001", toneHz: agentHz });
});

afterAll(async () => {
  await browser?.close();
  caller?.close();
  expect(await centre?.stop()).toBe(0);
});

afterEach(async () => {
  for (const sipp of running.splice(0)) sipp.kill();
  caller.endCall();
});

async function lastSeq(): Promise<number> {
  return (await centre.facts()).at(-1)?.seq ?? 0;
}

function call(stay: { stayMs: number } | "untilBye", service = "10086"): SippRun {
  const plan = { rtpPort: caller.port };
  const scenario =
    stay === "untilBye" ? callerUntilBye(plan) : callerWhoReleases({ ...plan, ...stay });
  const sipp = startSipp({ scenario, target: centre.sipTarget, service });
  running.push(sipp);
  return sipp;
}

async function bothHear(): Promise<void> {
  await Promise.all([caller.hears(agentHz), agent.hears(callerHz)]);
  expect(caller.share(callerHz)).toBeLessThan(0.1);
  expect(await agent.share(agentHz)).toBeLessThan(0.1);
}

describe("a caller and an agent in Chromium", () => {
  test("a page is one desk and one phone", () => {
    expect(agent.sockets).toEqual(["/desk", "/sip"]);
  });

  test("12345 with digits: pop before the answer, two-way audio, hold, the agent releases", async () => {
    const since = await lastSeq();
    await agent.goReady();
    const sipp = call("untilBye", "12345");
    await until("the welcome is heard", () => caller.level() > -50);
    caller.press("12");
    await agent.inState("offered", 20_000);
    const panel = agent.page.getByTestId("incoming");
    await panel.waitFor();
    expect(await panel.innerText()).toContain("13800138000");
    await agent.answer();
    await agent.inState("onCall");
    await bothHear();

    await agent.page.getByTestId("hold").click();
    await centre.fact("holdStarted", (fact) => fact.seq > since);
    await until("the caller hears music and not the agent", () => {
      return caller.level() > -50 && caller.share(agentHz) < 0.1;
    });
    await until("the agent hears nothing", async () => (await agent.share(callerHz)) < 0.05);
    await agent.page.getByTestId("hold").click();
    await bothHear();

    // Two-step on purpose: a single key must not end a citizen's call.
    await agent.page.getByTestId("release").click();
    expect(await sipp.done).toMatchObject({ code: 0 });
    await agent.inState("wrapUp");
    await agent.page.getByTestId("wrapup-code-solved").click();
    await agent.page.getByTestId("wrapup-end").click();
    const wrapped = await centre.fact("wrapUpEnded", (fact) => fact.seq > since);
    expect(wrapped).toMatchObject({ agentId: "1001", code: "solved" });
    await agent.inState("ready");

    const ended = await centre.fact("callEnded", (fact) => fact.seq > since);
    expect(ended).toMatchObject({ outcome: "answered", by: "agent" });
    await centre.quiet();
    await recordAgrees(ended.callId);
  });

  test("the caller releases: wrap-up follows, then the deadline makes the agent ready", async () => {
    const since = await lastSeq();
    await agent.inState("ready");
    const sipp = call({ stayMs: 8_000 }, withDeadlines);
    await agent.answer();
    await bothHear();
    await agent.inState("wrapUp");
    expect(await sipp.done).toMatchObject({ code: 0 });
    await agent.inState("ready");
    const ended = await centre.fact("callEnded", (fact) => fact.seq > since);
    expect(ended).toMatchObject({ outcome: "answered", by: "caller" });
    await centre.quiet();
    await recordAgrees(ended.callId);
  });

  test("ring on no answer makes the agent not ready and keeps the caller's place", async () => {
    const since = await lastSeq();
    await agent.inState("ready");
    call("untilBye", withDeadlines);
    await agent.inState("offered");
    await agent.inState("notReady");
    const missed = await centre.fact("offerEnded", (fact) => fact.seq > since);
    expect(missed.result).toBe("noAnswer");
    await agent.goReadyAgain();
    await agent.answer();
    await bothHear();
    const left = await centre.fact("queueLeft", (fact) => fact.seq > since);
    const entered = await centre.fact("queueEntered", (fact) => fact.seq > since);
    expect(left.queuedAtMs).toBe(entered.queuedAtMs);
    await agent.page.getByTestId("release").click();
    await agent.inState("wrapUp");
    await agent.page.getByTestId("wrapup-end").click();
    await agent.inState("ready");
    await centre.quiet();
  });
});

describe("a tab that closes", () => {
  test("while ringing gives the caller to the next agent", async () => {
    const second = await AgentPage.open(browser, centre, { agentId: "1002", toneHz: 1_100 });
    const since = await lastSeq();
    await agent.inState("ready");
    call("untilBye");
    await agent.inState("offered");
    await agent.close();
    const lost = await centre.fact("offerEnded", (fact) => fact.seq > since);
    expect(lost.agentId).toBe("1001");
    // The desk's socket and the phone's close together; whichever is noticed first names the end.
    expect(["seatLost", "failed"]).toContain(lost.result);
    await second.choose("state-ready");
    await second.answer();
    await Promise.all([caller.hears(1_100), second.hears(callerHz)]);

    // … and in talk: the caller is not dropped, but goes back to the head of the queue.
    await second.close();
    const gone = await centre.fact("seatLostInTalk", (fact) => fact.seq > since, 20_000);
    expect(gone.agentId).toBe("1002");
    await until("the caller hears music", () => {
      return caller.level() > -50 && caller.share(1_100) < 0.1;
    });
    const back = await centre.fact(
      "queueEntered",
      (fact) => fact.seq > gone.seq - 1 && fact.returned,
    );
    const first = await centre.fact("queueEntered", (fact) => fact.callId === gone.callId);
    expect(back.queuedAtMs).toBe(first.queuedAtMs);
    agent = await AgentPage.open(browser, centre, { agentId: "1001", toneHz: agentHz });
    await agent.choose("state-ready");
    await agent.answer();
    await bothHear();
    await agent.page.getByTestId("release").click();
    await agent.inState("wrapUp");
    await agent.page.getByTestId("wrapup-end").click();
    await agent.inState("ready");
    await centre.quiet();
  }, 120_000);
});

/** The record in SQL says what the facts say. */
async function recordAgrees(callId: string): Promise<void> {
  const facts = (await centre.facts()).filter((fact) => "callId" in fact && fact.callId === callId);
  const left = facts.find((fact) => fact.type === "queueLeft");
  const talked = facts.find((fact) => fact.type === "talkEnded");
  const ended = facts.find((fact) => fact.type === "callEnded");
  const cookie = await supervisorCookie();
  const record = await until("the record is stored", async () => {
    const response = await fetch(`${centre.baseUrl}/api/v1/calls/${encodeURIComponent(callId)}`, {
      headers: { cookie },
    });
    return response.ok ? ((await response.json()) as { call: Record<string, unknown> }).call : null;
  });
  expect(record).toMatchObject({
    callId,
    outcome: ended?.outcome,
    releasedBy: ended?.by,
    waitMs: left?.waitMs,
    talkMs: talked?.talkMs,
    holdMs: talked?.holdMs,
    agentId: talked?.agentId,
    queueId: left?.queueId,
  });
}

let cookie: string | null = null;
async function supervisorCookie(): Promise<string> {
  if (cookie !== null) return cookie;
  const response = await fetch(`${centre.baseUrl}/api/v1/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "2001", password: centre.logins["2001"]?.password }),
  });
  expect(response.status).toBe(200);
  cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
  return cookie;
}
