import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { createDtlsCertificate } from "./dtls-certificate.ts";

test("is a certificate signed by its own key, and the fingerprint is its own", () => {
  const { certificatePem, keyPem, fingerprint } = createDtlsCertificate();
  const certificate = new X509Certificate(certificatePem);
  expect({
    subject: certificate.subject,
    issuer: certificate.issuer,
    isSelfSigned: certificate.verify(certificate.publicKey),
    isOfThisKey: certificate.checkPrivateKey(createPrivateKey(keyPem)),
    isValidNow: new Date(certificate.validFrom).getTime() < Date.now(),
    validTo: certificate.validTo,
    curve: certificate.publicKey.asymmetricKeyDetails,
  }).toEqual({
    subject: "CN=rexian",
    issuer: "CN=rexian",
    isSelfSigned: true,
    isOfThisKey: true,
    isValidNow: true,
    validTo: "Dec 31 23:59:59 9999 GMT",
    curve: { namedCurve: "prime256v1" },
  });
  expect(fingerprint).toBe(`sha-256 ${certificate.fingerprint256}`);
});

test("each start has its own", () => {
  const [one, other] = [createDtlsCertificate(), createDtlsCertificate()];
  expect(one.fingerprint).not.toBe(other.fingerprint);
  expect(new X509Certificate(one.certificatePem).serialNumber).not.toBe(
    new X509Certificate(other.certificatePem).serialNumber,
  );
});
