// The engine: wires the core to its shells. Started by the launcher with one JSON file; holds no call
// itself, so it may die at any time and be started again.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pino, { type Logger } from "pino";
import { expandCalendars } from "./config/calendars.ts";
import { toCentreConfig } from "./config/centre.ts";
import { loadFlows } from "./config/flows.ts";
import { productRoot } from "./config/product-root.ts";
import { checkPrompts } from "./config/prompts.ts";
import { type LoadedSite, loadSite } from "./config/site.ts";
import { SiteError } from "./config/site-error.ts";
import { legsOf } from "./core/centre.ts";
import type { CentreConfig } from "./core/centre-config.ts";
import { debugState } from "./core/debug-state.ts";
import { agentView, wallboardView } from "./core/view.ts";
import { createDesk, type Desk } from "./shell/desk/desk.ts";
import { type EngineState, openEngineState } from "./shell/journal/engine-state.ts";
import { createLoop, type Loop } from "./shell/loop.ts";
import { createBuiltinMedia } from "./shell/media/builtin.ts";
import { createMetrics } from "./shell/metrics/metrics.ts";
import type { CommandPerformer, FactListener } from "./shell/ports.ts";
import { createRecords, type Records } from "./shell/records/records.ts";
import { createTelephony, type Telephony } from "./shell/sip/telephony.ts";
import { createFactRing } from "./shell/web/fact-ring.ts";
import { createPasswordCheck, ensureLogins } from "./shell/web/logins.ts";
import { peopleOf } from "./shell/web/people.ts";
import { createWeb, type Web } from "./shell/web/server.ts";
import { createSessions } from "./shell/web/sessions.ts";
import { createSipSecrets } from "./shell/web/sip-secrets.ts";
import { type EngineRun, engineRun } from "./wire/engine-run.ts";

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

type Running = Readonly<{
  state: EngineState;
  loop: Loop;
  telephony: Telephony;
  desk: Desk;
  web: Web;
  records: Records;
}>;

async function start(run: EngineRun, log: Logger): Promise<Running> {
  const loaded = loadSite({ file: run.siteFile, env: process.env });
  const flows = loadFlows(loaded.flowsDir);
  checkPrompts(loaded, flows);
  const config = toCentreConfig(loaded, flows);
  const state = await openEngineState({
    dataDir: run.dataDir,
    timeZone: loaded.site.timeZone,
    log,
  });
  const { centre, clock } = state;

  const people = peopleOf(loaded.site);
  const logins = ensureLogins(run.dataDir, people);
  const onError = (error: unknown) => log.error({ error }, "the logins could not be saved");
  const sessions = createSessions({ dataDir: run.dataDir, nowMs: clock.nowMs, onError });
  const sipSecrets = createSipSecrets({ dataDir: run.dataDir, people, logins, sessions });
  const records = await createRecords({ file: join(run.dataDir, "records.sqlite"), log });
  const ring = createFactRing();
  const restored = await state.replayInto(await records.lastSeq());
  for (const facts of restored) {
    ring.onFacts(facts);
    records.onFacts(facts);
  }

  // Performers and listeners are filled below: they need the loop as their sink.
  const performers: CommandPerformer[] = [];
  const listeners: FactListener[] = [ring, records];
  let bugs = 0;
  let metrics: ReturnType<typeof createMetrics> | null = null;
  const loop = createLoop({
    centre,
    lastSeq: state.lastSeq,
    clock,
    journal: state.journal,
    performers,
    listeners,
    onBug: (error, event) => {
      bugs += 1;
      log.error({ error, event }, "bug: a step of the core failed");
    },
    onStepTimed: (seconds) => metrics?.observeStep(seconds),
  });
  const media = createBuiltinMedia({ ...run.media, epoch: state.epoch, log });
  const telephony = createTelephony({
    sink: loop,
    clock,
    log,
    drachtio: run.sip,
    media,
    realm: loaded.site.sip.realm,
    credentials: sipSecrets,
    trunks: loaded.site.trunks,
    callsPerSecondMax: loaded.site.limits.callsPerSecondMax,
    legsMax: loaded.site.limits.callsMax * 2,
    deviceOf: (agentId) => config.agents.find(({ id }) => id === agentId)?.device.kind ?? null,
    newId: state.newCallId,
  });
  const views = {
    agent: (agentId: string) => agentView(centre, agentId, clock.nowMs()),
    wallboard: () => wallboardView(centre, clock.nowMs()),
  };
  const desk = createDesk({
    sink: loop,
    clock,
    views,
    admit: (request) => {
      const found = web.admit(request);
      if (typeof found === "number") return found;
      return { sessionKey: found.session.key, user: found.person };
    },
    isLive: (sessionKey) => sessions.get(sessionKey) !== null,
    sipOf: ({ sessionKey, user }) => {
      if (people.get(user.id)?.device !== "browser") return null;
      return {
        uri: `sip:${user.id}@${loaded.site.sip.realm}`,
        username: user.id,
        password: sipSecrets.issue({ sessionKey, agentId: user.id }),
        path: "/sip",
      };
    },
    choices: {
      notReadyReasons: config.notReadyReasons.map(choiceOf),
      wrapUpCodes: config.wrapUpCodes.map(choiceOf),
    },
    log,
  });
  metrics = createMetrics({
    version: productVersion(),
    centre: () => centre,
    nowMs: () => clock.nowMs(),
    telephony,
    desk: desk.counters,
    bugs: () => bugs,
    records: () => records.health(),
    journal: () => state.journal.health(),
  });
  const web = await createWeb({
    listen: { path: run.httpSocket },
    site: loaded.site,
    version: productVersion(),
    people,
    sessions,
    checkPassword: createPasswordCheck(logins),
    wallboard: views.wallboard,
    records,
    operations: {
      readiness: () => readiness(telephony, records, state),
      metrics,
      debugState: async () => ({
        pid: process.pid,
        nowMs: clock.nowMs(),
        journalSeq: loop.lastSeq(),
        bugs,
        ...(debugState(centre) as object),
        telephony: { ...telephony.state(), counters: telephony.counters },
        desk: desk.counters,
        edge: await edgeInventory(media),
      }),
      facts: ring,
      factsAfter: (seq, limit) => records.factsAfter(seq, limit),
      nowMs: () => clock.nowMs(),
    },
    softphoneDir: join(productRoot(), "dist", "softphone"),
    onLogout: (sessionKey) => desk.endLogin(sessionKey),
    onDeskUpgrade: (request, socket, head) => desk.handleUpgrade(request, socket, head),
    log,
  });
  performers.push(desk, telephony);
  listeners.push(desk);
  await begin({ state, loop, telephony, loaded, config, log });
  await web.listen();
  return { state, loop, telephony, desk, web, records };
}

