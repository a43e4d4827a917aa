import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { leaseContract } from "../../../test/support/lease-contract.ts";
import { createKeptLease } from "./kept-lease.ts";
import type { LeaseStore } from "./lease-store.ts";
import { createMemoryStore, cuttable, type MemoryStore } from "./testing-store.ts";

const ttlMs = 3_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let steps = 0; !holds(); steps += 1) {
    if (steps > 10_000) throw new Error(`waited in vain until ${what}`);
    await vi.advanceTimersByTimeAsync(10);
  }
}

describe("engines that share a store in memory", () => {
  const stores = new Map<string, MemoryStore>();
  leaseContract({
    connect(domain) {
      const store = stores.get(domain) ?? createMemoryStore(() => performance.now());
      stores.set(domain, store);
      return store.connect();
    },
    ttlMs,
    until,
  });
});

describe("a holder", () => {
  function hold(store: LeaseStore) {
    const log: string[] = [];
    const atMs = performance.now();
    const note = (line: string) => log.push(`${Math.round(performance.now() - atMs)} ${line}`);
    const lease = createKeptLease({
      store,
      owner: "a",
      isGone: () => false,
      ttlMs,
      onWaiting: (why) => note(`waits: ${why}`),
      onLost: (why) => note(`lost: ${why}`),
      onTrouble: (why) => note(why),
    });
    void lease.acquire({ tokenMin: 1 }).then((token) => note(`got ${token}`));
    return { log, lease };
  }

  it("knows its loss by its own clock when the store never answers", async () => {
    const store = createMemoryStore(() => performance.now()).connect();
    const { log } = hold({ ...store, renew: () => new Promise(() => {}) });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(log).toEqual(["0 got 1", "2700 lost: it could not be renewed in time"]);
  });

  it("tries again soon, and keeps the lease when the store is back in time", async () => {
    const store = createMemoryStore(() => performance.now()).connect();
    const startMs = performance.now();
    const { log, lease } = hold({
      ...store,
      renew: (lease) => {
        const away = performance.now() - startMs < 2_000;
        return away ? Promise.reject(new Error("away")) : store.renew(lease);
      },
    });
    await vi.advanceTimersByTimeAsync(20_000);
    await lease.release();
    const failed = "the lease was not renewed: away";
    expect(log).toEqual(["0 got 1", ...[1000, 1300, 1600, 1900].map((ms) => `${ms} ${failed}`)]);
  });

  it("counts its time from before the question, not from the answer", async () => {
    const store = createMemoryStore(() => performance.now()).connect();
    const { log } = hold({
      ...store,
      claim: async (claim) => {
        const answer = await store.claim(claim);
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        return answer;
      },
      renew: () => new Promise(() => {}),
    });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(log).toEqual(["1500 got 1", "2700 lost: it could not be renewed in time"]);
  });

  it("does not drive on an answer that came too late", async () => {
    const store = createMemoryStore(() => performance.now()).connect();
    let slow = true;
    const { log, lease } = hold({
      ...store,
      claim: async (claim) => {
        const answer = await store.claim(claim);
        if (slow) await new Promise((resolve) => setTimeout(resolve, ttlMs));
        slow = false;
        return answer;
      },
    });
    await vi.advanceTimersByTimeAsync(5_000);
    await lease.release();
    expect(log).toEqual(["3000 waits: the answer came too late", "3600 got 2"]);
  });

  it("keeps the lease when the store forgot it, and its token with it", async () => {
    const memory = createMemoryStore(() => performance.now());
    const { log, lease } = hold(memory.connect());
    await vi.advanceTimersByTimeAsync(100);
    memory.wipe();
    await vi.advanceTimersByTimeAsync(10_000);
    await lease.release();
    const next = await memory.connect().claim({ owner: "b", ttlMs, tokenMin: 1, replaces: null });
    expect([log, next]).toEqual([["0 got 1"], { held: true, token: 2 }]);
  });

  it("says why it waits while the store is away, and goes on trying", async () => {
    const store = createMemoryStore(() => performance.now()).connect();
    const startMs = performance.now();
    const { log, lease } = hold({
      ...store,
      claim: (claim) =>
        performance.now() - startMs < 1_500
          ? Promise.reject(new Error("no connection"))
          : store.claim(claim),
    });
    await vi.advanceTimersByTimeAsync(5_000);
    await lease.release();
    const why = "waits: no connection";
    expect(log).toEqual([`0 ${why}`, `600 ${why}`, `1200 ${why}`, "1800 got 1"]);
  });

  it("is not told of a loss after it gave the lease back", async () => {
    const store = cuttable(createMemoryStore(() => performance.now()).connect());
    const { log, lease } = hold(store);
    await vi.advanceTimersByTimeAsync(100);
    store.cut();
    await lease.release();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(log).toEqual(["0 got 1", "100 the lease was not given back: cut off"]);
  });
});
