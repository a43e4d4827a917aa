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
import { explainCall } from "./core/explain.ts";
import { targetsView } from "./core/targets-view.ts";
import { agentView, wallboardView } from "./core/view.ts";
import { type Ownership, takeOwnership } from "./shell/cluster/ownership.ts";
import { createDesk, type Desk } from "./shell/desk/desk.ts";
import { type EngineState, nextEpoch, openEngineState } from "./shell/journal/engine-state.ts";
import { createLoop, type Loop } from "./shell/loop.ts";
import { createBuiltinMedia } from "./shell/media/builtin.ts";
import type { MediaPort } from "./shell/media/media-port.ts";
import { createMetrics } from "./shell/metrics/metrics.ts";
import type { CommandPerformer, FactListener } from "./shell/ports.ts";
import { createRecords, type Records } from "./shell/records/records.ts";
import { createTelephony, type Telephony } from "./shell/sip/telephony.ts";
import { createFactRing, type FactRing } from "./shell/web/fact-ring.ts";
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
  ownership: Ownership;
  state: EngineState;
  loop: Loop;
  telephony: Telephony;
  people: PeopleSide;
  records: Records;
}>;

/** What every part of one engine process shares. */
type Base = Readonly<{
  run: EngineRun;
  log: Logger;
  loaded: LoadedSite;
  config: CentreConfig;
  ownership: Ownership;
  state: EngineState;
  records: Records;
  ring: FactRing;
}>;

async function openBase(run: EngineRun, log: Logger): Promise<Base> {
  const loaded = loadSite({ file: run.siteFile, env: process.env });
  const flows = loadFlows(loaded.flowsDir);
  checkPrompts(loaded, flows);
  const config = toCentreConfig(loaded, flows);
  const ownership = await takeOwnership({
    cluster: loaded.site.cluster,
    httpSocket: run.httpSocket,
    epochMin: nextEpoch(run.dataDir),
    // The launcher need not wait: a standby may stand by for months.
    onStandby: () => tell({ type: "ready" }),
    onLost: (why) => {
      log.fatal({ why }, "lost the lease of the domain; another engine may drive from now on");
      process.exit(1);
    },
    log,
  });
  const { epoch } = ownership;
  const { timeZone } = loaded.site;
  const state = openEngineState({ dataDir: run.dataDir, timeZone, epoch, log });
  const records = await createRecords({ file: join(run.dataDir, "records.sqlite"), log });
  const ring = createFactRing();
  for (const facts of state.replay(await records.lastSeq())) {
    ring.onFacts(facts);
    records.onFacts(facts);
  }
  return { run, log, loaded, config, ownership, state, records, ring };
}

async function start(run: EngineRun, log: Logger): Promise<Running> {
  const base = await openBase(run, log);
  const { loaded, config, ownership, state, records, ring } = base;
  const { centre, clock } = state;
  // Filled below: performers and listeners need the loop as their sink.
  const performers: CommandPerformer[] = [];
  const listeners: FactListener[] = [ring, records];
  const health = { bugs: 0, observeStep: (_seconds: number) => {} };
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
  });
  const people = await openPeopleSide({ ...base, loop, logins, media, telephony, health });
  performers.push(people.desk, telephony);
  listeners.push(people.desk);
  await begin({ state, loop, telephony, loaded, config, log });
  await people.web.listen();
  return { ownership, state, loop, telephony, people, records };
}

type LoginSide = ReturnType<typeof openLogins>;

function openLogins({ run, log, loaded, state }: Base) {
  const { dataDir } = run;
  const people = peopleOf(loaded.site);
  const logins = ensureLogins(dataDir, people);
  const onError = (error: unknown) => log.error({ error }, "the sessions could not be saved");
  const sessions = createSessions({ dataDir, nowMs: state.clock.nowMs, onError });
  const sipSecrets = createSipSecrets({ dataDir, people, logins, sessions });
  return { people, sessions, sipSecrets, checkPassword: createPasswordCheck(logins) };
}

type PeopleSide = Readonly<{ desk: Desk; web: Web }>;

