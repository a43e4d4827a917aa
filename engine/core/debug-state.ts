// The whole live state as JSON, for an independent checker: it needs to know nothing of the core.

import { lanesOf } from "./acd/lanes.ts";
import { needOf, skillsOf } from "./acd/need.ts";
import { lineOf } from "./acd/queue.ts";
import type { AgentId, BridgeId, CallId, LegId, Ms, OfferId, QueueId } from "./ids.ts";
import { itemsOf } from "./ordered.ts";
import type { AgentState, Centre, Monitor, Place, Rejoin } from "./state.ts";
import { stateMsAt } from "./stats/agent-stats.ts";
import { waitingOf } from "./stats/queue-stats.ts";
import { agentToday } from "./stats/stats.ts";

export type DebugState = ReturnType<typeof debugState>;

/** JSON-able snapshot of calls, legs, places, agents, offers, bridges, deadlines and counters. */
export function debugState(centre: Centre) {
  const { nowMs, stats } = centre;
  return {
    nowMs,
    factSeq: centre.factSeq,
    calls: [...centre.calls.values()].map((call) => ({
      callId: call.id,
      callerLegId: call.callerLegId,
      trunkId: call.trunkId,
      ani: call.ani,
      dnis: call.dnis,
      language: call.language,
      arrivedAtMs: call.arrivedAtMs,
      talked: call.talked,
      visitLeft: call.visitLeft,
      callback: call.callback,
      callbackDigits: call.callbackDigits,
      queuedAtMs: "visit" in call.place ? call.place.visit.queuedAtMs : null,
      transfer: call.transfer,
      place: placeOf(call.place),
    })),
    legs: [...centre.legs.values()],
    recordings: [...centre.recordings].map(([recordingId, recording]) => ({
      recordingId,
      ...recording,
    })),
    offers: offersOf(centre),
    bridges: bridgesOf(centre),
    queues: [...centre.queues.values()].map((queue) => ({
      queueId: queue.config.id,
      priority: queue.config.priority,
      retired: queue.retired,
      /** In order of service; `ringing` ones keep their place. */
      line: lineOf(centre, queue).map(({ callId, ...visit }) => ({
        callId,
        priority: visit.priority,
        queuedAtMs: visit.queuedAtMs,
        sequence: visit.sequence,
        /** What orders the line: level, then this time, then the sequence. */
        level: visit.level,
        fromMs: visit.fromMs,
        needs: needOf(queue.config, visit),
        needSinceMs: visit.needSinceMs,
        ringing: queue.ringing.has(callId),
      })),
      ready: itemsOf(queue.ready).map(({ agentId }) => agentId),
      lanes: lanesOf(queue).map(({ key, need, ready }) => ({
        key,
        needs: need,
        ready: itemsOf(ready).map(({ agentId }) => agentId),
      })),
      targetMs: queue.config.targetMs,
      ageingMs: queue.config.routing?.ageingMs ?? null,
      agentCallsPerDayMax: queue.config.routing?.agentCallsPerDayMax ?? null,
      staffing: { ...queue.staffing },
    })),
    agents: [...centre.agents.values()].map((agent) => ({
      agentId: agent.id,
      device: agent.config.device.kind,
      desk: agent.desk,
      contact: agent.contact,
      health: agent.health === null ? null : { ...agent.health, isSlow: agent.isSlow },
      state: agentStateOf(agent.state),
      nextNotReady: agent.nextNotReady,
      serves: [...agent.serves],
      /** Own and lent ones. */
      skills: { ...skillsOf(agent) },
      reserve: agent.config.reserve ?? null,
      callsToday: { ...agentToday(stats, agent.id, nowMs).byQueue },
      graceEndsAtMs: agent.graceEndsAtMs,
      retired: agent.retired,
      stateMs: stats.agents.has(agent.id) ? stateMsOf(centre, agent.id) : null,
    })),
    deadlines: centre.deadlines.heap
      .map(({ atMs, due }) => ({ atMs, ...due }))
      .sort((a, b) => a.atMs - b.atMs),
    queueChoice: centre.config.queueChoice ?? "priority",
    reserves: [...centre.reserves.keys()],
    trunks: Object.fromEntries(centre.trunkCalls),
    trunksDown: [...centre.trunksDown.keys()],
    counters: {
      ...stats.totals,
      queues: [...stats.queues.values()].map((queue) => ({
        queueId: queue.queueId,
        offered: queue.offered,
        answered: queue.answered,
        answeredWithinTarget: queue.answeredWithinTarget,
        abandoned: queue.abandoned,
        shortAbandoned: queue.shortAbandoned,
        flowedOut: queue.flowedOut,
        waiting: waitingOf(queue),
        offers: { ...queue.offers },
      })),
    },
  };
}

