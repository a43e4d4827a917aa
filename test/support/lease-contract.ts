// What every lease store must do, and what engines that share one see. Runs on the store in memory
// (quick, virtual time) and on Redis (real time).
import { expect, test } from "vitest";
import { createKeptLease } from "../../engine/shell/cluster/kept-lease.ts";
import type { Lease } from "../../engine/shell/cluster/lease.ts";
import type { LeaseStore } from "../../engine/shell/cluster/lease-store.ts";
import { cuttable } from "../../engine/shell/cluster/testing-store.ts";

export type ContractWorld = Readonly<{
  /** A connection to the store; the same domain gives the same lease. */
  connect(domain: string): LeaseStore;
  ttlMs: number;
  /** Lets time pass until the condition holds. */
  until(what: string, holds: () => boolean): Promise<void>;
}>;

let domains = 0;

export function leaseContract(world: ContractWorld): void {
  const { ttlMs, until } = world;

  /** Engines of one domain; what happens to them is noted in `log`. */
  function engines() {
    domains += 1;
    const domain = `d${domains}`;
    const log: string[] = [];
    const open = (name: string): { lease: Lease; cut(): void } => {
      const store = cuttable(world.connect(domain));
      const lease = createKeptLease({
        store,
        owner: `${name}-${domain}`,
        isGone: (owner) => owner.startsWith("dead"),
        ttlMs,
        onWaiting: (why) => {
          const line = `${name} waits: ${why}`;
          if (!log.includes(line)) log.push(line);
        },
        onLost: (why) => log.push(`${name} lost: ${why}`),
        onTrouble: () => {},
      });
      return { lease, cut: store.cut };
    };
    const acquire = (name: string, lease: Lease, tokenMin = 1) => {
      void lease.acquire({ tokenMin }).then((token) => log.push(`${name} got ${token}`));
    };
    return { domain, log, open, acquire };
  }

  const waits = "waits: another engine holds the lease";

  test("a second engine waits until the first gives the lease back; tokens rise", async () => {
    const { log, open, acquire } = engines();
    const [a, b] = [open("a"), open("b")];
    acquire("a", a.lease);
    await until("a holds it", () => log.includes("a got 1"));
    acquire("b", b.lease);
    await until("b was refused", () => log.includes(`b ${waits}`));
    await a.lease.release();
    await until("b holds it", () => log.includes("b got 2"));
    await b.lease.release();
    expect(log).toEqual(["a got 1", `b ${waits}`, "b got 2"]);
  });

  test("an engine that renews keeps the lease far beyond its time", async () => {
    const { log, open, acquire } = engines();
    const [a, b] = [open("a"), open("b")];
    acquire("a", a.lease);
    await until("a holds it", () => log.includes("a got 1"));
    acquire("b", b.lease);
    let passed = false;
    setTimeout(() => {
      passed = true;
    }, ttlMs * 3);
    await until("three times the lease's time has passed", () => passed);
    expect(log).toEqual(["a got 1", `b ${waits}`]);
    await Promise.all([a.lease.release(), b.lease.release()]);
  });

  test("an engine that is cut off knows its loss before the next one drives", async () => {
    const { log, open, acquire } = engines();
    const [a, b] = [open("a"), open("b")];
    acquire("a", a.lease);
    await until("a holds it", () => log.includes("a got 1"));
    acquire("b", b.lease);
    await until("b was refused", () => log.includes(`b ${waits}`));
    a.cut();
    await until("b holds it", () => log.includes("b got 2"));
    await b.lease.release();
    expect(log).toEqual([
      "a got 1",
      `b ${waits}`,
      "a lost: it could not be renewed in time",
      "b got 2",
    ]);
  });

  test("the lease of a dead process is taken over at once", async () => {
    const { log, open, acquire } = engines();
    const [dead, b] = [open("dead"), open("b")];
    acquire("dead", dead.lease);
    await until("the first holds it", () => log.includes("dead got 1"));
    acquire("b", b.lease);
    await until("b holds it", () => log.includes("b got 2"));
    await until("the first finds out", () => log.length === 4);
    await b.lease.release();
    expect(log).toEqual([
      "dead got 1",
      `b ${waits}`,
      "b got 2",
      "dead lost: another engine has taken over",
    ]);
  });

  test("a token is never below what the engine itself has used", async () => {
    const { log, open, acquire } = engines();
    const [a, b] = [open("a"), open("b")];
    acquire("a", a.lease, 40);
    await until("a holds it", () => log.includes("a got 40"));
    await a.lease.release();
    acquire("b", b.lease, 7);
    await until("b holds it", () => log.includes("b got 41"));
    await b.lease.release();
    expect(log).toEqual(["a got 40", "b got 41"]);
  });

  test("release ends the wait, and may come twice", async () => {
    const { log, open, acquire } = engines();
    const [a, b] = [open("a"), open("b")];
    acquire("a", a.lease);
    await until("a holds it", () => log.includes("a got 1"));
    acquire("b", b.lease);
    await until("b was refused", () => log.includes(`b ${waits}`));
    await b.lease.release();
    await b.lease.release();
    await until("b stopped waiting", () => log.includes("b got null"));
    await a.lease.release();
    expect(log).toEqual(["a got 1", `b ${waits}`, "b got null"]);
  });

  test("the store refuses a lower token's renewal and end", async () => {
    const { domain } = engines();
    const store = world.connect(domain);
    const claim = { ttlMs, tokenMin: 1, replaces: null };
    expect(await store.claim({ ...claim, owner: "a" })).toEqual({ held: true, token: 1 });
    const refused = { held: false, owner: "a", why: "another engine holds the lease" };
    expect(await store.claim({ ...claim, owner: "b" })).toEqual(refused);
    const replaced = await store.claim({ ...claim, owner: "b", replaces: "a" });
    expect(replaced).toEqual({ held: true, token: 2 });
    expect(await store.renew({ owner: "a", token: 1, ttlMs })).toBe(false);
    await store.free({ owner: "a", token: 1 });
    expect(await store.renew({ owner: "b", token: 2, ttlMs })).toBe(true);
    expect(await store.claim({ ...claim, owner: "a" })).toEqual({ ...refused, owner: "b" });
    await store.free({ owner: "b", token: 2 });
    // Nobody has had the lease since: its last holder may take it up again, the one before not.
    expect(await store.renew({ owner: "a", token: 1, ttlMs })).toBe(false);
    expect(await store.renew({ owner: "b", token: 2, ttlMs })).toBe(true);
    store.close();
  });
}
