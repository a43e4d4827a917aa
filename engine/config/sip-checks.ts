// What the schema of one key cannot see in the sections `sip` and `trunks`.
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import { addressRule, phoneAddress } from "./phone-address.ts";
import { productRoot } from "./product-root.ts";
import type { SiteFile } from "./schema.ts";
import type { LoadedSite } from "./site.ts";
import { type Problem, SiteError } from "./site-error.ts";
import { messageOf, type YamlPath } from "./yaml-file.ts";

type Finding = Readonly<{ path: YamlPath; reason: string }>;

export function checkSip(site: SiteFile): readonly Finding[] {
  return [...checkHost(site), ...checkListeners(site), ...checkTrunks(site)];
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
  ]);
}

function isSource(source: string): boolean {
  const [address = "", bits] = source.split("/");
  const family = isIP(address);
  if (family === 0) return false;
  return bits === undefined || Number(bits) <= (family === 4 ? 32 : 128);
}

export type TlsPaths = Readonly<{
  keyFile: string;
  certFile: string;
  chainFile: string | null;
  caFile: string | null;
}>;

/**
 * The PEM files of `sip.tls` with absolute paths, read once to see that they fit; null when there
 * is no such section. Throws {@link SiteError}.
 */
export function tlsPaths(loaded: LoadedSite): TlsPaths | null {
  const { tls } = loaded.site.sip;
  if (tls === undefined) return null;
  const problems: Problem[] = [];
  const at = (file: string) => resolve(productRoot(), file);
  const read = (key: keyof TlsPaths): string => {
    const file = tls[key];
    if (file === null) return "";
    try {
      return readFileSync(at(file), "utf8");
    } catch (error) {
      problems.push(loaded.problem(["sip", "tls", key], `cannot be read: ${messageOf(error)}`));
      return "";
    }
  };
  const [key, cert, chain, ca] = [
    read("keyFile"),
    read("certFile"),
    read("chainFile"),
    read("caFile"),
  ];
  if (problems.length === 0) {
    try {
      createSecureContext({ key, cert: `${cert}\n${chain}`, ...(ca === "" ? {} : { ca }) });
    } catch (error) {
      const reason = `key and certificate do not fit: ${messageOf(error)}`;
      problems.push(loaded.problem(["sip", "tls"], reason));
    }
  }
  if (problems.length > 0) throw new SiteError(problems);
  return {
    keyFile: at(tls.keyFile),
    certFile: at(tls.certFile),
    chainFile: tls.chainFile === null ? null : at(tls.chainFile),
    caFile: tls.caFile === null ? null : at(tls.caFile),
  };
}
