// `npm run edge` as its user sees it: what it prints, how it ends, what it says of wrong settings.
import { expect, test } from "vitest";
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
