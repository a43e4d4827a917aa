// Where a request goes (RFC 3263 as far as address literals and host names; no SRV yet).
import dns from "node:dns";
import { isIpv4, paramOf, parseUri } from "../message/uri.ts";
import type { Flow, Protocol } from "../transport/flow.ts";
import type { Transports } from "../transport/transports.ts";

export type Hop = { ok: true; flow: Flow } | { ok: false; reason: string };

/** A flow towards the URI; host names are looked up while the request already waits in it. */
export function flowTo(transports: Transports, uriText: string): Hop {
  const uri = parseUri(uriText);
  if (uri === null) return { ok: false, reason: `invalid uri: ${uriText.slice(0, 200)}` };
  const wanted = (paramOf(uri.params, "transport") ?? "").toLowerCase();
  const protocol: Protocol = wanted === "tcp" ? "tcp" : "udp";
  if (uri.scheme === "sips" || !["", "udp", "tcp"].includes(wanted)) {
    return { ok: false, reason: "requested protocol/transport not available" };
  }
  const host = (paramOf(uri.params, "maddr") ?? uri.host).toLowerCase();
  return flowToHost(transports, { protocol, host, port: uri.port ?? 5060 });
}

export function flowToHost(
  transports: Transports,
  target: { protocol: Protocol; host: string; port: number },
): Hop {
  const host = target.host === "localhost" ? "127.0.0.1" : target.host;
  if (host.startsWith("[")) return { ok: false, reason: "no IPv6 transport available" };
  if (!isIpv4(host)) return { ok: true, flow: new NamedFlow(transports, { ...target, host }) };
  const flow = open(transports, { ...target, host });
  return flow === null ? { ok: false, reason: "too many connections" } : { ok: true, flow };
}

function open(
  transports: Transports,
  target: { protocol: Protocol; host: string; port: number },
): Flow | null {
  return target.protocol === "udp"
    ? transports.udpFlow(target.host, target.port)
    : transports.tcpFlow(target.host, target.port);
}

/** Texts kept while a name is looked up. */
const heldMax = 20;

/** Stands for a flow whose address is still being looked up, so that order is kept. */
class NamedFlow implements Flow {
  readonly protocol: Protocol;
  readonly reliable: boolean;
  remoteAddress = "";
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  #flow: Flow | null = null;
  #failure: string | null = null;
  #held: { text: string; onFailed: ((reason: string) => void) | undefined }[] = [];

  constructor(transports: Transports, target: { protocol: Protocol; host: string; port: number }) {
    const template = transports.udpFlow("0.0.0.0", target.port);
    this.protocol = target.protocol;
    // Resent by our timers even over TCP: the transaction is not told when this connection ends.
    this.reliable = false;
    this.remotePort = target.port;
    this.localAddress = template.localAddress;
    this.localPort = template.localPort;
    dns.lookup(target.host, { family: 4 }, (error, address) => {
      const flow = error === null ? open(transports, { ...target, host: address }) : null;
      this.#flow = flow;
      if (flow === null) this.#failure = "DNS Error";
      else this.remoteAddress = flow.remoteAddress;
      for (const { text, onFailed } of this.#held.splice(0)) this.send(text, onFailed);
    });
  }

  get open(): boolean {
    return this.#flow?.open ?? this.#failure === null;
  }

  send(text: string, onFailed?: (reason: string) => void): void {
    if (this.#flow !== null) this.#flow.send(text, onFailed);
    else if (this.#failure !== null) onFailed?.(this.#failure);
    else if (this.#held.length < heldMax) this.#held.push({ text, onFailed });
  }
}
