// `npm start`: starts the edge, the engine and (for the demo) simulated people, watches them, and
// stops them in order. The edge holds the calls, so an engine that dies is simply started again.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { productRoot } from "./config/product-root.ts";
import { type LoadedSite, loadSite } from "./config/site.ts";
import { SiteError } from "./config/site-error.ts";
import { parseArguments, usage } from "./launch/arguments.ts";
import { printBanner } from "./launch/banner.ts";
import { type Child, createChild, StartError } from "./launch/child.ts";
import { lockDataDir } from "./launch/data-lock.ts";
import { edgeConfigOf } from "./launch/edge-config.ts";
import { type EdgeConfig, edgeReady } from "./wire/edge-config.ts";
import type { EngineRun } from "./wire/engine-run.ts";

const here = dirname(fileURLToPath(import.meta.url));
const demoSite = join(productRoot(), "deploy", "demo", "site.yaml");
const startedAtMs = Date.now();

function say(line: string): void {
  process.stderr.write(`rexian: ${line}\n`);
}

function end(code: 0 | 1 | 2, line: string): never {
  if (code === 0) process.stdout.write(`${line}\n`);
  else say(line);
  process.exit(code);
}

function writePrivate(file: string, value: unknown): string {
  writeFileSync(file, JSON.stringify(value), { mode: 0o600 });
  return file;
}

function readSite(): LoadedSite {
  const args = parseArguments(process.argv.slice(2), process.env);
  if (args.kind === "help") end(0, usage);
  if (args.kind === "wrong") end(2, `${args.reason}\n${usage}`);
  try {
    const loaded = loadSite({ file: args.siteFile ?? demoSite, env: process.env });
    // The demo shares the terminal with its start-up page; each call would scroll that away.
    const quiet = loaded.site.demo !== undefined && !process.env["REXIAN_LOG_LEVEL"];
    return quiet ? { ...loaded, logLevel: "warn" } : loaded;
  } catch (error) {
    if (error instanceof SiteError) end(1, error.message);
    throw error;
  }
}

function watched(name: string, script: string, file: string): Child {
  return createChild({
    name,
    script: join(here, script),
    args: [file],
    readyMsMax: 30_000,
    onDeath: (how) => say(`${name} died (${how}); starting it again`),
    onBack: (ms) => say(`${name} is back after ${ms} ms`),
  });
}

async function main(): Promise<void> {
  const loaded = readSite();
  const lock = lockDataDir(loaded.dataDir);
  if (!lock.ok) end(1, `the data folder ${loaded.dataDir} is in use by process ${lock.pid}`);
  const runDir = join(loaded.dataDir, "run");
  mkdirSync(runDir, { recursive: true, mode: 0o700 });
  const children: Child[] = [];
  let stopping = false;
  const hurry = new AbortController();

  /** Lets standing calls finish, as long as the site file says. */
  const drained = async () => {
    const { drainSeconds } = loaded.site.sip;
    const edge = children[0];
    if (drainSeconds === 0 || edge === undefined || children.length < 2) return;
    say(`new calls are refused; waiting up to ${drainSeconds} s for those that stand`);
    await edge.drain({ msMax: drainSeconds * 1_000, signal: hurry.signal });
  };
  const stop = async (code: 0 | 1) => {
    if (stopping) return;
    stopping = true;
    await drained();
    for (const child of children.reverse()) await child.stop();
    rmSync(join(runDir, "edge.json"), { force: true });
    rmSync(join(runDir, "engine.json"), { force: true });
    lock.release();
    process.exit(code);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      // Who asks a second time does not want to wait for calls.
      if (stopping) hurry.abort();
      void stop(0);
    });
  }

  try {
    const edgeFile = join(runDir, "edge.json");
    const config = edgeConfigOf(loaded, runDir);
    const edge = watched("edge", "edge/main.js", writePrivate(edgeFile, config));
    children.push(edge);
    const ready = edgeReady.parse(await edge.start());
    // A restarted edge must be found where the first one was.
    writePrivate(edgeFile, {
      ...config,
      sip: { ...config.sip, port: ready.sipPort, appPort: ready.appPort },
      front: { ...config.front, port: ready.httpPort },
      media: {
        ...config.media,
        controlPort: ready.mediaControlPort,
        webrtcPort: ready.webrtcPort,
      },
    } satisfies EdgeConfig);

    const run: EngineRun = {
      siteFile: loaded.file,
      dataDir: loaded.dataDir,
      logLevel: loaded.logLevel,
      httpSocket: config.front.engineSocket,
      sip: { host: "127.0.0.1", port: ready.appPort, secret: config.sip.appSecret },
      edgeSocket: config.operationsSocket ?? null,
      media: {
        host: "127.0.0.1",
        port: ready.mediaControlPort,
        secret: config.media.controlSecret,
      },
      public: {
        httpHost: loaded.site.http.host,
        httpPort: ready.httpPort,
        sipHost: loaded.site.sip.host,
        sipPort: ready.sipPort,
      },
    };
    const engine = watched("engine", "main.js", writePrivate(join(runDir, "engine.json"), run));
    children.push(engine);
    await engine.start();
    await startDemo(loaded, run, runDir, children);
    printBanner({ loaded, run, startMs: Date.now() - startedAtMs });
  } catch (error) {
    if (!(error instanceof StartError)) say(error instanceof Error ? `${error.stack}` : `${error}`);
    else say(error.message);
    await stop(1);
  }
}

async function startDemo(
  loaded: LoadedSite,
  run: EngineRun,
  runDir: string,
  children: Child[],
): Promise<void> {
  const { demo } = loaded.site;
  if (demo === undefined || (demo.callers === 0 && demo.agents.length === 0)) return;
  const { readLogins } = await import("./shell/web/logins.ts");
  const logins = readLogins(loaded.dataDir);
  const file = writePrivate(join(runDir, "demo.json"), {
    sipHost: run.public.sipHost,
    sipPort: run.public.sipPort,
    callers: demo.callers,
    callerNumbers: demo.numbers,
    agents: demo.agents.flatMap((id) => {
      const login = logins[id];
      return login === undefined ? [] : [{ id, password: login.sip }];
    }),
    promptsDir: loaded.promptsDir,
    logLevel: loaded.logLevel,
    seed: 1,
  });
  const people = watched("simulated people", "demo/main.js", file);
  children.push(people);
  await people.start();
}

await main();
