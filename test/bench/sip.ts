// `npm run bench -- sip`: what a two-dialog B2BUA call costs the SIP edge and its application
// (drachtio-srf, createB2BUA). Load from sipp over UDP: INVITE, 200, ACK, BYE; no media.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseMessage } from "../../engine/edge/sip/message/parse.ts";
import { serialise } from "../../engine/edge/sip/message/serialise.ts";
import { freePort } from "../system/centre.ts";
import { openProbes, sampleProcess } from "../system/probing.ts";
import { type SipEdgeProcess, startSipEdge } from "../system/sip-edge.ts";
import { until } from "../system/wait.ts";
import { cpuMs } from "./processes.ts";

export type SipBenchOptions = Readonly<{
  calls: number;
  callsPerSecond: number;
  /** Live dialogs of the last run; two for each held call. */
  dialogs: number;
  /** Writes a CPU profile of the edge into this folder. */
  profileDir: string | null;
}>;

type Load = Readonly<{ calls: number; callsPerSecond: number; holdMs: number }>;
type LoadResult = Readonly<{ done: number; failed: number; retransmissions: number }>;

const warmUp: Load = { calls: 400, callsPerSecond: 50, holdMs: 0 };

export async function benchSip(options: SipBenchOptions): Promise<void> {
  const rig = await startRig(options.profileDir);
  try {
    await rig.load(warmUp);
    const short = { calls: options.calls, callsPerSecond: options.callsPerSecond, holdMs: 100 };
    await measured(rig, short, "about 10 live dialogs");
    await heldDialogs(rig, options);
  } finally {
    await rig.stop();
  }
  textRates();
}

/** Calls per second, CPU per call, repetitions. */
async function measured(rig: Rig, load: Load, when: string): Promise<void> {
  const before = { edge: cpuMs(rig.edge.pid), app: cpuMs(rig.appPid), at: performance.now() };
  const result = await rig.load(load);
  const seconds = (performance.now() - before.at) / 1_000;
  const edgeMs = (cpuMs(rig.edge.pid) - before.edge) / result.done;
  const appMs = (cpuMs(rig.appPid) - before.app) / result.done;
  print(`with ${when}`, `${result.done} of ${load.calls}`, `calls at ${load.callsPerSecond}/s`);
  print("  calls ended", (result.done / seconds).toFixed(1), "1/s");
  print("  CPU per call, edge", edgeMs.toFixed(2), "ms");
  print("  CPU per call, application", appMs.toFixed(2), "ms");
  print(
    "  retransmissions of the caller",
    result.retransmissions,
    `(${result.failed} calls failed)`,
  );
}

/** What a dialog weighs while nothing happens in it, and what calls cost beside many. */
async function heldDialogs(rig: Rig, options: SipBenchOptions): Promise<void> {
  const calls = Math.round(options.dialogs / 2);
  const openingMs = (calls / options.callsPerSecond) * 1_000;
  const measuringMs = (options.calls / options.callsPerSecond) * 1_000;
  await pause(settledMs);
  const before = await rig.memory();
  const held = rig.load({
    calls,
    callsPerSecond: options.callsPerSecond,
    holdMs: openingMs + settledMs + measuringMs + 15_000,
  });
  await pause(openingMs + 3_000);
  const opened = await rig.memory();
  await pause(settledMs);
  const idle = await rig.memory();
  const short = { calls: options.calls, callsPerSecond: options.callsPerSecond, holdMs: 100 };
  await measured(rig, short, `${options.dialogs} live dialogs`);
  const each = (now: Memory, part: keyof Memory) =>
    ((now[part] - before[part]) / options.dialogs / 1_024).toFixed(2);
  for (const [when, now] of [
    ["just opened", opened],
    ["idle", idle],
  ] as const) {
    const unit = `kB of heap and buffers (${each(now, "resident")} resident)`;
    print(`  memory per dialog, ${when}`, each(now, "owned"), unit);
  }
  const { failed } = await held;
  if (failed > 0) print("  held calls that failed", failed, "");
}

/** The longest timers of a transaction are over (RFC 3261 timers B, D, H, J, L, M: 32 s). */
const settledMs = 34_000;

/** Bytes: what objects own after a full collection, and resident pages. */
type Memory = Readonly<{ owned: number; resident: number }>;

type Rig = Readonly<{
  edge: SipEdgeProcess;
  appPid: number;
  load(load: Load): Promise<LoadResult>;
  memory(): Promise<Memory>;
  stop(): Promise<void>;
}>;

