// What people and their tools reach of an engine: desk, pages, API, metrics, debug state.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { productRoot } from "../config/product-root.ts";
import { debugState } from "../core/debug-state.ts";
import { explainCall } from "../core/explain.ts";
import { targetsView } from "../core/targets-view.ts";
import { agentView, wallboardView } from "../core/view.ts";
import type { RunningAudit } from "../shell/audit.ts";
import { createDesk, type Desk } from "../shell/desk/desk.ts";
import type { Loop } from "../shell/loop.ts";
import type { MediaPort } from "../shell/media/media-port.ts";
import { createMetrics } from "../shell/metrics/metrics.ts";
import { startVerify } from "../shell/records/running-verify.ts";
import { shownFigures } from "../shell/records/shown-figures.ts";
import type { Telephony } from "../shell/sip/telephony.ts";
import { createEdgeOperations } from "../shell/trace/edge-client.ts";
import { createWeb, type Web } from "../shell/web/server.ts";
import type { EdgeStatus } from "../wire/edge-operations.ts";
import type { Base, LoginSide } from "./base.ts";

export type PeopleSide = Readonly<{ desk: Desk; web: Web }>;

type PeopleOptions = Base &
  Readonly<{
    loop: Loop;
    logins: LoginSide;
    media: MediaPort;
    telephony: Telephony;
    health: { bugs: number; audit: RunningAudit; observeStep: (seconds: number) => void };
  }>;

/** Desk, pages, API and metrics. */
export async function openPeopleSide(options: PeopleOptions): Promise<PeopleSide> {
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
  const edge = createEdgeOperations(run.edgeSocket);
  let edgeStatus: EdgeStatus | null = null;
  const version = productVersion();
  const metrics = createMetrics({
    version,
    commit: process.env["REXIAN_COMMIT"] ?? "unknown",
    centre: () => centre,
    nowMs: () => clock.nowMs(),
    callsRejected: () => rejectedCalls(telephony.counters),
    telephonyEvents: () => telephony.counters,
    edgeStatus: () => edgeStatus,
    deskEvents: () => desk.counters,
    deskConnections: () => desk.counters.connections,
    mediaServers: () => ({ builtin: telephony.state().mediaUp }),
    edgeConnected: () => telephony.state().connected,
    trunkPeers: () => telephony.state().trunkPeers,
    records: () => records.health(),
    verify: () => verify.counts(),
    invariantViolations: () => health.bugs + health.audit.violations(),
  });
  health.observeStep = metrics.observeDecision;
  const renderMetrics = async () => {
    edgeStatus = await edge.status();
    return await metrics.render();
  };
  const verify = startVerify({
    shown: () =>
      shownFigures(centre, { nowMs: () => clock.nowMs(), renderMetrics: metrics.render }),
    verify: (shown) => records.verify(shown),
    everyMs: loaded.site.records.verifyMinutes * 60_000,
    log,
  });
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
    trace: edge.trace,
    operations: {
      readiness: async () => readiness(options, await edge.status()),
      notes: () => trunkNotes(telephony),
      metrics: { contentType: metrics.contentType, render: renderMetrics },
      debugState: () => wholeState(options, desk),
      facts: options.ring,
      factsAfter: (seq, limit) => records.factsAfter(seq, limit),
      nowMs: () => clock.nowMs(),
      verify: verify.check,
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

function readiness(
  { telephony, records, state }: PeopleOptions,
  edgeStatus: EdgeStatus | null,
): string[] {
  const { connected, mediaUp } = telephony.state();
  return [
    ...(connected ? [] : ["the SIP edge is not connected"]),
    ...(edgeStatus?.draining ? ["the SIP edge takes no new calls and ends soon"] : []),
    ...(mediaUp ? [] : ["the media server is not connected"]),
    ...(records.health().ok ? [] : ["call records cannot be written"]),
    ...(state.journal.health().ok ? [] : ["the journal cannot be written"]),
  ];
}

/** What works less well than it should; calls come in all the same. */
const trunkNotes = (telephony: Telephony): string[] =>
  telephony
    .state()
    .trunkPeers.flatMap(({ trunkId, answersOptions, registration }) => [
      ...(answersOptions === false ? [`the trunk ${trunkId} does not answer OPTIONS`] : []),
      ...(registration?.isRegistered === false ? [`the trunk ${trunkId} is not registered`] : []),
    ]);

/** INVITEs that never became calls, by the reason that the caller was given. */
const rejectedCalls = (counters: Telephony["counters"]) => ({
  forbidden: counters.invitesForbidden,
  unauthenticated: counters.invitesLimited,
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

const choiceOf = ({ id, label }: { id: string; label: { zh: string; en: string } }) => ({
  id,
  label: { zh: label.zh, en: label.en },
});

function productVersion(): string {
  const file = join(productRoot(), "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
