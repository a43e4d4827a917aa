import { expect, test } from "vitest";
import { digestAuthorization } from "./digest.ts";

const nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
const opaque = "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS";

// RFC 7616 section 3.9.1 gives both responses.
test.each([
  ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
  ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
])("%s as in RFC 7616", (algorithm, response) => {
  const value = digestAuthorization({
    challenge: `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${nonce}", opaque="${opaque}"`,
    credentials: { username: "Mufasa", password: "Circle of Life" },
    method: "GET",
    uri: "/dir/index.html",
    cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
  });
  expect(value).toBe(
    `Digest username="Mufasa", realm="http-auth@example.org", nonce="${nonce}", uri="/dir/index.html", response="${response}", algorithm=${algorithm}, qop=auth, nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", opaque="${opaque}"`,
  );
});

test("a scheme or an algorithm that is not understood gives nothing", () => {
  const request = {
    credentials: { username: "a", password: "b" },
    method: "REGISTER",
    uri: "sip:x",
    cnonce: "c",
  };
  expect(digestAuthorization({ ...request, challenge: 'Basic realm="x"' })).toBeNull();
  expect(
    digestAuthorization({ ...request, challenge: 'Digest realm="x", nonce="n", algorithm=MD4' }),
  ).toBeNull();
});
