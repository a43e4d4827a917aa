// SIP and SIPS URIs (RFC 3261 19.1), as far as routing needs them.

export interface SipUri {
  scheme: "sip" | "sips";
  /** Still escaped, without a password; null when the URI has no user part. */
  user: string | null;
  /** Lower case; an IPv6 reference keeps its brackets. */
  host: string;
  port: number | null;
  /** Text from the first `;` on, without the headers; empty when there is none. */
  params: string;
}

const hostPattern = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+\])$/;
const userPattern = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/#]|%[0-9A-Fa-f]{2})+$/;

/** Parses a `sip:` or `sips:` URI; null for another scheme or a malformed one. */
export function parseUri(text: string): SipUri | null {
  const colon = text.indexOf(":");
  const scheme = text.slice(0, colon).toLowerCase();
  if (scheme !== "sip" && scheme !== "sips") return null;
  let rest = text.slice(colon + 1);
  const question = rest.indexOf("?", Math.max(0, rest.indexOf("@")));
  if (question >= 0) rest = rest.slice(0, question);
  let user: string | null = null;
  const at = rest.indexOf("@");
  if (at >= 0) {
    const userInfo = rest.slice(0, at);
    const password = userInfo.indexOf(":");
    user = password < 0 ? userInfo : userInfo.slice(0, password);
    if (!userPattern.test(user)) return null;
    rest = rest.slice(at + 1);
  }
  const semicolon = rest.indexOf(";");
  const hostPort = semicolon < 0 ? rest : rest.slice(0, semicolon);
  const params = semicolon < 0 ? "" : rest.slice(semicolon);
  const parsed = parseHostPort(hostPort);
  if (parsed === null || /[\s<>"]/.test(params)) return null;
  return { scheme, user, host: parsed.host, port: parsed.port, params };
}

/** What is wrong with a request URI (RFC 3261 8.2.2.1): 416 for its scheme, 400 for its form. */
export function requestUriProblem(text: string): 400 | 416 | null {
  if (/^sips?:/i.test(text)) return parseUri(text) === null ? 400 : null;
  return /^tel:./i.test(text) ? null : 416;
}

/** `host[:port]`, with the host in lower case; null when malformed. */
export function parseHostPort(text: string): { host: string; port: number | null } | null {
  const bracket = text.startsWith("[") ? text.indexOf("]") : 0;
  if (bracket < 0) return null;
  const colon = text.indexOf(":", bracket);
  const host = colon < 0 ? text : text.slice(0, colon);
  if (host.length > 255 || !hostPattern.test(host)) return null;
  if (colon < 0) return { host: host.toLowerCase(), port: null };
  const digits = text.slice(colon + 1);
  if (!/^\d{1,5}$/.test(digits)) return null;
  const port = Number(digits);
  return port >= 1 && port <= 65_535 ? { host: host.toLowerCase(), port } : null;
}

/** A parameter's value in lower-cased name; `""` for a flag, null when absent. */
export function paramOf(params: string, name: string): string | null {
  if (params === "") return null;
  for (const part of params.split(";")) {
    const equals = part.indexOf("=");
    const key = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (key === name) return equals < 0 ? "" : part.slice(equals + 1).trim();
  }
  return null;
}