async function startRig(profileDir: string | null): Promise<Rig> {
  const probes = openProbes();
  const edge = await startSipEdge({
    env: { SIP_SOURCE_RATE: "1000000", ...probes.env },
    nodeOptions: profileDir === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileDir}`],
  });
  const calleePort = await freePort();
  const script = fileURLToPath(new URL("./sip-application.js", import.meta.url));
  const callee = `sip:callee@127.0.0.1:${calleePort}`;
  const app = spawn(process.execPath, [script, String(edge.adminPort), edge.secret, callee], {
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  app.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until("the application is connected", () => said.includes("ready"));
  const work = mkdtempSync(join(tmpdir(), "rexian-bench-"));
  const phone = sipp(work, ["-sn", "uas", "-p", String(calleePort)]);
  return {
    edge,
    appPid: app.pid ?? -1,
    load: (load) => runLoad(edge.sipPort, load),
    async memory() {
      const { threads, rssKb } = await sampleProcess(probes.folder, edge.pid);
      const owned = threads.reduce((sum, { heapUsed, external }) => sum + heapUsed + external, 0);
      return { owned, resident: rssKb * 1_024 };
    },
    async stop() {
      phone.kill("SIGKILL");
      app.kill("SIGTERM");
      await edge.stop();
      probes.close();
      rmSync(work, { recursive: true, force: true });
    },
  };
}

async function runLoad(port: number, load: Load): Promise<LoadResult> {
  const work = mkdtempSync(join(tmpdir(), "rexian-bench-"));
  const child = sipp(work, [
    `127.0.0.1:${port}`,
    ...["-sn", "uac", "-trace_stat", "-fd", "1000"],
    ...["-m", String(load.calls), "-r", String(load.callsPerSecond), "-d", String(load.holdMs)],
    ...["-l", "100000", "-recv_timeout", "20000"],
  ]);
  await new Promise((resolve) => child.on("close", resolve));
  const file = readdirSync(work).find((name) => name.endsWith(".csv"));
  const lines = file === undefined ? [] : readFileSync(join(work, file), "utf8").trim().split("\n");
  rmSync(work, { recursive: true, force: true });
  const [names = [], values = []] = [lines[0]?.split(";"), lines.at(-1)?.split(";")];
  const value = (name: string) => Number(values[names.indexOf(name)] ?? Number.NaN);
  return {
    done: value("SuccessfulCall(C)"),
    failed: value("FailedCall(C)"),
    retransmissions: value("Retransmissions(C)"),
  };
}

function sipp(cwd: string, args: readonly string[]): ChildProcess {
  return spawn("sipp", [...args, "-i", "127.0.0.1", "-nostdin"], { cwd, stdio: "ignore" });
}

/** How many messages a second this machine parses and writes. */
function textRates(): void {
  const body = `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n`;
  const bytes = Buffer.from(
    [
      "INVITE sip:12345@192.0.2.10:5060 SIP/2.0",
      "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK74bf9;rport",
      "Max-Forwards: 70",
      'From: "Alice" <sip:alice@192.0.2.1>;tag=9fxced76sl',
      "To: <sip:12345@192.0.2.10>",
      "Call-ID: 3848276298220188511@192.0.2.1",
      "CSeq: 1 INVITE",
      "Contact: <sip:alice@192.0.2.1:5060>",
      "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY",
      "Supported: timer, 100rel, replaces",
      "User-Agent: bench",
      "Content-Type: application/sdp",
      `Content-Length: ${body.length}`,
      "",
      body,
    ].join("\r\n"),
  );
  const parsed = parseMessage(bytes);
  if (!parsed.ok || parsed.message === null) throw new Error("the bench's own message is broken");
  const { message } = parsed;
  print(
    "parse, INVITE with SDP",
    rate(() => parseMessage(bytes)),
    "1/s",
  );
  print(
    "serialise, the same",
    rate(() => serialise(message)),
    "1/s",
  );
}

function rate(work: () => unknown): string {
  for (let count = 0; count < 20_000; count++) work();
  const startMs = performance.now();
  let done = 0;
  while (performance.now() - startMs < 1_000) {
    for (let count = 0; count < 1_000; count++) work();
    done += 1_000;
  }
  return ((done / (performance.now() - startMs)) * 1_000).toFixed(0);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function print(what: string, value: string | number, unit: string): void {
  console.log(`${what.padEnd(40)} ${String(value).padStart(14)} ${unit}`);
}
