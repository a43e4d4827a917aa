// Which of our addresses a far side is told.
import { networkInterfaces } from "node:os";

/**
 * The public address when one is configured and the far side is not on this machine, else the bound
 * one; a server bound to all addresses names the one that fits.
 */
export function localAddressFor(
  bound: { host: string; publicHost: string | null },
  remote: string | null,
): string {
  const onThisMachine = remote !== null && isLoopback(remote);
  if (onThisMachine && (isAny(bound.host) || isLoopback(bound.host))) {
    return remote.includes(":") ? "::1" : isAny(bound.host) ? "127.0.0.1" : bound.host;
  }
  if (bound.publicHost !== null) return bound.publicHost;
  return isAny(bound.host) ? (interfaceAddresses(bound.host)[0] ?? "127.0.0.1") : bound.host;
}

/** Every address that browsers may try, the likeliest first. */
export function candidateAddresses(bound: { host: string; publicHost: string | null }): string[] {
  const own = isAny(bound.host) ? [...interfaceAddresses(bound.host), "127.0.0.1"] : [bound.host];
  return [...new Set(bound.publicHost === null ? own : [...own, bound.publicHost])];
}

export function isAny(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

function interfaceAddresses(host: string): string[] {
  const family = host.includes(":") ? "IPv6" : "IPv4";
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((entry) => !entry.internal && entry.family === family)
    .map((entry) => entry.address)
    .slice(0, 8);
}
