// [2] [3] what an agent does fits the calls, [21] counted time adds up, [24] lost seats are out.
import type { Must } from "../../../engine/core/audit/invariants.ts";
import type { DebugState } from "../../../engine/core/debug-state.ts";
import type { Books } from "./books.ts";

type AgentSeen = DebugState["agents"][number];
type Made = Extract<DebugState["calls"][number]["place"], { kind: "dialling" | "internal" }>;

export function checkAgents(must: Must, state: DebugState, books: Books): void {
  const places = new Map(state.calls.map((call) => [call.callId, call.place]));
  const configured = new Set(state.agents.map(({ agentId }) => agentId));
  // Who is taken out of the configuration starts anew when he comes back.
  for (const agentId of books.agents.keys()) {
    if (!configured.has(agentId)) books.agents.delete(agentId);
  }
  const busy = busyOf(state);
  // What is due fires with the next step.
  const isUpToDate = state.deadlines.every(({ atMs }) => atMs > state.nowMs);
  for (const agent of state.agents) {
    const { kind, callId } = agent.state;
    const known = books.agents.get(agent.agentId);
    must(21, known === undefined || known.kind === kind, "agents are as the facts say", agent);
    const place = callId === null ? undefined : places.get(callId);
    const owns = place !== undefined && "agentId" in place && place.agentId === agent.agentId;
    const asked = place?.kind === "bridge" ? place.consult : null;
    const isAsked = asked?.agentId === agent.agentId;
    const ringsToo =
      place?.kind === "offer" && place.others?.some((ring) => ring.agentId === agent.agentId);
    const rings =
      (owns && place?.kind === "offer") ||
      ringsToo === true ||
      (isAsked && asked.stage === "ringing");
    const talks = (owns && place?.kind === "bridge") || (isAsked && asked.stage !== "ringing");
    if (place?.kind === "dialling" || place?.kind === "internal") checkMaker(must, agent, place);
    else if (kind === "offered") must(2, rings, "offered means an offer or a consult", agent);
    else if (kind === "onCall") must(3, talks, "on call means a talk or a consult", agent);
    else must(3, kind !== "dialling", "dialling means a call that is made", agent);
    const expected = kind === "offered" || kind === "onCall" || kind === "dialling" ? 1 : 0;
    must(2, (busy.get(agent.agentId) ?? 0) === expected, "an agent has at most one call", agent);
    const isOver = isUpToDate && agent.graceEndsAtMs !== null && agent.graceEndsAtMs < state.nowMs;
    must(24, kind !== "ready" || !isOver, "a seat that is lost for too long is out", agent);
    const firstMs = known?.firstMs ?? null;
    if (agent.stateMs === null || firstMs === null) continue;
    const sum = Object.values(agent.stateMs).reduce((total, ms) => total + ms, 0);
    must(21, sum === state.nowMs - firstMs, "counted time adds up", { agent, sum });
  }
}

/** An agent in a call that an agent makes is in the state of its stage. */
function checkMaker(must: Must, agent: AgentSeen, place: Made): void {
  const makerId = place.kind === "dialling" ? place.agentId : place.from.agentId;
  const isMaker = makerId === agent.agentId;
  const wanted = place.stage === "talking" ? "onCall" : isMaker ? "dialling" : "offered";
  must(3, agent.state.kind === wanted, "who makes or gets a call is in its stage", agent);
}

/** Calls and consults of each agent. */
function busyOf(state: DebugState): Map<string, number> {
  const busy = new Map<string, number>();
  const count = (agentId: string) => busy.set(agentId, (busy.get(agentId) ?? 0) + 1);
  for (const { place } of state.calls) {
    if ("agentId" in place) count(place.agentId);
    if (place.kind === "offer") for (const { agentId } of place.others ?? []) count(agentId);
    if (place.kind === "internal") {
      count(place.from.agentId);
      if (place.stage !== "ringingFrom") count(place.to.agentId);
    }
    if (place.kind === "bridge" && place.consult !== null) count(place.consult.agentId);
  }
  return busy;
}
