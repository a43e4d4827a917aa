// The lease of a domain in Redis, for sites with several engines.
import type { Logger } from "pino";
import { createKeptLease } from "./kept-lease.ts";
import type { Lease } from "./lease.ts";
import { isGone, ownerName } from "./owner-name.ts";
import { createRedisStore } from "./redis-store.ts";

export type RedisLeaseOptions = Readonly<{
  url: string;
  /** Name of the set of queues that share agents. */
  domain: string;
  ttlMs: number;
  /** Told of each new reason to wait. */
  onWaiting(why: string): void;
  onLost(why: string): void;
  log: Pick<Logger, "info" | "warn">;
}>;

/** The same reason is logged again after this long. */
const repeatMs = 30_000;

export function createRedisLease(options: RedisLeaseOptions): Lease {
  const { url, domain, ttlMs, log } = options;
  const answerMsMax = Math.min(1_000, ttlMs / 4);
  let said = "";
  let saidAtMs = 0;
  return createKeptLease({
    store: createRedisStore({ url, domain, answerMsMax }),
    owner: ownerName(),
    isGone,
    ttlMs,
    onWaiting(why) {
      options.onWaiting(why);
      if (why === said && performance.now() - saidAtMs < repeatMs) return;
      said = why;
      saidAtMs = performance.now();
      log.warn({ domain, why }, "standby: this engine waits for the lease of its domain");
    },
    onTrouble: (why) => log.warn({ domain, why }, "the lease of the domain is in danger"),
    onLost: options.onLost,
  });
}
