// Which pages may act with a person's cookie, and which requests come from this very machine.

/** A browser names the page's origin. Without one it is no browser, and has no cookie to misuse. */
export function isOriginAllowed(
  headers: Readonly<{ origin?: string | undefined; host?: string | undefined }>,
  allowed: readonly string[],
): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return true;
  if (allowed.includes(origin)) return true;
  try {
    // Through URL both lose the scheme's default port.
    const { host: page, protocol } = new URL(origin);
    return host !== undefined && page !== "" && page === new URL(`${protocol}//${host}`).host;
  } catch {
    return false;
  }
}

export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\.[0-9.]+$|^::1$/.test(address);
}

/** A page on a name that resolves to loopback (DNS rebinding) must not read debug state. */
export function isLocalHostHeader(host: string | undefined): boolean {
  if (host === undefined) return true;
  return /^(localhost|[0-9.]+|\[[0-9a-f:.]+\])(:[0-9]+)?$/i.test(host);
}
