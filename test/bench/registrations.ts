// `npm run bench -- registrations`: what many phones cost the edge and the engine's registrar, with
// digest (half MD5, half SHA-256) and a second contact for every fifth user.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { openProbes, sampleProcess } from "../system/probing.ts";
import { type Registered, type Registering, Registrants } from "../system/registrants.ts";
import { startSipEdge } from "../system/sip-edge.ts";
import { cpuMs } from "./processes.ts";

const atOnce = 50;
const expires = 3_600;
/** The last timers of non-INVITE transactions are over (RFC 3261 timer J: 32 s). */
const settledMs = 34_000;

export async function benchRegistrations(users: number): Promise<void> {
  const probes = openProbes();
  const env = { SIP_SOURCE_RATE: "1000000", ...probes.env };
  const edge = await startSipEdge({ env });
  const script = fileURLToPath(new URL("./registrar-application.js", import.meta.url));
  const app = fork(script, [String(edge.adminPort), edge.secret], {
    env: { ...process.env, ...probes.env },
  });
  await once(app, "message");
  const pids = { edge: edge.pid, registrar: app.pid ?? -1 };
  const phones = await Registrants.open({ host: "127.0.0.1", port: edge.sipPort });
  const heap = async (pid: number) => {
    const { threads } = await sampleProcess(probes.folder, pid);
    return threads.reduce((sum, { heapUsed, external }) => sum + heapUsed + external, 0);
  };
  const passTime = async (ms: number): Promise<number> => {
    app.send(ms);
    const [count] = (await once(app, "message")) as [number];
    return count;
  };
  const step = async (what: string, asked: readonly Registering[]) => {
    const before = { edge: cpuMs(pids.edge), registrar: cpuMs(pids.registrar) };
    const startMs = performance.now();
    const results = await phones.registerAll(asked, atOnce);
    const seconds = (performance.now() - startMs) / 1_000;
    const each = (name: "edge" | "registrar") =>
      ((cpuMs(pids[name]) - before[name]) / asked.length).toFixed(2);
    const accepted = results.filter(({ statuses }) => statuses.at(-1) === 200).length;
    print(what, `${accepted} of ${asked.length}`, `accepted in ${seconds.toFixed(1)} s`);
    print("  CPU each, edge and registrar", `${each("edge")} + ${each("registrar")}`, "ms");
    print("  messages with a challenge", challenged(results), "");
  };
  try {
    await phones.registerAll(registering(200, 0), atOnce);
    await pause(settledMs);
    const before = { edge: await heap(pids.edge), registrar: await heap(pids.registrar) };
    const asked = [...registering(users, 0), ...registering(users / 5, 1)];
    await step("registered", asked);
    await pause(settledMs);
    print("  bound", await passTime(0), "contacts");
    for (const name of ["edge", "registrar"] as const) {
      const bytes = ((await heap(pids[name])) - before[name]) / asked.length;
      print(`  memory for each, ${name}`, bytes.toFixed(0), "bytes");
    }
    await step("refreshed", asked);
    const left = await passTime(expires * 1_000 + 1_000);
    print("  bound after their time", left, "contacts");
    print("retransmissions", phones.retransmissions, "");
  } finally {
    phones.close();
    app.disconnect();
    await edge.stop();
    probes.close();
  }
}

function registering(users: number, line: number): Registering[] {
  return Array.from({ length: users }, (_, index) => {
    const user = String(100_000 + index);
    const algorithm = index % 2 === 0 ? "MD5" : "SHA-256";
    return { user, password: `pw-${user}`, algorithm, line, expires };
  });
}

const challenged = (results: readonly Registered[]) =>
  results.filter(({ statuses }) => statuses[0] === 401).length;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function print(what: string, value: string | number, unit: string): void {
  console.log(`${what.padEnd(40)} ${String(value).padStart(16)} ${unit}`);
}
