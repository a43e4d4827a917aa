// Runs a real SIP client (sipp).
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Scenario } from "./sipp-scenarios.ts";
import { until } from "./wait.ts";

export type SippOptions = Readonly<{
  scenario: Scenario;
  /** `host:port` to call; omitted for a scenario that waits for calls. */
  target?: string;
  transport?: "udp" | "tcp";
  /** Address that the client calls from; the trunk is known by it. */
  localHost?: string;
  localPort?: number;
  /** Number dialled. */
  service?: string;
  calls?: number;
  callsPerSecond?: number;
  timeoutMs?: number;
  /** False: what comes twice over UDP is seen twice by the scenario. */
  absorbsRepetitions?: boolean;
}>;

export type SippResult = Readonly<{
  /** 0: every call went as the scenario says. */
  code: number | null;
  /** Last lines of the error log, for a message. */
  errors: string;
}>;

export type SippRun = Readonly<{
  pid: number;
  done: Promise<SippResult>;
  /** Ends the client at once, as a dying phone would. */
  kill(): void;
}>;

/** A client that waits for calls; resolves when its UDP port is open. */
export async function startSippPhone(
  options: SippOptions & { localPort: number },
): Promise<SippRun> {
  const run = startSipp(options);
  const port = options.localPort.toString(16).toUpperCase().padStart(4, "0");
  await until("the phone listens", () =>
    readFileSync("/proc/net/udp", "utf8").includes(`:${port} `),
  );
  return run;
}

export function startSipp(options: SippOptions): SippRun {
  const work = mkdtempSync(join(tmpdir(), "rexian-sipp-"));
  const file = join(work, "scenario.xml");
  writeFileSync(file, options.scenario.xml);
  const args = [
    ...(options.target === undefined ? [] : [options.target]),
    "-sf",
    file,
    "-i",
    options.localHost ?? "127.0.0.1",
    ...(options.localPort === undefined ? [] : ["-p", String(options.localPort)]),
    "-t",
    options.transport === "tcp" ? "t1" : "u1",
    "-s",
    options.service ?? "12345",
    "-m",
    String(options.calls ?? 1),
    "-r",
    String(options.callsPerSecond ?? 10),
    "-l",
    String(options.calls ?? 1),
    "-timeout",
    `${Math.ceil((options.timeoutMs ?? 60_000) / 1000)}s`,
    "-timeout_error",
    "-nostdin",
    "-nd",
    "-default_behaviors",
    "all",
    "-trace_err",
    ...(options.absorbsRepetitions === false ? ["-nr"] : []),
  ];
  const child = spawn("sipp", args, { cwd: work, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString("utf8")).slice(-4_000);
  });
  const done = new Promise<SippResult>((resolve) => {
    child.on("error", (error) => resolve({ code: null, errors: error.message }));
    child.on("close", (code) => {
      const logs = readdirSync(work).filter((file) => file.endsWith("_errors.log"));
      const errors = logs.map((file) => readFileSync(join(work, file), "utf8").slice(-2_000));
      rmSync(work, { recursive: true, force: true });
      resolve({ code, errors: [stderr, ...errors].join("\n") });
    });
  });
  return { pid: child.pid ?? -1, done, kill: () => child.kill("SIGKILL") };
}
