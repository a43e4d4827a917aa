// A trunk that sends INVITE, REGISTER and OPTIONS, each at ten times its calls per second, against a
// whole centre: it still gets what it is rated for, the rest is refused at once, and a call of its
// own that stands does not feel it.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Centre, startCentre } from "../system/centre.ts";
import { FloodingTrunk } from "../system/flooding-trunk.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { type SippRun, startSipp } from "../system/sipp.ts";
import { callerUntilBye } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

const ratedPerSecond = 20;
const floodMs = 4_000;
const refusedWithinMs = 50;
const normalWithinMs = 2_000;
/** A machine whose timers are later than this cannot tell what the edge itself takes. */
const loopDelayMsMax = 20;

let centre: Centre;
let standing: RtpEndpoint;
let standingCall: SippRun;
let trunk: FloodingTrunk;

beforeAll(async () => {
  centre = await startCentre({
    site: testSite({
      agents: [{ id: "1001" }],
      more: {
        trunks: [
          {
            id: "carrier",
            sources: ["127.0.0.1"],
            channelsMax: 500,
            callsPerSecondMax: ratedPerSecond,
          },
        ],
        sip: { drainSeconds: 0, limits: { sourcePerSecondMax: 5 * ratedPerSecond } },
      },
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
  trunk = await FloodingTrunk.open({
    host: "127.0.0.1",
    target: centre.sipTarget,
    service: "8000",
  });
});

afterAll(async () => {
  trunk?.close();
  standingCall?.kill();
  standing?.close();
  expect(await centre?.stop()).toBe(0);
});

function share(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(part * (sorted.length - 1))] ?? Number.POSITIVE_INFINITY;
}

test("it gets what it is rated for, and the rest is refused at once", async () => {
  const loop = monitorEventLoopDelay({ resolution: 5 });
  loop.enable();
  const methods = ["INVITE", "REGISTER", "OPTIONS"];
  let flooding = true;
  const flow = trunk
    .send({ methods, perSecond: 10 * ratedPerSecond, forMs: floodMs })
    .finally(() => {
      flooding = false;
    });
  let heard = 0;
  for (; flooding; heard++) {
    standing.forget();
    await standing.hears(500, 2_000);
  }
  await flow;
  expect(heard).toBeGreaterThan(1);
  loop.disable();
  const endMs = performance.now();
  const flood = [...trunk.sent];

  // A little below what is rated, so that no jitter of a timer reaches the limit.
  const afterwards = { methods: ["INVITE"], perSecond: 0.9 * ratedPerSecond, forMs: 4_000 };
  await trunk.send(afterwards);
  const later = trunk.sent.slice(flood.length);
  await until("every request has its answer", () =>
    trunk.sent.every(({ status, completed, method }) =>
      method === "INVITE" && status === 200 ? completed : status !== null,
    ),
  );

  const refused = flood.filter(({ status }) => status === 503);
  expect(refused.every(({ retryAfter }) => retryAfter)).toBe(true);
  expect(refused.filter(({ method }) => method === "INVITE").length).toBeGreaterThan(
    0.8 * 9 * ratedPerSecond * (floodMs / 1_000),
  );
  const goodput = flood.filter(({ completed }) => completed).length / (floodMs / 1_000);
  expect(goodput).toBeGreaterThanOrEqual(0.8 * ratedPerSecond);

  const delays = refused.map(({ atMs, answeredMs }) => answeredMs - atMs);
  const loopDelayMs = loop.percentile(95) / 1e6;
  const judged = loopDelayMs > loopDelayMsMax ? 0.5 : 0.95;
  const figures = [0.5, 0.95].map((part) => `p${100 * part} ${share(delays, part).toFixed(1)} ms`);
  console.info(
    `${refused.length} of ${flood.length} refused, ${figures.join(", ")}; ${goodput.toFixed(1)} calls/s ` +
      `of ${ratedPerSecond}; this process's own delay p95 ${loopDelayMs.toFixed(1)} ms` +
      (judged === 0.5 ? ": the machine is overloaded, only the median is judged" : ""),
  );
  expect(share(delays, judged)).toBeLessThan(refusedWithinMs);

  const stillRefused = later.filter(
    ({ atMs, completed }) => atMs > endMs + normalWithinMs && !completed,
  );
  expect(stillRefused).toEqual([]);
  expect(later.filter(({ atMs }) => atMs > endMs + normalWithinMs).length).toBeGreaterThan(20);
});

test("a flood of OPTIONS and REGISTER takes nothing from its calls", async () => {
  const before = trunk.sent.length;
  const others = { methods: ["OPTIONS", "REGISTER"], perSecond: 10 * ratedPerSecond, forMs: 3_000 };
  const calls = { methods: ["INVITE"], perSecond: 0.9 * ratedPerSecond, forMs: 3_000 };
  await Promise.all([trunk.send(others), trunk.send(calls)]);
  const sent = trunk.sent.slice(before);
  await until("every request has its answer", () =>
    sent.every(({ status, completed, method }) =>
      method === "INVITE" && status === 200 ? completed : status !== null,
    ),
  );
  const refused = (method: string) =>
    sent.filter((one) => one.method === method && one.status === 503).length;
  // Of each kind half is let in.
  expect(refused("OPTIONS")).toBeGreaterThan(0.8 * 5 * ratedPerSecond * 3);
  expect(refused("REGISTER")).toBeGreaterThan(0.8 * 5 * ratedPerSecond * 3);
  const invites = sent.filter(({ method }) => method === "INVITE");
  expect(invites.filter(({ completed }) => !completed)).toEqual([]);
});
