// The certificate of our side of DTLS-SRTP (RFC 5763): browsers know it by its fingerprint in SDP, so
// it is self-signed, names nobody and is made anew at each start.
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface DtlsCertificate {
  certificatePem: string;
  keyPem: string;
  /** As `a=fingerprint` says it (RFC 8122 section 5): `sha-256 AB:CD:…`. */
  fingerprint: string;
}

/** Makes a key on P-256 and its X.509 certificate (RFC 5280 section 4.1), valid from yesterday on. */
export function createDtlsCertificate(): DtlsCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(
    tlv(tag.set, sequence(oid.commonName, tlv(tag.utf8String, Buffer.from("rexian")))),
  );
  const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000).toISOString();
  const signed = sequence(
    tlv(tag.version, tlv(tag.integer, Buffer.of(2))),
    // Positive and never zero.
    tlv(tag.integer, Buffer.concat([Buffer.of(1), randomBytes(15)])),
    sequence(oid.ecdsaWithSha256),
    name,
    // The end is the one that RFC 5280 section 4.1.2.5 gives to certificates without an end.
    sequence(time(yesterday.replace(/\D/g, "").slice(0, 14)), time("99991231235959")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = sign("sha256", signed, privateKey);
  const certificate = sequence(
    signed,
    sequence(oid.ecdsaWithSha256),
    tlv(tag.bitString, Buffer.concat([Buffer.of(0), signature])),
  );
  const hash = createHash("sha256").update(certificate).digest("hex").toUpperCase();
  const base64 = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    certificatePem: `-----BEGIN CERTIFICATE-----\n${base64.join("\n")}\n-----END CERTIFICATE-----\n`,
    keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    fingerprint: `sha-256 ${hash.match(/../g)?.join(":")}`,
  };
}

/** DER (X.690): one value with its tag and length. */
function tlv(tagByte: number, value: Buffer): Buffer {
  const { length } = value;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tagByte, ...size), value]);
}

const sequence = (...values: readonly Buffer[]): Buffer => tlv(tag.sequence, Buffer.concat(values));
/** `YYYYMMDDhhmmss`, UTC: two digits of the year until 2049. */
const time = (digits: string): Buffer =>
  digits < "2050"
    ? tlv(tag.utcTime, Buffer.from(`${digits.slice(2)}Z`))
    : tlv(tag.generalizedTime, Buffer.from(`${digits}Z`));

const tag = {
  integer: 0x02,
  bitString: 0x03,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
} as const;

/** Object identifiers, encoded. */
const oid = {
  commonName: Buffer.from("0603550403", "hex"),
  ecdsaWithSha256: Buffer.from("06082a8648ce3d040302", "hex"),
} as const;
