// Handing a caller over between agents in Chromium, proved by tones: each side hears whom it should
// and nobody else.
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { AgentPage, openChromium } from "../system/browser.ts";
import { type Centre, startCentre } from "../system/centre.ts";
import { readRecording, story } from "../system/recording-file.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { type SippRun, startSipp } from "../system/sipp.ts";
import { callerUntilBye } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const callerHz = 500;
const firstHz = 800;
const secondHz = 1_100;
let centre: Centre;
let browser: Browser;
let caller: RtpEndpoint;
let first: AgentPage;
let second: AgentPage;
const running: SippRun[] = [];

beforeAll(async () => {
  centre = await startCentre({
    site: testSite({
      // Wrap-up ends by hand and ringing by an answer, however slow the machine is.
      ringSeconds: 20,
      wrapUpSeconds: 60,
      // The second serves another queue only, so that calls come to the first.
      agents: [{ id: "1001" }, { id: "1002", skills: { complaint: 1 } }],
      more: { recording: { freeMegabytesMin: 0 } },
    }),
  });
  browser = await openChromium();
  caller = await RtpEndpoint.open({ toneHz: callerHz });
  first = await AgentPage.open(browser, centre, { agentId: "1001", toneHz: firstHz });
  second = await AgentPage.open(browser, centre, { agentId: "1002", toneHz: secondHz });
}, 60_000);

afterAll(async () => {
  await browser?.close();
  caller?.close();
  expect(await centre?.stop()).toBe(0);
});

afterEach(async () => {
  for (const sipp of running.splice(0)) sipp.kill();
  await centre.quiet();
  caller.endCall();
});

const lastSeq = async (): Promise<number> => (await centre.facts()).at(-1)?.seq ?? 0;

/** A caller who talks with the first agent; the second is ready. */
async function talking(): Promise<{ since: number; sipp: SippRun }> {
  const since = await lastSeq();
  for (const agent of [first, second]) {
    const state = agent.page.getByTestId("agent-state");
    if ((await state.getAttribute("data-state")) === "wrapUp") {
      await agent.page.getByTestId("wrapup-end").click();
      await until("wrap-up is over", async () => {
        return (await state.getAttribute("data-state")) !== "wrapUp";
      });
    }
    if ((await state.getAttribute("data-state")) !== "ready") await agent.goReady();
  }
  const scenario = callerUntilBye({ rtpPort: caller.port });
  const sipp = startSipp({ scenario, target: centre.sipTarget, service: "10086" });
  running.push(sipp);
  await first.answer();
  await Promise.all([caller.hears(firstHz), first.hears(callerHz)]);
  return { since, sipp };
}

async function openTransfer(): Promise<void> {
  await first.page.keyboard.press("t");
  await first.page.getByTestId("transfer-dialog").waitFor();
}

/** The second agent releases; nothing is left. */
async function secondReleases(sipp: SippRun): Promise<void> {
  await second.page.getByTestId("release").click();
  expect(await sipp.done).toMatchObject({ code: 0 });
  await centre.quiet();
}

