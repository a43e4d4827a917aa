import { expect, it } from "vitest";
import { createTrunkSources } from "./trunk-sources.ts";

const trunks = [
  { id: "gateway", sources: ["192.0.2.10", "198.51.100.0/25"] },
  {
    id: "carrier",
    sources: ["192.0.2.0/24", "2001:db8::/32", "nonsense", "10.0.0.0/33", "10.0.0.0/"],
  },
];

it.each([
  ["an address", "192.0.2.10", "gateway"],
  ["the first trunk wins over a wider block", "192.0.2.11", "carrier"],
  ["the last address of a block", "198.51.100.127", "gateway"],
  ["one past a block", "198.51.100.128", null],
  ["IPv4 on an IPv6 socket", "::ffff:192.0.2.10", "gateway"],
  ["IPv6", "2001:db8::7", "carrier"],
  ["IPv6 in brackets", "[2001:db8::7]", "carrier"],
  ["no address", "example.org", null],
  ["empty", "", null],
  ["a bad entry matches nothing", "10.0.0.1", null],
])("%s: %s -> %s", (_why, address, trunkId) => {
  const found = createTrunkSources(trunks, () => {}).trunkOf(address, "udp");
  expect(found?.id ?? null).toBe(trunkId);
});

it("asks for the transport too, where the trunk names any", () => {
  const sources = ["192.0.2.10"];
  const made = createTrunkSources(
    [
      { id: "wired", sources, protocols: ["udp", "tls"] },
      { id: "browsers", sources, protocols: ["wss"] },
    ],
    () => {},
  );
  const found = ["tls", "wss", "ws"].map((protocol) => made.trunkOf("192.0.2.10", protocol));
  expect(found.map((trunk) => trunk?.id ?? null)).toEqual(["wired", "browsers", null]);
});

it("tells of entries that are no address", () => {
  const bad: [string, string][] = [];
  createTrunkSources(trunks, (id, entry) => bad.push([id, entry]));
  expect(bad).toEqual([
    ["carrier", "nonsense"],
    ["carrier", "10.0.0.0/33"],
    ["carrier", "10.0.0.0/"],
  ]);
});
