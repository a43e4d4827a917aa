// Session keys of SRTP (RFC 3711 section 4.3) for the two suites that SDES trunks use.
import { createCipheriv } from "node:crypto";

export type SrtpSuite = "AES_CM_128_HMAC_SHA1_80" | "AES_CM_128_HMAC_SHA1_32";

/** Master key and salt, as the `inline:` of SDES has them. */
export const masterBytes = 30;

/** Bytes of the authentication tag of RTP; RTCP's is always ten (RFC 4568 section 6.2). */
export const tagBytesOf: Readonly<Record<SrtpSuite, number>> = {
  AES_CM_128_HMAC_SHA1_80: 10,
  AES_CM_128_HMAC_SHA1_32: 4,
};

export interface SessionKeys {
  cipherKey: Buffer;
  authKey: Buffer;
  /** 14 bytes. */
  salt: Buffer;
}

/** Derived once, at key derivation rate 0. */
export function sessionKeys(master: Buffer, kind: "rtp" | "rtcp"): SessionKeys {
  const first = kind === "rtp" ? 0 : 3;
  return {
    cipherKey: derive(master, first, 16),
    authKey: derive(master, first + 1, 20),
    salt: derive(master, first + 2, 14),
  };
}

/** The key stream of AES in counter mode from `master` and the label (RFC 3711 section 4.3.3). */
export function derive(master: Buffer, label: number, bytes: number): Buffer {
  const counter = Buffer.alloc(16);
  master.copy(counter, 0, 16, masterBytes);
  counter[7] = (counter[7] as number) ^ label;
  const cipher = createCipheriv("aes-128-ctr", master.subarray(0, 16), counter);
  return cipher.update(Buffer.alloc(bytes));
}
