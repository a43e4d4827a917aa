// The right to drive an edge. Of all engines of a routing domain one holds it at a time; its fencing
// token is the epoch that receivers compare, so that a former holder who wakes up late changes nothing.
//
// What this does not do yet: the journal stays on the engine's own disk and is not shared. An engine
// that takes over on another machine knows only what the edge can tell it; places in queues, wait
// clocks and agents' states of the former holder stay behind with its disk.

export type Lease = {
  /**
   * Waits until the lease is held; gives the fencing token: at least `tokenMin`, and higher than each
   * token that the domain has had. Null when {@link Lease.release} came first. Call it once.
   */
  acquire(options: Readonly<{ tokenMin: number }>): Promise<number | null>;
  /** Gives the lease back, as well as the store can be reached. Never rejects; may be called again. */
  release(): Promise<void>;
};

/** For a site of one engine: nobody else may have the lease, so it is always granted. */
export function createLocalLease(): Lease {
  let released = false;
  return {
    acquire: ({ tokenMin }) => Promise.resolve(released ? null : tokenMin),
    release: () => {
      released = true;
      return Promise.resolve();
    },
  };
}
