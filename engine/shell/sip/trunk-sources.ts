// Which trunk an address belongs to. The first trunk in the site file's order wins.
import { BlockList, isIP } from "node:net";
import type { TrunkId } from "../../core/ids.ts";
import type { TrunkMedia } from "./trunk-media.ts";

export type TrunkSource = Readonly<{
  id: TrunkId;
  sources: readonly string[];
  /** Transports of its calls, as Via names them, in lower case; all when left out. */
  protocols?: readonly string[];
  /** Asked of each call when set. */
  credentials?: Readonly<{ username: string; password: string }> | undefined;
  /** Numbers that may be dialled over it; all when left out. */
  numbers?: readonly string[] | undefined;
  /** Believes asserted identity, privacy and diversion. Default true. */
  trustIdentity?: boolean;
}> &
  TrunkMedia;
export type TrunkSources = Readonly<{
  trunkOf(address: string, protocol: string): TrunkSource | null;
}>;

/** Entries that are no address or CIDR block are left out; `onBadEntry` hears of them. */
export function createTrunkSources(
  trunks: readonly TrunkSource[],
  onBadEntry: (trunkId: TrunkId, entry: string) => void,
): TrunkSources {
  const lists = trunks.map((trunk) => {
    const { id, sources } = trunk;
    const list = new BlockList();
    for (const entry of sources) if (!add(list, entry)) onBadEntry(id, entry);
    return { trunk, list };
  });
  return {
    trunkOf(address, protocol) {
      const plain = toPlainAddress(address);
      const version = isIP(plain);
      if (version === 0) return null;
      const family = version === 4 ? "ipv4" : "ipv6";
      const found = lists.find(
        ({ trunk, list }) =>
          trunk.protocols?.includes(protocol) !== false && list.check(plain, family),
      );
      return found?.trunk ?? null;
    },
  };
}

function add(list: BlockList, entry: string): boolean {
  const [address = "", bits, ...rest] = entry.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  if (bits === undefined) {
    list.addAddress(address, family);
    return true;
  }
  const prefix = /^[0-9]{1,3}$/.test(bits) ? Number(bits) : -1;
  if (prefix < 0 || prefix > (version === 4 ? 32 : 128)) return false;
  list.addSubnet(address, prefix, family);
  return true;
}

/** IPv4 that arrived on an IPv6 socket, and bracketed IPv6, in their usual form. */
function toPlainAddress(address: string): string {
  return address.replace(/^\[|\]$/g, "").replace(/^::ffff:(?=[0-9.]+$)/i, "");
}
