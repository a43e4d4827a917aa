// A SIP message as the edge keeps it: start line, headers in their order, body as text. Values are
// parsed where they are needed only; most headers pass through untouched.

export interface SipHeader {
  /** Canonical spelling, see `canonicalName`. */
  name: string;
  value: string;
}

export interface SipRequest {
  kind: "request";
  method: string;
  uri: string;
  headers: SipHeader[];
  body: string;
}

export interface SipResponse {
  kind: "response";
  status: number;
  reason: string;
  headers: SipHeader[];
  body: string;
}

export type SipMessage = SipRequest | SipResponse;

/** The first header of that canonical name, or null. */
export function header(message: SipMessage, name: string): string | null {
  for (const entry of message.headers) if (entry.name === name) return entry.value;
  return null;
}

/** All values of that canonical name, in order, lists not split. */
export function headersOf(message: SipMessage, name: string): string[] {
  const values: string[] = [];
  for (const entry of message.headers) if (entry.name === name) values.push(entry.value);
  return values;
}

/** Splits a comma list outside quotes and angle brackets; empty elements are left out. */
export function splitList(value: string): string[] {
  if (!value.includes(",")) return value === "" ? [] : [value];
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  let angle = false;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (quoted) {
      if (code === 0x5c) at++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x3c) angle = true;
    else if (code === 0x3e) angle = false;
    else if (code === 0x2c && !angle) {
      parts.push(value.slice(start, at).trim());
      start = at + 1;
    }
  }
  parts.push(value.slice(start).trim());
  return parts.filter((part) => part !== "");
}

/** All elements of a list header (Contact, Route, Require …) over all its lines. */
export function listOf(message: SipMessage, name: string): string[] {
  const values = headersOf(message, name);
  return values.length === 1 ? splitList(values[0] ?? "") : values.flatMap(splitList);
}
