// The Via header (RFC 3261 20.42, rport of RFC 3581).
import { paramOf, parseHostPort } from "./uri.ts";

export interface Via {
  /** Upper case: UDP, TCP, TLS, WS, WSS, … */
  transport: string;
  host: string;
  port: number | null;
  /** Empty when absent (RFC 2543 peers). */
  branch: string;
  /** From the first `;` on; empty when there is none. */
  params: string;
}

const pattern =
  /^SIP\s*\/\s*2\.0\s*\/\s*([A-Za-z0-9-]{1,16})\s+([^;\s]+(?:\s*:\s*\d+)?)\s*(;.*)?$/i;

/** Parses one Via value (not a list); null when malformed. */
export function parseVia(value: string): Via | null {
  const match = pattern.exec(value);
  if (match === null) return null;
  const hostPort = parseHostPort((match[2] ?? "").replace(/\s/g, ""));
  if (hostPort === null) return null;
  const params = match[3] ?? "";
  return {
    transport: (match[1] ?? "").toUpperCase(),
    host: hostPort.host,
    port: hostPort.port,
    branch: paramOf(params, "branch") ?? "",
    params,
  };
}

/**
 * The Via with `received` and `rport` of the real source (RFC 3581 4). Done even if the client did
 * not ask: every answer then finds its way through a NAT.
 */
export function stampVia(via: Via, source: { address: string; port: number }): string {
  const kept = via.params
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part !== "" && !/^(?:received|rport)\s*(?:=|$)/i.test(part));
  const port = via.port === null ? "" : `:${via.port}`;
  const params = [...kept, `received=${source.address}`, `rport=${source.port}`].join(";");
  return `SIP/2.0/${via.transport} ${via.host}${port};${params}`;
}
