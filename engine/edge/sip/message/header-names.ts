// One spelling per header name, so that a look-up is a comparison of two constants.

const known = [
  "Accept",
  "Accept-Encoding",
  "Accept-Language",
  "Alert-Info",
  "Allow",
  "Allow-Events",
  "Authentication-Info",
  "Authorization",
  "Call-ID",
  "Call-Info",
  "Contact",
  "Content-Disposition",
  "Content-Encoding",
  "Content-Language",
  "Content-Length",
  "Content-Type",
  "CSeq",
  "Date",
  "Diversion",
  "Error-Info",
  "Event",
  "Expires",
  "From",
  "History-Info",
  "Identity",
  "In-Reply-To",
  "Max-Forwards",
  "MIME-Version",
  "Min-Expires",
  "Min-SE",
  "Organization",
  "P-Asserted-Identity",
  "P-Preferred-Identity",
  "Path",
  "Priority",
  "Privacy",
  "Proxy-Authenticate",
  "Proxy-Authorization",
  "Proxy-Require",
  "RAck",
  "Reason",
  "Record-Route",
  "Refer-To",
  "Referred-By",
  "Remote-Party-ID",
  "Replaces",
  "Reply-To",
  "Request-Disposition",
  "Require",
  "Retry-After",
  "Route",
  "RSeq",
  "Server",
  "Service-Route",
  "Session-Expires",
  "SIP-ETag",
  "SIP-If-Match",
  "Subject",
  "Subscription-State",
  "Supported",
  "Timestamp",
  "To",
  "Unsupported",
  "User-Agent",
  "Via",
  "Warning",
  "WWW-Authenticate",
  "X-Rexian-Call",
];

/** RFC 3261 7.3.3 and the extensions that define a short form. */
const compact: Record<string, string> = {
  a: "Accept-Contact",
  b: "Referred-By",
  c: "Content-Type",
  d: "Request-Disposition",
  e: "Content-Encoding",
  f: "From",
  i: "Call-ID",
  j: "Reject-Contact",
  k: "Supported",
  l: "Content-Length",
  m: "Contact",
  n: "Identity-Info",
  o: "Event",
  r: "Refer-To",
  s: "Subject",
  t: "To",
  u: "Allow-Events",
  v: "Via",
  x: "Session-Expires",
  y: "Identity",
};

const byLowerCase = new Map<string, string>(Object.entries(compact));
const exact = new Map<string, string>();
for (const name of known) {
  byLowerCase.set(name.toLowerCase(), name);
  exact.set(name, name);
  exact.set(name.toLowerCase(), name);
}

/**
 * The spelling under which a header is kept: known names as the RFCs write them, compact forms
 * expanded. Unknown names get capitals after hyphens, except `x-…`, which stay as they came.
 */
export function canonicalName(raw: string): string {
  const hit = exact.get(raw) ?? byLowerCase.get(raw.toLowerCase());
  if (hit !== undefined) return hit;
  if (raw.startsWith("x-") || raw.startsWith("X-")) return raw;
  return raw.replace(/(^|-)([a-z])/g, (_, hyphen: string, letter: string) => {
    return hyphen + letter.toUpperCase();
  });
}

/** RFC 3261 25.1 `token`. */
export const tokenPattern = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
