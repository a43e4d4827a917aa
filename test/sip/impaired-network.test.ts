// B2BUA calls of a drachtio-srf application over a network that loses, doubles and reorders a tenth
// of all datagrams: every call completes, nothing happens twice, nothing is left.
import Srf from "drachtio-srf";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CallEnd } from "../../engine/demo/peer/call.ts";
import { SipPeer } from "../../engine/demo/peer/sip-peer.ts";
import type { SipEdge } from "../../engine/edge/sip/start.ts";
import { sdp } from "../../engine/edge/sip/testing/peer.ts";
import { startTestEdge, untilEmpty } from "../../engine/edge/sip/testing/rig.ts";
import { ImpairedUdp } from "../system/impaired-udp.ts";
import { until } from "../system/wait.ts";

const calls = 80;
const t1Ms = 20;
let edge: SipEdge;
let srf: Srf;
let caller: SipPeer;
let callee: SipPeer;
let networks: ImpairedUdp[];
let log: string[];
/** Calls that the callee took, by the caller's number. */
let taken: string[];

beforeEach(async () => {
  log = [];
  taken = [];
  edge = await startTestEdge();
  callee = await SipPeer.open({
    host: "127.0.0.1",
    t1Ms,
    onCall: (call, invite) => {
      const number = invite.headers.find(([name]) => name === "X-Number")?.[1] ?? "";
      taken.push(number);
      call.handlers = {
        // Every second call is hung up by who was called.
        onAnswered: () => Number(number) % 2 === 0 && setTimeout(() => call.hangUp(), 60),
      };
      call.ring();
      setTimeout(() => call.answer(sdp), 30);
    },
  });
  caller = await SipPeer.open({ host: "127.0.0.1", t1Ms });
  const impairment = { lost: 0.1, doubled: 0.1, reordered: 0.1, delayMsMax: 40 };
  networks = await Promise.all(
    [caller, callee].map(({ port }, index) =>
      ImpairedUdp.between({ edgePort: edge.port, peerPort: port }, { ...impairment, seed: index }),
    ),
  );
  srf = new Srf();
  const target = `sip:callee@127.0.0.1:${networks[1]?.peerPort}`;
  srf.invite((req: Srf.SrfRequest, res: Srf.SrfResponse) => void connect(target, req, res));
  void srf.connect({ host: "127.0.0.1", port: edge.appPort, secret: "secret" });
  await new Promise<void>((resolve) => {
    srf.once("connect", () => resolve());
  });
});

afterEach(async () => {
  srf.disconnect();
  for (const network of networks) network.close();
  caller.close();
  callee.close();
  await edge.close();
});

async function connect(target: string, req: Srf.SrfRequest, res: Srf.SrfResponse): Promise<void> {
  const number = req.callingNumber;
  log.push(`${number} asked`);
  const headers = { "X-Number": number };
  const { uas, uac } = await srf.createB2BUA(req, res, target, { localSdpB: req.body, headers });
  log.push(`${number} connected`);
  uas.on("destroy", () => {
    log.push(`${number} ended`);
    void uac.destroy();
  });
  uac.on("destroy", () => {
    log.push(`${number} ended`);
    void uas.destroy();
  });
}

function place(number: number): Promise<CallEnd> {
  return new Promise((resolve) => {
    const call = caller.invite({
      target: { host: "127.0.0.1", port: networks[0]?.edgePort ?? 0 },
      ...{ dialled: "100", callerUser: String(number), sdp },
      handlers: {
        onAnswered: () => number % 2 === 1 && setTimeout(() => call.hangUp(), 60),
        onEnded: resolve,
      },
    });
  });
}

test("80 calls complete, none is doubled, no table keeps anything", async () => {
  const numbers = Array.from({ length: calls }, (_, index) => 1_000 + index);
  const ends: Promise<CallEnd>[] = [];
  for (const number of numbers) {
    ends.push(place(number));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await Promise.all(ends)).toEqual(
    numbers.map((number) => ({ by: number % 2 === 1 ? "us" : "them", status: null })),
  );
  await until("the application has seen every end", () => log.length === 3 * calls);
  await untilEmpty(edge);
  const steps = numbers.flatMap((number) =>
    ["asked", "connected", "ended"].map((step) => `${number} ${step}`),
  );
  expect([...log].sort()).toEqual([...steps].sort());
  expect([...taken].sort()).toEqual(numbers.map(String));
  // It was a bad network indeed.
  for (const { counts } of networks) {
    expect(Math.min(counts.lost, counts.doubled, counts.reordered)).toBeGreaterThan(20);
  }
  expect(edge.counters.retransmissionsAbsorbed).toBeGreaterThan(20);
});