describe("blind transfer", () => {
  test("to a colleague: pop says who, the caller hears the second agent only", async () => {
    const { since, sipp } = await talking();
    await openTransfer();
    await first.page.getByTestId("transfer-to-1002").click();
    await first.inState("wrapUp");
    await second.inState("offered");
    expect(await second.page.getByTestId("transferred-by").innerText()).toContain("1001");
    await second.answer();
    await Promise.all([caller.hears(secondHz), second.hears(callerHz)]);
    expect(caller.share(firstHz)).toBeLessThan(0.1);
    // Enough of the second voice that the recording tells it.
    caller.forget();
    await until("half a second more of the second voice", () => {
      return caller.packetsIn > 25 && caller.share(secondHz) > 0.6;
    });
    const ended = await centre.fact("transferEnded", (fact) => fact.seq > since);
    expect(ended).toMatchObject({ fromAgentId: "1001", result: "completed" });
    await secondReleases(sipp);
    const recorded = await centre.fact("recordingEnded", (fact) => fact.seq > since);
    const sides = readRecording(join(centre.dataDir, "recordings", recorded.file ?? ""));
    const tones = [callerHz, firstHz, secondHz];
    expect(story(sides.left, tones)).toEqual(["500"]);
    expect(story(sides.right, tones)).toEqual(["800", "-", "1100"]);
    expect(
      await centre.metric('acd_transfers_total{queue="carrier",kind="blind",result="completed"}'),
    ).toBe(1);
  });

  test("to a queue: the caller hears music, and is answered there", async () => {
    const { since, sipp } = await talking();
    await second.choose("state-notready-meal");
    await second.inState("notReady");
    await openTransfer();
    await first.page.getByTestId("transfer-filter").fill("complaint");
    await first.page.getByTestId("transfer-to-complaint").click();
    await first.inState("wrapUp");
    await until("the caller hears music", () => {
      return caller.level() > -50 && caller.share(firstHz) < 0.1;
    });
    await second.goReadyAgain();
    await second.answer();
    await Promise.all([caller.hears(secondHz), second.hears(callerHz)]);
    const talked = await centre.fact(
      "talkStarted",
      (fact) => fact.seq > since && fact.agentId === "1002",
    );
    expect(talked.queueId).toBe("complaint");
    await secondReleases(sipp);
  });

  test("nobody answers: the caller is back in the queue and answered by the first again", async () => {
    const { since, sipp } = await talking();
    await openTransfer();
    await first.page.getByTestId("transfer-to-1002").click();
    await second.inState("offered");
    await second.page.getByTestId("reject").click();
    const ended = await centre.fact("transferEnded", (fact) => fact.seq > since);
    expect(ended.result).toBe("rejected");
    await first.page.getByTestId("wrapup-end").click();
    await first.answer();
    await Promise.all([caller.hears(firstHz), first.hears(callerHz)]);
    await first.page.getByTestId("release").click();
    expect(await sipp.done).toMatchObject({ code: 0 });
    await centre.quiet();
  });
});

describe("consult", () => {
  /** The caller hears music while the agents talk. */
  async function asking(): Promise<{ since: number; sipp: SippRun }> {
    const told = await talking();
    await openTransfer();
    await first.page.getByTestId("consult-1002").click();
    await first.page.locator('[data-testid="consult"][data-stage="ringing"]').waitFor();
    await second.answer();
    await Promise.all([first.hears(secondHz), second.hears(firstHz)]);
    await until("the caller hears music and neither agent", () => {
      return caller.level() > -50 && caller.share(firstHz) + caller.share(secondHz) < 0.1;
    });
    expect(await first.share(callerHz)).toBeLessThan(0.1);
    expect(await second.share(callerHz)).toBeLessThan(0.1);
    return told;
  }

  test("transfer: the caller goes on with the second agent, and the first is out", async () => {
    const { since, sipp } = await asking();
    await first.page.getByTestId("consult-complete").click();
    await first.inState("wrapUp");
    await Promise.all([caller.hears(secondHz), second.hears(callerHz)]);
    expect(caller.share(firstHz)).toBeLessThan(0.1);
    const ended = await centre.fact("transferEnded", (fact) => fact.seq > since);
    expect(ended).toMatchObject({ kind: "consult", fromAgentId: "1001", result: "completed" });
    await secondReleases(sipp);
  });

  test("cancelled: the caller is back with the first agent, the second is free", async () => {
    const { sipp } = await asking();
    await first.page.keyboard.press("b");
    await second.inState("ready");
    await Promise.all([caller.hears(firstHz), first.hears(callerHz)]);
    await first.page.getByTestId("release").click();
    expect(await sipp.done).toMatchObject({ code: 0 });
    await centre.quiet();
  });

  test("conference: each hears both others; the first leaves and the two talk on", async () => {
    const { sipp } = await asking();
    await first.page.keyboard.press("c");
    await first.page.locator('[data-testid="consult"][data-stage="conference"]').waitFor();
    const both = (share: (hz: number) => Promise<number> | number, a: number, b: number) =>
      until("both others are heard, and not oneself", async () => {
        const [one, other] = [await share(a), await share(b)];
        return one > 0.15 && other > 0.15 && one + other > 0.6;
      });
    await both((hz) => caller.share(hz), firstHz, secondHz);
    await both((hz) => first.share(hz), callerHz, secondHz);
    await both((hz) => second.share(hz), callerHz, firstHz);
    await first.page.getByTestId("release").click();
    await first.inState("wrapUp");
    await Promise.all([caller.hears(secondHz), second.hears(callerHz)]);
    await secondReleases(sipp);
  });
});