/** Tells the core what it is and, after a restart, what the edge still holds. */
async function begin(parts: {
  state: EngineState;
  loop: Loop;
  telephony: Telephony;
  loaded: LoadedSite;
  config: CentreConfig;
  log: Logger;
}): Promise<void> {
  const { state, loop, telephony, loaded, config, log } = parts;
  const refreshCalendars = () =>
    loop.post({
      type: "calendarsUpdated",
      calendars: expandCalendars(loaded.site, state.clock.nowMs()),
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

function readiness(telephony: Telephony, records: Records, state: EngineState): string[] {
  const { connected, mediaUp } = telephony.state();
  return [
    ...(connected ? [] : ["the SIP edge is not connected"]),
    ...(mediaUp ? [] : ["the media server is not connected"]),
    ...(records.health().ok ? [] : ["call records cannot be written"]),
    ...(state.journal.health().ok ? [] : ["the journal cannot be written"]),
  ];
}

async function edgeInventory(media: ReturnType<typeof createBuiltinMedia>): Promise<object> {
  if (!media.isUp()) return { reachable: false, liveLegs: [], bridges: [] };
  const listed = await media.list();
  if (!listed.ok) return { reachable: false, liveLegs: [], bridges: [] };
  return {
    reachable: true,
    liveLegs: listed.value.legs.map(({ legId }) => legId),
    bridges: listed.value.bridges,
  };
}

const choiceOf = ({ id, label }: { id: string; label: { zh: string; en: string } }) => ({
  id,
  label: { zh: label.zh, en: label.en },
});

function productVersion(): string {
  const file = join(productRoot(), "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

async function stop(running: Running): Promise<void> {
  const { state, loop, telephony, desk, web, records } = running;
  await desk.close();
  await web.close();
  await telephony.close();
  loop.drain();
  loop.stop();
  state.close(loop.lastSeq());
  await records.close();
}

async function main(): Promise<void> {
  const run = readRun();
  const log = pino({ name: "engine", level: run.logLevel }, pino.destination(2));
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
