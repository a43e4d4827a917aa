// A self-signed certificate for tests only: localhost, sip.example.com, 127.0.0.1 and ::1, until 2126.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TlsFiles } from "../transport/tls-files.ts";

export const testCert = `
-----BEGIN CERTIFICATE-----
MIIBvzCCAWagAwIBAgIUIJSsv4RQG2OCR6Uy5dfeIHKgjQ4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDE2MTgxM1oYDzIxMjYxMDMx
MTYxODEzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATOFbEiX3Nkp+YBqCBXi5tMzcLKmeq7P8DfJDE58maL7S8KaeTwv258
l8HYSk5TijNKthlffCXMsX/VYShV28i4o4GTMIGQMB0GA1UdDgQWBBSZ+0pddxRC
CZAc7FeBGnwhiijoQjAfBgNVHSMEGDAWgBSZ+0pddxRCCZAc7FeBGnwhiijoQjAP
BgNVHRMBAf8EBTADAQH/MD0GA1UdEQQ2MDSCCWxvY2FsaG9zdIIPc2lwLmV4YW1w
bGUuY29thwR/AAABhxAAAAAAAAAAAAAAAAAAAAABMAoGCCqGSM49BAMCA0cAMEQC
IE11a+nkSq+vQt2I1NhRFUN7EgcwKAId684+HQKsJivcAiAt3QdsQDiFzB1QX72c
c4Fa05Ogt+vPUDyAe29E3y5/IQ==
-----END CERTIFICATE-----
`;

export const testKey = `
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgN0dnxFOHvGyewRl3
1i2ClBe+JWKs/xFwfVwocL0SYg6hRANCAATOFbEiX3Nkp+YBqCBXi5tMzcLKmeq7
P8DfJDE58maL7S8KaeTwv258l8HYSk5TijNKthlffCXMsX/VYShV28i4
-----END PRIVATE KEY-----
`;

/** What replaces it when a certificate is renewed: CN renewed. */
export const renewedCert = `
-----BEGIN CERTIFICATE-----
MIIBmDCCAT2gAwIBAgIUe2At68dijmGY7MutZ29zOp/gCnEwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHcmVuZXdlZDAgFw0yNjExMjQxOTIwNTFaGA8yMTI2MTAzMTE5
MjA1MVowEjEQMA4GA1UEAwwHcmVuZXdlZDBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABHOyOxNM8eklcEYkU1zGVUSg3uvWJgcxbREc/7NfMca3AZidaYNysTC6uKCG
GRMpFCfm9CBrIc2jmYEMbs0x1cejbzBtMB0GA1UdDgQWBBTjGsEApHRd9TxNlV+T
W9mPftF26zAfBgNVHSMEGDAWgBTjGsEApHRd9TxNlV+TW9mPftF26zAPBgNVHRMB
Af8EBTADAQH/MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAKBggqhkjOPQQD
AgNJADBGAiEA1kIPed/xY3jR+C3yMVqiOudG0K4yeqXzbSeioERSAZ8CIQCuaq3R
kus1fY8USU49Vt0Wot52iszyJydODBcyD8F/nw==
-----END CERTIFICATE-----
`;

export const renewedKey = `
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgenJ8mtAp5Hdr87zX
wLBWDfUtN/dmEJj1Y54H1mWg+2qhRANCAARzsjsTTPHpJXBGJFNcxlVEoN7r1iYH
MW0RHP+zXzHGtwGYnWmDcrEwurighhkTKRQn5vQgayHNo5mBDG7NMdXH
-----END PRIVATE KEY-----
`;

/** The pair as files; `remove` takes them away. */
export function testTlsFiles(): TlsFiles & { remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), "rexian-tls-"));
  const keyFile = join(dir, "key.pem");
  const certFile = join(dir, "cert.pem");
  writeFileSync(keyFile, testKey, { mode: 0o600 });
  writeFileSync(certFile, testCert);
  const remove = () => rmSync(dir, { recursive: true, force: true });
  return { keyFile, certFile, chainFile: null, caFile: certFile, remove };
}
