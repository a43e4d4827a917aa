// Requests inside a dialog (RFC 3261 12.2.1.1).
import type { SipHeader, SipRequest } from "../message/message.ts";
import { parseNameAddr } from "../message/name-addr.ts";
import { paramOf, parseUri } from "../message/uri.ts";
import type { Dialog } from "./dialog.ts";

/**
 * The request with everything that the dialog decides. `extra` are further headers in order; they
 * must not repeat those of the dialog.
 */
export function dialogRequest(
  dialog: Dialog,
  options: { method: string; cseq: number; via: string; extra: SipHeader[]; body: string },
): SipRequest {
  const { uri, routes } = addressing(dialog);
  const headers: SipHeader[] = [{ name: "Via", value: options.via }];
  for (const value of routes) headers.push({ name: "Route", value });
  headers.push(
    { name: "Max-Forwards", value: "70" },
    { name: "From", value: dialog.localEnd },
    { name: "To", value: dialog.remoteEnd },
    { name: "Call-ID", value: dialog.callId },
    { name: "CSeq", value: `${options.cseq} ${options.method}` },
    ...options.extra,
  );
  return { kind: "request", method: options.method, uri, headers, body: options.body };
}

/** The URI to send a request of this dialog to, before NAT rules: first route or target. */
export function nextHopUri(dialog: Dialog): string {
  const first = dialog.routeSet[0];
  return (first === undefined ? null : parseNameAddr(first)?.uri) ?? dialog.remoteTarget;
}

function addressing(dialog: Dialog): { uri: string; routes: string[] } {
  const [first, ...rest] = dialog.routeSet;
  if (first === undefined) return { uri: dialog.remoteTarget, routes: [] };
  const uri = parseNameAddr(first)?.uri ?? "";
  const loose = paramOf(parseUri(uri)?.params ?? "", "lr") !== null;
  if (loose) return { uri: dialog.remoteTarget, routes: dialog.routeSet };
  // RFC 3261 12.2.1.1: a strict router wants to see itself in the request URI.
  return { uri, routes: [...rest, `<${dialog.remoteTarget}>`] };
}
