// Stopping without cutting calls: new ones get 503, those that stand end as their people want.
import { afterEach, describe, expect, test } from "vitest";
import { Call, udpPeer } from "../../engine/edge/sip/testing/peer.ts";
import { type Centre, freePort, startCentre } from "../system/centre.ts";
import { RtpEndpoint } from "../system/rtp-endpoint.ts";
import { launchSipEdge } from "../system/sip-edge.ts";
import { type SippRun, startSipp } from "../system/sipp.ts";
import { callerUntilBye, callerWhoReleases } from "../system/sipp-scenarios.ts";
import { testSite } from "../system/site.ts";
import { until } from "../system/wait.ts";

let centre: Centre | null = null;
let caller: RtpEndpoint | null = null;
let sipp: SippRun | null = null;

afterEach(async () => {
  sipp?.kill();
  caller?.close();
  [sipp, caller] = [null, null];
  await centre?.stop();
  centre = null;
});

/** A centre with one call to the echo test, which hears itself. */
async function centreWithCall(options: {
  drainSeconds: number;
  stayMs: number | null;
}): Promise<{ started: Centre; sipPort: number; caller: RtpEndpoint; sipp: SippRun }> {
  const { drainSeconds, stayMs } = options;
  const started = await startCentre({
    site: testSite({ agents: [{ id: "1001" }], more: { sip: { drainSeconds } } }),
  });
  centre = started;
  const heard = await RtpEndpoint.open({ toneHz: 500 });
  caller = heard;
  const plan = { rtpPort: heard.port };
  const run = startSipp({
    scenario: stayMs === null ? callerUntilBye(plan) : callerWhoReleases({ ...plan, stayMs }),
    target: started.sipTarget,
    service: "8000",
  });
  sipp = run;
  await heard.hears(500);
  const sipPort = Number(started.sipTarget.split(":")[1]);
  return { started, sipPort, caller: heard, sipp: run };
}

describe("the launcher", () => {
  test("SIGTERM: new calls and OPTIONS get 503, the call goes on, then all ends with 0", async () => {
    const { started, sipPort, caller, sipp } = await centreWithCall({
      drainSeconds: 60,
      stayMs: 6_000,
    });
    started.signal("SIGTERM");
    await until("new calls are refused", () => started.output().includes("new calls are refused"));
    const peer = await udpPeer("late", sipPort);
    for (const method of ["INVITE", "OPTIONS"]) {
      await until(`${method} is refused`, async () => {
        Call.over(peer, `late-${method}-${process.hrtime.bigint()}`).request(method);
        return await peer.response(503, method).catch(() => null);
      });
    }
    peer.wire?.close();
    const ready = await fetch(`${started.baseUrl}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: "notReady", reasons: ["the SIP edge takes no new calls and ends soon"] },
    ]);
    caller.forget();
    await caller.hears(500);
    expect(await sipp.done).toMatchObject({ code: 0 });
    expect(await started.ended).toBe(0);
    expect(started.output()).not.toContain("died");
  });

  test("a second signal ends at once, whatever call stands", async () => {
    const { started } = await centreWithCall({ drainSeconds: 600, stayMs: null });
    started.signal("SIGINT");
    await until("new calls are refused", () => started.output().includes("new calls are refused"));
    started.signal("SIGINT");
    expect(await started.ended).toBe(0);
  });

  test("the time runs out: it ends although a call stands", async () => {
    const { started } = await centreWithCall({ drainSeconds: 1, stayMs: null });
    started.signal("SIGTERM");
    expect(await started.ended).toBe(0);
  });
});

test("SIGUSR2 to the edge of a running centre: it is replaced when its call is over", async () => {
  const { started, sipp } = await centreWithCall({ drainSeconds: 0, stayMs: 6_000 });
  const before = await started.edgePid();
  process.kill(before, "SIGUSR2");
  expect(await sipp.done).toMatchObject({ code: 0 });
  const after = await until("there is another edge", async () => {
    const pid = await started.edgePid();
    return pid !== before && pid;
  });
  expect(after).not.toBe(before);
  expect(await started.stop()).toBe(0);
});

test("SIGUSR2 to the edge alone without a call: it ends with 0", async () => {
  const { child, output, exit } = launchSipEdge({
    env: {
      SIP_PORT: String(await freePort()),
      ADMIN_PORT: String(await freePort()),
      ADMIN_SECRET: "only-for-this-test",
    },
  });
  await until("it is ready", () => /^ready$/m.test(output()));
  child.kill("SIGUSR2");
  expect(await exit).toBe(0);
});
