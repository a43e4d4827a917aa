// DNS as the edge asks it: behind an interface, so that tests need no network.
import dns from "node:dns";

export interface NaptrRecord {
  order: number;
  preference: number;
  service: string;
  replacement: string;
}

export interface SrvRecord {
  priority: number;
  weight: number;
  name: string;
  port: number;
}

export interface AddressRecord {
  address: string;
  ttlSeconds: number;
}

/** Rejects or answers with an empty list when there is nothing. */
export interface NameService {
  naptr(name: string): Promise<NaptrRecord[]>;
  srv(name: string): Promise<SrvRecord[]>;
  addresses(name: string, family: 4 | 6): Promise<AddressRecord[]>;
}

/** Names that only the system knows (its hosts file) come without a lifetime. */
const systemTtlSeconds = 30;

/** The system's resolvers; two tries of two seconds each. */
export function systemNames(): NameService {
  const resolver = new dns.promises.Resolver({ timeout: 2_000, tries: 2 });
  return {
    naptr: (name) => resolver.resolveNaptr(name),
    srv: (name) => resolver.resolveSrv(name),
    async addresses(name, family) {
      try {
        const found =
          family === 4
            ? await resolver.resolve4(name, { ttl: true })
            : await resolver.resolve6(name, { ttl: true });
        return found.map(({ address, ttl }) => ({ address, ttlSeconds: ttl }));
      } catch {
        const found = await dns.promises.lookup(name, { family, all: true });
        return found.map(({ address }) => ({ address, ttlSeconds: systemTtlSeconds }));
      }
    },
  };
}
