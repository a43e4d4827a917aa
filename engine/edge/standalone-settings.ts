// The environment of the SIP edge when it runs alone for any drachtio-srf application.
import { isIP } from "node:net";
import { join, resolve } from "node:path";
import { operationsSocketName } from "../wire/edge-operations.ts";
import type { TraceLimits } from "./sip/trace/trace.ts";
import type { Protocol } from "./sip/transport/flow.ts";
import { defaultPort } from "./sip/transport/flow.ts";
import type { ListeningPoint } from "./sip/transport/listeners.ts";
import type { TlsFiles } from "./sip/transport/tls-files.ts";

export interface StandaloneSettings {
  points: ListeningPoint[];
  tls: TlsFiles | null;
  admin: { host: string; port: number; secret: string };
  /** New requests outside dialogs of one source address in a second. */
  sourcePerSecondMax: number;
  logLevel: string;
  orphanMs: number;
  /** Recent messages, and the Unix socket that tells them; null when nobody could ask for them. */
  trace: (TraceLimits & { socket: string }) | null;
}

/** Text for people: which variable is wrong, and how. */
export class SettingsError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>;

const protocols = new Set<string>(["udp", "tcp", "tls", "ws", "wss"]);
const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];
const contactPattern =
  /^<?(sips?):(\*|\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?((?:;[^;>\s]+)*)>?$/;

/** Throws `SettingsError` with one line. */
export function standaloneSettings(env: Environment): StandaloneSettings {
  const tls = tlsFiles(env);
  const advertise = text(env, "SIP_EXTERNAL_IP");
  const contacts = text(env, "SIP_CONTACTS");
  const points =
    contacts === null
      ? [hostAndPort(env, advertise)]
      : contacts.split(/\s+/).map((contact) => contactPoint(contact, advertise));
  const needsTls = points.some((one) => one.protocols.some((p) => p === "tls" || p === "wss"));
  if (needsTls && tls === null) {
    throw new SettingsError("TLS and WSS need TLS_KEY_FILE and TLS_CERT_FILE");
  }
  const secret = text(env, "ADMIN_SECRET");
  if (secret === null) throw new SettingsError("ADMIN_SECRET is not set");
  const logLevel = text(env, "SIP_LOG_LEVEL") ?? "warn";
  if (!logLevels.includes(logLevel)) {
    throw new SettingsError(`SIP_LOG_LEVEL=${logLevel} is not one of ${logLevels.join(", ")}`);
  }
  return {
    points,
    tls,
    admin: {
      host: literal("ADMIN_HOST", text(env, "ADMIN_HOST") ?? "127.0.0.1"),
      port: portOf("ADMIN_PORT", text(env, "ADMIN_PORT") ?? "9022"),
      secret,
    },
    sourcePerSecondMax: rate(text(env, "SIP_SOURCE_RATE") ?? "500"),
    logLevel,
    orphanMs: 10_000,
    trace: traceOf(env),
  };
}

/** Kept for whoever owns the folder. */
function traceOf(env: Environment): StandaloneSettings["trace"] {
  const dataDir = text(env, "SIP_DATA_DIR");
  const messagesMax = whole(env, "SIP_TRACE_MESSAGES", { standard: 5_000, max: 1_000_000 });
  const megabytes = whole(env, "SIP_TRACE_MEGABYTES", { standard: 4, max: 1_024 });
  if (dataDir === null) return null;
  const socket = join(resolve(dataDir), "run", operationsSocketName);
  // The system cuts longer ones off, or refuses them without saying why.
  if (Buffer.byteLength(socket) > socketPathBytesMax) {
    throw new SettingsError(`SIP_DATA_DIR: ${socket} is too long for a socket`);
  }
  return { socket, messagesMax, bytesMax: megabytes * 1_048_576 };
}

const socketPathBytesMax = 107;

/** 0 or more. */
function whole(
  env: Environment,
  name: string,
  { standard, max }: { standard: number; max: number },
) {
  const value = text(env, name);
  if (value === null) return standard;
  if (/^\d{1,7}$/.test(value) && Number(value) <= max) return Number(value);
  throw new SettingsError(`${name}: ${value} is not a number from 0 to ${max}`);
}

function hostAndPort(env: Environment, advertise: string | null): ListeningPoint {
  return {
    host: literal("SIP_HOST", text(env, "SIP_HOST") ?? "127.0.0.1"),
    port: portOf("SIP_PORT", text(env, "SIP_PORT") ?? "5060"),
    protocols: ["udp", "tcp"],
    advertise,
  };
}

/** `sip:127.0.0.1:5070;transport=udp,tcp`, as the drachtio server writes its contacts. */
function contactPoint(contact: string, advertise: string | null): ListeningPoint {
  const wrong = (why: string) => new SettingsError(`SIP_CONTACTS: ${contact} ${why}`);
  const match = contactPattern.exec(contact);
  if (match === null) {
    throw wrong("is not a contact such as sip:127.0.0.1:5070;transport=udp,tcp");
  }
  const [, scheme = "", host = "", port, params = ""] = match;
  const named = /;transport=([^;]+)/i.exec(params)?.[1]?.toLowerCase().split(",");
  const chosen = named ?? (scheme === "sips" ? ["tls"] : ["udp", "tcp"]);
  const unknown = chosen.find((name) => !protocols.has(name));
  if (unknown !== undefined) throw wrong(`has the unknown transport ${unknown || "(empty)"}`);
  const listed = chosen as Protocol[];
  if (new Set(listed.map((name) => (name === "udp" ? "udp" : "stream"))).size < listed.length) {
    throw wrong("has two transports that cannot share one port");
  }
  const own = /;external-ip=([^;]+)/i.exec(params)?.[1] ?? null;
  return {
    host: literal("SIP_CONTACTS", host),
    port: port === undefined ? defaultPort[listed[0] ?? "udp"] : portOf("SIP_CONTACTS", port),
    protocols: listed,
    advertise: own ?? advertise,
  };
}

function literal(variable: string, host: string): string {
  if (host === "*") return "0.0.0.0";
  if (host === "localhost") return "127.0.0.1";
  const plain = host.replace(/^\[|\]$/g, "");
  if (isIP(plain) === 0) throw new SettingsError(`${variable}: ${host} is not an IP address`);
  return plain;
}

function portOf(variable: string, value: string): number {
  const port = Number(value);
  if (!/^\d{1,5}$/.test(value) || port > 65_535) {
    throw new SettingsError(`${variable}: ${value} is not a port`);
  }
  return port;
}

function rate(value: string): number {
  if (/^[1-9]\d{0,6}$/.test(value)) return Number(value);
  throw new SettingsError(`SIP_SOURCE_RATE: ${value} is not a number of requests per second`);
}

function tlsFiles(env: Environment): TlsFiles | null {
  const keyFile = text(env, "TLS_KEY_FILE");
  const certFile = text(env, "TLS_CERT_FILE");
  if ((keyFile === null) !== (certFile === null)) {
    throw new SettingsError("TLS_KEY_FILE and TLS_CERT_FILE must be set together");
  }
  if (keyFile === null || certFile === null) return null;
  const chainFile = text(env, "TLS_CHAIN_FILE");
  return { keyFile, certFile, chainFile, caFile: text(env, "TLS_CA_FILE") };
}

/** Null for a variable that is missing or blank. */
function text(env: Environment, name: string): string | null {
  const value = env[name]?.trim() ?? "";
  return value === "" ? null : value;
}
