// The same agent in a second tab or at a second computer, and a page that cannot take a call.
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { AgentPage, openChromium } from "../system/browser.ts";
import { type Centre, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { type SippRun, startSipp } from "../system/sipp.ts";
import { callerUntilBye } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const callerHz = 500;
const agentHz = 800;
let centre: Centre;
let browser: Browser;
let caller: RtpEndpoint;
const running: SippRun[] = [];

beforeAll(async () => {
  const times = { ringSeconds: 30, wrapUpSeconds: 60, more: { rejoinSeconds: 60 } };
  centre = await startCentre({ site: testSite({ agents: [{ id: "1001" }], ...times }) });
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

function call(): SippRun {
  const scenario = callerUntilBye({ rtpPort: caller.port });
  const sipp = startSipp({ scenario, target: centre.sipTarget, service: "10086" });
  running.push(sipp);
  return sipp;
}

const bothHear = (agent: AgentPage) =>
  Promise.all([caller.hears(agentHz, 15_000), agent.hears(callerHz, 15_000)]);

async function release(agent: AgentPage, sipp: SippRun): Promise<void> {
  const button = agent.page.getByTestId("release");
  await until("the call can be released", () => button.isEnabled());
  await button.click();
  expect(await sipp.done).toMatchObject({ code: 0 });
  await agent.page.getByTestId("wrapup-end").click();
  await agent.inState("ready");
}

describe("a call moves with its agent", () => {
  test.each(["tab", "computer"] as const)(
    "to a second %s",
    async (what) => {
      const first = await AgentPage.open(browser, centre, { agentId: "1001", toneHz: agentHz });
      if (what === "tab") await first.goReady();
      const sipp = call();
      await first.answer();
      await bothHear(first);
      const since = await lastSeq();
      const next =
        what === "tab"
          ? await first.secondTab()
          : await AgentPage.enter(browser, centre, {
              agentId: "1001",
              toneHz: agentHz,
              face: "agent",
            });
      await first.page.getByTestId("take-back").waitFor();
      const back = await centre.fact("agentBack", (fact) => fact.seq > since, 20_000);
      expect(back).toMatchObject({ result: "rejoined", agentId: "1001" });
      await bothHear(next);
      await until("the first page has no call any more", async () =>
        (await first.phone()).includes("none"),
      );
      await release(next, sipp);
      const facts = (await centre.facts()).filter(({ seq }) => seq > since);
      expect(facts.filter(({ type }) => type === "talkEnded")).toMatchObject([{ by: "agent" }]);
      await first.close();
      if (what === "computer") await next.close();
    },
    90_000,
  );
});

describe("a page that the browser stops", () => {
  test("is offered nothing and says why, and works on when it goes on", async () => {
    const agent = await AgentPage.open(browser, centre, { agentId: "1001", toneHz: agentHz });
    await agent.inState("ready");
    const since = await lastSeq();
    await agent.page.evaluate('document.dispatchEvent(new Event("freeze"))');
    await agent.page.getByTestId("seat-fault").waitFor();
    const sipp = call();
    await centre.fact("queueEntered", (fact) => fact.seq > since);
    await agent.inState("notReady");
    const offers = (await centre.facts()).filter(
      ({ seq, type }) => seq > since && type === "offerMade",
    );
    expect(offers).toEqual([]);
    await agent.page.evaluate('document.dispatchEvent(new Event("resume"))');
    await agent.choose("state-ready");
    await agent.answer();
    await bothHear(agent);
    await release(agent, sipp);
    await agent.close();
  }, 60_000);
});
