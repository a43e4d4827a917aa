// Starts the SIP edge alone, as `npm run edge` does, for tests and benchmarks with drachtio-srf.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./centre.ts";
import { until } from "./wait.ts";

const root = fileURLToPath(new URL("../../", import.meta.url)).replace(/dist\/$/, "");

export type SipEdgeProcess = Readonly<{
  pid: number;
  sipPort: number;
  adminPort: number;
  secret: string;
  /** Resolves with the exit code. */
  stop(): Promise<number | null>;
}>;

export type SipEdgeStart = Readonly<{
  /** Contacts other than UDP and TCP on one free port of 127.0.0.1. */
  env?: Readonly<Record<string, string>>;
  /** Options of the Node process, as a profiler's. */
  nodeOptions?: readonly string[];
}>;

/** The bare process, for starts that should fail. */
export function launchSipEdge(start: SipEdgeStart): {
  child: ChildProcess;
  output(): string;
  exit: Promise<number | null>;
} {
  const script = join(root, "dist/engine/edge/standalone.js");
  const child = spawn(process.execPath, [...(start.nodeOptions ?? []), script], {
    env: { ...process.env, NODE_ENV: "production", ...start.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const collect = (chunk: Buffer) => {
    text = (text + chunk.toString("utf8")).slice(-100_000);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const exit = new Promise<number | null>((resolve) => child.on("exit", (code) => resolve(code)));
  return { child, output: () => text, exit };
}

export async function startSipEdge(start: SipEdgeStart = {}): Promise<SipEdgeProcess> {
  const [sipPort, adminPort] = [await freePort(), await freePort()];
  const secret = "only-for-this-test";
  const { child, output, exit } = launchSipEdge({
    ...start,
    env: {
      SIP_HOST: "127.0.0.1",
      SIP_PORT: String(sipPort),
      ADMIN_PORT: String(adminPort),
      ADMIN_SECRET: secret,
      ...start.env,
    },
  });
  await until("the SIP edge is ready", () => {
    if (child.exitCode !== null) throw new Error(`the SIP edge did not start:\n${output()}`);
    return /^ready$/m.test(output());
  });
  return {
    pid: child.pid ?? -1,
    sipPort,
    adminPort,
    secret,
    stop: () => {
      child.kill("SIGTERM");
      return exit;
    },
  };
}