type PlaceView =
  | { kind: "flow"; flow: string; nodeId: string; at: string }
  | { kind: "queue"; queueId: QueueId }
  | {
      kind: "offer";
      queueId: QueueId;
      offerId: OfferId;
      agentId: AgentId;
      legId: LegId;
      others?: { agentId: AgentId; legId: LegId }[];
    }
  | {
      kind: "bridge";
      queueId: QueueId;
      agentId: AgentId;
      legId: LegId;
      held: boolean;
      consult: { agentId: AgentId; legId: LegId; stage: string } | null;
      monitor: Monitor | null;
      /** The agent's browser is away; the leg of before may be over. */
      rejoin: Rejoin | null;
    }
  | { kind: "takenOver"; queueId: QueueId; supervisorId: AgentId; legId: LegId }
  | { kind: "paused"; queueId: QueueId; untilMs: Ms }
  | { kind: "dialling"; queueId: QueueId; agentId: AgentId; legId: LegId; stage: string }
  | {
      kind: "internal";
      from: { agentId: AgentId; legId: LegId };
      to: { agentId: AgentId; legId: LegId };
      stage: string;
    }
  | { kind: "ending" };

function placeOf(place: Place): PlaceView {
  switch (place.kind) {
    case "flow": {
      const { flowKey, nodeId, at } = place.position;
      return { kind: "flow", flow: flowKey, nodeId, at: at.kind };
    }
    case "queue":
      return { kind: "queue", queueId: place.visit.queueId };
    case "offer": {
      const { offerId, agentId, legId } = place.offer;
      const { queueId } = place.visit;
      const others = place.others?.map(({ agentId, legId }) => ({ agentId, legId }));
      const more = others === undefined ? {} : { others };
      return { kind: "offer", queueId, offerId, agentId, legId, ...more };
    }
    case "bridge": {
      const { agentId, legId, hold, consult, monitor, rejoin } = place.talk;
      const { queueId } = place.visit;
      return {
        kind: "bridge",
        queueId,
        agentId,
        legId,
        held: hold !== null,
        consult: consult === null ? null : { ...consult, stage: consult.stage.kind },
        monitor,
        rejoin: rejoin ?? null,
      };
    }
    case "takenOver": {
      const { supervisorId, legId } = place.taken;
      return { kind: "takenOver", queueId: place.visit.queueId, supervisorId, legId };
    }
    case "paused":
      return { kind: "paused", queueId: place.visit.queueId, untilMs: place.untilMs };
    case "dialling": {
      const { agentId, legId, stage } = place.dial;
      return { kind: "dialling", queueId: place.visit.queueId, agentId, legId, stage: stage.kind };
    }
    case "internal": {
      const { from, to, stage } = place.internal;
      return { kind: "internal", from, to, stage };
    }
    default:
      return { kind: "ending" };
  }
}

function agentStateOf(state: AgentState) {
  const callId: CallId | null = "callId" in state ? state.callId : null;
  const offerId: OfferId | null = "offerId" in state ? state.offerId : null;
  const reason = state.kind === "notReady" ? state.reason : null;
  return { kind: state.kind, sinceMs: state.sinceMs, callId, offerId, reason };
}

function offersOf(centre: Centre) {
  return [...centre.calls.values()].flatMap(({ id, place }) =>
    place.kind === "offer"
      ? [place.offer, ...(place.others ?? [])].map((offer) => ({
          callId: id,
          queueId: place.visit.queueId,
          ...offer,
        }))
      : [],
  );
}

function bridgesOf(
  centre: Centre,
): { bridgeId: BridgeId; callId: CallId; legIds: LegId[]; held: boolean }[] {
  return [...centre.calls.values()].flatMap(({ id, callerLegId, place }) => {
    if (place.kind === "takenOver") {
      const { bridgeId, legId } = place.taken;
      return [{ bridgeId, callId: id, legIds: [callerLegId, legId], held: false }];
    }
    if (place.kind !== "bridge") return [];
    const { bridgeId, legId, hold, consult, monitor, rejoin } = place.talk;
    // Nobody is joined while the agent's browser is away.
    if (rejoin !== undefined) return [];
    const held = hold !== null;
    const stage = consult?.stage;
    const watching = monitor?.stage === "joined" && !held ? [monitor.legId] : [];
    const pair = { bridgeId, callId: id, legIds: [callerLegId, legId, ...watching], held };
    if (consult === null || stage?.kind === "ringing") return [pair];
    if (stage?.kind === "private") {
      const asked = { bridgeId: stage.bridgeId, callId: id, legIds: [legId, consult.legId] };
      return [pair, { ...asked, held: false }];
    }
    return [{ ...pair, legIds: [...pair.legIds, consult.legId] }];
  });
}

function stateMsOf(centre: Centre, agentId: AgentId): Record<string, Ms> | null {
  const stats = centre.stats.agents.get(agentId);
  return stats === undefined ? null : stateMsAt(stats, centre.nowMs);
}
