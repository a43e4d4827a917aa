// The rules for SIP text that applications hand over: which headers they may set, and how the
// placeholder `localhost` becomes the address of the transport in use.

import { tokenPattern } from "../message/header-names.ts";
import type { SipHeader, SipMessage } from "../message/message.ts";
import { parseText } from "../message/parse.ts";
import { type Flow, uriTransport } from "../transport/flow.ts";

export const knownMethods = new Set([
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "OPTIONS",
  "REGISTER",
  "INFO",
  "PRACK",
  "UPDATE",
  "MESSAGE",
  "SUBSCRIBE",
  "NOTIFY",
  "REFER",
  "PUBLISH",
]);

/**
 * The engine's name of a call. In a request it goes out, so that a browser knows its call; in an
 * answer it is for the trace alone.
 */
export const callIdHeader = "X-Rexian-Call";

/** What only the edge may write. */
const ownHeaders = new Set(["Via", "Route", "Record-Route", "RSeq", "Content-Length"]);
const localhostHeaders = new Set(["From", "To", "Contact", "P-Asserted-Identity"]);

/** Null when the text is no SIP message; header lines that are none are dropped. */
export function parseAppMessage(text: string): SipMessage | null {
  const parsed = parseText(text);
  if (parsed.ok) return parsed.message;
  const { partial } = parsed.error;
  if (partial === null) return null;
  // The reference server drops bad header lines silently. What came through is well-formed, but
  // parsing may have stopped early, so read again without the bad lines.
  const end = text.indexOf("\r\n\r\n");
  const lines = (end < 0 ? text : text.slice(0, end)).split("\r\n");
  const kept = lines.filter((line, index) => {
    const name = line.slice(0, Math.max(0, line.indexOf(":"))).trimEnd();
    return index === 0 || (tokenPattern.test(name) && !/[\r\n]/.test(line));
  });
  const body = end < 0 ? "" : text.slice(end + 4);
  const again = parseText(`${kept.join("\r\n")}\r\n\r\n${body}`);
  return again.ok ? again.message : null;
}

/** The application's headers in order, without its reserved ones and those in `handled`. */
export function appHeaders(
  message: SipMessage,
  options: { flow: Flow; handled: ReadonlySet<string> },
): SipHeader[] {
  const headers: SipHeader[] = [];
  for (const { name, value } of message.headers) {
    if (ownHeaders.has(name) || options.handled.has(name)) continue;
    headers.push({ name, value: withAddress(name, value, options.flow) });
  }
  return headers;
}

/** Replaces `@localhost` where the application could not know the address. */
export function withAddress(name: string, value: string, flow: Flow): string {
  if (!localhostHeaders.has(name) || !value.includes("localhost")) return value;
  const place = `${flow.localAddress}:${flow.localPort}`;
  if (name === "Contact") {
    return value.replace(
      /((?:@|sips?:)localhost(?::\d+)?)([^>,]*)/g,
      (_, found: string, rest: string) => {
        const prefix = found.slice(0, found.indexOf("localhost"));
        const transport =
          uriTransport[flow.protocol] === "" || rest.includes("transport=")
            ? ""
            : `;transport=${uriTransport[flow.protocol]}`;
        return `${prefix}${place}${transport}${rest}`;
      },
    );
  }
  return value.replace(/(@|sips?:)localhost(?::\d+)?(?=[>;:?,\s]|$)/g, `$1${place}`);
}

/** Our default Contact on a flow. */
export function contactOf(flow: Flow): string {
  const name = uriTransport[flow.protocol];
  const transport = name === "" ? "" : `;transport=${name}`;
  return `<sip:${flow.localAddress}:${flow.localPort}${transport}>`;
}
