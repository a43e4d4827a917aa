// INVITEs of many strangers at ten times what strangers may send together, against a whole centre:
// its trunk's rated load and a call that stands do not feel it.
import dgram from "node:dgram";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Centre, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { type SippRun, startSipp } from "../system/sipp.ts";
import { callerUntilBye, callerWhoReleases } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";

const strangers = 50;
/** Two sources at their limit, all strangers together. */
const sourcePerSecondMax = 50;
const floodPerSecond = 10 * 2 * sourcePerSecondMax;
const floodMs = 3_000;
const ratedPerSecond = 20;

let centre: Centre;
let standing: RtpEndpoint;
let standingCall: SippRun;

beforeAll(async () => {
  centre = await startCentre({
    site: testSite({
      agents: [{ id: "1001" }],
      more: { sip: { drainSeconds: 0, limits: { sourcePerSecondMax } } },
    }),
  });
  standing = await RtpEndpoint.open({ toneHz: 500 });
  standingCall = startSipp({
    scenario: callerUntilBye({ rtpPort: standing.port }),
    target: centre.sipTarget,
    service: "8000",
    timeoutMs: 120_000,
  });
  await standing.hears(500);
});

afterAll(async () => {
  standingCall?.kill();
  standing?.close();
  expect(await centre?.stop()).toBe(0);
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function stranger(address: string) {
  const socket = dgram.createSocket("udp4");
  const sentAt = new Map<string, number>();
  const delays: number[] = [];
  socket.on("message", (bytes) => {
    const text = bytes.toString("latin1");
    const startMs = sentAt.get(/Call-ID: (\S+)/.exec(text)?.[1] ?? "");
    if (startMs === undefined || !text.startsWith("SIP/2.0 503") || !/Retry-After: \d/.test(text))
      return;
    delays.push(performance.now() - startMs);
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, address, resolve);
  });
  const port = Number(centre.sipTarget.split(":")[1]);
  const invite = (callId: string) => {
    sentAt.set(callId, performance.now());
    const lines = [
      `INVITE sip:10086@${centre.sipTarget} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address}:${socket.address().port};branch=z9hG4bK${callId}`,
      "Max-Forwards: 70",
      `From: <sip:1@${address}>;tag=${callId}`,
      "To: <sip:10086@127.0.0.1>",
      `Call-ID: ${callId}`,
      "CSeq: 1 INVITE",
      `Contact: <sip:1@${address}:${socket.address().port}>`,
      "Content-Length: 0",
    ];
    socket.send(`${lines.join("\r\n")}\r\n\r\n`, port, "127.0.0.1");
  };
  return { invite, delays, sent: () => sentAt.size, close: () => socket.close() };
}

async function flood(): Promise<{ refused: number; medianMs: number }> {
  const all = await Promise.all(
    Array.from({ length: strangers }, (_, index) => stranger(`127.1.0.${index + 1}`)),
  );
  const startMs = performance.now();
  for (let sent = 0; performance.now() - startMs < floodMs; ) {
    const due = ((performance.now() - startMs) / 1_000) * floodPerSecond;
    for (; sent < due; sent++) all[sent % strangers]?.invite(`flood-${startMs}-${sent}`);
    await pause(5);
  }
  await pause(300);
  const delays = all.flatMap((one) => one.delays).sort((a, b) => a - b);
  const sent = all.reduce((sum, one) => sum + one.sent(), 0);
  for (const one of all) one.close();
  return {
    refused: delays.length / sent,
    medianMs: delays[Math.floor(delays.length / 2)] ?? Number.POSITIVE_INFINITY,
  };
}

/** True when every call of the trunk, at the rated speed, went through. */
async function ratedLoad(seconds: number): Promise<boolean> {
  const { code, errors } = await startSipp({
    scenario: callerWhoReleases({ rtpPort: 40_000, stayMs: 100 }),
    target: centre.sipTarget,
    service: "8001",
    calls: seconds * ratedPerSecond,
    callsPerSecond: ratedPerSecond,
  }).done;
  if (code !== 0) console.error(errors);
  return code === 0;
}

test("they are refused at once, and nobody else notices", async () => {
  standing.forget();
  const [attack, during] = await Promise.all([flood(), ratedLoad(floodMs / 1_000)]);
  // Those let in are answered 403 by the engine.
  expect(attack.refused).toBeGreaterThan(0.8);
  expect(attack.medianMs).toBeLessThan(50);
  expect(during).toBe(true);
  await standing.hears(500);
  // Normal again: the very next calls all go through.
  expect(await ratedLoad(1)).toBe(true);
  const refused = await centre.metric('acd_sip_edge_events_total{event="refused_by_rate"}');
  expect(refused).toBeGreaterThan(0.8 * (floodMs / 1_000) * floodPerSecond);
  expect(
    await centre.metric('acd_sip_edge_trunk_refused_total{trunk="carrier-trunk",reason="rate"}'),
  ).toBe(0);
});
