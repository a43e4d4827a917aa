// IP addresses as sockets write them, and hosts as URIs write them.
import net from "node:net";
import os from "node:os";

export type Family = 4 | 6;

/** 4 or 6 for a literal, brackets allowed; null for a name. */
export function familyOf(host: string): Family | null {
  const kind = net.isIP(bare(host));
  return kind === 4 || kind === 6 ? kind : null;
}

/** Without the brackets of an IPv6 reference. */
export function bare(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** With the brackets that an IPv6 address needs in a URI or Via (RFC 5118 4.1). */
export function uriHost(address: string): string {
  return address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;
}

export function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** Loopback and addresses that never cross the Internet (RFC 1918, RFC 4193, RFC 3927). */
export function isPrivate(address: string): boolean {
  return (
    isLoopback(address) ||
    /^(?:10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(address) ||
    /^(?:f[cd]|fe[89ab])/i.test(address)
  );
}

/** True for `0.0.0.0` and `::`. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

const outside = new Map<Family, string>();

/**
 * The host by which `remoteAddress` should reach a listener: what the operator set, the bound
 * address, or, when all are bound, loopback for loopback and else this machine's first address.
 */
export function advertisedHost(
  listener: { host: string; advertise: string | null },
  remoteAddress: string,
): string {
  const { host, advertise } = listener;
  if (advertise !== null && !isLoopback(remoteAddress)) return uriHost(advertise);
  if (!isWildcard(host)) return uriHost(host);
  const family: Family = host === "::" ? 6 : 4;
  const loopback = family === 6 ? "[::1]" : "127.0.0.1";
  if (isLoopback(remoteAddress)) return loopback;
  const known = outside.get(family);
  if (known !== undefined) return known;
  const found = Object.values(os.networkInterfaces())
    .flatMap((list) => list ?? [])
    .find((entry) => entry.family === `IPv${family}` && !entry.internal && !entry.scopeid);
  const address = found === undefined ? loopback : uriHost(found.address);
  outside.set(family, address);
  return address;
}
