// The certificates that the site file names, checked before anything starts.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import { productRoot } from "./product-root.ts";
import type { LoadedSite } from "./site.ts";
import { type Problem, SiteError } from "./site-error.ts";
import { messageOf } from "./yaml-file.ts";

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
