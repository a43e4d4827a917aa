// A carrier calls in: flow, digits, queue, music, abandon in every stage, and numbers that agree.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Centre, freePort, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { startSipp, startSippPhone } from "../system/sipp.ts";
import {
  callerRefused,
  callerWhoReleases,
  phoneUntilCancel,
  phoneWhoAnswers,
  phoneWhoHolds,
} from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const callerHz = 500;
const phoneHz = 900;
let centre: Centre;
let phonePort: number;
let caller: RtpEndpoint;
let phone: RtpEndpoint;

beforeAll(async () => {
  phonePort = await freePort();
  centre = await startCentre({
    site: testSite({
      agents: [
        {
          id: "1101",
          device: { kind: "fixed", uri: `sip:1101@127.0.0.1:${phonePort}`, ronaPauseSeconds: 1 },
          skills: { carrier: 5 },
        },
        // Never logs in: the other queues have somebody, but nobody is there.
        { id: "1001" },
      ],
      ringSeconds: 3,
      wrapUpSeconds: 1,
    }),
  });
  caller = await RtpEndpoint.open({ toneHz: callerHz });
  phone = await RtpEndpoint.open({ toneHz: phoneHz });
});

afterAll(async () => {
  caller?.close();
  phone?.close();
  expect(await centre?.stop()).toBe(0);
});

afterEach(async () => {
  await centre.quiet();
  caller.endCall();
  phone.endCall();
});

async function lastSeq(): Promise<number> {
  return (await centre.facts()).at(-1)?.seq ?? 0;
}

describe.each(["udp", "tcp"] as const)("12345 over %s", (transport) => {
  test("digits lead through the flow into a queue with music, and leaving is an abandon", async () => {
    const since = await lastSeq();
    const offeredBefore = await centre.metric(
      'acd_calls_offered_total{queue="consult",source="inbound"}',
    );
    const sipp = startSipp({
      scenario: callerWhoReleases({ rtpPort: caller.port, stayMs: 9_000 }),
      target: centre.sipTarget,
      transport,
      service: "12345",
    });
    await centre.fact("flowNodeEntered", (fact) => fact.seq > since);
    await until("the welcome is heard", () => caller.level() > -50);
    caller.press("11");
    const entered = await centre.fact("queueEntered", (fact) => fact.seq > since);
    expect(entered).toMatchObject({ queueId: "consult", returned: false });
    caller.forget();
    await until("music is heard", () => caller.packetsIn > 20 && caller.level() > -50);
    expect(await centre.metric('acd_queue_waiting_calls{queue="consult"}')).toBe(1);
    expect(await sipp.done).toMatchObject({ code: 0 });
    const ended = await centre.fact("callEnded", (fact) => fact.callId === entered.callId);
    expect(ended).toMatchObject({ outcome: "abandonedInQueue", by: "caller" });
    const after = await centre.metric('acd_calls_offered_total{queue="consult",source="inbound"}');
    expect(after - offeredBefore).toBe(1);
    const chosen = (await centre.facts(since)).filter((fact) => fact.type === "flowChoice");
    expect(chosen.map((fact) => fact.digit)).toEqual(["1", "1"]);
  });
});

describe("leaving early", () => {
  test("in the menu is an abandon in the flow, and no queue counts it", async () => {
    const since = await lastSeq();
    const sipp = startSipp({
      scenario: callerWhoReleases({ rtpPort: caller.port, stayMs: 1_000 }),
      target: centre.sipTarget,
      service: "12345",
    });
    expect(await sipp.done).toMatchObject({ code: 0 });
    const ended = await centre.fact("callEnded", (fact) => fact.seq > since);
    expect(ended).toMatchObject({ outcome: "abandonedInFlow", by: "caller" });
    const types = (await centre.facts(since)).map((fact) => fact.type);
    expect(types).not.toContain("queueEntered");
  });

  test("while an agent's phone rings withdraws the offer and cancels the phone", async () => {
    const since = await lastSeq();
    const answering = await startSippPhone({
      scenario: phoneUntilCancel(),
      localPort: phonePort,
    });
    const sipp = startSipp({
      scenario: callerWhoReleases({ rtpPort: caller.port, stayMs: 1_500 }),
      target: centre.sipTarget,
      service: "10086",
    });
    await centre.fact("offerMade", (fact) => fact.seq > since);
    expect(await sipp.done).toMatchObject({ code: 0 });
    const ended = await centre.fact("callEnded", (fact) => fact.seq > since);
    expect(ended).toMatchObject({ outcome: "abandonedRinging", by: "caller" });
    const offers = (await centre.facts(since)).filter((fact) => fact.type === "offerEnded");
    expect(offers.map((fact) => fact.result)).toEqual(["withdrawn"]);
    expect(await answering.done).toMatchObject({ code: 0 });
  });
});

