// Waits for conditions, never for a time.

/**
 * Polls until `probe` gives something else than null, undefined or false. `what` may be a function:
 * it is asked at the end, and can say what was seen last.
 */
export async function until<T>(
  what: string | (() => string),
  probe: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  timeoutMs = 15_000,
): Promise<T> {
  const giveUpAt = performance.now() + timeoutMs;
  let lastError: unknown = null;
  for (;;) {
    try {
      const found = await probe();
      if (found !== null && found !== undefined && found !== false) return found;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > giveUpAt) {
      const reason = lastError instanceof Error ? `: ${lastError.message}` : "";
      const wanted = typeof what === "string" ? what : what();
      throw new Error(`waited ${timeoutMs} ms in vain until ${wanted}${reason}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
