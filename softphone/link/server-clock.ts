const sampleAgeMsMax = 60_000;

/**
 * Offset between the engine's clock and this page's monotonic clock, from the quickest recent
 * answer to a ping: half its round trip is the error that remains.
 */
export type ServerClock = Readonly<{
  /** What to add to the local clock to get the engine's time; null before the first message. */
  offsetMs: number | null;
  roundTripMs: number | null;
  best: Readonly<{ roundTripMs: number; atLocalMs: number }> | null;
}>;

export const unknownServerClock: ServerClock = { offsetMs: null, roundTripMs: null, best: null };

/** A message that carries the engine's time but answers nothing: good enough until a pong came. */
export function clockAfterMessage(
  clock: ServerClock,
  message: { serverNowMs: number; localNowMs: number },
): ServerClock {
  if (clock.best !== null) {
    return clock;
  }
  return { ...clock, offsetMs: message.serverNowMs - message.localNowMs };
}

/** A pong to the ping sent at `sentAtLocalMs`. */
export function clockAfterPong(
  clock: ServerClock,
  pong: { serverNowMs: number; sentAtLocalMs: number; localNowMs: number },
): ServerClock {
  const roundTripMs = Math.max(0, pong.localNowMs - pong.sentAtLocalMs);
  const best = clock.best;
  const bestIsFresh = best !== null && pong.localNowMs - best.atLocalMs < sampleAgeMsMax;
  if (bestIsFresh && roundTripMs > best.roundTripMs) {
    return { ...clock, roundTripMs };
  }
  return {
    offsetMs: pong.serverNowMs - (pong.sentAtLocalMs + roundTripMs / 2),
    roundTripMs,
    best: { roundTripMs, atLocalMs: pong.localNowMs },
  };
}
