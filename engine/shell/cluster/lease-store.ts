// Where engines of one domain agree who holds the lease. A store may hang, fail or forget at any
// time; the keeper of the lease (kept-lease.ts) reckons with all three.

export type Claim = Readonly<{
  /** Names this process and no other that ever was. */
  owner: string;
  ttlMs: number;
  tokenMin: number;
  /** An owner who is known to be dead: its lease is free. */
  replaces: string | null;
}>;

export type ClaimAnswer =
  | Readonly<{ held: true; token: number }>
  | Readonly<{
      held: false;
      /** Null when nobody holds it and the store still refuses. */
      owner: string | null;
      why: string;
    }>;

export type LeaseStore = {
  /** One attempt. An owner that already holds the lease gets it anew, with a higher token. */
  claim(claim: Claim): Promise<ClaimAnswer>;
  /**
   * Prolongs the lease to `ttlMs` from now. False when a token as high or higher was given to another;
   * a store that forgot the lease, and has given no such token, takes it up again.
   */
  renew(lease: Readonly<{ owner: string; token: number; ttlMs: number }>): Promise<boolean>;
  /** Ends the lease of exactly this owner and token. */
  free(lease: Readonly<{ owner: string; token: number }>): Promise<void>;
  close(): void;
};
