const firstDelayMs = 250;
const delayMsMax = 8_000;

/**
 * Wait before reconnection number `attempt` (from 0), in ms: doubling up to 8 s, of which a random
 * half keeps a whole floor of agents from coming back in the same instant.
 */
export function reconnectDelayMs(options: { attempt: number; random: number }): number {
  const doublings = Math.min(options.attempt, 10);
  const ceiling = Math.min(delayMsMax, firstDelayMs * 2 ** doublings);
  return Math.round(ceiling / 2 + (ceiling / 2) * options.random);
}
