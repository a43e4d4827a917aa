import { describe, expect, it } from "vitest";
import {
  createDigestAuthority,
  type DigestAlgorithm,
  type DigestCredentials,
  digestResponse,
  parseDigest,
} from "./digest.ts";

describe("the examples of RFC 7616 3.9.1", () => {
  const header = (algorithm: string, response: string) =>
    'Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", ' +
    `algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, ` +
    'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, ' +
    `response="${response}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;

  it.each([
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ])("%s", (algorithm, response) => {
    const credentials = parseDigest(header(algorithm, response));
    expect(credentials).not.toBeNull();
    if (credentials === null) return;
    const request = { method: "GET", secret: "Circle of Life" };
    expect(digestResponse(credentials, request)).toBe(response);
  });
});

describe("reading an Authorization header", () => {
  it.each([
    ["no header", undefined],
    ["another scheme", "Basic dXNlcjpwYXNz"],
    ["no qop (RFC 2069)", 'Digest username="a", realm="r", nonce="n", uri="u", response="x"'],
    ["an algorithm that we do not offer", digestHeader({ algorithm: "SHA-512-256" })],
    ["a counter that is none", digestHeader({ nc: "1" })],
    ["an empty user", digestHeader({ username: "" })],
    ["more than 2 kB", digestHeader({ username: "a".repeat(3_000) })],
    ["an open quote", 'Digest username="a'],
  ])("refuses %s", (_why, header) => {
    expect(parseDigest(header)).toBeNull();
  });

  it("takes quoted pairs and any case", () => {
    expect(
      parseDigest(digestHeader({ username: 'o\\"x', algorithm: "md5", nc: "0000000A" })),
    ).toEqual({
      username: 'o"x',
      realm: "r",
      nonce: "n",
      uri: "sip:r",
      response: "abcd",
      algorithm: "MD5",
      nc: "0000000a",
      cnonce: "c",
    });
  });
});

describe("verifying an answer", () => {
  const request = { method: "REGISTER", secret: "s3cret" };

  it("offers each algorithm with the same nonce, in the order given", () => {
    const authority = createDigestAuthority({ realm: "rexian" });
    const challenge = { algorithms: ["SHA-256", "MD5"] as const, stale: true, nowMs: 1_000 };
    const values = authority
      .challenges(challenge)
      .map((value) => value.replace(/nonce="[^"]+"/, 'nonce="…"'));
    expect(values).toEqual([
      'Digest realm="rexian", nonce="…", algorithm=SHA-256, qop="auth", stale=true',
      'Digest realm="rexian", nonce="…", algorithm=MD5, qop="auth", stale=true',
    ]);
  });

  it.each<[string, DigestAlgorithm, Partial<DigestCredentials>, number, string, string]>([
    ["a right answer", "SHA-256", {}, 0, "s3cret", "ok"],
    ["a right answer in MD5", "MD5", {}, 60_000, "s3cret", "ok"],
    ["a nonce past its time", "MD5", {}, 60_001, "s3cret", "stale"],
    ["a clock set back", "MD5", {}, -1, "s3cret", "stale"],
    ["a nonce of another process", "MD5", { nonce: "a.b.c" }, 0, "s3cret", "stale"],
    ["another password", "MD5", {}, 0, "guess", "wrong"],
    ["another realm", "MD5", { realm: "other" }, 0, "s3cret", "wrong"],
  ])("%s", (_why, algorithm, change, laterMs, secret, verdict) => {
    const authority = createDigestAuthority({ realm: "rexian", nonceLifeMs: 60_000 });
    const nonce = nonceOf(authority, 1_000_000);
    const credentials = answer({ algorithm, nonce, ...change }, { ...request, secret });
    const nowMs = 1_000_000 + laterMs;
    expect(authority.verify(credentials, { ...request, nowMs })).toBe(verdict);
  });

  it("takes each counter of a nonce once, and only upwards", () => {
    const authority = createDigestAuthority({ realm: "rexian" });
    const nonce = nonceOf(authority, 0);
    const use = (nc: string) =>
      authority.verify(answer({ algorithm: "MD5", nonce, nc }, request), { ...request, nowMs: 1 });
    expect(["00000001", "00000001", "00000003", "00000002", "00000004"].map(use)).toEqual([
      "ok",
      "replayed",
      "ok",
      "replayed",
      "ok",
    ]);
  });

  it("remembers no more nonces than it may", () => {
    const authority = createDigestAuthority({ realm: "rexian", noncesMax: 2 });
    const verdicts = Array.from({ length: 5 }, () => {
      const nonce = nonceOf(authority, 0);
      const credentials = answer({ algorithm: "MD5", nonce }, request);
      return authority.verify(credentials, { ...request, nowMs: 1 });
    });
    expect(verdicts).toEqual(["ok", "ok", "ok", "ok", "ok"]);
  });
});

function nonceOf(authority: ReturnType<typeof createDigestAuthority>, nowMs: number): string {
  const [value = ""] = authority.challenges({ algorithms: ["MD5"], stale: false, nowMs });
  return /nonce="([^"]+)"/.exec(value)?.[1] ?? "";
}

function answer(
  change: Partial<DigestCredentials>,
  request: { method: string; secret: string },
): DigestCredentials {
  const credentials: DigestCredentials = {
    username: "1001",
    realm: "rexian",
    nonce: "",
    uri: "sip:rexian",
    response: "",
    algorithm: "MD5",
    nc: "00000001",
    cnonce: "abc",
    ...change,
  };
  return { ...credentials, response: digestResponse(credentials, request) };
}

function digestHeader(change: Record<string, string>): string {
  const fields = { username: "1001", algorithm: "MD5", nc: "00000001", ...change };
  const { username, algorithm, nc } = fields;
  return (
    `Digest username="${username}", realm="r", nonce="n", uri="sip:r", response="ABCD", ` +
    `algorithm=${algorithm}, cnonce="c", nc=${nc}, qop=auth`
  );
}
