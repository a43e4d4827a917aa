// Agents: their states follow the declared graph, add up to the time there was, and fit what they do.
import type { AgentStateKind, Fact } from "../fact.ts";
import type { AgentId, Ms } from "../ids.ts";
import type { Must } from "./invariants.ts";
import type { AuditPart } from "./part.ts";

type FactOf<Type extends Fact["type"]> = Extract<Fact, { type: Type }>;
type AgentBook = { kind: AgentStateKind; sinceMs: Ms; sumMs: Ms; firstMs: Ms };

export function createAgentAudit(must: Must): AuditPart {
  const agents = new Map<AgentId, AgentBook>();
  const wrapping = new Set<AgentId>();
  /** Wrap-ups that ended in this step: the agent's state has to follow. */
  const wrapped = new Set<AgentId>();
  let latestMs: Ms = 0;

  function stateChanged(fact: FactOf<"agentStateChanged">): void {
    const { agentId, from, to, atMs, inPreviousMs } = fact;
    const known = agents.get(agentId);
    if (known !== undefined) {
      must(13, known.kind === from, "an agent's states follow each other", { fact, known });
      must(21, inPreviousMs === atMs - known.sinceMs, "time in a state is its length", fact);
    }
    must(13, transitions[from].includes(to), "agents change state as declared", fact);
    const firstMs = known?.firstMs ?? atMs - inPreviousMs;
    const sumMs = (known?.sumMs ?? 0) + inPreviousMs;
    must(21, sumMs === atMs - firstMs, "states add up to the time there was", fact);
    agents.set(agentId, { kind: to, sinceMs: atMs, sumMs, firstMs });
    if (from === "wrapUp") {
      must(22, wrapped.has(agentId), "wrap-up is booked when it ends", fact);
      wrapping.delete(agentId);
    }
    if (to === "wrapUp") {
      must(22, from === "onCall", "wrap-up follows a talk", fact);
      wrapping.add(agentId);
    }
    // Out of the configuration: the next login is another person's.
    if (to === "loggedOut") agents.delete(agentId);
  }

  return {
    begin(state) {
      for (const agent of state.agents) {
        const { kind, sinceMs } = agent.state;
        agents.set(agent.agentId, { kind, sinceMs, sumMs: 0, firstMs: sinceMs });
        if (kind === "wrapUp") wrapping.add(agent.agentId);
      }
      latestMs = state.nowMs;
    },
    onFact(fact) {
      must(13, fact.atMs >= latestMs, "time never goes back", fact);
      latestMs = fact.atMs;
      if (fact.type === "agentStateChanged") stateChanged(fact);
      else if (fact.type === "wrapUpEnded") {
        must(22, wrapping.has(fact.agentId), "wrap-up ends once, for who is in it", fact);
        must(22, !wrapped.has(fact.agentId), "wrap-up ends once", fact);
        wrapped.add(fact.agentId);
      } else if (fact.type === "offerMade") {
        const kind = agents.get(fact.agentId)?.kind;
        must(5, kind === "ready", "only a ready agent is offered a call", { fact, kind });
      }
    },
    onStepDone: () => wrapped.clear(),
    // Agents stay when traffic ends; wrap-ups of theirs run out.
    open: () => wrapping.size,
  };
}

const transitions: Readonly<Record<AgentStateKind, readonly AgentStateKind[]>> = {
  loggedOut: ["notReady"],
  notReady: ["loggedOut", "notReady", "ready", "dialling"],
  ready: ["loggedOut", "notReady", "offered", "dialling"],
  dialling: ["onCall", "ready", "notReady", "loggedOut"],
  offered: ["onCall", "dialling", "notReady", "ready", "loggedOut"],
  onCall: ["wrapUp", "ready", "notReady", "loggedOut"],
  wrapUp: ["ready", "notReady", "loggedOut"],
};
