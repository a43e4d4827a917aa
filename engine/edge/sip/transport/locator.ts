// RFC 3263: from the host of a URI to the places to try, in order. Answers are kept as long as DNS
// allows; the number of names kept is bounded.
import { familyOf } from "./address.ts";
import { defaultPort, type Protocol } from "./flow.ts";
import type { NameService, SrvRecord } from "./name-service.ts";
import type { Place } from "./transports.ts";

export interface Wanted {
  /** Lower case. */
  host: string;
  port: number | null;
  /** From the URI; null leaves the choice to DNS. */
  protocol: Protocol | null;
  /** A `sips` URI: TLS or nothing. */
  secure: boolean;
}

export interface LocatorOptions {
  names: NameService;
  nowMs: () => number;
  /** Whether a listener can reach places of this kind. */
  reachable: (protocol: Protocol, family: 4 | 6) => boolean;
  entriesMax?: number;
  /** From 0 up to 1, for SRV weights. */
  random?: () => number;
}

/** Hosts of equal standing are spread by weight (RFC 2782). */
interface Candidate {
  protocol: Protocol;
  priority: number;
  weight: number;
  port: number;
  addresses: string[];
}

interface Entry {
  candidates: Candidate[];
  untilMs: number;
}

const entriesMaxDefault = 1_000;
const ttlMsMin = 1_000;
const ttlMsMax = 3_600_000;
/** SRV and NAPTR answers come without a lifetime from Node. */
const recordTtlSeconds = 60;
/** A name that does not exist is not asked for again at once. */
const failureMs = 5_000;
const placesMax = 8;
const hostsMax = 10;

const services: [service: string, protocol: Protocol][] = [
  ["SIP+D2U", "udp"],
  ["SIP+D2T", "tcp"],
  ["SIPS+D2T", "tls"],
];

const srvPrefix: Partial<Record<Protocol, string>> = {
  udp: "_sip._udp.",
  tcp: "_sip._tcp.",
  tls: "_sips._tcp.",
};

export class Locator {
  readonly #options: LocatorOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #open = new Map<string, Promise<Entry>>();

  constructor(options: LocatorOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Places known without asking: a literal, or a fresh answer; null when DNS must be asked. */
  known(wanted: Wanted): Place[] | null {
    const family = familyOf(wanted.host);
    if (family !== null) {
      const protocol = this.#protocol(wanted, family);
      const port = wanted.port ?? defaultPort[protocol];
      return [{ protocol, address: wanted.host, port }];
    }
    const entry = this.#entries.get(keyOf(wanted));
    if (entry === undefined || entry.untilMs <= this.#options.nowMs()) return null;
    return this.#ordered(entry, wanted.host);
  }

  /** Never rejects; an empty list when the name leads nowhere. */
  async locate(wanted: Wanted): Promise<Place[]> {
    const known = this.known(wanted);
    if (known !== null) return known;
    const key = keyOf(wanted);
    let open = this.#open.get(key);
    if (open === undefined) {
      if (this.#open.size >= this.#entriesMax) return [];
      open = this.#ask(wanted);
      this.#open.set(key, open);
      const asked = open;
      void asked.then((entry) => {
        this.#open.delete(key);
        this.#entries.delete(key);
        if (this.#entries.size >= this.#entriesMax) {
          const [oldest] = this.#entries.keys();
          if (oldest !== undefined) this.#entries.delete(oldest);
        }
        this.#entries.set(key, entry);
      });
    }
    return this.#ordered(await open, wanted.host);
  }

  get #entriesMax(): number {
    return this.#options.entriesMax ?? entriesMaxDefault;
  }

  async #ask(wanted: Wanted): Promise<Entry> {
    const ttl = { seconds: recordTtlSeconds };
    const candidates = await this.#candidates(wanted, ttl);
    const lifeMs = Math.min(ttlMsMax, Math.max(ttlMsMin, ttl.seconds * 1_000));
    const found = candidates.some(({ addresses }) => addresses.length > 0);
    const untilMs = this.#options.nowMs() + (found ? lifeMs : failureMs);
    return { candidates: found ? candidates : [], untilMs };
  }

  async #candidates(wanted: Wanted, ttl: { seconds: number }): Promise<Candidate[]> {
    const { host, port, protocol, secure } = wanted;
    // RFC 3263 4.2: an explicit port leaves nothing for SRV to say.
    if (port === null) {
      const byService =
        protocol === null ? await this.#byNaptr(host, { secure, ttl }) : ([] as Candidate[]);
      if (byService.length > 0) return byService;
      const tried = protocol === null ? this.#usable(secure) : [protocol];
      for (const one of tried) {
        const found = await this.#bySrv(`${srvPrefix[one] ?? ""}${host}`, one, ttl);
        if (found.length > 0) return found;
      }
    }
    const [first = "udp"] = protocol === null ? this.#usable(secure) : [protocol];
    const addresses = await this.#addresses(host, first, ttl);
    return [
      { protocol: first, priority: 0, weight: 0, port: port ?? defaultPort[first], addresses },
    ];
  }

