// `npm run edge` as its user sees it: what it prints, how it ends, what it says of wrong settings.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Call, udpPeer } from "../../engine/edge/sip/testing/peer.ts";
import { freePort } from "../system/centre.ts";
import { launchSipEdge, startSipEdge } from "../system/sip-edge.ts";
import { until } from "../system/wait.ts";

test("says ready alone on standard output, and ends at once on SIGTERM", async () => {
  const [udp, ws, admin] = [await freePort(), await freePort(), await freePort()];
  const { child, output, exit } = launchSipEdge({
    env: {
      SIP_CONTACTS: `sip:127.0.0.1:${udp};transport=udp,tcp sip:127.0.0.1:${ws};transport=ws`,
      ADMIN_PORT: String(admin),
      ADMIN_SECRET: "s",
    },
  });
  await until("it is ready", () => output() === "ready\n");
  const startMs = performance.now();
  child.kill("SIGTERM");
  expect(await exit).toBe(0);
  expect(performance.now() - startMs).toBeLessThan(1_000);
});

test("a start that fails says why in one line and exits with 1", async () => {
  const edge = await startSipEdge();
  const failed = async (env: Record<string, string>) => {
    const { output, exit } = launchSipEdge({ env });
    return [await exit, output()];
  };
  const admin = { ADMIN_PORT: String(edge.adminPort), ADMIN_SECRET: "s" };
  const free = String(await freePort());
  expect([
    await failed({ ...admin, SIP_PORT: String(edge.sipPort) }),
    await failed({ ...admin, SIP_PORT: free }),
    await failed({ ADMIN_SECRET: "" }),
  ]).toEqual([
    [1, `rexian edge: start: UDP port ${edge.sipPort} on 127.0.0.1 is already in use\n`],
    [
      1,
      `rexian edge: start: TCP (applications) port ${edge.adminPort} on 127.0.0.1 is already in use\n`,
    ],
    [1, "rexian edge: settings: ADMIN_SECRET is not set\n"],
  ]);
  await edge.stop();
});

test("the trace command shows a call of an edge that has a folder, and says so when there is none", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "rexian-edge-"));
  const edge = await startSipEdge({ env: { SIP_DATA_DIR: dataDir } });
  const peer = await udpPeer("caller", edge.sipPort);
  Call.over(peer, "traced-call").request("OPTIONS");
  await peer.response(503);
  const traced = (call: string) => {
    const script = join(import.meta.dirname, "../../dist/engine/trace.js");
    const asked = [script, call, "--data", dataDir];
    const { status, stdout, stderr } = spawnSync(process.execPath, asked, { encoding: "utf8" });
    return { status, text: stdout + stderr };
  };
  const ladder = traced("traced-call");
  expect(ladder.status).toBe(0);
  expect(ladder.text).toMatch(/OPTIONS[\s\S]*503/);
  expect(traced("another")).toEqual({
    status: 1,
    text: "no SIP message of the call another is kept (0 older ones were dropped)\n",
  });
  await edge.stop();
  expect(traced("traced-call")).toEqual({
    status: 1,
    text: `no running edge keeps its data in ${dataDir}\n`,
  });
  peer.wire?.close();
  rmSync(dataDir, { recursive: true });
});
