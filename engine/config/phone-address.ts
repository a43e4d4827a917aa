// The address that SIP and media bind to is also the one that phones are told.
import { isIP } from "node:net";

export const addressRule =
  "one IP address of this machine (phones are told it, so 0.0.0.0 will not do)";

/** The address as digits; null for a name that is not `localhost` and for "any address". */
export function phoneAddress(text: string): string | null {
  if (text === "localhost") return "127.0.0.1";
  return isIP(text) === 0 || text === "0.0.0.0" || text === "::" ? null : text;
}
