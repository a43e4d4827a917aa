// Tools that look for open relays and weak passwords: an answer would only encourage them.
import { header, type SipRequest } from "../message/message.ts";

/** What they call themselves in User-Agent or From, in lower case. */
const names: readonly string[] = [
  "friendly-scanner",
  "friendly-request",
  "sipvicious",
  "sip-scan",
  "sipscan",
  "sundayddr",
  "iwar",
  "vaxsip",
  "sipcli",
  "pplsip",
  "siparmyknife",
  "sivus",
  // The probe of nmap.
  "sip:nm@nm",
];

export function isScanner(request: SipRequest): boolean {
  return isName(header(request, "User-Agent")) || isName(header(request, "From"));
}

function isName(value: string | null): boolean {
  if (value === null) return false;
  const text = value.toLowerCase();
  return names.some((name) => text.includes(name));
}
