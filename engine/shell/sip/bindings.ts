// What is registered (RFC 3261 10.3): several contacts for an agent, each with its own end. Calls go
// to the one that registered last; when it goes, the one before it is called again.
import type { AgentId, Ms } from "../../core/ids.ts";

export type Binding = Readonly<{
  /** Where calls go. */
  contact: string;
  /** As the device wrote it: what answers list. */
  uri: string;
  expiresAtMs: Ms;
  /** Of the REGISTER that made or refreshed it. */
  callId: string;
  cseq: number;
  /** Transport, address and port that it came from. */
  source: string;
}>;

/** A REGISTER that was overtaken by a later one of the same device (RFC 3261 10.3 step 7). */
export function isOvertaken(known: Binding | undefined, by: { callId: string; cseq: number }) {
  return known !== undefined && known.callId === by.callId && by.cseq <= known.cseq;
}

export class Bindings {
  /** Oldest first. */
  readonly #byAgent = new Map<AgentId, readonly Binding[]>();
  readonly #bySource = new Map<string, Set<Binding>>();
  readonly #contactsMax: number;

  constructor(contactsMax: number) {
    this.#contactsMax = contactsMax;
  }

  /** Live ones, the newest first. */
  of(agentId: AgentId, nowMs: Ms): Binding[] {
    const all = this.#byAgent.get(agentId) ?? [];
    return all.filter(({ expiresAtMs }) => expiresAtMs > nowMs).reverse();
  }

  find(agentId: AgentId, contact: string): Binding | undefined {
    return this.#byAgent.get(agentId)?.find((binding) => binding.contact === contact);
  }

  /** Adds or refreshes; it is the newest then. Beyond the limit the oldest goes. */
  put(agentId: AgentId, binding: Binding): void {
    const others = this.#others(agentId, binding.contact);
    this.#set(agentId, [...others, binding].slice(-this.#contactsMax));
  }

  /** All of the agent's, when no contact is given. */
  remove(agentId: AgentId, contact: string | null): void {
    this.#set(agentId, contact === null ? [] : this.#others(agentId, contact));
  }

  /** True for a source of a binding that has not ended. */
  isSource(source: string, nowMs: Ms): boolean {
    for (const { expiresAtMs } of this.#bySource.get(source) ?? []) {
      if (expiresAtMs > nowMs) return true;
    }
    return false;
  }

  /** Drops what has ended; tells whose newest it was. */
  sweep(nowMs: Ms): AgentId[] {
    const changed: AgentId[] = [];
    for (const [agentId, all] of [...this.#byAgent]) {
      const live = all.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
      if (live.length === all.length) continue;
      if (live.at(-1) !== all.at(-1)) changed.push(agentId);
      this.#set(agentId, live);
    }
    return changed;
  }

  count(nowMs: Ms): number {
    let count = 0;
    for (const all of this.#byAgent.values()) {
      for (const { expiresAtMs } of all) if (expiresAtMs > nowMs) count += 1;
    }
    return count;
  }

  #others(agentId: AgentId, contact: string): Binding[] {
    return (this.#byAgent.get(agentId) ?? []).filter((binding) => binding.contact !== contact);
  }

  #set(agentId: AgentId, bindings: readonly Binding[]): void {
    for (const before of this.#byAgent.get(agentId) ?? []) {
      const known = this.#bySource.get(before.source);
      known?.delete(before);
      if (known?.size === 0) this.#bySource.delete(before.source);
    }
    for (const binding of bindings) {
      const known = this.#bySource.get(binding.source);
      if (known === undefined) this.#bySource.set(binding.source, new Set([binding]));
      else known.add(binding);
    }
    if (bindings.length === 0) this.#byAgent.delete(agentId);
    else this.#byAgent.set(agentId, bindings);
  }
}
