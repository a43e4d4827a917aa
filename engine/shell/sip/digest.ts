// HTTP digest for SIP (RFC 7616, RFC 8760): challenges with stateless nonces, and their answers.
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Ms } from "../../core/ids.ts";

export type DigestAlgorithm = "SHA-256" | "MD5";

/** The parts of an Authorization header that matter here. */
export type DigestCredentials = Readonly<{
  username: string;
  realm: string;
  nonce: string;
  uri: string;
  response: string;
  algorithm: DigestAlgorithm;
  nc: string;
  cnonce: string;
}>;

type DigestVerdict = "ok" | "stale" | "replayed" | "wrong";

/** Null for what is no digest with `qop=auth` in an algorithm of ours. */
export function parseDigest(header: string | undefined): DigestCredentials | null {
  const fields = digestFields(header);
  if (fields === null) return null;
  const algorithm = toAlgorithm(fields.get("algorithm") ?? "MD5");
  const field = (name: string) => fields.get(name) ?? "";
  const nc = field("nc").toLowerCase();
  if (algorithm === null || field("qop").toLowerCase() !== "auth") return null;
  if (!/^[0-9a-f]{8}$/.test(nc)) return null;
  const credentials = {
    username: field("username"),
    realm: field("realm"),
    nonce: field("nonce"),
    uri: field("uri"),
    response: field("response").toLowerCase(),
    algorithm,
    nc,
    cnonce: field("cnonce"),
  };
  return Object.values(credentials).every((value) => value !== "") ? credentials : null;
}

/** The named values of a challenge or an answer, names in lower case; null for another scheme. */
export function digestFields(header: string | undefined): ReadonlyMap<string, string> | null {
  if (header === undefined || header.length > headerCharsMax) return null;
  const scheme = /^\s*Digest\s+/i.exec(header);
  if (scheme === null) return null;
  const fields = new Map<string, string>();
  const pattern = /([A-Za-z]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s,"]+)/g;
  for (const [, name = "", value = ""] of header.slice(scheme[0].length).matchAll(pattern)) {
    const plain = value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
    fields.set(name.toLowerCase(), plain);
  }
  return fields;
}

/** Several challenges or answers in one value, as srf joins repeated headers. */
export const splitDigests = (header: string): string[] =>
  header.split(/,\s*(?=Digest\s)/i).slice(0, 4);

/** Of several Authorization headers the one for our realm (RFC 3261 22.4); srf joins them. */
export function digestFor(
  req: Readonly<{ get(name: string): string | undefined }>,
  realm: string,
): DigestCredentials | null {
  const header = req.get("authorization") ?? "";
  const digests = splitDigests(header)
    .map((part) => parseDigest(part))
    .filter((digest) => digest !== null);
  return digests.find((digest) => digest.realm === realm) ?? digests[0] ?? null;
}

/** The value of `response` (RFC 7616 3.4.1) for `qop=auth`. */
export function digestResponse(
  credentials: Omit<DigestCredentials, "response">,
  request: Readonly<{ method: string; secret: string }>,
): string {
  const { algorithm, username, realm, nonce, nc, cnonce, uri } = credentials;
  const a1 = digestHash(algorithm, `${username}:${realm}:${request.secret}`);
  const a2 = digestHash(algorithm, `${request.method}:${uri}`);
  return digestHash(algorithm, `${a1}:${nonce}:${nc}:${cnonce}:auth:${a2}`);
}

export type DigestAuthority = Readonly<{
  /** One WWW-Authenticate value per algorithm, in the order given. */
  challenges(
    challenge: Readonly<{ algorithms: readonly DigestAlgorithm[]; stale: boolean; nowMs: Ms }>,
  ): readonly string[];
  verify(
    credentials: DigestCredentials,
    request: Readonly<{ method: string; secret: string; nowMs: Ms }>,
  ): DigestVerdict;
}>;

export type DigestAuthorityOptions = Readonly<{
  realm: string;
  nonceLifeMs?: Ms;
  /** Nonces whose counters are remembered at once. */
  noncesMax?: number;
}>;

/**
 * Nonces carry their time and an HMAC under a key of this process, so challenges cost no memory.
 * Only nonces that were answered rightly are remembered, for their `nc`, until they end.
 */
export function createDigestAuthority(options: DigestAuthorityOptions): DigestAuthority {
  const { realm, nonceLifeMs = 60_000, noncesMax = 10_000 } = options;
  const key = randomBytes(32);
  const counters = new Map<string, { nc: number; endsAtMs: Ms }>();

  const sign = (head: string) => createHmac("sha256", key).update(head).digest("base64url");

  function isFresh(nonce: string, nowMs: Ms): boolean {
    const [time = "", random = "", mac = "", ...rest] = nonce.split(".");
    if (rest.length > 0 || !isEqual(mac, sign(`${time}.${random}`))) return false;
    const ageMs = nowMs - Number.parseInt(time, 36);
    return ageMs >= 0 && ageMs <= nonceLifeMs;
  }

  function countUse({ nonce, nc }: DigestCredentials, nowMs: Ms): boolean {
    const count = Number.parseInt(nc, 16);
    const seen = counters.get(nonce);
    if (seen !== undefined && count <= seen.nc) return false;
    // Insertion order is nearly age: what ended goes, then the oldest.
    for (const [old, { endsAtMs }] of counters) {
      if (endsAtMs > nowMs && counters.size < noncesMax) break;
      counters.delete(old);
    }
    counters.set(nonce, { nc: count, endsAtMs: nowMs + nonceLifeMs });
    return true;
  }

  return {
    challenges({ algorithms, stale, nowMs }) {
      const head = `${Math.floor(nowMs).toString(36)}.${randomBytes(9).toString("base64url")}`;
      const nonce = `${head}.${sign(head)}`;
      return algorithms.map(
        (algorithm) =>
          `Digest realm="${realm}", nonce="${nonce}", algorithm=${algorithm}, qop="auth"` +
          (stale ? ", stale=true" : ""),
      );
    },
    verify(credentials, { method, secret, nowMs }) {
      const expected = digestResponse(credentials, { method, secret });
      // Compared before all else, so that the time taken says nothing about the nonce.
      const isRight = isEqual(credentials.response, expected) && credentials.realm === realm;
      if (!isRight) return "wrong";
      if (!isFresh(credentials.nonce, nowMs)) return "stale";
      return countUse(credentials, nowMs) ? "ok" : "replayed";
    },
  };
}

export function toAlgorithm(name: string): DigestAlgorithm | null {
  const upper = name.toUpperCase();
  return upper === "SHA-256" || upper === "MD5" ? upper : null;
}

export function digestHash(algorithm: DigestAlgorithm, text: string): string {
  return createHash(algorithm === "MD5" ? "md5" : "sha256")
    .update(text)
    .digest("hex");
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const headerCharsMax = 2_048;
