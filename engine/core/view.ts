// What people see of the live state: plain objects for the desk and the wallboard, and the whole
// state for an independent checker. Views read; they decide nothing.
import { estimateWait } from "./acd/estimate.ts";
import { lineOf, waitingCount } from "./acd/queue.ts";

export { debugState } from "./debug-state.ts";

import { isReachable, notReadyLimitMs } from "./acd/agent-state.ts";
import { type SeatFault, seatFaultOf } from "./acd/standing.ts";
import { mayWantWrapUp } from "./acd/wrap-up.ts";
import { legOfAgent } from "./call/parties.ts";
import { recordingOf } from "./call/recording.ts";
import type { Language } from "./centre-config.ts";
import type { ScreenPop } from "./command.ts";
import type { MonitorMode } from "./event.ts";
import type { AgentId, CallId, GroupId, Ms, OfferId, QueueId } from "./ids.ts";
import { sizeOf } from "./ordered.ts";
import type { Agent, Call, Centre, LastDial, Monitor, Queue, QueuedCall, Talk } from "./state.ts";
import { serviceLevelAbandonNegative } from "./stats/service-level.ts";
import { agentToday, queueToday } from "./stats/stats.ts";

type Text = Record<Language, string>;

type AgentStateView =
  | { kind: "loggedOut"; sinceMs: Ms }
  | { kind: "notReady"; sinceMs: Ms; reason: string }
  | { kind: "ready"; sinceMs: Ms }
  | {
      kind: "dialling";
      sinceMs: Ms;
      callId: CallId;
      number: string;
      stage: "ringingAgent" | "ringingOther";
    }
  | { kind: "offered"; sinceMs: Ms; offerId: OfferId; callId: CallId; answerByMs: Ms }
  | {
      kind: "onCall";
      sinceMs: Ms;
      callId: CallId;
      heldSinceMs: Ms | null;
      /** Absent when the call is not recorded. */
      recording?: "on" | "paused";
      /** The other agent in the call, when there is one. */
      colleague?: ColleagueView;
      /** Whether wrap-up follows, where the queue leaves that to the agent. */
      wrapUpAfter?: boolean;
      /** The browser went away; until then the caller is kept. */
      rejoin?: { sinceMs: Ms; untilMs: Ms };
    }
  /** `extendMs`: what the agent can add now. */
  | { kind: "wrapUp"; sinceMs: Ms; callId: CallId; endsAtMs: Ms; extendMs?: Ms };

type ColleagueView = {
  agentId: AgentId;
  name: Text;
  /** Whether the other was asked in by this agent, or asked this agent in. */
  role: "asked" | "asker";
  stage: "ringing" | "private" | "conference";
  sinceMs: Ms;
};

type PopView = {
  -readonly [Key in keyof ScreenPop]: Key extends "path"
    ? { name: string; value: string; label?: Text | undefined }[]
    : ScreenPop[Key];
};

type LastDialView = { -readonly [Key in keyof LastDial]: LastDial[Key] };

export type AgentView = {
  agentId: AgentId;
  name: Text;
  state: AgentStateView;
  nextNotReady: string | null;
  deviceReachable: boolean;
  seatFault?: SeatFault;
  pop: PopView | null;
  lastDial: LastDialView | null;
  messages: { messageId: string; fromId: AgentId; text: string; atMs: Ms }[];
  help: { sinceMs: Ms; text: string } | null;
  today: {
    answered: number;
    dialled: number;
    reached: number;
    talkMs: Ms;
    holdMs: Ms;
    wrapUpMs: Ms;
    missed: number;
  };
};

type QueueView = {
  queueId: QueueId;
  name: Text;
  waiting: number;
  longestWaitSinceMs: Ms | null;
  offered: number;
  answered: number;
  answeredInTarget: number;
  abandoned: number;
  shortAbandoned: number;
  flowedOut: number;
  targetMs: Ms;
  targetRatio: number;
  serviceLevel: number | null;
  agentsReady: number;
  agentsOnCall: number;
  agentsStaffed: number;
};

type WaitingView = {
  callId: CallId;
  queueId: QueueId;
  ani: string;
  position: number;
  queuedAtMs: Ms;
  priority: number;
  language: Language;
  offeredTo: AgentId | null;
  /** Steps of the queue's relaxation that have been reached. */
  ring: number;
  keptFor: AgentId | null;
  /** A callback: nobody is on the line. */
  isCallback: boolean;
  /** Null when it cannot be relied on. */
  estimateMs: Ms | null;
};

