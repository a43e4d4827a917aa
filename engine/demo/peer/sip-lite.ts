// SIP messages (RFC 3261 section 7) as far as a user agent on UDP needs them. Written apart from
// the edge's parser on purpose: an independent peer finds what a shared one would hide.

export type SipHeader = readonly [name: string, value: string];
export type SipRequest = Readonly<{
  kind: "request";
  method: string;
  uri: string;
  headers: readonly SipHeader[];
  body: string;
}>;
export type SipResponse = Readonly<{
  kind: "response";
  status: number;
  reason: string;
  headers: readonly SipHeader[];
  body: string;
}>;
export type SipMessage = SipRequest | SipResponse;

/** RFC 3261 section 7.3.3. */
const compactNames: Readonly<Record<string, string>> = {
  c: "content-type",
  f: "from",
  i: "call-id",
  k: "supported",
  l: "content-length",
  m: "contact",
  t: "to",
  v: "via",
};

/** Reads one datagram; null for anything that is not SIP (keep-alives, noise). */
export function parseSip(data: Buffer): SipMessage | null {
  const text = data.toString("utf8");
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const lines = text
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n");
  const [firstLine = "", ...headerLines] = lines;
  const headers: SipHeader[] = [];
  for (const line of headerLines) {
    const colon = line.indexOf(":");
    if (colon <= 0) return null;
    headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  const body = text.slice(end + 4);
  const response = /^SIP\/2\.0 ([1-6][0-9]{2}) ?(.*)$/.exec(firstLine);
  if (response !== null) {
    const [, status = "0", reason = ""] = response;
    return { kind: "response", status: Number(status), reason, headers, body };
  }
  const request = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(firstLine);
  if (request === null) return null;
  const [, method = "", uri = ""] = request;
  return { kind: "request", method, uri, headers, body };
}

export function serialiseSip(message: SipMessage): Buffer {
  const first =
    message.kind === "request"
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  const lines = message.headers.map(([name, value]) => `${name}: ${value}`);
  const length = Buffer.byteLength(message.body, "utf8");
  return Buffer.from(
    `${[first, ...lines, `Content-Length: ${length}`].join("\r\n")}\r\n\r\n${message.body}`,
  );
}

/** All values of a header, in order; `name` in lower case. */
export function headerValues(message: SipMessage, name: string): readonly string[] {
  const values: string[] = [];
  for (const [headerName, value] of message.headers) {
    const lower = headerName.toLowerCase();
    if ((compactNames[lower] ?? lower) === name) values.push(value);
  }
  return values;
}

/** First value of a header, or an empty text. */
export function headerValue(message: SipMessage, name: string): string {
  return headerValues(message, name)[0] ?? "";
}

/** A header parameter such as `tag` or `branch`, or null. */
export function parameter(value: string, name: string): string | null {
  const afterUri = value.slice(value.lastIndexOf(">") + 1);
  const match = new RegExp(`;\\s*${name}\\s*=\\s*"?([^;,"\\s]+)`, "i").exec(afterUri);
  return match?.[1] ?? null;
}

/** The URI inside a From, To, Contact or Route value. */
export function uriOf(value: string): string {
  const bracketed = /<([^>]*)>/.exec(value);
  return bracketed?.[1] ?? value.split(";")[0]?.trim() ?? "";
}

export type Destination = Readonly<{ host: string; port: number }>;

/** User, host and port of a SIP URI; null when it is none. The host may be a name. */
export function parseSipUri(uri: string): (Destination & Readonly<{ user: string }>) | null {
  const match = /^sips?:(?:([^@;?]*)@)?(\[[0-9a-fA-F:.]+\]|[^:;?>[\]]+)(?::([0-9]{1,5}))?/.exec(
    uri,
  );
  if (match === null) return null;
  const [, user = "", host = "", port = "5060"] = match;
  return { user, host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}

/** Host for a URI: IPv6 in brackets. */
export function uriHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