describe("a desk phone at a fixed address", () => {
  test("hears the caller and is heard, neither hears himself, and wraps up by itself", async () => {
    const since = await lastSeq();
    const answering = await startSippPhone({
      scenario: phoneWhoAnswers({ rtpPort: phone.port, ringMs: 200 }),
      localPort: phonePort,
    });
    const sipp = startSipp({
      scenario: callerWhoReleases({ rtpPort: caller.port, stayMs: 4_000 }),
      target: centre.sipTarget,
      service: "10086",
    });
    await centre.fact("talkStarted", (fact) => fact.seq > since);
    await Promise.all([caller.hears(phoneHz), phone.hears(callerHz)]);
    expect(caller.share(callerHz)).toBeLessThan(0.1);
    expect(phone.share(phoneHz)).toBeLessThan(0.1);
    expect(await sipp.done).toMatchObject({ code: 0 });
    expect(await answering.done).toMatchObject({ code: 0 });
    const talked = await centre.fact("talkEnded", (fact) => fact.seq > since);
    expect(talked).toMatchObject({ agentId: "1101", by: "caller", holdMs: 0 });
    const wrapped = await centre.fact("wrapUpEnded", (fact) => fact.seq > since);
    expect(wrapped).toMatchObject({ agentId: "1101", code: null });
    await centre.fact("agentStateChanged", (fact) => fact.seq > wrapped.seq && fact.to === "ready");
  });

  test("holds by re-INVITE: the caller hears music, the phone nothing, then both again", async () => {
    const since = await lastSeq();
    const holding = await startSippPhone({
      scenario: phoneWhoHolds({ rtpPort: phone.port, talkMs: 1_500, holdMs: 2_500 }),
      localPort: phonePort,
    });
    const sipp = startSipp({
      scenario: callerWhoReleases({ rtpPort: caller.port, stayMs: 8_000 }),
      target: centre.sipTarget,
      service: "10086",
    });
    await Promise.all([caller.hears(phoneHz), phone.hears(callerHz)]);
    const began = await centre.fact("holdStarted", (fact) => fact.seq > since);
    expect(began).toMatchObject({ agentId: "1101", by: "device" });
    await until("the caller hears music", () => {
      return caller.level() > -50 && caller.share(phoneHz) < 0.1;
    });
    const ended = await centre.fact("holdEnded", (fact) => fact.seq > since);
    expect(ended.holdMs).toBeGreaterThan(2_000);
    await Promise.all([caller.hears(phoneHz), phone.hears(callerHz)]);
    expect(await sipp.done).toMatchObject({ code: 0 });
    expect(await holding.done).toMatchObject({ code: 0 });
    const talked = await centre.fact("talkEnded", (fact) => fact.seq > since);
    expect(talked.holdMs).toBe(ended.holdMs);
  });

  test("that does not answer loses the call to nobody: the caller keeps his place (RONA)", async () => {
    const since = await lastSeq();
    const silent = await startSippPhone({ scenario: phoneUntilCancel(), localPort: phonePort });
    const sipp = startSipp({
      scenario: callerWhoReleases({ rtpPort: caller.port, stayMs: 12_000 }),
      target: centre.sipTarget,
      service: "10086",
    });
    const missed = await centre.fact("offerEnded", (fact) => fact.seq > since);
    expect(missed).toMatchObject({ result: "noAnswer", agentId: "1101" });
    expect(await silent.done).toMatchObject({ code: 0 });
    const answering = await startSippPhone({
      scenario: phoneWhoAnswers({ rtpPort: phone.port, ringMs: 100 }),
      localPort: phonePort,
    });
    const left = await centre.fact("queueLeft", (fact) => fact.seq > missed.seq);
    expect(left.outcome).toEqual({ kind: "answered", agentId: "1101" });
    const entered = (await centre.facts(since)).filter((fact) => fact.type === "queueEntered");
    // One entry, one wait clock: it began when the caller first queued.
    expect(entered.filter((fact) => !fact.returned)).toHaveLength(1);
    expect(left.queuedAtMs).toBe(entered[0]?.queuedAtMs);
    expect(left.waitMs).toBeGreaterThanOrEqual(3_000);
    expect(await sipp.done).toMatchObject({ code: 0 });
    expect(await answering.done).toMatchObject({ code: 0 });
  });
});

describe("calls that are refused", () => {
  test.each([
    ["from an unknown source", { localHost: "127.0.0.9", service: "12345", status: 403 }],
    ["to an unknown number", { service: "99999", status: 404 }],
    ["without a codec in common", { service: "12345", status: 488, codecs: "18" }],
  ] as const)("%s", async (_why, refused) => {
    const plan = { rtpPort: 40_000, status: refused.status };
    const codecs = "codecs" in refused ? { codecs: refused.codecs } : {};
    const sipp = startSipp({
      scenario: callerRefused({ ...plan, ...codecs }),
      target: centre.sipTarget,
      service: refused.service,
      ...("localHost" in refused ? { localHost: refused.localHost } : {}),
      timeoutMs: 10_000,
    });
    expect(await sipp.done).toMatchObject({ code: 0 });
  });
});
