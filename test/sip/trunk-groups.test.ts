// Calls out over a group of trunks: one that is dead, one that is full or broken, one that takes the
// call; and a trunk that wants us to register.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type CarrierPeer, openCarrierPeer } from "../system/carrier-peer.ts";
import { type Centre, freePort, startCentre } from "../system/centre.ts";
import { openDesk, type TestDesk } from "../system/desk.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { startSipp, startSippPhone } from "../system/sipp.ts";
import { calledRefuses, callerUntilBye, phoneWhoAnswers } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const phoneHz = 900;
const otherHz = 500;
const credentials = { username: "rexian-line", password: "said-to-the-carrier" };
let centre: Centre;
let desk: TestDesk;
let phonePort: number;
let firstPort: number;
let secondPort: number;
let phone: RtpEndpoint;
let other: RtpEndpoint;
let peer: CarrierPeer;

beforeAll(async () => {
  [phonePort, firstPort, secondPort] = [await freePort(), await freePort(), await freePort()];
  peer = await openCarrierPeer({ ...credentials, expiresSeconds: 5 });
  const uri = `sip:1101@127.0.0.1:${phonePort}`;
  const device = { kind: "fixed", uri, alwaysReady: false };
  const site = testSite({
    agents: [{ id: "1101", device, skills: { carrier: 5 } }, { id: "1001" }],
  });
  const { queues } = site as { queues: { id: string }[] };
  const outbound = { trunk: "out", callerIds: ["10086"], allow: ["139"], ringSeconds: 20 };
  const host = "127.0.0.1";
  centre = await startCentre({
    site: {
      ...site,
      trunks: [
        {
          id: "first",
          sources: ["127.0.0.1/32"],
          channelsMax: 1,
          outbound: { host, port: firstPort },
        },
        { id: "second", sources: ["192.0.2.2"], outbound: { host, port: secondPort } },
        {
          id: "asked",
          sources: ["192.0.2.3"],
          outbound: {
            ...{ host, port: peer.port, credentials },
            optionsSeconds: 1,
            register: { expiresSeconds: 600 },
          },
        },
      ],
      trunkGroups: [
        {
          id: "out",
          trunks: [
            { trunk: "asked", order: 1 },
            { trunk: "first", order: 2 },
            { trunk: "second", order: 3 },
          ],
        },
      ],
      queues: queues.map((queue) => (queue.id === "carrier" ? { ...queue, outbound } : queue)),
    },
  });
  phone = await RtpEndpoint.open({ toneHz: phoneHz });
  other = await RtpEndpoint.open({ toneHz: otherHz });
  desk = await openDesk(centre, "1101");
  expect(await desk.ask({ type: "logIn" })).toBeNull();
  await centre.fact("trunkStateChanged", (fact) => fact.trunkId === "asked" && !fact.isUp);
});

afterAll(async () => {
  desk?.close();
  phone?.close();
  other?.close();
  peer?.close();
  expect(await centre?.stop()).toBe(0);
});

afterEach(async () => {
  await centre.quiet();
  await until("the agent may dial", () => desk.last("agent")?.agent.state.kind === "notReady");
  phone.endCall();
  other.endCall();
});

const dial = (number: string) =>
  desk.ask({ type: "dial", queueId: "carrier", number, callerId: null });

const lastSeq = async () => (await centre.facts()).at(-1)?.seq ?? 0;

const metrics = async () => await (await fetch(`${centre.baseUrl}/metrics`)).text();

const attemptsSince = async (since: number) =>
  (await centre.facts()).flatMap((fact) =>
    fact.seq > since && fact.type === "trunkAttemptEnded"
      ? [[fact.trunkId, fact.result, fact.cause.q850 ?? fact.cause.sipStatus, fact.next]]
      : [],
  );

const rings = () =>
  startSippPhone({
    scenario: phoneWhoAnswers({ rtpPort: phone.port, ringMs: 50 }),
    localPort: phonePort,
  });

const answersOn = (localPort: number) =>
  startSippPhone({ scenario: phoneWhoAnswers({ rtpPort: other.port, ringMs: 50 }), localPort });

const bothHear = () =>
  until("both hear each other", () => phone.share(otherHz) > 0.8 && other.share(phoneHz) > 0.8);

