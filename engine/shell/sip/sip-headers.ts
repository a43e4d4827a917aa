// Reads header values that come from outside. Nothing here throws; what cannot be read is null.

/** A name-addr or addr-spec (RFC 3261 20.10) taken apart; the URI is kept as it came. */
export type NameAddr = Readonly<{
  uri: string;
  /** Header parameters after the URI; names in lower case, values without quotes. */
  params: ReadonlyMap<string, string>;
}>;

export type SipUri = Readonly<{
  scheme: "sip" | "sips" | "tel";
  /** Percent-decoded; for `tel:` the number. */
  user: string;
  /** Without brackets for IPv6; empty for `tel:`. */
  host: string;
  port: number | null;
  /** Everything after host and port, with its leading `;` or `?`. */
  tail: string;
}>;

/** Splits a header with several values at its commas, minding quotes and angle brackets. */
export function splitValues(header: string | undefined): string[] {
  if (header === undefined) return [];
  const values: string[] = [];
  let from = 0;
  let quoted = false;
  let inBrackets = false;
  for (let at = 0; at < header.length && values.length < valuesMax; at += 1) {
    const char = header[at];
    if (quoted) {
      if (char === "\\") at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "<") inBrackets = true;
    else if (char === ">") inBrackets = false;
    else if (char === "," && !inBrackets) {
      values.push(header.slice(from, at).trim());
      from = at + 1;
    }
  }
  values.push(header.slice(from).trim());
  return values.filter((value) => value !== "");
}

export function parseNameAddr(value: string | undefined): NameAddr | null {
  if (value === undefined) return null;
  const bracketed = /^(?:[^<"]|"(?:[^"\\]|\\.)*")*<([^<>]*)>([\s\S]*)$/.exec(value);
  if (bracketed !== null) {
    return { uri: (bracketed[1] ?? "").trim(), params: parseParams(bracketed[2] ?? "") };
  }
  // Without brackets all parameters belong to the header (RFC 3261 20.10).
  const bare = /^\s*([^\s;<>"]+)([\s\S]*)$/.exec(value);
  if (bare === null) return null;
  return { uri: bare[1] ?? "", params: parseParams(bare[2] ?? "") };
}

export function parseSipUri(uri: string): SipUri | null {
  if (uri.length > uriCharsMax) return null;
  const tel = /^tel:([^;?\s]+)([;?].*)?$/i.exec(uri);
  if (tel !== null) {
    const user = decodePercent(tel[1] ?? "");
    return { scheme: "tel", user, host: "", port: null, tail: tel[2] ?? "" };
  }
  const sip =
    /^(sips?):(?:([^@\s]*)@)?(\[[0-9A-Fa-f:.]+\]|[^:;?@\s[\]]+)(?::(\d{1,5}))?([;?]\S*)?$/i.exec(
      uri,
    );
  if (sip === null) return null;
  const [, scheme = "", userPart = "", host = "", port, tail = ""] = sip;
  const portNumber = port === undefined ? null : Number(port);
  if (portNumber !== null && (portNumber < 1 || portNumber > 65_535)) return null;
  return {
    scheme: scheme.toLowerCase() === "sips" ? "sips" : "sip",
    // User parameters and a password are no part of the number.
    user: decodePercent(userPart.replace(/[;:].*$/, "")),
    host: host.replace(/^\[|\]$/g, "").toLowerCase(),
    port: portNumber,
    tail,
  };
}

/** The topmost Via's transport in lower case (`udp`, `tcp`, `tls`, `ws`, `wss`). */
export function viaTransport(via: string | undefined): string {
  const match = /^\s*SIP\s*\/\s*2\.0\s*\/\s*([A-Za-z]{2,8})\s/i.exec(via ?? "");
  return (match?.[1] ?? "").toLowerCase();
}

/** The tag of a From or To header, or null. */
export function tagOf(header: string | undefined): string | null {
  return parseNameAddr(header)?.params.get("tag") ?? null;
}

function parseParams(text: string): ReadonlyMap<string, string> {
  const params = new Map<string, string>();
  const pattern = /;\s*([^\s;=,"]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?/g;
  for (const [, name = "", value = ""] of text.slice(0, paramsCharsMax).matchAll(pattern)) {
    params.set(name.toLowerCase(), value.replace(/^"|"$/g, ""));
  }
  return params;
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const valuesMax = 50;
const uriCharsMax = 512;
const paramsCharsMax = 2_048;
