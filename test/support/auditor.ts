// A second, simpler model of a centre, written apart from the core: it reads facts, commands and the
// debug state only, and says what cannot be. Numbers in brackets are the auditor's invariants.
import type { Step } from "../../engine/core/centre.ts";
import type { DebugState } from "../../engine/core/debug-state.ts";
import type { CentreEvent } from "../../engine/core/event.ts";
import type { AgentStateKind, Fact } from "../../engine/core/fact.ts";

class AuditError extends Error {
  override readonly name = "AuditError";
}

export type Auditor = {
  /** Every step, in order. */
  onStep(step: Step, event: CentreEvent): void;
  /** The state after the step. */
  check(state: DebugState, event: CentreEvent): void;
  /** [8] Nothing is left when traffic has ended. */
  checkQuiet(state: DebugState): void;
  /** Facts by type, for asking whether a run had what it should prove. */
  readonly counts: ReadonlyMap<string, number>;
};

type Waiting = { callId: string; queuedAtMs: number; order: number; ringing: boolean };
/** Another call that waited when an offer was made. */
type Rival = Waiting & { queueId: string };
type QueueBook = { waiting: Map<string, Waiting>; offered: number; left: number };
type Cohort = { offered: number; left: number };
type CallBook = { arrivedAtMs: number; queueId: string | null; inQueueFirst: boolean };
type AgentBook = { kind: AgentStateKind; sinceMs: number; sumMs: number; firstMs: number };

const cohortMs = 900_000;