  async #byNaptr(
    host: string,
    options: { secure: boolean; ttl: { seconds: number } },
  ): Promise<Candidate[]> {
    const records = await quietly(this.#options.names.naptr(host));
    records.sort((a, b) => a.order - b.order || a.preference - b.preference);
    const usable = this.#usable(options.secure);
    const found: Candidate[] = [];
    for (const record of records.slice(0, hostsMax)) {
      const service = record.service.toUpperCase();
      const protocol = services.find(([name]) => name === service)?.[1];
      if (protocol === undefined || !usable.includes(protocol)) continue;
      const servers = await this.#bySrv(record.replacement, protocol, options.ttl);
      // Every service stands behind all hosts of the one before it.
      const base = found.reduce((most, { priority }) => Math.max(most, priority + 1), 0);
      found.push(...servers.map((one) => ({ ...one, priority: base + one.priority })));
    }
    return found;
  }

  async #bySrv(name: string, protocol: Protocol, ttl: { seconds: number }): Promise<Candidate[]> {
    const records = (await quietly(this.#options.names.srv(name))).filter(
      // RFC 2782: a lone dot says that the service is not offered.
      (record: SrvRecord) => record.name !== "" && record.name !== "." && record.port > 0,
    );
    return Promise.all(
      records.slice(0, hostsMax).map(async ({ priority, weight, name: host, port }) => ({
        protocol,
        priority,
        weight,
        port,
        addresses: await this.#addresses(host, protocol, ttl),
      })),
    );
  }

  async #addresses(host: string, protocol: Protocol, ttl: { seconds: number }): Promise<string[]> {
    const found: string[] = [];
    for (const family of [4, 6] as const) {
      if (!this.#options.reachable(protocol, family)) continue;
      for (const record of await quietly(this.#options.names.addresses(host, family))) {
        found.push(record.address);
        ttl.seconds = Math.min(ttl.seconds, record.ttlSeconds);
      }
    }
    return found;
  }

  /** Protocols that may be chosen when the URI names none, the preferred first. */
  #usable(secure: boolean): Protocol[] {
    const all: Protocol[] = secure ? ["tls"] : ["udp", "tcp", "tls"];
    const { reachable } = this.#options;
    const usable = all.filter((protocol) => reachable(protocol, 4) || reachable(protocol, 6));
    return usable.length === 0 ? all.slice(0, 1) : usable;
  }

  #protocol(wanted: Wanted, family: 4 | 6): Protocol {
    if (wanted.protocol !== null) return wanted.protocol;
    const usable = this.#usable(wanted.secure);
    return usable.find((one) => this.#options.reachable(one, family)) ?? usable[0] ?? "udp";
  }

  #ordered(entry: Entry, name: string): Place[] {
    const random = this.#options.random ?? Math.random;
    const left = [...entry.candidates].sort((a, b) => a.priority - b.priority);
    const places: Place[] = [];
    while (left.length > 0) {
      const same = left.filter(({ priority }) => priority === left[0]?.priority);
      const sum = same.reduce((total, { weight }) => total + weight, 0);
      let mark = random() * sum;
      const chosen =
        same.find(({ weight }) => {
          mark -= weight;
          return mark < 0;
        }) ?? same[0];
      if (chosen === undefined) break;
      left.splice(left.indexOf(chosen), 1);
      const { protocol, port } = chosen;
      for (const address of chosen.addresses) places.push({ protocol, address, port, name });
    }
    return places.slice(0, placesMax);
  }
}

function keyOf({ host, port, protocol, secure }: Wanted): string {
  return `${host}|${port ?? ""}|${protocol ?? ""}|${secure}`;
}

/** DNS has many ways to say no. */
async function quietly<T>(asked: Promise<T[]>): Promise<T[]> {
  try {
    return await asked;
  } catch {
    return [];
  }
}
