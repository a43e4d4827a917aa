// The registrar (RFC 3261 10.3) for agents' devices: digest, several contacts for an agent. The core
// is told of the newest one only.
// The edge keeps the connection of a browser for as long as our 200 says.
import type { CentreEvent } from "../../core/event.ts";
import type { AgentId, Ms } from "../../core/ids.ts";
import type { EngineClock, SipCredentials } from "../ports.ts";
import { type Binding, Bindings, isOvertaken } from "./bindings.ts";
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
  /** True when the request comes from the very transport, address and port of a registered device. */
  isDevice(req: RegisterRequest): boolean;
  /** The edge lost the connection to this contact: the binding is worth nothing any more. */
  forget(agentId: AgentId, contact: string): void;
  /** Ends what has expired; to be called now and then. */
  sweep(): void;
  /** Bindings that have not ended. */
  count(): number;
}>;

type Wanted = Readonly<{ uri: string; seconds: number }>;

export function createRegistrar(options: RegistrarOptions): Registrar {
  const { credentials, clock, counters, deviceOf, post } = options;
  const authority = createDigestAuthority({ realm: options.realm });
  // Browsers may all come through one proxy's address: the limit per address is a wide one.
  const perUser = createFailureLimiter({ failuresMax: 10, windowMs: 60_000, keysMax: 20_000 });
  const perSource = createFailureLimiter({ failuresMax: 200, windowMs: 60_000, keysMax: 20_000 });
  const bindings = new Bindings(contactsMax);

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
    const wanted = wantedContacts(req);
    if (wanted === "bad") return refuse(400);
    const order = { callId: req.get("call-id") ?? "", cseq: cseqOf(req) };
    const source = sourceOf(req);
    const overtaken = (contact: string) => isOvertaken(bindings.find(agentId, contact), order);
    if (wanted === "all") {
      // Checked as a whole: a request that fails changes nothing.
      if (bindings.of(agentId, nowMs).some(({ contact }) => overtaken(contact))) return refuse(500);
      bindings.remove(agentId, null);
      return unbound(agentId, nowMs);
    }
    const [minSeconds, maxSeconds] = isWebSocket(req) ? [0, 120] : [60, 3_600];
    if (wanted.some(({ seconds }) => seconds > 0 && seconds < minSeconds)) {
      counters.registersRefused += 1;
      return { status: 423, headers: { "Min-Expires": String(minSeconds) } };
    }
    const contacts = wanted.map((one) => ({ ...one, contact: contactOf(req, one.uri) }));
    if (contacts.some(({ contact }) => overtaken(contact))) return refuse(500);
    const newest = bindings.of(agentId, nowMs)[0];
    // The first one is the preferred one, so it is put last.
    for (const { uri, contact, seconds } of contacts.reverse()) {
      if (seconds === 0) bindings.remove(agentId, contact);
      else {
        const expiresAtMs = nowMs + Math.min(seconds, maxSeconds) * 1_000;
        bindings.put(agentId, { contact, uri, expiresAtMs, source, ...order });
      }
    }
    if (contacts.length > 0 && bindings.of(agentId, nowMs).length === 0) {
      return unbound(agentId, nowMs);
    }
    if (bindings.of(agentId, nowMs)[0] !== newest) tell(agentId, nowMs);
    return accept(agentId, nowMs);
  }

  function unbound(agentId: AgentId, nowMs: Ms): RegisterReply {
    tell(agentId, nowMs);
    counters.registersAccepted += 1;
    return { status: 200, headers: { Expires: "0" } };
  }

  /** Tells the core where the agent's calls go now. */
  function tell(agentId: AgentId, nowMs: Ms): void {
    post(deviceEvent(agentId, bindings.of(agentId, nowMs)[0]));
  }

  function accept(agentId: AgentId, nowMs: Ms): RegisterReply {
    counters.registersAccepted += 1;
    return listing(bindings.of(agentId, nowMs), nowMs);
  }

  return {
    register,
    isDevice: (req) => bindings.isSource(sourceOf(req), clock.nowMs()),
    forget(agentId, contact) {
      const nowMs = clock.nowMs();
      const newest = bindings.of(agentId, nowMs)[0];
      bindings.remove(agentId, contact);
      if (newest?.contact === contact) tell(agentId, nowMs);
    },
    sweep() {
      const nowMs = clock.nowMs();
      for (const agentId of bindings.sweep(nowMs)) tell(agentId, nowMs);
    },
    count: () => bindings.count(clock.nowMs()),
  };
}

function deviceEvent(agentId: AgentId, newest: Binding | undefined): CentreEvent {
  if (newest === undefined) return { type: "deviceUnbound", agentId };
  const { contact, expiresAtMs } = newest;
  return { type: "deviceBound", agentId, contact, expiresAtMs };
}

/** 200 with what is bound (RFC 3261 10.3 step 8), the newest first. */
function listing(live: readonly Binding[], nowMs: Ms): RegisterReply {
  const seconds = ({ expiresAtMs }: Binding) => Math.ceil((expiresAtMs - nowMs) / 1_000);
  const [newest] = live;
  if (newest === undefined) return { status: 200 };
  // The contacts as they came: the edge finds a connection by its own.
  const contact = live.map((one) => `<${one.uri}>;expires=${seconds(one)}`).join(", ");
  return { status: 200, headers: { Contact: contact, Expires: String(seconds(newest)) } };
}

/** A person's phones and pages; a loop of registrations must not fill the memory. */
const contactsMax = 10;

function cseqOf(req: RegisterRequest): number {
  return Number(/^\s*(\d{1,10})/.exec(req.get("cseq") ?? "")?.[1] ?? 0);
}

/**
 * Both, MD5 first although RFC 8760 2.3 puts the preferred one on top: phones that know MD5 only
 * look at the first challenge and give up. Browsers' SIP library gives up at a second one too.
 */
function algorithmsFor(transport: string): readonly DigestAlgorithm[] {
  return transport === "ws" || transport === "wss" ? ["MD5"] : ["MD5", "SHA-256"];
}

function sourceOf(req: RegisterRequest): string {
  return `${viaTransport(req.get("via"))} ${req.source_address} ${req.source_port}`;
}

function isWebSocket(req: RegisterRequest): boolean {
  return ["ws", "wss"].includes(viaTransport(req.get("via")));
}

/** The contacts that the REGISTER is about; none asks what is bound, `all` is the `*` of RFC 3261. */
function wantedContacts(req: RegisterRequest): Wanted[] | "all" | "bad" {
  const values = splitValues(req.get("contact"));
  const header = req.get("expires");
  const defaultSeconds = header === undefined ? 3_600 : toSeconds(header);
  if (values[0] === "*") return defaultSeconds === 0 && values.length === 1 ? "all" : "bad";
  if (values.length > contactsMax) return "bad";
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
  return contacts;
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
