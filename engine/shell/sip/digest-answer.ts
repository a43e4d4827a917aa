// Our answer to a digest challenge of a trunk (RFC 3261 22.2 and 22.3, RFC 7616, RFC 8760).
import { randomBytes } from "node:crypto";
import {
  type DigestAlgorithm,
  digestFields,
  digestHash,
  digestResponse,
  splitDigests,
  toAlgorithm,
} from "./digest.ts";
import type { SrfHeaders, SrfResponse } from "./srf-types.ts";

export type TrunkCredentials = Readonly<{ username: string; password: string }>;

type Challenge = Readonly<{
  algorithm: DigestAlgorithm;
  realm: string;
  nonce: string;
  opaque: string | undefined;
  hasQop: boolean;
  stale: boolean;
}>;

/**
 * The header that a request must be repeated with; null when the response is no challenge that we
 * can answer. `answered`: this request had brought an answer already; then the credentials are wrong,
 * unless the challenge says that only the nonce was too old.
 */
export function answerChallenge(
  response: Pick<SrfResponse, "status" | "get">,
  request: Readonly<{
    method: string;
    uri: string;
    credentials: TrunkCredentials;
    answered: boolean;
  }>,
): SrfHeaders | null {
  const names = headerNames[response.status];
  const challenge = names === undefined ? null : firstOf(response.get(names.challenge));
  if (names === undefined || challenge === null) return null;
  if (request.answered && !challenge.stale) return null;
  return { [names.answer]: authorization(challenge, request) };
}

const headerNames: Readonly<Record<number, { challenge: string; answer: string }>> = {
  401: { challenge: "www-authenticate", answer: "Authorization" },
  407: { challenge: "proxy-authenticate", answer: "Proxy-Authorization" },
};

/** The first one in an algorithm of ours: the server's order is its preference (RFC 8760 2.3). */
function firstOf(header: string | undefined): Challenge | null {
  for (const part of splitDigests(header ?? "")) {
    const fields = digestFields(part);
    const algorithm = toAlgorithm(fields?.get("algorithm") ?? "MD5");
    const [realm, nonce, qop] = [fields?.get("realm"), fields?.get("nonce"), fields?.get("qop")];
    if (fields === null || algorithm === null || realm === undefined || !nonce) continue;
    const qops = qop?.toLowerCase().split(/\s*,\s*/);
    if (qops?.includes("auth") === false) continue;
    return {
      ...{ algorithm, realm, nonce },
      opaque: fields.get("opaque"),
      hasQop: qops !== undefined,
      stale: fields.get("stale")?.toLowerCase() === "true",
    };
  }
  return null;
}

function authorization(
  { algorithm, realm, nonce, opaque, hasQop }: Challenge,
  request: Readonly<{ method: string; uri: string; credentials: TrunkCredentials }>,
): string {
  const { method, uri } = request;
  const { username, password: secret } = request.credentials;
  const given = { algorithm, username, realm, nonce, uri, nc: "00000001", cnonce: newCnonce() };
  const response = hasQop
    ? digestResponse(given, { method, secret })
    : // A server of RFC 2069 (RFC 3261 22.4, item 8).
      digestHash(
        algorithm,
        `${digestHash(algorithm, `${username}:${realm}:${secret}`)}:${nonce}:${digestHash(algorithm, `${method}:${uri}`)}`,
      );
  const quoted = Object.entries({ username, realm, nonce, uri, response }).map(quote);
  const rest = hasQop ? ["qop=auth", `nc=${given.nc}`, quote(["cnonce", given.cnonce])] : [];
  const echoed = opaque === undefined ? [] : [quote(["opaque", opaque])];
  return `Digest ${[...quoted, `algorithm=${algorithm}`, ...rest, ...echoed].join(", ")}`;
}

const quote = ([name, value]: readonly [string, string]): string =>
  `${name}="${value.replace(/["\\]/g, "\\$&")}"`;

const newCnonce = (): string => randomBytes(12).toString("hex");