type AgentRow = {
  agentId: AgentId;
  name: Text;
  state: AgentStateView;
  skills: Record<string, number>;
  withCaller: string | null;
  deviceReachable: boolean;
  seatFault?: SeatFault;
  mediaSilent: boolean;
  quality?: { mos: number | null; oneWay: boolean };
  /** Not ready for longer than is allowed for the reason. */
  isOverLimit: boolean;
  /** Chosen for after the present call or wrap-up. */
  nextNotReady: string | null;
  /** Lent skills, until a time. */
  loan?: { skills: Record<string, number>; untilMs: Ms };
  reserve?: GroupId;
  help?: { sinceMs: Ms; text: string };
  /** Messages that the agent has not acknowledged. */
  unread: number;
  answered: number;
  handleMsMean: number | null;
  /** The supervisor who is in this agent's talk. */
  monitor?: { supervisorId: AgentId; mode: MonitorMode; stage: Monitor["stage"] };
};

export type WallboardView = {
  queues: QueueView[];
  waiting: WaitingView[];
  agents: AgentRow[];
  callsLive: number;
  callsInFlow: number;
  callsTalking: number;
  /** Calls that supervisors took over. */
  taken: { callId: CallId; supervisorId: AgentId; ani: string; sinceMs: Ms }[];
  /** Reserve groups: members, and until when they are switched in (null: until switched off). */
  reserves: { groupId: GroupId; agents: number; isOn: boolean; untilMs: Ms | null }[];
};

/** What one agent sees of himself; null for an unknown agent. */
export function agentView(centre: Centre, agentId: AgentId, nowMs: Ms): AgentView | null {
  const agent = centre.agents.get(agentId);
  if (agent === undefined) return null;
  const today = agentToday(centre.stats, agentId, nowMs);
  const { answered, dialled, reached, talkMs, holdMs, wrapUpMs, missed } = today;
  return {
    agentId,
    name: { ...agent.config.name },
    state: stateView(centre, agent),
    nextNotReady: agent.nextNotReady,
    deviceReachable: isReachable(agent),
    ...seatFaultView(agent),
    pop: agent.pop === null ? null : popView(agent.pop),
    lastDial: agent.lastDial === null ? null : { ...agent.lastDial },
    messages: agent.messages.map((message) => ({ ...message })),
    help: agent.help === null ? null : { ...agent.help },
    today: { answered, dialled, reached, talkMs, holdMs, wrapUpMs, missed },
  };
}

/** Live queues, waiting calls and agents. */
export function wallboardView(centre: Centre, nowMs: Ms): WallboardView {
  const calls = [...centre.calls.values()];
  const inPlace = (kind: Call["place"]["kind"]): number =>
    calls.filter(({ place }) => place.kind === kind).length;
  return {
    queues: queueViews(centre, nowMs),
    waiting: [...centre.queues.values()].flatMap((queue) => lineView(centre, queue)),
    agents: [...centre.agents.values()].map((agent) => agentRow(centre, agent, nowMs)),
    callsLive: calls.length,
    callsInFlow: inPlace("flow"),
    callsTalking: inPlace("bridge") + inPlace("takenOver"),
    taken: calls.flatMap(({ id, ani, place }) => {
      if (place.kind !== "takenOver") return [];
      const { supervisorId, startedAtMs } = place.taken;
      return [{ callId: id, supervisorId, ani, sinceMs: startedAtMs }];
    }),
    reserves: reserveViews(centre),
  };
}

function reserveViews({ agents, reserves }: Centre): WallboardView["reserves"] {
  const members = new Map<GroupId, number>();
  for (const { config } of agents.values()) {
    const groupId = config.reserve;
    if (groupId !== undefined) members.set(groupId, (members.get(groupId) ?? 0) + 1);
  }
  return [...members].map(([groupId, count]) => {
    const isOn = reserves.has(groupId);
    return { groupId, agents: count, isOn, untilMs: reserves.get(groupId) ?? null };
  });
}