type PeopleOptions = Base &
  Readonly<{
    loop: Loop;
    logins: LoginSide;
    media: MediaPort;
    telephony: Telephony;
    health: { bugs: number; observeStep: (seconds: number) => void };
  }>;

/** Desk, pages, API and metrics. */
async function openPeopleSide(options: PeopleOptions): Promise<PeopleSide> {
  const { run, log, loaded, config, state, records, loop, logins, telephony, health } = options;
  const { centre, clock } = state;
  const { people, sessions, sipSecrets } = logins;
  const views = {
    agent: (agentId: string) => agentView(centre, agentId, clock.nowMs()),
    wallboard: () => wallboardView(centre, clock.nowMs()),
    why: (callId: string) => explainCall(centre, callId),
    targets: (agentId: string) => targetsView(centre, agentId),
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
  const version = productVersion();
  const metrics = createMetrics({
    version,
    commit: process.env["REXIAN_COMMIT"] ?? "unknown",
    centre: () => centre,
    nowMs: () => clock.nowMs(),
    callsRejected: () => rejectedCalls(telephony.counters),
    telephonyEvents: () => telephony.counters,
    deskEvents: () => desk.counters,
    deskConnections: () => desk.counters.connections,
    mediaServers: () => ({ builtin: telephony.state().mediaUp }),
    edgeConnected: () => telephony.state().connected,
    records: () => records.health(),
    invariantViolations: () => health.bugs,
  });
  health.observeStep = metrics.observeDecision;
  const web = await createWeb({
    listen: { path: run.httpSocket },
    site: loaded.site,
    version,
    people,
    sessions,
    checkPassword: logins.checkPassword,
    wallboard: views.wallboard,
    why: views.why,
    records,
    operations: {
      readiness: () => readiness(telephony, records, state),
      metrics,
      debugState: () => wholeState(options, desk),
      facts: options.ring,
      factsAfter: (seq, limit) => records.factsAfter(seq, limit),
      nowMs: () => clock.nowMs(),
    },
    softphoneDir: join(productRoot(), "dist", "softphone"),
    onLogout: (sessionKey) => desk.endLogin(sessionKey),
    onDeskUpgrade: (request, socket, head) => desk.handleUpgrade(request, socket, head),
    log,
  });
  return { desk, web };
}

/** `/debug/state`: the core's whole state, and what the shells and the edge hold beside it. */
async function wholeState(options: PeopleOptions, desk: Desk): Promise<object> {
  const { state, loop, telephony, media, health } = options;
  return {
    pid: process.pid,
    journalSeq: loop.lastSeq(),
    bugs: health.bugs,
    ...debugState(state.centre),
    telephony: { ...telephony.state(), counters: telephony.counters },
    desk: desk.counters,
    edge: await edgeInventory(media),
  };
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

/** INVITEs that never became calls, by the reason that the caller was given. */
const rejectedCalls = (counters: Telephony["counters"]) => ({
  forbidden: counters.invitesForbidden,
  overRate: counters.invitesOverRate,
  overLoad: counters.invitesOverLoad,
  overLegs: counters.invitesOverLegs,
  malformed: counters.invitesMalformed,
});

async function edgeInventory(media: MediaPort): Promise<object> {
  if (!media.isUp()) return { reachable: false, liveLegs: [], bridges: [] };
  const listed = await media.list();
  if (!listed.ok) return { reachable: false, liveLegs: [], bridges: [] };
  return {
    reachable: true,
    liveLegs: listed.value.legs.map(({ legId }) => legId),
    bridges: listed.value.bridges,
  };
}

/** The demo's people live on this machine and call from its SIP address, whichever that is. */
function trunksOf({ site }: LoadedSite) {
  if (site.demo === undefined) return site.trunks;
  return site.trunks.map((trunk) => ({ ...trunk, sources: [...trunk.sources, site.sip.host] }));
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
  const { ownership, state, loop, telephony, people, records } = running;
  await people.desk.close();
  await people.web.close();
  await telephony.close();
  loop.drain();
  loop.stop();
  state.close(loop.lastSeq());
  await records.close();
  await ownership.release();
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
