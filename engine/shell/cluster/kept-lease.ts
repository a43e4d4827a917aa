// Keeps a lease in a store: claims it until it is granted, renews it at a third of its time, and
// declares it lost by this process's own clock before it can have ended in the store. The store's
// silence is never taken for consent.
import type { Lease } from "./lease.ts";
import type { LeaseStore } from "./lease-store.ts";

export type KeptLeaseOptions = Readonly<{
  store: LeaseStore;
  /** This process; see owner-name.ts. */
  owner: string;
  /** True when that owner is known to be dead. */
  isGone(owner: string): boolean;
  /** All engines of a domain use the same. */
  ttlMs: number;
  /** Called when an attempt failed or was refused, with a reason for people. */
  onWaiting(why: string): void;
  /** Called once, at most; the holder must stop at once. Never after `release`. */
  onLost(why: string): void;
  onTrouble(why: string): void;
}>;

/** The holder stops this much earlier than the store: clocks differ, and stopping takes a moment. */
const slackOf = (ttlMs: number) => Math.max(100, ttlMs / 10);
const claimEveryMsMax = 1_000;

export function createKeptLease(options: KeptLeaseOptions): Lease {
  const kept = new KeptLease(options);
  return {
    acquire: ({ tokenMin }) => kept.acquire(tokenMin),
    release: () => kept.release(),
  };
}

class KeptLease {
  readonly #options: KeptLeaseOptions;
  #token: number | null = null;
  #ended = false;
  #acquiring: Promise<number | null> | null = null;
  /** Held until then, on the monotonic clock. */
  #untilMs = 0;
  #expiry: NodeJS.Timeout | null = null;
  #renewal: NodeJS.Timeout | null = null;
  #wakeUp: (() => void) | null = null;

  constructor(options: KeptLeaseOptions) {
    this.#options = options;
  }

  acquire(tokenMin: number): Promise<number | null> {
    this.#acquiring ??= this.#claimUntilHeld(tokenMin);
    return this.#acquiring;
  }

  async #claimUntilHeld(tokenMin: number): Promise<number | null> {
    const { ttlMs } = this.#options;
    const pauseMs = Math.min(claimEveryMsMax, ttlMs / 5);
    let replaces: string | null = null;
    while (!this.#ended) {
      const gone: string | null = await this.#claim({ tokenMin, replaces });
      if (this.#token !== null) return this.#token;
      // A dead holder is replaced at once; when the store still refuses, the pause keeps it cool.
      const again = gone !== null && gone !== replaces;
      replaces = gone;
      if (!again && !this.#ended) await this.#pause(pauseMs);
    }
    return null;
  }

  async release(): Promise<void> {
    if (this.#ended) return;
    const { store } = this.#options;
    const token = this.#token;
    this.#end();
    // A claim under way may be granted yet; it gives the lease back by itself.
    if (token === null) await this.#acquiring;
    else await this.#free(token);
    store.close();
  }

  /** One claim. Held when there is a token then; else the refused-by owner if that is dead. */
  async #claim(claim: Readonly<{ tokenMin: number; replaces: string | null }>) {
    const { store, owner, ttlMs, isGone, onWaiting } = this.#options;
    const sentAtMs = performance.now();
    try {
      const answer = await store.claim({ owner, ttlMs, ...claim });
      if (this.#ended) {
        if (answer.held) await this.#free(answer.token);
        return null;
      }
      if (!answer.held) {
        onWaiting(answer.why);
        return answer.owner !== null && isGone(answer.owner) ? answer.owner : null;
      }
      if (this.#prolong(sentAtMs)) {
        this.#token = answer.token;
        this.#renewAfter(ttlMs / 3);
      } else onWaiting("the answer came too late");
    } catch (error) {
      if (!this.#ended) onWaiting(messageOf(error));
    }
    return null;
  }

  async #free(token: number): Promise<void> {
    const { store, owner, onTrouble } = this.#options;
    try {
      await store.free({ owner, token });
    } catch (error) {
      onTrouble(`the lease was not given back: ${messageOf(error)}`);
    }
  }

  /** Counts from before the request was sent: the store's own count began later. */
  #prolong(sentAtMs: number): boolean {
    const { ttlMs } = this.#options;
    const untilMs = sentAtMs + ttlMs - slackOf(ttlMs);
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) return false;
    this.#untilMs = untilMs;
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => this.#lose("it could not be renewed in time"), leftMs);
    return true;
  }

  #renewAfter(delayMs: number): void {
    this.#renewal = setTimeout(() => void this.#renew(), delayMs);
  }

  async #renew(): Promise<void> {
    const { store, owner, ttlMs, onTrouble } = this.#options;
    const token = this.#token;
    if (this.#ended || token === null) return;
    const sentAtMs = performance.now();
    // A process that was stopped must not ask for what it has lost meanwhile.
    if (sentAtMs >= this.#untilMs) return this.#lose("it ended while this process stood still");
    let delayMs = ttlMs / 3;
    try {
      const renewed = await store.renew({ owner, token, ttlMs });
      if (this.#ended) return;
      if (!renewed) return this.#lose("another engine has taken over");
      if (performance.now() >= this.#untilMs) return this.#lose("it was renewed too late");
      this.#prolong(sentAtMs);
    } catch (error) {
      if (this.#ended) return;
      onTrouble(`the lease was not renewed: ${messageOf(error)}`);
      delayMs = ttlMs / 10;
    }
    this.#renewAfter(delayMs);
  }

  #lose(why: string): void {
    if (this.#ended) return;
    this.#end();
    this.#options.store.close();
    this.#options.onLost(why);
  }

  #end(): void {
    this.#ended = true;
    this.#token = null;
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    if (this.#renewal !== null) clearTimeout(this.#renewal);
    this.#wakeUp?.();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
