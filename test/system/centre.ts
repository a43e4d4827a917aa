// Starts the whole centre as its user does (the compiled launcher with a site file) and looks at it
// from outside only: HTTP, facts, state, processes.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import type { Fact } from "../../engine/core/fact.ts";
import { until } from "./wait.ts";

const root = fileURLToPath(new URL("../../", import.meta.url)).replace(/dist\/$/, "");

export type FactOf<Type extends Fact["type"]> = Extract<Fact, { type: Type }>;

export type Centre = Readonly<{
  baseUrl: string;
  /** `host:port` for SIP over UDP and TCP. */
  sipTarget: string;
  dataDir: string;
  logins: Readonly<Record<string, { password: string; sip: string }>>;
  /** Everything that the processes printed. */
  output(): string;
  enginePid(): Promise<number>;
  edgePid(): Promise<number>;
  state(): Promise<CentreState>;
  facts(after?: number): Promise<Fact[]>;
  /** Waits for a fact of this type that fits. */
  fact<Type extends Fact["type"]>(
    type: Type,
    fits?: (fact: FactOf<Type>) => boolean,
    timeoutMs?: number,
  ): Promise<FactOf<Type>>;
  metric(line: string): Promise<number>;
  /** Waits until no call is left anywhere: core, SIP dialogs, media legs. */
  quiet(): Promise<void>;
  stop(): Promise<number | null>;
  /** To the launcher. */
  signal(name: NodeJS.Signals): void;
  /** The launcher's exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}>;

/** The parts of `/debug/state` that the tests look at. */
export type CentreState = Readonly<{
  pid: number;
  calls: readonly Readonly<Record<string, unknown>>[];
  agents: readonly Readonly<{ agentId: string; state: { kind: string; reason?: string } }>[];
  edge?: Readonly<{ liveLegs?: readonly string[] }>;
}>;

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export type StartOptions = Readonly<{
  /** Site as an object, or null for the demo. */
  site: object | null;
  env?: Readonly<Record<string, string>>;
  dataDir?: string;
}>;

/** The launcher as a plain process, for starts that should fail. */
export function launch(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): { child: ChildProcess; output(): string; exit: Promise<number | null> } {
  const child = spawn(process.execPath, [join(root, "dist/engine/launch.js"), ...args], {
    cwd: root,
    env: { ...process.env, NODE_ENV: "production", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const collect = (chunk: Buffer) => {
    text = (text + chunk.toString("utf8")).slice(-200_000);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const exit = new Promise<number | null>((resolve) => child.on("exit", (code) => resolve(code)));
  return { child, output: () => text, exit };
}

export async function startCentre(options: StartOptions): Promise<Centre> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "rexian-data-"));
  const [httpPort, sipPort] = [await freePort(), await freePort()];
  const args: string[] = [];
  if (options.site !== null) {
    const file = join(dataDir, "site.yaml");
    writeFileSync(file, stringify(options.site, { aliasDuplicateObjects: false }));
    args.push("--config", file);
  }
  const { child, output, exit } = launch(args, {
    REXIAN_HTTP_PORT: String(httpPort),
    REXIAN_SIP_PORT: String(sipPort),
    REXIAN_SIP_HOST: "127.0.0.1",
    REXIAN_DATA_DIR: dataDir,
    REXIAN_LOG_LEVEL: "info",
    ...options.env,
  });
  const baseUrl = `http://127.0.0.1:${httpPort}`;
  const get = async (path: string) => {
    const response = await fetch(`${baseUrl}${path}`);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  await until(
    "the centre is ready",
    async () => {
      if (child.exitCode !== null) return "ended";
      return output().includes("is ready after") && (await get("/readyz"));
    },
    30_000,
  );
  if (child.exitCode !== null) throw new Error(`the centre did not start:\n${output()}`);

  const facts = async (after = 0): Promise<Fact[]> => {
    const found: Fact[] = [];
    for (let from = after; ; ) {
      const response = await get(`/debug/facts?after=${from}&limit=10000`);
      const page = (await response.json()) as { facts: Fact[] };
      found.push(...page.facts);
      const last = page.facts.at(-1);
      if (last === undefined || page.facts.length < 10_000) return found;
      from = last.seq;
    }
  };
  const state = async () => (await (await get("/debug/state")).json()) as CentreState;
  const health = async () =>
    (await (await get("/edge/health")).json()) as { pid: number; dialogs: number };

  return {
    baseUrl,
    sipTarget: `127.0.0.1:${sipPort}`,
    dataDir,
    logins: JSON.parse(readFileSync(join(dataDir, "logins.json"), "utf8")),
    output,
    enginePid: async () => (await state()).pid,
    edgePid: async () => (await health()).pid,
    state,
    facts,
    fact: (type, fits = () => true, timeoutMs = 15_000) =>
      until(
        `there is a fitting fact ${type}`,
        async () =>
          (await facts()).find(
            (fact): fact is FactOf<typeof type> =>
              fact.type === type && fits(fact as FactOf<typeof type>),
          ),
        timeoutMs,
      ),
    metric: async (line) => {
      const text = await (await get("/metrics")).text();
      const found = text.split("\n").find((one) => one.startsWith(`${line} `));
      if (found === undefined) throw new Error(`/metrics has no ${line}`);
      return Number(found.slice(line.length + 1));
    },
    quiet: async () => {
      await until("nothing is left of any call", async () => {
        const now = await state();
        return (
          now.calls.length === 0 &&
          (now.edge?.liveLegs ?? []).length === 0 &&
          (await health()).dialogs === 0
        );
      });
    },
    signal: (name) => {
      child.kill(name);
    },
    ended: exit,
    stop: async () => {
      if (child.exitCode === null) child.kill("SIGTERM");
      const code = await exit;
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}
