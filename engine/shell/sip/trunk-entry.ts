// Which trunk a new INVITE belongs to and whether it may come in: source, transport, digest, number.
import type { TrunkId } from "../../core/ids.ts";
import type { EngineClock } from "../ports.ts";
import { type CallIdentity, identityOf, numberOfUri, shownIdentityOf } from "./call-identity.ts";
import type { TelephonyCounters } from "./counters.ts";
import { createDigestAuthority, type DigestAlgorithm, digestFor } from "./digest.ts";
import type { ResponseOptions } from "./edge-link.ts";
import { createFailureLimiter } from "./failure-limiter.ts";
import { viaTransport } from "./sip-headers.ts";
import type { SrfRequest } from "./srf-types.ts";
import { mediaOf, type TrunkMedia } from "./trunk-media.ts";
import { createTrunkSources, type TrunkSource } from "./trunk-sources.ts";

export type TrunkEntry = Readonly<{
  enter(req: SrfRequest): Entered;
  configure(trunks: readonly TrunkSource[]): void;
}>;

export type Entered =
  | Readonly<{ ok: true; trunkId: TrunkId; identity: CallIdentity; media: TrunkMedia }>
  | (Readonly<{ ok: false; status: number; counter: keyof TelephonyCounters }> & ResponseOptions);

/** Phones of exchanges know MD5; who knows SHA-256 takes the second (RFC 8760 2.3). */
const algorithms: readonly DigestAlgorithm[] = ["MD5", "SHA-256"];

export function createTrunkEntry(options: {
  trunks: readonly TrunkSource[];
  realm: string;
  clock: EngineClock;
  onBadEntry: (trunkId: TrunkId, entry: string) => void;
}): TrunkEntry {
  const { realm, clock, onBadEntry } = options;
  const authority = createDigestAuthority({ realm });
  const perSource = createFailureLimiter({ failuresMax: 20, windowMs: 60_000, keysMax: 20_000 });
  let sources = createTrunkSources(options.trunks, onBadEntry);

  function challenge(stale: boolean): Entered {
    const nowMs = clock.nowMs();
    // Challenges must not share a line (RFC 3261 20.44), and srf knows no repeated headers.
    const value = authority.challenges({ algorithms, stale, nowMs }).join("\r\nWWW-Authenticate: ");
    const headers = { "WWW-Authenticate": value };
    return { ok: false, status: 401, counter: "invitesChallenged", headers };
  }

  /** Null when the digest is right. */
  function authenticate(
    req: SrfRequest,
    { username, password }: NonNullable<TrunkSource["credentials"]>,
  ): Entered | null {
    const nowMs = clock.nowMs();
    const source = req.source_address;
    if (perSource.isBlocked(source, nowMs)) {
      const headers = { "Retry-After": "30" };
      return { ok: false, status: 503, counter: "invitesLimited", headers };
    }
    const given = digestFor(req, realm);
    if (given === null) return challenge(false);
    const verdict = authority.verify(given, { method: "INVITE", secret: password, nowMs });
    if (given.username !== username || verdict === "wrong") {
      perSource.fail(source, nowMs);
      return forbidden("wrong credentials");
    }
    return verdict === "ok" ? null : challenge(verdict === "stale");
  }

  return {
    enter(req) {
      const trunk = sources.trunkOf(req.source_address, viaTransport(req.get("via")));
      // Agents too: they call from their desk, where their rights are checked.
      if (trunk === null) return forbidden("no trunk calls from here");
      const refused = trunk.credentials ? authenticate(req, trunk.credentials) : null;
      if (refused !== null) return refused;
      const { numbers, trustIdentity = true } = trunk;
      if (numbers !== undefined && !numbers.includes(numberOfUri(req.uri))) {
        return forbidden("number not allowed over this trunk");
      }
      const identity = trustIdentity ? identityOf(req) : shownIdentityOf(req);
      return { ok: true, trunkId: trunk.id, identity, media: mediaOf(trunk) };
    },
    configure(trunks) {
      sources = createTrunkSources(trunks, onBadEntry);
    },
  };
}

export function forbidden(why: string): Extract<Entered, { ok: false }> {
  const headers = { Warning: `399 rexian "${why}"` };
  return { ok: false, status: 403, counter: "invitesForbidden", headers };
}