function lineView(centre: Centre, queue: Queue): WaitingView[] {
  return lineOf(centre, queue).flatMap((waiting, index) => {
    const { callId, priority, queuedAtMs } = waiting;
    const call = centre.calls.get(callId);
    if (call === undefined) return [];
    const { ani, language, place } = call;
    return [
      {
        callId,
        queueId: queue.config.id,
        ani,
        position: index + 1,
        queuedAtMs,
        priority,
        language,
        offeredTo: place.kind === "offer" ? place.offer.agentId : null,
        ring: waiting.ring,
        keptFor: waiting.only?.agentId ?? null,
        isCallback: call.callback !== null,
        estimateMs: index < estimatedMax ? reliableEstimate(centre, queue, waiting) : null,
      },
    ];
  });
}

/** An estimate costs a look at the line: only the first ones get one. */
const estimatedMax = 20;

function reliableEstimate(centre: Centre, queue: Queue, call: QueuedCall): Ms | null {
  const { waitMs, isReliable } = estimateWait(centre, queue, call);
  return isReliable ? waitMs : null;
}

function queueViews(centre: Centre, nowMs: Ms): QueueView[] {
  const staffing = staffingOf(centre);
  return [...centre.queues.values()].map((queue) => {
    const { id, name, targetMs, targetRatio } = queue.config;
    const stats = centre.stats.queues.get(id);
    const today = stats === undefined ? null : queueToday(centre.stats, stats, nowMs);
    const oldest = lineOf(centre, queue).reduce<Ms | null>(
      (least, { queuedAtMs }) => (least === null ? queuedAtMs : Math.min(least, queuedAtMs)),
      null,
    );
    const staff = staffing.get(id);
    return {
      queueId: id,
      name: { ...name },
      waiting: waitingCount(queue),
      longestWaitSinceMs: oldest,
      offered: today?.offered ?? 0,
      answered: today?.answered ?? 0,
      answeredInTarget: today?.answeredWithinTarget ?? 0,
      abandoned: today?.abandoned ?? 0,
      shortAbandoned: today?.shortAbandoned ?? 0,
      flowedOut: today?.flowedOut ?? 0,
      targetMs,
      targetRatio,
      serviceLevel: today === null ? null : serviceLevelAbandonNegative(today).ratio,
      agentsReady: sizeOf(queue.ready),
      agentsOnCall: staff?.onCall ?? 0,
      agentsStaffed: staff?.staffed ?? 0,
    };
  });
}

function staffingOf(centre: Centre): Map<QueueId, { staffed: number; onCall: number }> {
  const staffing = new Map<QueueId, { staffed: number; onCall: number }>();
  for (const { state, serves } of centre.agents.values()) {
    if (state.kind === "loggedOut") continue;
    for (const queueId of serves) {
      const staff = staffing.get(queueId) ?? { staffed: 0, onCall: 0 };
      staff.staffed += 1;
      if (state.kind === "onCall") staff.onCall += 1;
      staffing.set(queueId, staff);
    }
  }
  return staffing;
}

function agentRow(centre: Centre, agent: Agent, nowMs: Ms): AgentRow {
  const today = agentToday(centre.stats, agent.id, nowMs);
  const { answered, reached, talkMs, holdMs, wrapUpMs } = today;
  const handled = answered + reached;
  const { state } = agent;
  const isBusy = state.kind === "onCall" || state.kind === "dialling";
  const call = isBusy ? centre.calls.get(state.callId) : undefined;
  const legId = call === undefined ? null : legOfAgent(call.place, agent.id);
  const leg = legId === null ? undefined : centre.legs.get(legId);
  const { media, quality } = leg ?? {};
  return {
    agentId: agent.id,
    name: { ...agent.config.name },
    state: stateView(centre, agent),
    skills: { ...agent.config.skills },
    withCaller: call?.ani ?? null,
    deviceReachable: isReachable(agent),
    ...seatFaultView(agent),
    mediaSilent: media === "silent" || media === "failed",
    ...(quality === undefined ? {} : { quality: { mos: quality.mos, oneWay: quality.oneWay } }),
    isOverLimit: isOverLimit(centre, agent, nowMs),
    nextNotReady: agent.nextNotReady,
    ...(agent.loan === null ? {} : { loan: { ...agent.loan, skills: { ...agent.loan.skills } } }),
    ...(agent.config.reserve === undefined ? {} : { reserve: agent.config.reserve }),
    ...(agent.help === null ? {} : { help: { ...agent.help } }),
    unread: agent.messages.length,
    answered,
    handleMsMean: handled === 0 ? null : (talkMs + holdMs + wrapUpMs) / handled,
    ...monitorOf(agent.id, call),
  };
}

