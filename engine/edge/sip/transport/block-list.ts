// Addresses and CIDR blocks, as configuration lists them.
import { BlockList } from "node:net";
import { familyOf } from "./address.ts";

/** Throws for what is no address or block. */
export function blockList(sources: readonly string[]): BlockList {
  const list = new BlockList();
  for (const source of sources) {
    const [address = "", bits] = source.split("/");
    const family = familyOf(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}
