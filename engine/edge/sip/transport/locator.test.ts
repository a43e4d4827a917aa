import { describe, expect, test } from "vitest";
import { Locator, type LocatorOptions, type Wanted } from "./locator.ts";
import type { NameService, NaptrRecord, SrvRecord } from "./name-service.ts";
import type { Place } from "./transports.ts";

interface Zone {
  naptr?: Record<string, NaptrRecord[]>;
  srv?: Record<string, SrvRecord[]>;
  a?: Record<string, string[]>;
  aaaa?: Record<string, string[]>;
}

/** Says "no such name" by rejecting, as DNS libraries do; keeps what was asked. */
function names(zone: Zone, ttlSeconds = 300): NameService & { asked: string[] } {
  const asked: string[] = [];
  const answer = async <T>(kind: string, name: string, found: T[] | undefined): Promise<T[]> => {
    asked.push(`${kind} ${name}`);
    if (found === undefined) throw new Error("ENOTFOUND");
    return found;
  };
  return {
    asked,
    naptr: (name) => answer("NAPTR", name, zone.naptr?.[name]),
    srv: (name) => answer("SRV", name, zone.srv?.[name]),
    addresses: (name, family) => {
      const found = (family === 4 ? zone.a : zone.aaaa)?.[name];
      const records = found?.map((address) => ({ address, ttlSeconds }));
      return answer(family === 4 ? "A" : "AAAA", name, records);
    },
  };
}

function locator(zone: Zone, options: Partial<LocatorOptions> = {}): Locator {
  return new Locator({
    names: names(zone),
    nowMs: () => 0,
    reachable: (_protocol, family) => family === 4,
    random: () => 0,
    ...options,
  });
}

const wanted = (host: string, more: Partial<Wanted> = {}): Wanted => ({
  host,
  port: null,
  protocol: null,
  secure: false,
  ...more,
});

const text = (places: Place[]) =>
  places.map(({ protocol, address, port }) => `${protocol} ${address}:${port}`);

const example: Zone = {
  naptr: {
    "example.com": [
      { order: 50, preference: 60, service: "SIP+D2U", replacement: "_sip._udp.example.com" },
      { order: 50, preference: 50, service: "SIP+D2T", replacement: "_sip._tcp.example.com" },
      { order: 40, preference: 10, service: "E2U+sip", replacement: "other.example.com" },
      { order: 60, preference: 10, service: "SIPS+D2T", replacement: "_sips._tcp.example.com" },
    ],
  },
  srv: {
    "_sip._tcp.example.com": [
      { priority: 1, weight: 0, name: "backup.example.com", port: 5062 },
      { priority: 0, weight: 0, name: "main.example.com", port: 5061 },
    ],
    "_sip._udp.example.com": [{ priority: 0, weight: 0, name: "main.example.com", port: 5070 }],
    "_sips._tcp.example.com": [{ priority: 0, weight: 0, name: "main.example.com", port: 5071 }],
    "_sip._udp.none.example": [{ priority: 0, weight: 0, name: ".", port: 0 }],
  },
  a: {
    "main.example.com": ["192.0.2.1", "192.0.2.2"],
    "backup.example.com": ["192.0.2.3"],
    "plain.example": ["192.0.2.9"],
    "none.example": ["192.0.2.8"],
  },
};

describe("places of a URI (RFC 3263 4.1, 4.2)", () => {
  test.each<[string, Wanted, string[]]>([
    ["an address", wanted("192.0.2.5"), ["udp 192.0.2.5:5060"]],
    ["an address, TLS", wanted("192.0.2.5", { secure: true }), ["tls 192.0.2.5:5061"]],
    [
      "no port, no transport: NAPTR says which transport, SRV which hosts",
      wanted("example.com"),
      [
        "tcp 192.0.2.1:5061",
        "tcp 192.0.2.2:5061",
        "tcp 192.0.2.3:5062",
        "udp 192.0.2.1:5070",
        "udp 192.0.2.2:5070",
        "tls 192.0.2.1:5071",
        "tls 192.0.2.2:5071",
      ],
    ],
    [
      "sips: only TLS",
      wanted("example.com", { secure: true }),
      ["tls 192.0.2.1:5071", "tls 192.0.2.2:5071"],
    ],
    [
      "a transport: its SRV",
      wanted("example.com", { protocol: "udp" }),
      ["udp 192.0.2.1:5070", "udp 192.0.2.2:5070"],
    ],
    [
      "a port: addresses only",
      wanted("main.example.com", { port: 5099 }),
      ["udp 192.0.2.1:5099", "udp 192.0.2.2:5099"],
    ],
    ["no NAPTR, no SRV", wanted("plain.example"), ["udp 192.0.2.9:5060"]],
    ["a service that is not offered", wanted("none.example"), ["udp 192.0.2.8:5060"]],
    ["no such name", wanted("nowhere.example"), []],
  ])("%s", async (_what, uri, places) => {
    expect(text(await locator(example).locate(uri))).toEqual(places);
  });

  test("both families, where a listener can reach them", async () => {
    const zone = { a: { h: ["192.0.2.1"] }, aaaa: { h: ["2001:db8::1"] } };
    const both = locator(zone, { reachable: () => true });
    expect(text(await both.locate(wanted("h")))).toEqual([
      "udp 192.0.2.1:5060",
      "udp 2001:db8::1:5060",
    ]);
  });

  test("hosts of one priority by weight (RFC 2782)", async () => {
    const srv = ["a", "b", "c"].map((name, index) => ({
      ...{ priority: 0, name, port: 5060 },
      weight: [10, 30, 60][index] ?? 0,
    }));
    const zone = {
      srv: { "_sip._udp.h": srv },
      a: { a: ["192.0.2.1"], b: ["192.0.2.2"], c: ["192.0.2.3"] },
    };
    const first = async (random: number) =>
      (await locator(zone, { random: () => random }).locate(wanted("h")))[0]?.address;
    expect([await first(0), await first(0.2), await first(0.5)]).toEqual([
      "192.0.2.1",
      "192.0.2.2",
      "192.0.2.3",
    ]);
  });
});

describe("what is kept", () => {
  test("answers for their lifetime, failures for five seconds", async () => {
    let nowMs = 0;
    const service = names({ a: { h: ["192.0.2.1"] } }, 20);
    const kept = locator({}, { names: service, nowMs: () => nowMs });
    const asked = async (host: string, atMs: number) => {
      nowMs = atMs;
      const before = service.asked.length;
      await kept.locate(wanted(host, { port: 5060 }));
      return service.asked.length - before;
    };
    expect([
      await asked("h", 0),
      await asked("h", 19_999),
      await asked("h", 20_000),
      await asked("gone", 30_000),
      await asked("gone", 34_999),
      await asked("gone", 35_000),
    ]).toEqual([1, 0, 1, 1, 0, 1]);
  });

  test("one question for many that wait", async () => {
    const service = names({ a: { h: ["192.0.2.1"] } });
    const kept = locator({}, { names: service });
    const uri = wanted("h", { port: 5060 });
    await Promise.all([kept.locate(uri), kept.locate(uri), kept.locate(uri)]);
    expect(service.asked).toEqual(["A h"]);
  });

  test("a bounded number of names", async () => {
    const kept = locator({}, { entriesMax: 3 });
    for (const host of ["a", "b", "c", "d", "e"]) await kept.locate(wanted(host));
    expect(kept.size).toBe(3);
  });
});
