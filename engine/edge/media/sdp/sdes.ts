// SRTP keys in SDP (RFC 4568): `a=crypto` lines, read and written.
import { randomBytes } from "node:crypto";
import { masterBytes, type SrtpSuite, tagBytesOf } from "../srtp/srtp-keys.ts";

export interface SrtpKey {
  suite: SrtpSuite;
  /** Key and salt. */
  master: Buffer;
}

export interface CryptoLine extends SrtpKey {
  tag: string;
}

/** The lines that we can do, in the far side's order. */
export function readCrypto(attributes: readonly string[]): CryptoLine[] {
  return attributes.flatMap((attribute) => readLine(attribute) ?? []);
}

export const writeCrypto = ({ tag, suite, master }: CryptoLine): string =>
  `a=crypto:${tag} ${suite} inline:${master.toString("base64")}`;

/** One line for each suite, the stronger first. */
export const newCrypto = (): CryptoLine[] =>
  suites.map((suite, i) => ({ tag: String(i + 1), ...newKey(suite) }));

export const newKey = (suite: SrtpSuite): SrtpKey => ({ suite, master: randomBytes(masterBytes) });

/** Null for suites and parameters that we do not do: such a line must not be taken (section 6.3). */
function readLine(attribute: string): CryptoLine | null {
  const found = /^crypto:(\d{1,9}) (\S+) inline:([A-Za-z0-9+/]{40}={0,2})(\S*)( .*)?$/.exec(
    attribute,
  );
  if (found === null) return null;
  const [, tag = "", name = "", key = "", rest = "", parameters = ""] = found;
  const suite = suites.find((known) => known === name);
  const master = Buffer.from(key, "base64");
  // A lifetime is only told; a master key identifier or a second key would change the packets.
  const isPlain = /^(\|(2\^\d{1,2}|\d{1,15}))?$/.test(rest) && parameters.trim() === "";
  return suite === undefined || master.length !== masterBytes || !isPlain
    ? null
    : { tag, suite, master };
}

const suites = Object.keys(tagBytesOf) as SrtpSuite[];