/** Nobody expects a seat of who is logged out. */
function seatFaultView(agent: Agent): Readonly<{ seatFault?: SeatFault }> {
  const fault = agent.state.kind === "loggedOut" ? null : seatFaultOf(agent);
  return fault === null ? {} : { seatFault: fault };
}

function isOverLimit({ config }: Centre, { state }: Agent, nowMs: Ms): boolean {
  if (state.kind !== "notReady") return false;
  const limitMs = notReadyLimitMs(config, state.reason);
  return limitMs !== null && nowMs - state.sinceMs >= limitMs;
}

function monitorOf(agentId: AgentId, call: Call | undefined): Pick<AgentRow, "monitor"> {
  const monitor = call?.place.kind === "bridge" ? call.place.talk.monitor : null;
  if (monitor === null || monitor.agentId !== agentId) return {};
  const { supervisorId, mode, stage } = monitor;
  return { monitor: { supervisorId, mode, stage } };
}

function stateView(centre: Centre, agent: Agent): AgentStateView {
  const { state } = agent;
  const { sinceMs } = state;
  switch (state.kind) {
    case "notReady":
      return { kind: "notReady", sinceMs, reason: state.reason };
    case "offered": {
      const { offerId, callId, answerByMs } = state;
      return { kind: "offered", sinceMs, offerId, callId, answerByMs };
    }
    case "onCall": {
      const place = centre.calls.get(state.callId)?.place;
      const talk = place?.kind === "bridge" ? place.talk : null;
      return {
        kind: "onCall",
        sinceMs,
        callId: state.callId,
        heldSinceMs: talk?.agentId === agent.id ? (talk.hold?.sinceMs ?? null) : null,
        ...recordingView(centre, state.callId),
        ...colleagueOf(centre, agent.id, talk),
        ...(mayWantWrapUp(centre.queues, agent) ? { wrapUpAfter: agent.wantsWrapUp } : {}),
        ...rejoinView(talk),
      };
    }
    case "dialling": {
      const call = centre.calls.get(state.callId);
      const place = call?.place;
      const isOwnRinging =
        (place?.kind === "dialling" && place.dial.stage.kind === "ringingAgent") ||
        (place?.kind === "internal" && place.internal.stage === "ringingFrom");
      return {
        kind: "dialling",
        sinceMs,
        callId: state.callId,
        number: call?.ani ?? "",
        stage: isOwnRinging ? "ringingAgent" : "ringingOther",
      };
    }
    case "wrapUp": {
      const { callId, endsAtMs, latestMs } = state;
      const extendMs = Math.min(state.extendMs, latestMs - endsAtMs);
      return { kind: "wrapUp", sinceMs, callId, endsAtMs, ...(extendMs > 0 ? { extendMs } : {}) };
    }
    default:
      return { kind: state.kind, sinceMs };
  }
}

function recordingView(centre: Centre, callId: CallId): Readonly<{ recording?: "on" | "paused" }> {
  const recording = recordingOf(centre, callId);
  return recording === null ? {} : { recording };
}

function rejoinView(talk: Talk | null): { rejoin?: { sinceMs: Ms; untilMs: Ms } } {
  if (talk?.rejoin === undefined) return {};
  const { sinceMs, untilMs } = talk.rejoin;
  return { rejoin: { sinceMs, untilMs } };
}

function colleagueOf(
  centre: Centre,
  agentId: AgentId,
  talk: Talk | null,
): Readonly<{ colleague?: ColleagueView }> {
  if (talk === null || talk.consult === null) return {};
  const { stage } = talk.consult;
  const isAsker = talk.agentId === agentId;
  const other = isAsker ? talk.consult.agentId : talk.agentId;
  const name = centre.agents.get(other)?.config.name ?? { zh: other, en: other };
  return {
    colleague: {
      agentId: other,
      name: { ...name },
      role: isAsker ? "asked" : "asker",
      stage: stage.kind,
      sinceMs: stage.sinceMs,
    },
  };
}

const popView = (pop: ScreenPop): PopView => ({
  ...pop,
  hotline: { ...pop.hotline },
  queueName: { ...pop.queueName },
  path: pop.path.map((step) => ({ ...step })),
});
