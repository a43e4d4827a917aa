// The lease of a domain in a real Redis that freezes, dies, forgets and comes back.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Lease } from "../../engine/shell/cluster/lease.ts";
import { createRedisLease } from "../../engine/shell/cluster/redis-lease.ts";
import { createRedisStore } from "../../engine/shell/cluster/redis-store.ts";
import { leaseContract } from "../support/lease-contract.ts";
import { type RedisServer, redisMissing, redisServer } from "../system/redis.ts";
import { until } from "../system/wait.ts";

const password = "a-password-that-no-log-may-hold";

let redis: RedisServer;
beforeAll(async () => {
  redis = await redisServer(password);
});
afterAll(() => redis.kill());

/** Started long enough ago to grant leases of this length. */
async function redisIsUp(ttlMs: number): Promise<void> {
  redis.start();
  const store = createRedisStore({ url: redis.url, domain: "probe", answerMsMax: 500 });
  const claim = { owner: "probe", ttlMs, tokenMin: 1, replaces: null };
  await until("Redis grants leases", async () => (await store.claim(claim)).held);
  store.close();
}

function connect(domain: string, answerMsMax: number) {
  return createRedisStore({ url: redis.url, domain, answerMsMax });
}

describe.skipIf(redisMissing !== null)(`engines that share Redis ${redisMissing ?? ""}`, () => {
  const ttlMs = 1_500;
  beforeAll(() => redisIsUp(ttlMs));
  afterAll(() => redis.kill());
  leaseContract({
    connect: (domain) => connect(domain, 500),
    ttlMs,
    until: async (what, holds) => {
      await until(what, holds);
    },
  });
});

describe.skipIf(redisMissing !== null)(`a Redis in trouble ${redisMissing ?? ""}`, () => {
  const ttlMs = 3_000;
  let log: string[] = [];
  let domain = "";
  let lostAtMs = 0;
  beforeEach(async ({ task }) => {
    await redis.kill();
    log = [];
    domain = `d${task.id.replaceAll(/[^0-9A-Za-z]/g, "")}`;
    lostAtMs = 0;
  });

  function engine(name: string): Lease {
    const logged = (details: object, message: string) => {
      log.push(`${name} logs: ${message} ${JSON.stringify(details)}`);
    };
    const lease = createRedisLease({
      url: redis.url,
      domain,
      ttlMs,
      onWaiting: () => {},
      onLost: (why) => {
        lostAtMs = performance.now();
        log.push(`${name} lost: ${why}`);
      },
      log: { info: logged, warn: logged } as Parameters<typeof createRedisLease>[0]["log"],
    });
    void lease.acquire({ tokenMin: 1 }).then((token) => log.push(`${name} got ${token}`));
    return lease;
  }
  const news = () => log.filter((line) => !line.includes("logs:"));

  test("down at start: says so without the password, goes on trying, and comes through", async () => {
    const a = engine("a");
    await until("it says why it waits", () => log.some((line) => line.includes("ECONNREFUSED")));
    redis.start();
    await until("it holds the lease", () => log.includes("a got 1"));
    await a.release();
    const waited = log.filter((line) => line.includes("standby: this engine waits"));
    expect(waited.length).toBeGreaterThan(0);
    expect(log.join("\n")).not.toContain(password);
  });

  test("frozen: the holder knows its loss before the lease could end, the next token is higher", async () => {
    await redisIsUp(ttlMs);
    engine("a");
    await until("a holds the lease", () => log.includes("a got 1"));
    redis.freeze();
    const frozenAtMs = performance.now();
    await until("a knows its loss", () => lostAtMs > 0);
    redis.thaw();
    expect(lostAtMs - frozenAtMs).toBeLessThan(ttlMs);
    const b = engine("b");
    await until("b holds the lease", () => log.includes("b got 2"));
    await b.release();
    expect(news()).toEqual(["a got 1", "a lost: it could not be renewed in time", "b got 2"]);
  });

  test("frozen for a moment: the holder keeps its lease", async () => {
    await redisIsUp(ttlMs);
    const a = engine("a");
    await until("a holds the lease", () => log.includes("a got 1"));
    redis.freeze();
    await until("a renewal failed", () => log.some((line) => line.includes("in danger")));
    redis.thaw();
    const heldUntilMs = performance.now() + 2 * ttlMs;
    await until("twice the time has passed", () => performance.now() > heldUntilMs);
    await a.release();
    expect(news()).toEqual(["a got 1"]);
  });

  test("killed and started empty: the holder keeps its lease, nobody takes it meanwhile", async () => {
    await redisIsUp(ttlMs);
    const a = engine("a");
    await until("a holds the lease", () => log.includes("a got 1"));
    await redis.kill();
    const b = engine("b");
    redis.start();
    await until("b sees a's lease again", () =>
      log.some((line) => line.startsWith("b logs:") && line.includes("another engine holds")),
    );
    expect(news()).toEqual(["a got 1"]);
    await a.release();
    await until("b holds the lease", () => log.includes("b got 2"));
    await b.release();
  });

  test("gone for good: the holder stops in time, and a waiting engine takes over nothing", async () => {
    await redisIsUp(ttlMs);
    engine("a");
    await until("a holds the lease", () => log.includes("a got 1"));
    const b = engine("b");
    const killedAtMs = performance.now();
    await redis.kill();
    await until("a knows its loss", () => lostAtMs > 0);
    expect(lostAtMs - killedAtMs).toBeLessThan(ttlMs);
    await b.release();
    await until("b stopped waiting", () => log.includes("b got null"));
    expect(news()).toEqual(["a got 1", "a lost: it could not be renewed in time", "b got null"]);
  });
});
