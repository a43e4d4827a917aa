// Bytes -> message. Never throws on input, takes linear time, and refuses by limits. What could
// smuggle a line into a later message (a bare CR or LF) is refused here.
import { canonicalName, tokenPattern } from "./header-names.ts";
import { sipLimits } from "./limits.ts";
import { type SipHeader, type SipMessage, splitList } from "./message.ts";

export interface ParseError {
  /** Short English text, safe as a reason phrase. */
  reason: string;
  /** What RFC 3261 lets a server answer: 400, 505, 513. */
  status: 400 | 505 | 513;
  /** What was understood, to answer from; null when not even a request line was. */
  partial: SipMessage | null;
}

export type ParseResult =
  | { ok: true; message: SipMessage; keepAlive: false }
  | { ok: true; message: null; keepAlive: true }
  | { ok: false; error: ParseError };

const keepAlive: ParseResult = { ok: true, message: null, keepAlive: true };

/**
 * Parses one datagram, WebSocket message or framed stream message. White space alone is a
 * keep-alive. Bytes behind Content-Length are ignored (RFC 3261 18.3).
 */
export function parseMessage(bytes: Buffer): ParseResult {
  if (bytes.length > sipLimits.messageBytesMax) return fail("Message Too Large", 513, null);
  let start = 0;
  while (start < bytes.length && (bytes[start] === 0x0d || bytes[start] === 0x0a)) start++;
  if (start === bytes.length) return keepAlive;
  const end = bytes.indexOf("\r\n\r\n", start, "latin1");
  if (end < 0) return fail("No End Of Header", 400, null);
  const head = parseHead(bytes.toString("utf8", start, end));
  if (!head.ok) return head;
  const { message } = head;
  const available = bytes.length - end - 4;
  const declared = contentLength(message);
  if (declared === null || declared > available) {
    return fail("Bad Content-Length", 400, message);
  }
  const length = declared < 0 ? available : declared;
  message.body = length === 0 ? "" : bytes.toString("utf8", end + 4, end + 4 + length);
  return { ok: true, message, keepAlive: false };
}

/**
 * Parses a message whose body is simply the rest of the text, as applications send it: their
 * Content-Length counts characters and is not trusted.
 */
export function parseText(text: string): ParseResult {
  const end = text.indexOf("\r\n\r\n");
  const head = parseHead(end < 0 ? text.replace(/(?:\r\n)+$/, "") : text.slice(0, end));
  if (!head.ok) return head;
  if (end >= 0) head.message.body = text.slice(end + 4);
  return { ok: true, message: head.message, keepAlive: false };
}

/** -1 when absent, null when malformed or contradictory. */
function contentLength(message: SipMessage): number | null {
  let length = -1;
  for (const { name, value } of message.headers) {
    if (name !== "Content-Length") continue;
    if (!/^\d{1,9}$/.test(value)) return null;
    if (length >= 0 && length !== Number(value)) return null;
    length = Number(value);
  }
  return length;
}

type HeadResult = { ok: true; message: SipMessage } | { ok: false; error: ParseError };

function parseHead(head: string): HeadResult {
  const firstEnd = head.indexOf("\r\n");
  const startLine = firstEnd < 0 ? head : head.slice(0, firstEnd);
  const parsed = parseStartLine(startLine);
  if (!parsed.ok && parsed.message === null) return fail(parsed.reason, parsed.status, null);
  const message = parsed.message;
  if (message === null) return fail("Bad Request Line", 400, null);
  let problem: Pick<ParseError, "reason" | "status"> | null = parsed.ok ? null : parsed;
  let position = firstEnd < 0 ? head.length : firstEnd + 2;
  while (position < head.length) {
    let lineEnd = head.indexOf("\r\n", position);
    if (lineEnd < 0) lineEnd = head.length;
    let line = head.slice(position, lineEnd);
    position = lineEnd + 2;
    // RFC 3261 7.3.1: a line that begins with white space continues the one before.
    while (position < head.length && isBlank(head.charCodeAt(position))) {
      lineEnd = head.indexOf("\r\n", position);
      if (lineEnd < 0) lineEnd = head.length;
      if (line.length > sipLimits.headerCharsMax) break;
      line = `${line.trimEnd()} ${head.slice(position, lineEnd).trimStart()}`;
      position = lineEnd + 2;
    }
    const reason = addLine(message.headers, line);
    if (reason !== null) problem ??= { reason, status: reason === tooMany ? 513 : 400 };
    if (reason === tooMany) break;
  }
  if (problem !== null) return fail(problem.reason, problem.status, message);
  return { ok: true, message };
}

const tooMany = "Header Too Large";

function addLine(headers: SipHeader[], line: string): string | null {
  if (line.length > sipLimits.headerCharsMax) return tooMany;
  if (headers.length >= sipLimits.headersMax) return tooMany;
  if (line.includes("\n") || line.includes("\r")) return "Bad Line End";
  const colon = line.indexOf(":");
  if (colon < 1) return "Bad Header";
  let nameEnd = colon;
  while (nameEnd > 0 && isBlank(line.charCodeAt(nameEnd - 1))) nameEnd--;
  const raw = line.slice(0, nameEnd);
  if (!tokenPattern.test(raw)) return "Bad Header Name";
  const name = canonicalName(raw);
  const value = line.slice(colon + 1).trim();
  if (name === "Via" && value.includes(",")) {
    for (const part of splitList(value)) headers.push({ name, value: part });
    return headers.length > sipLimits.headersMax ? tooMany : null;
  }
  headers.push({ name, value });
  return null;
}

type StartLine =
  | { ok: true; message: SipMessage }
  | { ok: false; reason: string; status: 400 | 505; message: SipMessage | null };

const requestLine = /^([A-Za-z0-9\-.!%*_+`'~]{1,64}) (\S+) SIP\/(\d{1,5}\.\d{1,5})$/i;
const statusLine = /^SIP\/2\.0 ([1-6]\d\d)(?: ([^\r\n]*))?$/i;
/** What is left of a bad request line, only to answer it. */
const looseRequestLine = /^([A-Za-z0-9\-.!%*_+`'~]{1,64})\s[^\r\n]*\sSIP\/\d+\.\d+\s*$/i;

function parseStartLine(line: string): StartLine {
  if (line.length > sipLimits.headerCharsMax) {
    return { ok: false, reason: "Bad Request Line", status: 400, message: null };
  }
  const status = statusLine.exec(line);
  if (status !== null) {
    const reason = status[2] ?? "";
    const code = Number(status[1]);
    return { ok: true, message: { kind: "response", status: code, reason, headers: [], body: "" } };
  }
  const request = requestLine.exec(line);
  const [, method = "", uri = "", version = ""] = request ?? looseRequestLine.exec(line) ?? [];
  if (method === "") return { ok: false, reason: "Bad Request Line", status: 400, message: null };
  const message: SipMessage = { kind: "request", method, uri, headers: [], body: "" };
  if (request === null || uri.startsWith("<")) {
    return { ok: false, reason: "Bad Request Line", status: 400, message };
  }
  if (version !== "2.0") {
    return { ok: false, reason: "Version Not Supported", status: 505, message };
  }
  return { ok: true, message };
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function fail(
  reason: string,
  status: ParseError["status"],
  partial: SipMessage | null,
): { ok: false; error: ParseError } {
  return { ok: false, error: { reason, status, partial } };
}
