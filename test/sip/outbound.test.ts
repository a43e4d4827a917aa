// Calls out over a trunk: toll check, caller ID, early media, tones both ways, outcomes, callbacks.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Centre, freePort, startCentre } from "../system/centre.ts";
import { openDesk, type TestDesk } from "../system/desk.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { startSipp, startSippPhone } from "../system/sipp.ts";
import {
  calledAsksDigest,
  calledAsksForEver,
  calledRefuses,
  calledSoundsUntilCancel,
  calledWithEarlyMedia,
  callerUntilBye,
  phoneWhoAnswers,
} from "../system/sipp-scenarios.ts";
import { callingOut, testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const phoneHz = 900;
const otherHz = 500;
let centre: Centre;
let desk: TestDesk;
let phonePort: number;
let carrierPort: number;
let phone: RtpEndpoint;
let other: RtpEndpoint;

beforeAll(async () => {
  [phonePort, carrierPort] = [await freePort(), await freePort()];
  const uri = `sip:1101@127.0.0.1:${phonePort}`;
  const site = testSite({
    agents: [
      {
        id: "1101",
        device: { kind: "fixed", uri, alwaysReady: false },
        skills: { carrier: 5 },
      },
      { id: "1001" },
    ],
    wrapUpSeconds: 1,
  });
  centre = await startCentre({ site: callingOut(site, { carrierPort }) });
  phone = await RtpEndpoint.open({ toneHz: phoneHz });
  other = await RtpEndpoint.open({ toneHz: otherHz });
  desk = await openDesk(centre, "1101");
  expect(await desk.ask({ type: "logIn" })).toBeNull();
});

afterAll(async () => {
  desk?.close();
  phone?.close();
  other?.close();
  expect(await centre?.stop()).toBe(0);
});

afterEach(async () => {
  await centre.quiet();
  phone.endCall();
  other.endCall();
});

const dial = (number: string, callerId: string | null = null) =>
  desk.ask({ type: "dial", queueId: "carrier", number, callerId });

const stateIs = (kind: string) =>
  until(`the agent is ${kind}`, () => desk.last("agent")?.agent.state.kind === kind);

const stateOfCalls = async () =>
  JSON.stringify((await centre.state()).calls.map((call) => call["callbackDigits"]));

const lastSeq = async () => (await centre.facts()).at(-1)?.seq ?? 0;

test("early media, answer and talk, with the number that was chosen", async () => {
  const since = await lastSeq();
  const ringing = await startSippPhone({
    scenario: phoneWhoAnswers({ rtpPort: phone.port, ringMs: 100 }),
    localPort: phonePort,
  });
  const called = await startSippPhone({
    scenario: calledWithEarlyMedia({
      rtpPort: other.port,
      earlyMs: 5_000,
      user: "13900000001",
      shown: "4008001234",
    }),
    localPort: carrierPort,
  });
  expect(await dial("139-0000 0001", "4008001234")).toBeNull();
  await stateIs("dialling");
  await until("the agent hears early media", () => phone.share(otherHz) > 0.8);
  expect(desk.last("agent")?.agent.state.kind).toBe("dialling");
  await stateIs("onCall");
  await until(
    "both hear each other",
    () => phone.share(otherHz) > 0.8 && other.share(phoneHz) > 0.8,
  );
  expect(await desk.ask({ type: "release" })).toBeNull();
  expect([await ringing.done, await called.done]).toMatchObject([{ code: 0 }, { code: 0 }]);
  const ended = await centre.fact("callEnded", (fact) => fact.seq > since);
  expect(ended).toMatchObject({ outcome: "answered", by: "agent", direction: "outbound" });
  await stateIs("notReady");
  const answer = await fetch(`${centre.baseUrl}/metrics`);
  expect(await answer.text()).toContain('acd_outbound_attempts_total{outcome="answered"} 1');
});

test("a caller hangs up for a callback, is called when an agent is there, and a supervisor ends it", async () => {
  const since = await lastSeq();
  const caller = startSipp({
    scenario: callerUntilBye({ ani: "13900000003", rtpPort: other.port }),
    target: centre.sipTarget,
    service: "10086",
  });
  await centre.fact("queueEntered", (fact) => fact.seq > since);
  await until("music is heard", () => other.packetsIn > 20);
  other.press("1");
  await until("the key has arrived", async () => (await stateOfCalls()).includes('""'));
  other.press("#");
  const booked = await centre.fact("callbackBooked", (fact) => fact.seq > since);
  expect(booked).toMatchObject({ number: "13900000003", queueId: "carrier" });
  expect(await caller.done).toMatchObject({ code: 0 });
  other.endCall();

  const called = await startSippPhone({
    scenario: phoneWhoAnswers({ rtpPort: other.port, ringMs: 500 }),
    localPort: carrierPort,
  });
  const ringing = await startSippPhone({
    scenario: phoneWhoAnswers({ rtpPort: phone.port, ringMs: 100 }),
    localPort: phonePort,
  });
  expect(await desk.ask({ type: "goReady" })).toBeNull();
  await stateIs("onCall");
  await until(
    "both hear each other",
    () => phone.share(otherHz) > 0.8 && other.share(phoneHz) > 0.8,
  );
  const ended = await centre.fact("callbackEnded", (fact) => fact.callId === booked.callId);
  expect(ended).toMatchObject({ result: "reached", attempts: 1 });

  const supervisor = await openDesk(centre, "2001");
  expect(await supervisor.ask({ type: "sendMessage", to: ["1101"], text: "Lunch" })).toBeNull();
  await until("the message is there", () => desk.last("agent")?.agent.messages.length === 1);
  expect(await supervisor.ask({ type: "disconnect", agentId: "1101" })).toBeNull();
  expect([await ringing.done, await called.done]).toMatchObject([{ code: 0 }, { code: 0 }]);
  const over = await centre.fact("callEnded", (fact) => fact.callId === booked.callId);
  expect(over).toMatchObject({ outcome: "answered", by: "supervisor", direction: "callback" });
  expect(await desk.ask({ type: "disconnect", agentId: "1101" })).toBe("notAllowed");
  expect(await desk.ask({ type: "goNotReady", reason: "meal" })).toBeNull();
  await stateIs("notReady");
  supervisor.close();
});

test.each([
  [486, "busy"],
  [603, "rejected"],
  [480, "noAnswer"],
  [503, "failed"],
])("%i is %s, and the agent is as before", async (status, outcome) => {
  const since = await lastSeq();
  const ringing = await startSippPhone({
    scenario: phoneWhoAnswers({ rtpPort: phone.port, ringMs: 50 }),
    localPort: phonePort,
  });
  const called = await startSippPhone({
    scenario: calledRefuses({ status }),
    localPort: carrierPort,
  });
  expect(await dial("13900000002")).toBeNull();
  const ended = await centre.fact("callEnded", (fact) => fact.seq > since);
  expect(ended).toMatchObject({ outcome, cause: { sipStatus: status } });
  expect([await ringing.done, await called.done]).toMatchObject([{ code: 0 }, { code: 0 }]);
  await stateIs("notReady");
  expect(desk.last("agent")?.agent.lastDial).toMatchObject({ number: "13900000002", outcome });
});

test("a carrier that asks for a digest gets it, and is talked with", async () => {
  const since = await lastSeq();
  const ringing = await startSippPhone({
    scenario: phoneWhoAnswers({ rtpPort: phone.port, ringMs: 50 }),
    localPort: phonePort,
  });
  const called = await startSippPhone({
    scenario: calledAsksDigest({
      rtpPort: other.port,
      username: "rexian",
      password: "said-to-the-carrier",
    }),
    localPort: carrierPort,
  });
  expect(await dial("13900000004")).toBeNull();
  await stateIs("onCall");
  await until(
    "both hear each other",
    () => phone.share(otherHz) > 0.8 && other.share(phoneHz) > 0.8,
  );
  expect(await desk.ask({ type: "release" })).toBeNull();
  expect([await ringing.done, await called.done]).toMatchObject([{ code: 0 }, { code: 0 }]);
  const ended = await centre.fact("callEnded", (fact) => fact.seq > since);
  expect(ended).toMatchObject({ outcome: "answered", by: "agent" });
  await stateIs("notReady");
});

test("a busy tone in early media ends the call for its true cause", async () => {
  const since = await lastSeq();
  const network = await RtpEndpoint.open({ toneHz: 450, pulseMs: 350 });
  try {
    const ringing = await startSippPhone({
      scenario: phoneWhoAnswers({ rtpPort: phone.port, ringMs: 50 }),
      localPort: phonePort,
    });
    const called = await startSippPhone({
      scenario: calledSoundsUntilCancel({ rtpPort: network.port }),
      localPort: carrierPort,
    });
    expect(await dial("13900000006")).toBeNull();
    const ended = await centre.fact("callEnded", (fact) => fact.seq > since);
    expect(ended).toMatchObject({
      ...{ outcome: "busy", by: "network", direction: "outbound" },
      cause: { reason: "busy", sipStatus: null },
    });
    expect([await ringing.done, await called.done]).toMatchObject([{ code: 0 }, { code: 0 }]);
    await stateIs("notReady");
  } finally {
    network.close();
  }
});

test("a carrier that asks again gets no second answer", async () => {
  const since = await lastSeq();
  const ringing = await startSippPhone({
    scenario: phoneWhoAnswers({ rtpPort: phone.port, ringMs: 50 }),
    localPort: phonePort,
  });
  const called = await startSippPhone({ scenario: calledAsksForEver(), localPort: carrierPort });
  expect(await dial("13900000005")).toBeNull();
  const ended = await centre.fact("callEnded", (fact) => fact.seq > since);
  expect(ended).toMatchObject({ outcome: "failed", cause: { sipStatus: 401 } });
  expect([await ringing.done, await called.done]).toMatchObject([{ code: 0 }, { code: 0 }]);
  await stateIs("notReady");
});

test.each([
  ["0044123", null, "numberNotAllowed"],
  ["139@10.0.0.1", null, "invalidNumber"],
  ["13900000001", "110", "callerIdNotAllowed"],
])("%s showing %s is refused, and no INVITE leaves", async (number, callerId, refusal) => {
  expect(await dial(number, callerId)).toBe(refusal);
  await centre.fact("dialRefused", (fact) => fact.number === number && fact.why === refusal);
});
