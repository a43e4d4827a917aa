// Who calls, and what was dialled: taken from a trunk's INVITE. The trunk is trusted for the
// numbers' truth, not for their form: they end on screens, in reports and in our own headers.
import { parseNameAddr, parseSipUri, splitValues } from "./sip-headers.ts";

export type CallIdentity = Readonly<{
  /** Calling number; empty when withheld. */
  ani: string;
  /** Number dialled on this call. */
  dnis: string;
  /** Number dialled first when the call was diverted to `dnis`, else null. */
  firstDnis: string | null;
}>;

export type IdentityHeaders = Readonly<{
  uri: string;
  get(name: string): string | undefined;
}>;

export function identityOf(request: IdentityHeaders): CallIdentity {
  const dnis = numberOfUri(request.uri);
  const first = firstDialled(request);
  return { ani: callingNumber(request), dnis, firstDnis: first === dnis ? null : first };
}

/** From a trunk that is not trusted: what everybody may write (RFC 3325 9.1), no more. */
export function shownIdentityOf(request: IdentityHeaders): CallIdentity {
  const get = (name: string) => (name === "from" ? request.get(name) : undefined);
  return identityOf({ uri: request.uri, get });
}

/** P-Asserted-Identity (RFC 3325) before From; empty when the caller asked for privacy. */
function callingNumber(request: IdentityHeaders): string {
  const privacy = (request.get("privacy") ?? "").toLowerCase().split(/[;,\s]+/);
  if (privacy.some((value) => value === "id" || value === "user" || value === "full")) return "";
  for (const value of splitValues(request.get("p-asserted-identity"))) {
    const number = numberOfUri(parseNameAddr(value)?.uri ?? "");
    if (number !== "" && !isAnonymous(number)) return number;
  }
  const from = parseNameAddr(request.get("from"))?.uri ?? "";
  if (parseSipUri(from)?.host === "anonymous.invalid") return "";
  const number = numberOfUri(from);
  return isAnonymous(number) ? "" : number;
}

/**
 * The last Diversion header is the first diversion (RFC 5806 5.2); without one, the first
 * History-Info entry is the first target (RFC 7044 5.1).
 */
function firstDialled(request: IdentityHeaders): string | null {
  const diversion = splitValues(request.get("diversion")).at(-1);
  const history = splitValues(request.get("history-info")).at(0);
  const number = numberOfUri(parseNameAddr(diversion ?? history)?.uri ?? "");
  return number === "" || isAnonymous(number) ? null : number;
}

export function numberOfUri(uri: string): string {
  return toNumber(parseSipUri(uri)?.user ?? "");
}

/** Keeps what a number or a short name may consist of; drops the rest, and visual separators. */
export function toNumber(text: string): string {
  const compact = /^\+?[0-9().\s-]+$/.test(text) ? text.replace(/[().\s-]/g, "") : text;
  return compact.replace(/[^0-9A-Za-z+*#._-]/g, "").slice(0, numberCharsMax);
}

function isAnonymous(number: string): boolean {
  return /^(anonymous|unavailable|restricted|unknown|private|withheld)$/i.test(number);
}

const numberCharsMax = 40;