export function createAuditor(): Auditor {
  const counts = new Map<string, number>();
  const calls = new Map<string, CallBook>();
  const queues = new Map<string, QueueBook>();
  const cohorts = new Map<string, Cohort>();
  const offers = new Map<string, { agentId: string; callId: string }>();
  const agents = new Map<string, AgentBook>();
  /** Offers made in steps not yet checked against the state. */
  let offersToJudge: { agentId: string; callId: string; queueId: string; others: Rival[] }[] = [];
  const places = new Map<string, { order: number; queuedAtMs: number }>();
  let seq = 0;
  let order = 0;
  /** Supervisors in talks: to the call. */
  const monitors = new Map<string, string>();
  /** Transfers under way: call to the agent who hands over. */
  const transfers = new Map<string, string>();
  let ended = 0;

  function must(holds: boolean, what: string, detail?: unknown): void {
    if (!holds)
      throw new AuditError(`${what}${detail === undefined ? "" : `: ${JSON.stringify(detail)}`}`);
  }

  function queueBook(queueId: string): QueueBook {
    const known = queues.get(queueId) ?? { waiting: new Map(), offered: 0, left: 0 };
    queues.set(queueId, known);
    return known;
  }

  function cohortBook(queueId: string, queuedAtMs: number): Cohort {
    const key = `${queueId} ${Math.floor(queuedAtMs / cohortMs)}`;
    const known = cohorts.get(key) ?? { offered: 0, left: 0 };
    cohorts.set(key, known);
    return known;
  }

  function onStep(step: Step, event: CentreEvent): void {
    offersToJudge = [];
    for (const fact of step.facts) {
      must(fact.seq === seq + 1, "facts are numbered without gaps", fact);
      seq = fact.seq;
      counts.set(fact.type, (counts.get(fact.type) ?? 0) + 1);
      onFact(fact);
    }
    onCommands(step, event);
    onHandover(step, event);
  }

  /** [14] Callers are conserved: only the end of the caller's own leg ends a call in a handover. */
  function onHandover(step: Step, event: CentreEvent): void {
    const handed = new Set(
      step.facts.flatMap((fact) =>
        "callId" in fact && handovers.has(fact.type) ? [fact.callId] : [],
      ),
    );
    for (const fact of step.facts) {
      if (fact.type !== "callEnded" || !handed.has(fact.callId)) continue;
      const isOwn = fact.by === "caller" || fact.by === "network";
      must(isOwn, "[14] only the caller's own leg ends a call that is handed over", {
        fact,
        event,
      });
    }
  }

  function onFact(fact: Fact): void {
    if ("callId" in fact && fact.type !== "callArrived" && fact.type !== "wrapUpEnded") {
      must(
        calls.has(fact.callId),
        "nothing happens to a call before it came or after it ended",
        fact,
      );
    }
    switch (fact.type) {
      case "callArrived":
        must(!calls.has(fact.callId), "a call arrives once", fact);
        calls.set(fact.callId, { arrivedAtMs: fact.atMs, queueId: null, inQueueFirst: false });
        return;
      case "callEnded": {
        const call = calls.get(fact.callId);
        must(call?.inQueueFirst !== true, "an ended call has left its queue", fact);
        must(!transfers.has(fact.callId), "a call ends after its transfer", fact);
        for (const book of queues.values()) book.waiting.delete(fact.callId);
        calls.delete(fact.callId);
        places.delete(fact.callId);
        ended += 1;
        return;
      }
      case "queueEntered":
        onQueueEntered(fact);
        return;
      case "queueLeft":
        onQueueLeft(fact);
        return;
      case "offerMade":
        onOfferMade(fact);
        return;
      case "offerEnded": {
        const offer = offers.get(fact.offerId);
        must(offer?.agentId === fact.agentId, "an offer ends once, for its agent", fact);
        offers.delete(fact.offerId);
        const waiting = queueBook(fact.queueId).waiting.get(fact.callId);
        if (fact.result !== "answered") queueBook(fact.queueId).waiting.delete(fact.callId);
        else must(waiting !== undefined, "an answered call waited", fact);
        return;
      }
      case "talkStarted":
        queueBook(fact.queueId).waiting.delete(fact.callId);
        return;
      case "transferStarted":
        must(!transfers.has(fact.callId), "one transfer at a time", fact);
        transfers.set(fact.callId, fact.fromAgentId);
        return;
      case "transferEnded":
        must(transfers.get(fact.callId) === fact.fromAgentId, "a transfer ends once", fact);
        transfers.delete(fact.callId);
        return;
      case "monitorStarted":
        must(!monitors.has(fact.supervisorId), "one talk a supervisor", fact);
        monitors.set(fact.supervisorId, fact.callId);
        return;
      case "monitorEnded":
        must(monitors.get(fact.supervisorId) === fact.callId, "a monitor ends once", fact);
        monitors.delete(fact.supervisorId);
        return;
      case "agentStateChanged":
        onAgentState(fact);
        return;
      default:
        return;
    }
  }

  function onQueueEntered(fact: Extract<Fact, { type: "queueEntered" }>): void {
    const { callId, queueId, queuedAtMs, returned, atMs } = fact;
    const call = calls.get(callId);
    if (call === undefined) return;
    const place = places.get(callId);
    if (returned) {
      must(place?.queuedAtMs === queuedAtMs, "who returns keeps the exact place", fact);
    } else {
      must(queuedAtMs === atMs, "a new place begins now", fact);
      queueBook(queueId).offered += 1;
      cohortBook(queueId, queuedAtMs).offered += 1;
      call.inQueueFirst = true;
      order += 1;
      places.set(callId, { order, queuedAtMs });
    }
    call.queueId = queueId;
    const at = places.get(callId)?.order ?? order;
    queueBook(queueId).waiting.set(callId, { callId, queuedAtMs, order: at, ringing: false });
  }

  function onQueueLeft(fact: Extract<Fact, { type: "queueLeft" }>): void {
    const call = calls.get(fact.callId);
    must(call?.inQueueFirst === true, "a call leaves its queue once", fact);
    if (call === undefined) return;
    call.inQueueFirst = false;
    must(fact.waitMs === fact.atMs - fact.queuedAtMs, "the wait runs from queue entry", fact);
    must(fact.sinceArrivalMs === fact.atMs - call.arrivedAtMs, "response runs from arrival", fact);
    queueBook(fact.queueId).left += 1;
    cohortBook(fact.queueId, fact.queuedAtMs).left += 1;
    if (fact.outcome.kind !== "answered") queueBook(fact.queueId).waiting.delete(fact.callId);
  }

  function onOfferMade(fact: Extract<Fact, { type: "offerMade" }>): void {
    const { offerId, callId, agentId, queueId } = fact;
    const agent = agents.get(agentId);
    must(agent?.kind === "ready", "[2] only a ready agent is offered a call", { fact, agent });
    const open = [...offers.values()];
    must(!open.some((offer) => offer.agentId === agentId), "[2] one offer an agent", fact);
    must(!open.some((offer) => offer.callId === callId), "one offer a call", fact);
    offers.set(offerId, { agentId, callId });
    const { waiting } = queueBook(queueId);
    const mine = waiting.get(callId);
    must(mine !== undefined && !mine.ringing, "an offered call waits in that queue", fact);
    if (mine !== undefined) waiting.set(callId, { ...mine, ringing: true });
    const others = [...queues].flatMap(([other, book]) =>
      [...book.waiting.values()]
        .filter(({ ringing }) => !ringing)
        .map((rival): Rival => ({ ...rival, queueId: other })),
    );
    // An agent's choice is not the queue's.
    if (fact.source !== "transfer") offersToJudge.push({ agentId, callId, queueId, others });
  }

  function onAgentState(fact: Extract<Fact, { type: "agentStateChanged" }>): void {
    const { agentId, from, to, atMs, inPreviousMs } = fact;
    const known = agents.get(agentId);
    if (known !== undefined) {
      must(known.kind === from, "an agent's states follow each other", { fact, known });
      must(inPreviousMs === atMs - known.sinceMs, "[5] time in a state is its length", fact);
    }
    must(transitions[from].includes(to), "agents change state as declared", fact);
    const firstMs = known?.firstMs ?? atMs - inPreviousMs;
    const sumMs = (known?.sumMs ?? 0) + inPreviousMs;
    must(sumMs === atMs - firstMs, "[5] states add up to the time there was", fact);
    agents.set(agentId, { kind: to, sinceMs: atMs, sumMs, firstMs });
  }

  function onCommands(step: Step, event: CentreEvent): void {
    const popped = new Set<string>();
    for (const command of step.commands) {
      if (command.type === "popScreen") popped.add(`${command.agentId} ${command.pop.callId}`);
      // A supervisor rings at his own browser and needs no pop.
      if (command.type === "ringAgentLeg" && event.type !== "supervisorRequested") {
        must(
          popped.has(`${command.agentId} ${command.callId}`),
          "the screen pop leaves before the ring",
          command,
        );
      }
    }
    if (event.type === "agentRequested" || event.type === "supervisorRequested") {
      const replies = step.commands.filter(({ type }) => type === "replyToDesk");
      must(replies.length === 1, "each desk request has one reply", event);
    }
  }

  function check(state: DebugState, event: CentreEvent): void {
    checkPlaces(state);
    checkAgents(state);
    checkBooks(state);
    checkMatching(state);
    if (event.type === "timeAdvanced") {
      const late = state.deadlines.find(({ atMs }) => atMs <= state.nowMs);
      must(late === undefined, "[6] no deadline lies in the past", late);
    }
    judgeOffers(state);
  }

  /** [1] each live call in one place, [3] legs and bridges. */
  function checkPlaces(state: DebugState): void {
    must(state.calls.length === calls.size, "live calls are those that came and did not end", {
      state: state.calls.length,
      books: calls.size,
    });
    const legs = new Map(state.legs.map((leg) => [leg.id, leg]));
    const lines = new Map<string, { queueId: string; ringing: boolean }>();
    for (const queue of state.queues) {
      for (const { callId, ringing } of queue.line) {
        must(!lines.has(callId), "[1] a call stands in one line", callId);
        lines.set(callId, { queueId: queue.queueId, ringing });
      }
    }
    let legCount = 0;
    for (const call of state.calls) {
      must(calls.has(call.callId), "a live call has books", call);
      const { place } = call;
      const line = lines.get(call.callId);
      const waits = place.kind === "queue" || place.kind === "offer";
      must((line !== undefined) === waits, "[1] in line exactly while waiting", call);
      if (line !== undefined) {
        must(line.ringing === (place.kind === "offer"), "[1] rings exactly while offered", call);
      }
      const wanted = "legId" in place ? [call.callerLegId, place.legId] : [call.callerLegId];
      if (place.kind === "bridge" && place.consult !== null) wanted.push(place.consult.legId);
      if (place.kind === "bridge" && place.monitor !== null) checkMonitor(place, wanted);
      legCount += wanted.length;
      for (const legId of wanted)
        must(legs.get(legId)?.callId === call.callId, "[3] legs are live", call);
    }
    must(legCount === state.legs.length, "[3] each leg belongs to one call", state.legs);
    for (const bridge of state.bridges) {
      const call = state.calls.find(({ callId }) => callId === bridge.callId);
      const inConference =
        call?.place.kind === "bridge" && call.place.consult?.stage === "conference";
      const monitor = call?.place.kind === "bridge" ? call.place.monitor : null;
      const isWatched = monitor !== null && bridge.legIds.includes(monitor.legId);
      const size = 2 + Number(inConference) + Number(isWatched);
      must(bridge.legIds.length === size, "[3] who talks is joined", bridge);
      for (const legId of bridge.legIds) {
        must(legs.get(legId)?.callId === bridge.callId, "[3] a bridge has live legs", bridge);
      }
    }
    must(offers.size === state.offers.length, "open offers are those of the facts", state.offers);
  }

  /** A supervisor is in one talk at most, and goes with the agent who is listened to. */
  function checkMonitor(
    place: Extract<DebugState["calls"][number]["place"], { kind: "bridge" }>,
    legIds: string[],
  ): void {
    const { monitor, agentId, consult } = place;
    if (monitor === null) return;
    legIds.push(monitor.legId);
    const isThere = monitor.agentId === agentId || monitor.agentId === consult?.agentId;
    must(isThere, "who is listened to is in the talk", place);
    const joined = monitors.get(monitor.supervisorId) !== undefined;
    must(joined === (monitor.stage === "joined"), "monitors are as the facts say", place);
  }

  function checkAgents(state: DebugState): void {
    const calling = new Map(state.calls.map((call) => [call.callId, call.place]));
    const configured = new Set(state.agents.map(({ agentId }) => agentId));
    // Who is taken out of the configuration starts anew when he comes back.
    for (const agentId of agents.keys()) if (!configured.has(agentId)) agents.delete(agentId);
    const busy = new Map<string, number>();
    for (const { place } of state.calls) {
      if ("agentId" in place) busy.set(place.agentId, (busy.get(place.agentId) ?? 0) + 1);
      if (place.kind !== "bridge" || place.consult === null) continue;
      busy.set(place.consult.agentId, (busy.get(place.consult.agentId) ?? 0) + 1);
    }
    for (const agent of state.agents) {
      const { kind, callId } = agent.state;
      const known = agents.get(agent.agentId);
      must(known === undefined || known.kind === kind, "agents are as the facts say", agent);
      const place = callId === null ? undefined : calling.get(callId);
      const owns = place !== undefined && "agentId" in place && place.agentId === agent.agentId;
      const asked = place?.kind === "bridge" ? place.consult : null;
      const isAsked = asked?.agentId === agent.agentId;
      const rings = (owns && place?.kind === "offer") || (isAsked && asked.stage === "ringing");
      const talks = (owns && place?.kind === "bridge") || (isAsked && asked.stage !== "ringing");
      if (kind === "offered") must(rings, "[2] offered means an offer or a consult", agent);
      else if (kind === "onCall") must(talks, "on call means a talk or a consult", agent);
      const expected = kind === "offered" || kind === "onCall" ? 1 : 0;
      must((busy.get(agent.agentId) ?? 0) === expected, "[2] an agent has at most one call", agent);
      if (agent.stateMs !== null && known !== undefined) {
        const sum = Object.values(agent.stateMs).reduce((total, ms) => total + ms, 0);
        must(sum === state.nowMs - known.firstMs, "[5] counted time adds up", { agent, sum });
      }
    }
  }

  /** [4] per queue and per interval of arrival. */
  function checkBooks(state: DebugState): void {
    const talked = new Set(
      state.calls.filter((call) => call.visitLeft).map(({ callId }) => callId),
    );
    const live = new Map<string, number>();
    for (const queue of state.queues) {
      const waiting = queue.line.filter(({ callId }) => !talked.has(callId));
      for (const { queuedAtMs } of waiting) {
        const key = `${queue.queueId} ${Math.floor(queuedAtMs / cohortMs)}`;
        live.set(key, (live.get(key) ?? 0) + 1);
      }
      const counted = state.counters.queues.find(({ queueId }) => queueId === queue.queueId);
      const book = queueBook(queue.queueId);
      must(book.offered - book.left === waiting.length, "[4] the facts' books balance", queue);
      if (counted === undefined) continue;
      const { answered, abandoned, shortAbandoned, flowedOut } = counted;
      must(counted.offered === book.offered, "[4] offered is counted", { counted, book });
      must(
        counted.offered === answered + abandoned + shortAbandoned + flowedOut + waiting.length,
        "[4] offered = answered + abandoned + short abandoned + flowed out + waiting",
        { counted, waiting },
      );
    }
    for (const [key, cohort] of cohorts) {
      must(
        cohort.offered - cohort.left === (live.get(key) ?? 0),
        "[4] each interval balances",
        key,
      );
      if (cohort.offered === cohort.left && cohorts.size > 64) cohorts.delete(key);
    }
    must(state.counters.ended === ended, "ended calls are counted", state.counters);
  }

  /** No call waits beside an agent who could take it; who stands ready is who is eligible. */
  function checkMatching(state: DebugState): void {
    const free = state.agents.filter(isEligible);
    for (const queue of state.queues) {
      const serving = free.filter((agent) => !hasDoneTheDay(agent, queue));
      for (const waiting of queue.line) {
        if (waiting.ringing) continue;
        const idle = serving.find((agent) => meets(state, agent, waiting.needs));
        must(idle === undefined, "no call waits beside a free agent who meets its need", {
          waiting,
          idle,
        });
      }
      for (const lane of queue.lanes) {
        const eligible = serving.filter((agent) => meets(state, agent, lane.needs));
        must(
          [...lane.ready].sort().join() ===
            eligible
              .map(({ agentId }) => agentId)
              .sort()
              .join(),
          "the idle line is who is eligible",
          { queue: queue.queueId, lane, eligible },
        );
      }
      checkStaffing(state, queue);
    }
  }

  function checkStaffing(state: DebugState, queue: QueueState): void {
    const staff = state.agents.filter(
      (agent) =>
        agent.serves.includes(queue.queueId) &&
        !["loggedOut", "notReady"].includes(agent.state.kind),
    );
    const share = staff.reduce((sum, { serves }) => sum + 1 / serves.length, 0);
    const { staffing } = queue;
    must(
      staffing.agents === staff.length && Math.abs(staffing.share - share) < 1e-6,
      "staffing is who is at work",
      { queue: queue.queueId, staffing, staff: staff.length, share },
    );
  }

  /** [7] and the choice over several queues, by brute force. */
  function judgeOffers(state: DebugState): void {
    const agentOf = new Map(state.agents.map((agent) => [agent.agentId, agent]));
    const lineOf = new Map(
      state.queues.flatMap((queue) =>
        queue.line.map((place) => [place.callId, { ...place, queue }] as const),
      ),
    );
    for (const { agentId, callId, queueId, others } of offersToJudge) {
      const agent = agentOf.get(agentId);
      const mine = lineOf.get(callId);
      // A call that left in the same step has no place to compare any more.
      if (agent === undefined || mine?.queue.queueId !== queueId) continue;
      must(meets(state, agent, mine.needs), "an offer meets the need", { agentId, mine });
      const heads = new Map<string, Placed>();
      for (const { callId: otherId } of others) {
        const other = lineOf.get(otherId);
        if (other === undefined || other.needSinceMs === state.nowMs) continue;
        if (!meets(state, agent, other.needs) || hasDoneTheDay(agent, other.queue)) continue;
        const head = heads.get(other.queue.queueId);
        if (head === undefined || isBefore(placeOf(other), placeOf(head))) {
          heads.set(other.queue.queueId, other);
        }
      }
      // The first of each queue competes; within a queue only the place in line counts.
      for (const other of heads.values()) {
        const rank = other.queue === mine.queue ? placeOf : (call: Placed) => rankOf(state, call);
        must(isBefore(rank(mine), rank(other)), "[7] the first in order is first", { mine, other });
      }
    }
    offersToJudge = [];
  }

  function checkQuiet(state: DebugState): void {
    for (const name of ["calls", "legs", "offers", "bridges"] as const) {
      must(state[name].length === 0, `[8] no ${name} are left`, state[name]);
    }
    must(
      state.queues.every(({ line }) => line.length === 0),
      "[8] nobody stands in line",
      state.queues,
    );
    const left = state.deadlines.filter((due) => "callId" in due);
    must(left.length === 0, "[8] no deadline of a call is left", left);
    must(Object.keys(state.trunks).length === 0, "[8] no channel is taken", state.trunks);
    must(calls.size === 0 && offers.size === 0 && places.size === 0, "[8] the books are closed");
    must(transfers.size === 0, "[8] no transfer is under way");
    must(monitors.size === 0, "[8] no supervisor is in a talk");
  }

  return { onStep, check, checkQuiet, counts };
}

