// Where a request goes: from a URI to a flow (RFC 3263).
import { paramOf, parseUri } from "../message/uri.ts";
import { defaultPort, type Flow, type Protocol } from "../transport/flow.ts";
import { LocatedFlow } from "../transport/located-flow.ts";
import type { Locator, Wanted } from "../transport/locator.ts";
import type { Place, Transports } from "../transport/transports.ts";

export type Hop = { ok: true; flow: Flow } | { ok: false; reason: string };

/** What choosing a next hop needs of the edge. */
export interface Ways {
  transports: Transports;
  locator: Locator;
}

const unavailable: Hop = { ok: false, reason: "requested protocol/transport not available" };
const byName: Record<string, Protocol> = { udp: "udp", tcp: "tcp", tls: "tls" };

/**
 * A flow towards the URI; host names are looked up while the request already waits in it.
 * `protocol` is used when the URI names none.
 */
export function flowTo(ways: Ways, uriText: string, protocol: Protocol | null = null): Hop {
  const uri = parseUri(uriText);
  if (uri === null) return { ok: false, reason: `invalid uri: ${uriText.slice(0, 200)}` };
  const text = (paramOf(uri.params, "transport") ?? "").toLowerCase();
  let wanted = text === "" ? protocol : byName[text];
  if (wanted === undefined) return unavailable;
  const secure = uri.scheme === "sips";
  if (secure) {
    // RFC 3261 19.1.2: `transport=tcp` of a sips URI means TLS over TCP.
    if (text === "udp") return unavailable;
    wanted = "tls";
  }
  const named = (paramOf(uri.params, "maddr") ?? uri.host).toLowerCase();
  const host = named === "localhost" ? "127.0.0.1" : named;
  return flowToHost(ways, { host, port: uri.port, protocol: wanted, secure });
}

function flowToHost({ transports, locator }: Ways, wanted: Wanted): Hop {
  const places = locator.known(wanted);
  const [first] = places ?? [];
  if (places !== null && first !== undefined && places.length === 1) return transports.open(first);
  const protocol = first?.protocol ?? wanted.protocol ?? (wanted.secure ? "tls" : null);
  const template = templateFor(transports, protocol, first);
  if (template === null) return unavailable;
  const port = first?.port ?? wanted.port ?? defaultPort[template.protocol];
  const flow = new LocatedFlow(transports, {
    places: places ?? locator.locate(wanted),
    template,
    port,
  });
  return { ok: true, flow };
}

/** What the Via says before the place is known: the real server also picks its listener first. */
function templateFor(
  transports: Transports,
  protocol: Protocol | null,
  place: Place | undefined,
): Pick<Flow, "protocol" | "localAddress" | "localPort"> | null {
  const address = place?.address ?? null;
  const tried: Protocol[] = protocol === null ? ["udp", "tcp", "tls"] : [protocol];
  for (const one of tried) {
    const end = transports.localEnd(one, address);
    if (end !== null) return { protocol: one, ...end };
  }
  return null;
}

/** A flow that is closed: RFC 7118 names and connections that are gone. */
export function closedFlow(transports: Transports): Flow {
  const end = transports.localEnd(null, null) ?? { localAddress: "0.0.0.0", localPort: 0 };
  return {
    protocol: "udp",
    reliable: false,
    remoteAddress: "",
    remotePort: 0,
    ...end,
    open: false,
    send: (_text, onFailed) => {
      if (onFailed !== undefined) queueMicrotask(() => onFailed("connection closed"));
    },
  };
}
