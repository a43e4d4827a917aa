// `npm run edge`: the SIP edge alone, for any drachtio-srf application. Configured by its
// environment; prints `ready` once every port is open, ends at once on SIGTERM, and on SIGUSR2 when the
// calls that stand are over.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import pino from "pino";
import { drain } from "./draining.ts";
import { startOperations } from "./operations.ts";
import { startSip } from "./sip/start.ts";
import { SettingsError, standaloneSettings } from "./standalone-settings.ts";

process.title = "rexian-sip-edge";

try {
  const settings = standaloneSettings(process.env);
  const log = pino({ level: settings.logLevel, name: "sip" }, pino.destination(2));
  process.on("uncaughtException", (error) => {
    log.fatal({ err: error }, "bug: the edge ends");
    process.exit(1);
  });
  const { trace } = settings;
  const edge = await startSip({
    ...(trace === null ? {} : { trace }),
    points: settings.points,
    ...(settings.tls === null ? {} : { tls: settings.tls }),
    appHost: settings.admin.host,
    appPort: settings.admin.port,
    appSecret: settings.admin.secret,
    front: null,
    orphanMs: settings.orphanMs,
    limits: { sourcePerSecondMax: settings.sourcePerSecondMax },
    log,
  });
  if (trace !== null) {
    mkdirSync(dirname(trace.socket), { recursive: true, mode: 0o700 });
    await startOperations({ path: trace.socket, sip: edge });
  }
  log.info({ hostPorts: edge.hostPorts, adminPort: edge.appPort }, "the SIP edge is ready");
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => process.exit(0));
  process.on("SIGUSR2", () => drain(edge, () => process.exit(0)));
  process.stdout.write("ready\n");
} catch (error) {
  const wrong = error instanceof SettingsError ? "settings" : "start";
  const why = error instanceof Error ? error.message : String(error);
  process.stderr.write(`rexian edge: ${wrong}: ${why.replace(/\s+/g, " ")}\n`);
  process.exit(1);
}
