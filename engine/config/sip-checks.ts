// What the schema of one key cannot see in the sections `sip` and `trunks`.
import { isIP } from "node:net";
import { addressRule, phoneAddress } from "./phone-address.ts";
import type { SiteFile } from "./schema.ts";
import type { YamlPath } from "./yaml-file.ts";

type Finding = Readonly<{ path: YamlPath; reason: string }>;

export function checkSip(site: SiteFile): readonly Finding[] {
  return [
    ...checkHost(site),
    ...checkListeners(site),
    ...checkTrunks(site),
    ...checkTrunkGroups(site),
    ...checkOutbound(site),
  ];
}

function checkHost({ sip }: SiteFile): readonly Finding[] {
  if (phoneAddress(sip.host) === sip.host) return [];
  return [{ path: ["sip", "host"], reason: `must be ${addressRule}` }];
}

function checkListeners({ sip }: SiteFile): readonly Finding[] {
  const found: Finding[] = [];
  const taken = new Set([`${sip.host} ${sip.port} udp`, `${sip.host} ${sip.port} stream`]);
  sip.listeners.forEach(({ host, port, protocols }, index) => {
    const path = ["sip", "listeners", index];
    if (isIP(host) === 0) {
      found.push({ path: [...path, "host"], reason: `${host} is no IP address` });
    }
    const uses = protocols.map((protocol) => (protocol === "udp" ? "udp" : "stream"));
    if (new Set(uses).size < uses.length) {
      const reason = "one port carries udp and at most one of tcp, tls, ws and wss";
      found.push({ path: [...path, "protocols"], reason });
    }
    for (const use of new Set(uses)) {
      const place = `${host} ${port} ${use}`;
      if (port !== 0 && taken.has(place)) {
        found.push({ path: [...path, "port"], reason: `${host} port ${port} is there twice` });
      }
      taken.add(place);
    }
    const secure = protocols.find((protocol) => protocol === "tls" || protocol === "wss");
    if (secure !== undefined && sip.tls === undefined) {
      const reason = `${secure} needs sip.tls with keyFile and certFile`;
      found.push({ path: [...path, "protocols"], reason });
    }
  });
  return found;
}

function checkTrunks({ trunks, numbers }: SiteFile): readonly Finding[] {
  const dialled = new Set(numbers.map((number) => number.digits));
  return trunks.flatMap((trunk, index) => [
    ...trunk.sources.flatMap((source, at) =>
      isSource(source)
        ? []
        : [
            {
              path: ["trunks", index, "sources", at],
              reason: `${source} is no IP address or block`,
            },
          ],
    ),
    ...(trunk.numbers ?? []).flatMap((digits, at) =>
      dialled.has(digits)
        ? []
        : [{ path: ["trunks", index, "numbers", at], reason: `there is no number ${digits}` }],
    ),
    ...(trunk.outbound?.register !== undefined && trunk.outbound.credentials === undefined
      ? [{ path: ["trunks", index, "outbound", "register"], reason: "needs outbound.credentials" }]
      : []),
  ]);
}

/** A queue dials over a trunk that leads out, or over a group of such. */
function checkOutbound(site: SiteFile): readonly Finding[] {
  const groups = new Set(site.trunkGroups.map(({ id }) => id));
  return site.queues.flatMap(({ outbound }, index) =>
    outbound === undefined || groups.has(outbound.trunk)
      ? []
      : leadsOut(site, outbound.trunk, ["queues", index, "outbound", "trunk"]),
  );
}

function checkTrunkGroups(site: SiteFile): readonly Finding[] {
  const trunkIds = new Set(site.trunks.map(({ id }) => id));
  return site.trunkGroups.flatMap(({ id, trunks }, index) => [
    ...(trunkIds.has(id)
      ? [{ path: ["trunkGroups", index, "id"], reason: `${id} is a trunk already` }]
      : []),
    ...trunks.flatMap(({ trunk }, at) => {
      const path = ["trunkGroups", index, "trunks", at, "trunk"];
      const isTwice = trunks.findIndex((other) => other.trunk === trunk) < at;
      return isTwice ? [{ path, reason: `${trunk} is there twice` }] : leadsOut(site, trunk, path);
    }),
  ]);
}

function leadsOut({ trunks }: SiteFile, trunk: string, path: YamlPath): readonly Finding[] {
  const found = trunks.find(({ id }) => id === trunk);
  if (found?.outbound !== undefined) return [];
  const reason =
    found === undefined ? `there is no trunk ${trunk}` : `the trunk ${trunk} has no outbound`;
  return [{ path, reason }];
}

function isSource(source: string): boolean {
  const [address = "", bits] = source.split("/");
  const family = isIP(address);
  if (family === 0) return false;
  return bits === undefined || Number(bits) <= (family === 4 ? 32 : 128);
}