/** Deadline or 0, queue's priority, then the place in its line; the smaller is served first. */
type Rank = readonly number[];

const handovers: ReadonlySet<string> = new Set([
  "transferStarted",
  "transferEnded",
  "consultAnswered",
  "conferenceStarted",
  "conferenceEnded",
]);

function isBefore(a: Rank, b: Rank): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

type QueueState = DebugState["queues"][number];
type Placed = QueueState["line"][number] & Readonly<{ queue: QueueState }>;

const placeOf = ({ level, fromMs, sequence }: Placed): Rank => [-level, fromMs, sequence];

/** Between the first calls of two queues, by the rule of the configuration. */
function rankOf(state: DebugState, place: Placed): Rank {
  const { queue, queuedAtMs } = place;
  const { ageingMs } = queue;
  const aged = ageingMs === null ? 0 : Math.floor((state.nowMs - queuedAtMs) / ageingMs);
  const deadlineMs = state.queueChoice === "deadlineFirst" ? queuedAtMs + queue.targetMs : 0;
  return [deadlineMs, -(queue.priority + aged), ...placeOf(place)];
}

function meets(state: DebugState, agent: AgentSeen, needs: QueueState["line"][number]["needs"]) {
  const skilled = needs.requirements.every(
    ({ skillId, levelMin }) => (agent.skills[skillId] ?? 0) >= levelMin,
  );
  const { reserve } = agent;
  const helps =
    reserve === null || state.reserves.includes(reserve) || needs.reserves.includes(reserve);
  return skilled && helps && (needs.only === null || needs.only === agent.agentId);
}

const hasDoneTheDay = (agent: AgentSeen, queue: QueueState): boolean =>
  queue.agentCallsPerDayMax !== null &&
  (agent.callsToday[queue.queueId] ?? 0) >= queue.agentCallsPerDayMax;

type AgentSeen = DebugState["agents"][number];

function isEligible(agent: AgentSeen): boolean {
  if (agent.state.kind !== "ready") return false;
  if (agent.device === "fixed") return true;
  return agent.contact !== null && (agent.device === "phone" || agent.desk === "open");
}

const transitions: Readonly<Record<AgentStateKind, readonly AgentStateKind[]>> = {
  loggedOut: ["notReady"],
  notReady: ["loggedOut", "notReady", "ready"],
  ready: ["loggedOut", "notReady", "offered"],
  offered: ["onCall", "notReady", "ready", "loggedOut"],
  onCall: ["wrapUp", "ready", "notReady", "loggedOut"],
  wrapUp: ["ready", "notReady", "loggedOut"],
};
