// A lease store in memory, for tests: the same promises as Redis makes, and faults on demand.
import type { LeaseStore } from "./lease-store.ts";

export type MemoryStore = Readonly<{
  /** A connection of one engine. */
  connect(): LeaseStore;
  /** Forgets everything, like a server without persistence. */
  wipe(): void;
}>;

export function createMemoryStore(nowMs: () => number): MemoryStore {
  let lease: { owner: string; token: number; endsAtMs: number } | null = null;
  let fence = 0;
  const current = () => (lease !== null && nowMs() < lease.endsAtMs ? lease : null);
  const connect = (): LeaseStore => ({
    async claim({ owner, ttlMs, tokenMin, replaces }) {
      const held = current();
      if (held !== null && held.owner !== owner && held.owner !== replaces) {
        return { held: false, owner: held.owner, why: "another engine holds the lease" };
      }
      fence = Math.max(fence + 1, tokenMin);
      lease = { owner, token: fence, endsAtMs: nowMs() + ttlMs };
      return { held: true, token: fence };
    },
    async renew({ owner, token, ttlMs }) {
      const held = current();
      const mine = held?.owner === owner && held.token === token;
      if (fence > token || (held !== null && !mine && held.token >= token)) return false;
      fence = token;
      lease = { owner, token, endsAtMs: nowMs() + ttlMs };
      return true;
    },
    async free({ owner, token }) {
      if (lease?.owner === owner && lease.token === token) lease = null;
    },
    close: () => {},
  });
  return {
    connect,
    wipe: () => {
      lease = null;
      fence = 0;
    },
  };
}

/** Lets a test cut one engine off: from then on nothing is answered, as by a stopped process. */
export function cuttable(store: LeaseStore): LeaseStore & { cut(): void } {
  let isCut = false;
  const through = <T>(ask: () => Promise<T>): Promise<T> =>
    isCut ? Promise.reject(new Error("cut off")) : ask();
  return {
    claim: (claim) => through(() => store.claim(claim)),
    renew: (lease) => through(() => store.renew(lease)),
    free: (lease) => through(() => store.free(lease)),
    close: () => store.close(),
    cut: () => {
      isCut = true;
    },
  };
}
