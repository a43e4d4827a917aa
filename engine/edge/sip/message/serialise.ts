// Message -> text. The last place where a line break could slip into a header.
import type { SipMessage } from "./message.ts";

/**
 * The message as it goes on the wire; Content-Length is always counted anew, in bytes. A header
 * whose value holds CR or LF is left out: it could only have been meant as an injection.
 */
export function serialise(message: SipMessage): string {
  let text =
    message.kind === "request"
      ? `${oneLine(message.method)} ${oneLine(message.uri)} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${oneLine(message.reason)}\r\n`;
  for (const { name, value } of message.headers) {
    if (name === "Content-Length" || hasLineBreak(value) || hasLineBreak(name)) continue;
    text += `${name}: ${value}\r\n`;
  }
  const length = message.body === "" ? 0 : Buffer.byteLength(message.body, "utf8");
  return `${text}Content-Length: ${length}\r\n\r\n${message.body}`;
}

function hasLineBreak(value: string): boolean {
  return value.includes("\r") || value.includes("\n");
}

function oneLine(value: string): string {
  return hasLineBreak(value) ? value.replace(/[\r\n]+/g, " ") : value;
}
