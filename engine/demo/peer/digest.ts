// Digest authentication of a client (RFC 7616, RFC 8760): MD5 and SHA-256, with and without qop.
import { createHash } from "node:crypto";

export type Credentials = Readonly<{ username: string; password: string }>;

export type DigestRequest = Readonly<{
  /** Value of WWW-Authenticate or Proxy-Authenticate. */
  challenge: string;
  credentials: Credentials;
  method: string;
  uri: string;
  /** Client nonce; needed with `qop`. */
  cnonce: string;
  /** How often this nonce was used, this time included; 1 when left out. */
  nonceCount?: number;
}>;

function field(challenge: string, name: string): string | null {
  const match = new RegExp(`(?:^|[\\s,])${name}\\s*=\\s*(?:"([^"]*)"|([^\\s,"]+))`, "i").exec(
    challenge,
  );
  return match?.[1] ?? match?.[2] ?? null;
}

/** Value of Authorization or Proxy-Authorization; null when the scheme is not understood. */
export function digestAuthorization(request: DigestRequest): string | null {
  const { challenge, credentials, method, uri, cnonce, nonceCount = 1 } = request;
  if (!/^digest\s/i.test(challenge)) return null;
  const realm = field(challenge, "realm") ?? "";
  const nonce = field(challenge, "nonce") ?? "";
  const algorithm = field(challenge, "algorithm") ?? "MD5";
  const hashName = { MD5: "md5", "SHA-256": "sha256" }[algorithm.toUpperCase()];
  if (hashName === undefined) return null;
  const hash = (text: string) => createHash(hashName).update(text).digest("hex");
  const qops = field(challenge, "qop")?.split(",") ?? [];
  const qop = qops.some((offered) => offered.trim() === "auth") ? "auth" : null;
  const ha1 = hash(`${credentials.username}:${realm}:${credentials.password}`);
  const ha2 = hash(`${method}:${uri}`);
  const count = nonceCount.toString(16).padStart(8, "0");
  const response = hash(
    qop === null ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${count}:${cnonce}:${qop}:${ha2}`,
  );
  const parts = [
    `username="${credentials.username}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
    `response="${response}"`,
    `algorithm=${algorithm}`,
  ];
  if (qop !== null) parts.push(`qop=${qop}`, `nc=${count}`, `cnonce="${cnonce}"`);
  const opaque = field(challenge, "opaque");
  if (opaque !== null) parts.push(`opaque="${opaque}"`);
  return `Digest ${parts.join(", ")}`;
}
