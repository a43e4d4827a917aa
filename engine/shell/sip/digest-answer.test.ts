import { describe, expect, it } from "vitest";
import { digestFor, digestResponse } from "./digest.ts";
import { answerChallenge } from "./digest-answer.ts";

const credentials = { username: "rexian", password: "secret" };
const uri = "sip:13900000001@192.0.2.1:5062";

function answer(status: number, headers: Record<string, string>, answered = false) {
  const response = { status, get: (name: string) => headers[name] };
  return answerChallenge(response, { method: "INVITE", uri, credentials, answered });
}

const challenge = (more: string) => `Digest realm="carrier", nonce="n1"${more}`;

describe("the answer to a challenge", () => {
  it.each(["MD5", "SHA-256"] as const)("is right in %s", (algorithm) => {
    const header = challenge(`, algorithm=${algorithm}, qop="auth-int,auth", opaque="o\\"p"`);
    const value = answer(401, { "www-authenticate": header })?.["Authorization"] ?? "";
    const given = digestFor({ get: () => value }, "carrier");
    expect(given).toMatchObject({
      username: "rexian",
      nonce: "n1",
      uri,
      algorithm,
      nc: "00000001",
    });
    if (given === null) return;
    expect(given.response).toBe(digestResponse(given, { method: "INVITE", secret: "secret" }));
    expect(value).toContain('opaque="o\\"p"');
  });

  it("to a proxy has its own header", () => {
    const header = challenge(', qop="auth"');
    const given = answer(407, { "proxy-authenticate": header });
    expect(Object.keys(given ?? {})).toEqual(["Proxy-Authorization"]);
  });

  it("without qop is that of RFC 2069", () => {
    // From md5sum: rexian:carrier:secret, n1, INVITE and the URI.
    expect(answer(401, { "www-authenticate": challenge("") })).toEqual({
      Authorization: `Digest username="rexian", realm="carrier", nonce="n1", uri="${uri}", response="6bdfefd8dfde1244e9e26cfddf6960f7", algorithm=MD5`,
    });
  });

  it("takes the first algorithm that we know", () => {
    const header = `${challenge(', algorithm=SHA-512-256, qop="auth"')}, ${challenge(', algorithm=SHA-256, qop="auth"')}, ${challenge(', qop="auth"')}`;
    const value = answer(401, { "www-authenticate": header })?.["Authorization"];
    expect(value).toContain("algorithm=SHA-256,");
  });

  it.each<[string, number, Record<string, string>]>([
    ["another status", 403, { "www-authenticate": challenge("") }],
    ["no challenge", 401, {}],
    ["another scheme", 401, { "www-authenticate": 'Basic realm="carrier"' }],
    ["another qop", 401, { "www-authenticate": challenge(', qop="auth-int"') }],
    ["another algorithm", 401, { "www-authenticate": challenge(", algorithm=SHA-1") }],
    ["no nonce", 401, { "www-authenticate": 'Digest realm="carrier"' }],
  ])("is not given to %s", (_why, status, headers) => {
    expect(answer(status, headers)).toBeNull();
  });

  it("is given again only when the nonce was too old", () => {
    const header = (more: string) => ({ "www-authenticate": challenge(`, qop="auth"${more}`) });
    expect(answer(401, header(""), true)).toBeNull();
    expect(answer(401, header(", stale=true"), true)).not.toBeNull();
  });
});
