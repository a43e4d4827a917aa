// Before an engine opens its journal or talks to the edge it must own its domain. One engine alone
// always does; several agree in Redis, and all but one stand by.
import type { Logger } from "pino";
import type { SiteFile } from "../../config/schema.ts";
import { createLocalLease, type Lease } from "./lease.ts";
import { createRedisLease } from "./redis-lease.ts";
import { openStandbyPage } from "./standby-page.ts";

/** The right to drive the edge, with the epoch that proves it to receivers. */
export type Ownership = Readonly<{ epoch: number; release(): Promise<void> }>;

export type OwnershipOptions = Readonly<{
  cluster: SiteFile["cluster"];
  httpSocket: string;
  /** The epoch is at least this. */
  epochMin: number;
  /** Called once when the engine has to wait; its HTTP socket then answers as a standby. */
  onStandby(): void;
  /** Called at most once: this engine must end without another word to the edge. */
  onLost(why: string): void;
  log: Logger;
}>;

/** Resolves when the domain is owned; that may take as long as another engine lives. */
export async function takeOwnership(options: OwnershipOptions): Promise<Ownership> {
  const { cluster, httpSocket, epochMin, log } = options;
  if (cluster === undefined) return own(createLocalLease(), epochMin);
  let reason = "asks for the lease";
  let standby = false;
  const page = await openStandbyPage({ httpSocket, reason: () => reason });
  const lease = createRedisLease({
    url: cluster.redisUrl,
    domain: cluster.domain,
    ttlMs: cluster.leaseSeconds * 1_000,
    onWaiting(why) {
      reason = why;
      if (!standby) options.onStandby();
      standby = true;
    },
    onLost: options.onLost,
    log,
  });
  const ownership = await own(lease, epochMin);
  log.info({ domain: cluster.domain, epoch: ownership.epoch }, "holds the lease of its domain");
  await page.close();
  return ownership;
}

async function own(lease: Lease, epochMin: number): Promise<Ownership> {
  const epoch = await lease.acquire({ tokenMin: epochMin });
  if (epoch === null) throw new Error("the lease was released before it was held");
  return { epoch, release: () => lease.release() };
}
