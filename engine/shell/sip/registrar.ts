// The registrar (RFC 3261 10.3) for agents' devices: digest, one binding per agent, the newest wins.
// The edge keeps the connection of a browser for as long as our 200 says.
import type { CentreEvent } from "../../core/event.ts";
import type { AgentId, Ms } from "../../core/ids.ts";
import type { EngineClock, SipCredentials } from "../ports.ts";
import type { TelephonyCounters } from "./counters.ts";
import { createDigestAuthority, type DigestAlgorithm, digestFor } from "./digest.ts";
import type { ResponseOptions } from "./edge-link.ts";
import { createFailureLimiter } from "./failure-limiter.ts";
import { parseNameAddr, parseSipUri, splitValues, viaTransport } from "./sip-headers.ts";
import type { SrfRequest } from "./srf-types.ts";

export type DeviceKind = "browser" | "phone" | "fixed";

export type RegistrarOptions = Readonly<{
  realm: string;
  credentials: SipCredentials;
  /** What an agent's calls go to; null for who is no agent. */
  deviceOf(agentId: AgentId): DeviceKind | null;
  clock: EngineClock;
  counters: TelephonyCounters;
  post(event: CentreEvent): void;
}>;

type RegisterReply = Readonly<{ status: number }> & ResponseOptions;

/** The parts of a REGISTER that are read. */
export type RegisterRequest = Pick<SrfRequest, "get" | "source_address" | "source_port">;

export type Registrar = Readonly<{
  register(req: RegisterRequest): RegisterReply;
  /** The edge lost the connection to this contact: the binding is worth nothing any more. */
  forget(agentId: AgentId, contact: string): void;
  /** Bindings that have not ended. */
  count(): number;
}>;

type Binding = Readonly<{ contact: string; expiresAtMs: Ms }>;
type Wanted = Readonly<{ uri: string; seconds: number }>;

export function createRegistrar(options: RegistrarOptions): Registrar {
  const { credentials, clock, counters, deviceOf, post } = options;
  const authority = createDigestAuthority({ realm: options.realm });
  // Browsers may all come through one proxy's address: the limit per address is a wide one.
  const perUser = createFailureLimiter({ failuresMax: 10, windowMs: 60_000, keysMax: 20_000 });
  const perSource = createFailureLimiter({ failuresMax: 200, windowMs: 60_000, keysMax: 20_000 });
  const bindings = new Map<AgentId, Binding>();

  function challenge(req: RegisterRequest, stale: boolean): RegisterReply {
    counters.registersChallenged += 1;
    const challenges = authority.challenges({
      algorithms: algorithmsFor(viaTransport(req.get("via"))),
      stale,
      nowMs: clock.nowMs(),
    });
    // Challenges must not share a line (RFC 3261 20.44), and srf knows no repeated headers.
    const value = challenges.join("\r\nWWW-Authenticate: ");
    return { status: 401, headers: { "WWW-Authenticate": value } };
  }

  function refuse(status: number): RegisterReply {
    counters.registersRefused += 1;
    return { status };
  }

  function register(req: RegisterRequest): RegisterReply {
    const nowMs = clock.nowMs();
    const user = parseSipUri(parseNameAddr(req.get("to"))?.uri ?? "")?.user ?? "";
    const source = req.source_address;
    const userKey = `${source}|${user.slice(0, 64)}`;
    if (perUser.isBlocked(userKey, nowMs) || perSource.isBlocked(source, nowMs)) {
      counters.registersLimited += 1;
      return { status: 503, headers: { "Retry-After": "30" } };
    }
    if (req.get("authorization") === undefined) return challenge(req, false);
    const given = digestFor(req, options.realm);
    if (given === null) return challenge(req, false);
    const secret = user === "" ? null : credentials.secretOf(user);
    const kind = secret === null ? null : deviceOf(user);
    const verdict = authority.verify(given, {
      method: "REGISTER",
      // As much work for unknown users as for known ones.
      secret: secret ?? "",
      nowMs,
    });
    if (secret === null || kind === null || given.username !== user || verdict === "wrong") {
      perUser.fail(userKey, nowMs);
      perSource.fail(source, nowMs);
      return refuse(403);
    }
    if (verdict !== "ok") return challenge(req, verdict === "stale");
    perUser.forget(userKey);
    return bind(req, { agentId: user, nowMs });
  }

  function bind(
    req: RegisterRequest,
    { agentId, nowMs }: Readonly<{ agentId: AgentId; nowMs: Ms }>,
  ): RegisterReply {
    const isBrowser = isWebSocket(req);
    const wanted = wantedContact(req);
    if (wanted === "bad") return refuse(400);
    if (wanted === "none") return accept(agentId, nowMs);
    if (wanted === "all" || wanted.seconds === 0) {
      return unbind(agentId, {
        contact: wanted === "all" ? null : contactOf(req, wanted.uri),
        nowMs,
      });
    }
    const [minSeconds, maxSeconds] = isBrowser ? [0, 120] : [60, 3_600];
    if (wanted.seconds < minSeconds) {
      counters.registersRefused += 1;
      return { status: 423, headers: { "Min-Expires": String(minSeconds) } };
    }
    const seconds = Math.min(wanted.seconds, maxSeconds);
    const contact = contactOf(req, wanted.uri);
    const expiresAtMs = nowMs + seconds * 1_000;
    bindings.set(agentId, { contact, expiresAtMs });
    counters.registersAccepted += 1;
    post({ type: "deviceBound", agentId, contact, expiresAtMs });
    // The contact as it came: the edge finds the connection by it.
    const headers = { Contact: `<${wanted.uri}>;expires=${seconds}`, Expires: String(seconds) };
    return { status: 200, headers };
  }

  function unbind(
    agentId: AgentId,
    { contact, nowMs }: Readonly<{ contact: string | null; nowMs: Ms }>,
  ): RegisterReply {
    const binding = bindings.get(agentId);
    // The late good-bye of an old page must not take the device of the new one.
    if (contact !== null && binding !== undefined && binding.contact !== contact) {
      return accept(agentId, nowMs);
    }
    bindings.delete(agentId);
    counters.registersAccepted += 1;
    post({ type: "deviceUnbound", agentId });
    return { status: 200, headers: { Expires: "0" } };
  }

  /** 200 with what is bound (RFC 3261 10.3 step 8). */
  function accept(agentId: AgentId, nowMs: Ms): RegisterReply {
    counters.registersAccepted += 1;
    const binding = bindings.get(agentId);
    const seconds = binding === undefined ? 0 : Math.floor((binding.expiresAtMs - nowMs) / 1_000);
    if (binding === undefined || seconds <= 0) return { status: 200 };
    return { status: 200, headers: { Contact: `<${binding.contact}>;expires=${seconds}` } };
  }

  return {
    register,
    forget(agentId, contact) {
      if (bindings.get(agentId)?.contact !== contact) return;
      bindings.delete(agentId);
      post({ type: "deviceUnbound", agentId });
    },
    count() {
      const nowMs = clock.nowMs();
      return [...bindings.values()].filter(({ expiresAtMs }) => expiresAtMs > nowMs).length;
    },
  };
}