test("a trunk that does not answer OPTIONS is skipped; the first answers 503, the second talks", async () => {
  const since = await lastSeq();
  const ringing = await rings();
  const refusing = await startSippPhone({
    scenario: calledRefuses({ status: 503, q850: 34 }),
    localPort: firstPort,
  });
  const called = await answersOn(secondPort);
  expect(await dial("13900000001")).toBeNull();
  await bothHear();
  expect(await desk.ask({ type: "release" })).toBeNull();
  expect([await ringing.done, await refusing.done, await called.done]).toMatchObject(
    Array(3).fill({ code: 0 }),
  );
  expect(await attemptsSince(since)).toEqual([
    ["first", "failed", 34, "second"],
    ["second", "answered", null, null],
  ]);
  expect(peer.requests).not.toContain("INVITE");
  const text = await metrics();
  expect(text).toContain('acd_trunk_up{trunk="asked"} 0');
  expect(text).toContain('acd_trunk_attempts_total{trunk="first",cause="34"} 1');
  expect(text).toContain('acd_trunk_attempts_total{trunk="second",cause="answered"} 1');
});

test("a trunk that is full with a call that came in gives the next call to the second", async () => {
  const since = await lastSeq();
  const caller = startSipp({
    scenario: callerUntilBye({ ani: "13900000009", rtpPort: other.port }),
    target: centre.sipTarget,
    service: "10086",
  });
  await centre.fact("queueEntered", (fact) => fact.seq > since);
  const ringing = await rings();
  const called = await startSippPhone({
    scenario: calledRefuses({ status: 486 }),
    localPort: secondPort,
  });
  expect(await dial("13900000002")).toBeNull();
  const ended = await centre.fact("callEnded", (fact) => fact.seq > since);
  expect(ended).toMatchObject({ outcome: "busy", cause: { sipStatus: 486 } });
  expect(await attemptsSince(since)).toEqual([["second", "failed", 486, null]]);
  const took = await rings();
  expect(await desk.ask({ type: "goReady" })).toBeNull();
  await centre.fact("talkStarted", (fact) => fact.seq > since);
  expect(await desk.ask({ type: "release" })).toBeNull();
  const runs = [ringing, called, took, caller];
  expect(await Promise.all(runs.map(({ done }) => done))).toMatchObject(
    runs.map(() => ({ code: 0 })),
  );
  expect(await desk.ask({ type: "goNotReady", reason: "meal" })).toBeNull();
});

test("all trunks refuse: the call ends with the cause of the last one", async () => {
  const since = await lastSeq();
  const ringing = await rings();
  const refusing = await Promise.all(
    [firstPort, secondPort].map((localPort, at) =>
      startSippPhone({
        scenario: calledRefuses({ status: 503, q850: [34, 42][at] ?? 0 }),
        localPort,
      }),
    ),
  );
  expect(await dial("13900000003")).toBeNull();
  const ended = await centre.fact("callEnded", (fact) => fact.seq > since);
  const cause = { reason: "unreachable", sipStatus: 503, q850: 42 };
  expect(ended).toMatchObject({ outcome: "failed", by: "network", cause });
  expect(await attemptsSince(since)).toEqual([
    ["first", "failed", 34, "second"],
    ["second", "failed", 42, null],
  ]);
  const runs = [ringing, ...refusing];
  expect(await Promise.all(runs.map(({ done }) => done))).toMatchObject(
    runs.map(() => ({ code: 0 })),
  );
});

test("the registration is made with a digest and renewed, and the trunk works with its first answer", async () => {
  await until("the registration was renewed", () => peer.registered.length > 1);
  const { port } = new URL(`http://${centre.sipTarget}`);
  expect(new Set(peer.registered)).toEqual(new Set([`<sip:rexian-line@127.0.0.1:${port}>`]));
  const ready = async () => await (await fetch(`${centre.baseUrl}/readyz`)).json();
  expect(await ready()).toEqual({
    status: "ready",
    reasons: [],
    notes: ["the trunk asked does not answer OPTIONS"],
  });
  peer.optionsStatus.value = 200;
  await centre.fact("trunkStateChanged", (fact) => fact.trunkId === "asked" && fact.isUp);
  expect(await ready()).toEqual({ status: "ready", reasons: [] });
  const text = await metrics();
  expect(text).toContain('acd_trunk_up{trunk="asked"} 1');
  expect(text).toContain('acd_trunk_registered{trunk="asked"} 1');
});
