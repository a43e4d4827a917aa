// What a proxy changes in a message that it passes on (RFC 3261 16.6, 16.7). Builds, sends nothing.
import { header, type SipHeader, type SipRequest, type SipResponse } from "../message/message.ts";
import { parseNameAddr } from "../message/name-addr.ts";
import { paramOf, parseUri } from "../message/uri.ts";
import { defaultPort, type Flow, uriTransport } from "../transport/flow.ts";
import type { Transports } from "../transport/transports.ts";
import { viaOf } from "./sending.ts";

/** Null when absent; the request is then passed on with 70. */
export function hopsLeft(request: SipRequest): number | null {
  const text = header(request, "Max-Forwards");
  return text === null || !/^\d{1,5}$/.test(text) ? null : Number(text);
}

/** True when the first Route leads here: the request passes through us, it is not for us. */
export function isRoutedHere(transports: Transports, request: SipRequest): boolean {
  const first = header(request, "Route");
  return first !== null && isOwnUri(transports, parseNameAddr(first)?.uri ?? "");
}

export function isOwnUri(transports: Transports, text: string): boolean {
  const uri = parseUri(text);
  if (uri === null) return false;
  const secure = uri.scheme === "sips" || paramOf(uri.params, "transport") === "tls";
  const port = uri.port ?? (secure ? defaultPort.tls : defaultPort.udp);
  return transports.isOwn(uri.host === "localhost" ? "127.0.0.1" : uri.host, port);
}

/** The request without the Routes that lead here (16.4); a strict router's URI is put back. */
export function withoutOwnRoutes(transports: Transports, request: SipRequest): SipRequest {
  const headers = [...request.headers];
  let { uri } = request;
  for (;;) {
    const at = headers.findIndex(({ name }) => name === "Route");
    const route = headers[at];
    if (route === undefined || !isOwnUri(transports, parseNameAddr(route.value)?.uri ?? "")) break;
    headers.splice(at, 1);
  }
  const strict = paramOf(parseUri(uri)?.params ?? "", "lr") !== null && isOwnUri(transports, uri);
  if (strict) {
    const last = headers.findLastIndex(({ name }) => name === "Route");
    const value = headers[last]?.value;
    if (value !== undefined) {
      headers.splice(last, 1);
      uri = parseNameAddr(value)?.uri ?? uri;
    }
  }
  return { ...request, uri, headers };
}

/** Where a request goes that only its own headers guide: the next Route, or its URI. */
export function nextTarget(request: SipRequest): string {
  const route = header(request, "Route");
  return (route === null ? null : parseNameAddr(route)?.uri) ?? request.uri;
}

/** The request for one hop further: our Via, one hop less, and our Record-Route if we stay. */
export function forwarded(
  request: SipRequest,
  options: {
    uri: string;
    flow: Flow;
    branch: string;
    /** Where it came from, when we want to see the rest of the dialog; else null. */
    recordFor: Flow | null;
    /** The application's headers; they replace those of the same name. */
    extra: SipHeader[];
  },
): SipRequest {
  const { flow, recordFor, extra } = options;
  const replaced = new Set(["Max-Forwards", ...extra.map(({ name }) => name)]);
  const headers: SipHeader[] = [
    { name: "Via", value: viaOf(flow, options.branch) },
    { name: "Max-Forwards", value: String((hopsLeft(request) ?? 71) - 1) },
  ];
  if (recordFor !== null) headers.push(...records(request.method, { from: recordFor, to: flow }));
  headers.push(...request.headers.filter(({ name }) => !replaced.has(name)), ...extra);
  return { ...request, uri: options.uri, headers };
}

/** The response as it goes back: without the Via that is ours. */
export function passedBack(response: SipResponse): SipResponse {
  const own = response.headers.findIndex(({ name }) => name === "Via");
  return { ...response, headers: response.headers.filter((_, at) => at !== own) };
}

/** RFC 5658: one value for each side when they differ. A REGISTER gets a Path (RFC 3327). */
function records(method: string, sides: { from: Flow; to: Flow }): SipHeader[] {
  const name = method === "REGISTER" ? "Path" : "Record-Route";
  const values = new Set([routeOf(sides.to), routeOf(sides.from)]);
  const headers = [...values].map((value) => ({ name, value }));
  return method === "REGISTER" ? [...headers, { name: "Require", value: "path" }] : headers;
}

function routeOf(flow: Flow): string {
  const transport = uriTransport[flow.protocol];
  const param = transport === "" ? "" : `;transport=${transport}`;
  return `<sip:${flow.localAddress}:${flow.localPort}${param};lr>`;
}
