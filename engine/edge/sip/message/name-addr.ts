// `name-addr / addr-spec` values with parameters: From, To, Contact, Route, Record-Route.
import { paramOf } from "./uri.ts";

export interface NameAddr {
  /** As written, quotes included; empty when absent. */
  display: string;
  uri: string;
  /** Header parameters from the first `;` on; empty when there is none. */
  params: string;
}

const schemePattern = /^[A-Za-z][A-Za-z0-9+.-]*:./;

/** Parses one value (not a list); null when malformed. */
export function parseNameAddr(value: string): NameAddr | null {
  const open = openBracket(value);
  if (open === null) return null;
  if (open < 0) {
    // RFC 3261 20.10: without brackets, parameters belong to the header.
    const semicolon = value.indexOf(";");
    const uri = (semicolon < 0 ? value : value.slice(0, semicolon)).trim();
    // Such characters need brackets around the URI.
    if (/[\s,?<>"]/.test(uri) || !schemePattern.test(uri)) return null;
    return { display: "", uri, params: semicolon < 0 ? "" : value.slice(semicolon) };
  }
  const close = value.indexOf(">", open);
  if (close < 0) return null;
  const params = value.slice(close + 1).trim();
  if (params !== "" && !params.startsWith(";")) return null;
  const uri = value.slice(open + 1, close).trim();
  if (/\s/.test(uri) || !schemePattern.test(uri)) return null;
  const display = value.slice(0, open).trim();
  // Liberal about letters, but a comma without quotes begins another value.
  if (!display.startsWith('"') && /[,;]/.test(display)) return null;
  return { display, uri, params };
}

/** The `tag` of a From or To value; empty when there is none. */
export function tagOf(value: string): string {
  const open = openBracket(value);
  const from = open === null || open < 0 ? 0 : value.indexOf(">", open) + 1;
  const semicolon = value.indexOf(";", from);
  if (semicolon < 0) return "";
  return paramOf(value.slice(semicolon), "tag") ?? "";
}

/** Index of the `<` outside quotes; -1 when there is none; null when a quote stays open. */
function openBracket(value: string): number | null {
  if (!value.includes('"')) return value.indexOf("<");
  let quoted = false;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (quoted) {
      if (code === 0x5c) at++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x3c) return at;
  }
  return quoted ? null : -1;
}
