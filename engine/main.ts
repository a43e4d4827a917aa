// The engine: wires the core to its shells. Started by the launcher with one JSON file; holds no call
// itself, so it may die at any time and be started again.
import { readFileSync } from "node:fs";
import pino, { type Logger } from "pino";
import { expandCalendars } from "./config/calendars.ts";
import type { LoadedSite } from "./config/site.ts";
import { SiteError } from "./config/site-error.ts";
import { legsOf } from "./core/centre.ts";
import { startAudit } from "./shell/audit.ts";
import { createCallLog } from "./shell/call-log.ts";
import { createLookUps } from "./shell/flows/look-ups.ts";
import { dayOffset } from "./shell/journal/engine-state.ts";
import { createLoop, type Loop } from "./shell/loop.ts";
import { createBuiltinMedia } from "./shell/media/builtin.ts";
import { recordingNames } from "./shell/media/recording-name.ts";
import type { CommandPerformer, FactListener } from "./shell/ports.ts";
import { createTelephony, type Telephony } from "./shell/sip/telephony.ts";
import { type EngineRun, engineRun } from "./wire/engine-run.ts";
import { logRedaction } from "./wire/masking.ts";
import { type Base, openBase, openLogins } from "./wiring/base.ts";
import { openPeopleSide, type PeopleSide } from "./wiring/people-side.ts";

process.title = "rexian-engine";

const calendarRefreshMs = 3_600_000;

function tell(message: { type: "ready" } | { type: "failed"; reason: string }): void {
  if (process.send !== undefined) process.send(message);
  else process.stdout.write(`${JSON.stringify(message)}\n`);
}

function readRun(): EngineRun {
  const file = process.argv[2];
  if (file === undefined) {
    process.stderr.write("usage: node dist/engine/main.js RUN.json\n");
    process.exit(2);
  }
  return engineRun.parse(JSON.parse(readFileSync(file, "utf8")));
}

type Running = Readonly<{ base: Base; loop: Loop; telephony: Telephony; people: PeopleSide }>;

async function start(run: EngineRun, log: Logger): Promise<Running> {
  // The launcher need not wait: a standby may stand by for months.
  const base = await openBase({ run, log, onStandby: () => tell({ type: "ready" }) });
  const { loaded, state, records, ring } = base;
  const { centre, clock } = state;
  // Filled below: performers and listeners need the loop as their sink.
  const performers: CommandPerformer[] = [];
  const listeners: FactListener[] = [ring, records];
  const audit = startAudit(centre, log);
  const health = { bugs: 0, audit, observeStep: (_seconds: number) => {} };
  const loop = createLoop({
    centre,
    lastSeq: state.lastSeq,
    clock,
    journal: state.journal,
    performers,
    listeners,
    onBug: (error, event) => {
      health.bugs += 1;
      log.error({ error, event }, "bug: a step of the core failed");
    },
    onStep: audit.onStep,
    onStepTimed: (seconds) => health.observeStep(seconds),
  });
  const logins = openLogins(base);
  const media = createBuiltinMedia({ ...run.media, epoch: state.epoch, log });
  const telephony = createTelephony({
    sink: loop,
    clock,
    log,
    drachtio: run.sip,
    media,
    realm: loaded.site.sip.realm,
    credentials: logins.sipSecrets,
    trunks: trunksOf(loaded),
    callsPerSecondMax: loaded.site.limits.callsPerSecondMax,
    legsMax: loaded.site.limits.callsMax * 2,
    deviceOf: (id) => logins.people.get(id)?.device ?? null,
    newId: state.newCallId,
    recordingFile: recordingNames(loaded.site.timeZone),
  });
  const people = await openPeopleSide({ ...base, loop, logins, media, telephony, health });
  const { hosts, secrets, answerKilobytesMax } = loaded.site.lookUps;
  const answerBytesMax = answerKilobytesMax * 1_024;
  performers.push(
    people.desk,
    telephony,
    createLookUps({ sink: loop, hosts, secrets, answerBytesMax, log }),
  );
  listeners.push(people.desk, createCallLog(log));
  const running = { base, loop, telephony, people };
  await begin(running);
  await people.web.listen();
  return running;
}

/** Tells the core what it is and, after a restart, what the edge still holds. */
async function begin({ base, loop, telephony }: Running): Promise<void> {
  const { state, loaded, config, log } = base;
  const refreshCalendars = () =>
    loop.post({
      type: "calendarsUpdated",
      calendars: expandCalendars(loaded.site, state.clock.nowMs()),
      dayOffsetMinutes: dayOffset(loaded.site.timeZone),
    });
  const inventory = state.restarted ? await telephony.recover(legsOf(state.centre)) : null;
  if (inventory !== null) {
    loop.post({ type: "engineRestarted", ...inventory });
    log.warn({ liveLegs: inventory.liveLegs.length }, "took over from an earlier engine");
  }
  loop.post({ type: "configured", config });
  refreshCalendars();
  loop.drain();
  if (inventory === null) await telephony.start();
  setInterval(refreshCalendars, calendarRefreshMs).unref();
}

/** The demo's people live on this machine and call from its SIP address, whichever that is. */
function trunksOf({ site }: LoadedSite) {
  if (site.demo === undefined) return site.trunks;
  return site.trunks.map((trunk) => ({ ...trunk, sources: [...trunk.sources, site.sip.host] }));
}

async function stop(running: Running): Promise<void> {
  const { base, loop, telephony, people } = running;
  await people.desk.close();
  await people.web.close();
  await telephony.close();
  loop.drain();
  loop.stop();
  base.state.close(loop.lastSeq());
  await base.records.close();
  await base.ownership.release();
}

async function main(): Promise<void> {
  const run = readRun();
  const log = pino(
    { name: "engine", level: run.logLevel, redact: logRedaction },
    pino.destination(2),
  );
  process.on("uncaughtException", (error) => {
    log.fatal({ error }, "uncaught exception; the launcher starts another engine");
    process.exit(1);
  });
  let running: Running | null = null;
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    if (running !== null) await stop(running);
    process.exit(0);
  };
  process.on("SIGTERM", () => void end());
  process.on("SIGINT", () => void end());
  process.on("disconnect", () => void end());
  try {
    running = await start(run, log);
    tell({ type: "ready" });
  } catch (error) {
    const reason = error instanceof SiteError ? error.message : String((error as Error).stack);
    if (process.send === undefined) tell({ type: "failed", reason });
    else process.send({ type: "failed", reason }, () => process.exit(1));
  }
}

await main();
