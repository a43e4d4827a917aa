// The edge process: SIP server, applications' listener, the HTTP port, and the media server. It
// outlives the engine. `node dist/engine/edge/main.js FILE.json`
import { readFileSync } from "node:fs";
import pino, { type Logger } from "pino";
import type { z } from "zod";
import {
  type EdgeConfig,
  type EdgeReady,
  edgeConfig,
  type edgeFailed,
} from "../wire/edge-config.ts";
import { logRedaction } from "../wire/masking.ts";
import { drain } from "./draining.ts";
import { type Front, startFront } from "./front/start.ts";
import { startMedia } from "./media/start.ts";
import { startOperations } from "./operations.ts";
import { type SipEdge, startSip } from "./sip/start.ts";
import { portMessage } from "./sip/transport/listeners.ts";
import { sipListening } from "./sip-listening.ts";

type EdgeFailed = z.infer<typeof edgeFailed>;

interface Running {
  ready: EdgeReady;
  sip: SipEdge;
  close(): Promise<void>;
}

process.title = "rexian-edge";
await main();

async function main(): Promise<void> {
  const config = readConfig(process.argv[2]);
  if (config === null) return;
  const log = pino(
    { level: config.logLevel, name: "edge", redact: logRedaction },
    pino.destination(2),
  );
  process.on("uncaughtException", (error) => {
    // Unknown state; the launcher starts a fresh process.
    log.fatal({ err: error }, "bug: the edge ends");
    process.exit(1);
  });
  try {
    const running = await start(config, log);
    report(running.ready);
    endOnSignals(running, log);
    log.info(running.ready, "edge is ready");
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}

function readConfig(path: string | undefined): EdgeConfig | null {
  if (path === undefined) return fail("usage: main.js FILE.json");
  try {
    return edgeConfig.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/\s+/g, " ") : String(error);
    return fail(`configuration ${path}: ${why}`);
  }
}

async function start(config: EdgeConfig, log: Logger): Promise<Running> {
  const startedAtMs = performance.now();
  // The HTTP port comes first, because SIP announces it; until SIP runs, `/sip` is refused.
  let sip: SipEdge | null = null;
  const front: Front = await startFront({
    ...config.front,
    onSipSocket: (socket, remote) => {
      sip?.adoptWebSocket(socket, remote);
      return sip !== null;
    },
    health: () => ({
      pid: process.pid,
      uptimeSeconds: Math.round((performance.now() - startedAtMs) / 1_000),
      sip: sip === null ? null : { counters: sip.counters, tables: sip.tables() },
      dialogs: sip?.tables().dialogs ?? 0,
    }),
  }).catch((error: unknown) => {
    throw new Error(portMessage("HTTP", config.front.host, config.front.port, error));
  });
  const running = await startSip({
    ...sipListening(config.sip),
    appHost: "127.0.0.1",
    appPort: config.sip.appPort,
    appSecret: config.sip.appSecret,
    front: {
      host: config.front.host,
      port: front.port,
      advertise: config.sip.advertiseHost ?? null,
    },
    orphanMs: config.sip.orphanMs,
    log: log.child({ part: "sip" }),
  });
  sip = running;
  const operations = await startOperations({
    path: config.operationsSocket ?? null,
    sip: running,
  });
  const media = await startMedia({ ...config.media, logLevel: config.logLevel });
  return {
    sip: running,
    ready: {
      type: "ready",
      sipPort: running.port,
      appPort: running.appPort,
      httpPort: front.port,
      mediaControlPort: media.controlPort,
      webrtcPort: media.webrtcPort,
    },
    async close() {
      await Promise.allSettled([operations, front, running, media].map((part) => part.close()));
    },
  };
}

function endOnSignals(running: Running, log: Logger): void {
  let ending = false;
  const end = (why: string) => {
    if (ending) return;
    ending = true;
    log.info({ why }, "edge ends");
    // Never hang on a peer that does not close.
    setTimeout(() => process.exit(0), 2_000).unref();
    void running.close().finally(() => process.exit(0));
  };
  process.on("SIGTERM", () => end("SIGTERM"));
  process.on("SIGINT", () => end("SIGINT"));
  process.on("disconnect", () => end("launcher is gone"));
  process.on("SIGUSR2", () => {
    log.warn({ calls: running.sip.callCount }, "new calls are refused until the last one is over");
    drain(running.sip, () => end("drained"));
  });
}

function report(message: EdgeReady | EdgeFailed): void {
  if (process.send !== undefined) process.send(message);
  else process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** One clear line, then exit 1. */
function fail(reason: string): null {
  const message: EdgeFailed = { type: "failed", reason };
  const exit = () => process.exit(1);
  if (process.send !== undefined) process.send(message, undefined, undefined, exit);
  else process.stdout.write(`${JSON.stringify(message)}\n`, exit);
  return null;
}
