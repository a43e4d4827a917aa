// A bad network for tests, the same one for each seed.

export interface Impairment {
  seed: number;
  /** Shares of the packets, 0 to 1. */
  loss: number;
  duplicated: number;
  /** Held back until after the next one. */
  reordered: number;
}

/** Uniform numbers from 0 to 1 (xorshift32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A path for `RtpPeer`. */
export function impairedPath(
  impairment: Impairment,
): (bytes: Uint8Array, deliver: (bytes: Uint8Array) => void) => void {
  const random = seededRandom(impairment.seed);
  let held: Uint8Array | null = null;
  return (bytes, deliver) => {
    if (random() < impairment.loss) return;
    if (held === null && random() < impairment.reordered) {
      held = bytes;
      return;
    }
    deliver(bytes);
    if (random() < impairment.duplicated) deliver(bytes);
    if (held !== null) deliver(held);
    held = null;
  };
}
