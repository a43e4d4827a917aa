// The load tool must itself be trustworthy: it is run against a small relay that stands for the
// centre, once an honest one and once one with crossed audio.
import { afterEach, describe, expect, test } from "vitest";
import { runLoad } from "./load.ts";
import type { LoadOptions } from "./load-plan.ts";
import { toneClip } from "./peer/clip.ts";
import { createMediaClock } from "./peer/media-clock.ts";
import { PhoneCall } from "./peer/phone-call.ts";
import { SipPeer } from "./peer/sip-peer.ts";

const host = "127.0.0.1";
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A centre that answers each call and plays this tone to it, as if an agent spoke. */
async function centre(toneHz: (callIndex: number) => number | null): Promise<SipPeer> {
  const clock = createMediaClock();
  let calls = 0;
  const peer = await SipPeer.open({
    host,
    onCall: (call) => {
      const hz = toneHz(calls);
      calls += 1;
      if (hz === null) {
        call.reject(503);
        return;
      }
      void PhoneCall.take(call, { peer, clock, withRtp: true, handlers: {} }).then((phone) => {
        phone?.answer();
        phone?.play(toneClip(hz));
      });
    },
  });
  cleanups.push(() => {
    peer.close();
    clock.stop();
  });
  return peer;
}

const plan = (port: number): LoadOptions => ({
  target: { host, port },
  calls: 4,
  callsPerSecond: 50,
  dialled: "12345",
  talkMs: 300,
  waitMsMax: 800,
  withRtp: true,
});

const shapes = (calls: Awaited<ReturnType<typeof runLoad>>["calls"]) =>
  calls.map(({ answeredMs, bridgedMs, end }) => [answeredMs !== null, bridgedMs !== null, end.by]);

describe("what callers hear is judged", () => {
  test("an agent's tone is a bridge, and the caller hangs up after talking", async () => {
    const peer = await centre(() => 1_250);
    const report = await runLoad(plan(peer.port));
    expect({ shapes: shapes(report.calls), faults: report.faults }).toEqual({
      shapes: Array.from({ length: 4 }, () => [true, true, "us"]),
      faults: [],
    });
    const { packetsIn, packetsOut, heardTones } = report.calls[0] ?? {};
    expect(Math.min(packetsIn ?? 0, packetsOut ?? 0)).toBeGreaterThan(10);
    expect(Object.keys(heardTones ?? {})).toEqual(["1250"]);
  });

  test("a caller who hears himself, and one who is refused, are faults", async () => {
    const peer = await centre((call) => (call === 0 ? 400 : call === 1 ? null : 1_300));
    const report = await runLoad(plan(peer.port));
    expect(report.faults).toEqual(["caller 0: heard himself", "caller 1: not answered, 503"]);
  });
});

test("without RTP no packet is sent, and calls last as long as asked", async () => {
  const peer = await centre(() => 1_250);
  const report = await runLoad({ ...plan(peer.port), withRtp: false });
  expect(report.calls.map(({ packetsOut, packetsIn }) => packetsOut + packetsIn)).toEqual([
    0, 0, 0, 0,
  ]);
  const lasted = report.calls.map(({ answeredMs, endedMs }) => endedMs - (answeredMs ?? 0));
  expect(lasted.every((ms) => ms >= 299)).toBe(true);
});

test.each([
  [400, []],
  [470, ["agent 1001 with 13900000000: crossed audio, heard 470 Hz"]],
])("an agent at a fixed port hears the caller at %i Hz", async (callerHz, expectedFaults) => {
  const caller = await SipPeer.open({ host });
  const clock = createMediaClock();
  cleanups.push(() => {
    caller.close();
    clock.stop();
  });
  // The centre dials the agent as soon as it has a caller; here the test itself does.
  const agentPort = await freePort();
  const peer = await centre(() => 1_100);
  const running = runLoad({
    ...plan(peer.port),
    calls: 1,
    agents: {
      people: [{ id: "1001", password: null }],
      port: agentPort,
      answerDelayMs: 20,
      talkMs: 350,
    },
    onEvent: ({ type }) => {
      if (type !== "answered") return;
      void PhoneCall.dial({
        peer: caller,
        clock,
        withRtp: true,
        target: { host, port: agentPort },
        dialled: "1001",
        callerUser: "13900000000",
        law: "a",
        handlers: {},
      }).then((phone) => phone.play(toneClip(callerHz)));
    },
  });
  const { agentCalls, faults } = await running;
  expect(faults).toEqual(expectedFaults);
  expect(
    agentCalls.map(({ agentId, toneHz, callerUser, end, heardTones }) => ({
      agentId,
      toneHz,
      callerUser,
      end,
      heard: Object.keys(heardTones),
    })),
  ).toEqual([
    {
      agentId: "1001",
      toneHz: 1_100,
      callerUser: "13900000000",
      end: { by: "us", status: null },
      heard: [String(callerHz)],
    },
  ]);
});

async function freePort(): Promise<number> {
  const peer = await SipPeer.open({ host });
  const { port } = peer;
  peer.close();
  return port;
}