/**
 * Both, MD5 first although RFC 8760 2.3 puts the preferred one on top: phones that know MD5 only
 * look at the first challenge and give up. Browsers' SIP library gives up at a second one too.
 */
function algorithmsFor(transport: string): readonly DigestAlgorithm[] {
  return transport === "ws" || transport === "wss" ? ["MD5"] : ["MD5", "SHA-256"];
}

function isWebSocket(req: RegisterRequest): boolean {
  return ["ws", "wss"].includes(viaTransport(req.get("via")));
}

/** The contact that the REGISTER is about; an agent has one, so the first that is to stay counts. */
function wantedContact(req: RegisterRequest): Wanted | "all" | "none" | "bad" {
  const values = splitValues(req.get("contact"));
  const header = req.get("expires");
  const defaultSeconds = header === undefined ? 3_600 : toSeconds(header);
  if (values.length === 0) return "none";
  if (values[0] === "*") return defaultSeconds === 0 && values.length === 1 ? "all" : "bad";
  const contacts: Wanted[] = [];
  for (const value of values) {
    const parsed = parseNameAddr(value);
    const uri = parsed === null ? null : parseSipUri(parsed.uri);
    if (parsed === null || uri === null || uri.scheme === "tel" || !isPlain(parsed.uri))
      return "bad";
    const own = parsed.params.get("expires");
    const seconds = own === undefined ? defaultSeconds : toSeconds(own);
    if (seconds === null) return "bad";
    contacts.push({ uri: parsed.uri, seconds });
  }
  return contacts.find(({ seconds }) => seconds > 0) ?? contacts[0] ?? "bad";
}

/**
 * Where calls to the device go. A phone behind NAT says an address that nobody can reach, so over
 * UDP its source replaces it; over connections the edge finds the way by the contact itself.
 */
function contactOf(req: RegisterRequest, uri: string): string {
  const parsed = parseSipUri(uri);
  if (parsed === null || viaTransport(req.get("via")) !== "udp") return uri;
  const source = { host: req.source_address.toLowerCase(), port: req.source_port };
  if (parsed.host === source.host && (parsed.port ?? 5060) === source.port) return uri;
  const host = source.host.includes(":") ? `[${source.host}]` : source.host;
  const user = /^sips?:([^@]*@)?/i.exec(uri)?.[1] ?? "";
  return `${parsed.scheme}:${user}${host}:${source.port}${parsed.tail}`;
}

function toSeconds(text: string): number | null {
  return /^\s*[0-9]{1,10}\s*$/.test(text) ? Number(text) : null;
}

/** Nothing that would break out of the header or the name-addr that we put it in. */
function isPlain(uri: string): boolean {
  return /^[\x21-\x7e]+$/.test(uri) && !/[<>"]/.test(uri);
}
