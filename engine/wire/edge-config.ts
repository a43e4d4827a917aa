// How the launcher starts the built-in edge: one JSON file (mode 0600) named on its command line,
// and one line back. Ports of 0 take a free port; the ready line says which.
import { z } from "zod";

const protocol = z.enum(["udp", "tcp", "tls", "ws", "wss"]);

/** ISO 3166 codes of the networks whose tones we make. */
export const toneCountries = ["cn", "de", "gb", "hk", "us"] as const;
export type ToneCountry = (typeof toneCountries)[number];

export const edgeConfig = z.strictObject({
  dataDir: z.string(),
  /** Path of the Unix socket for operations; see `edge-operations.ts`. */
  operationsSocket: z.string().optional(),
  logLevel: z.string(),
  sip: z.strictObject({
    host: z.string(),
    /** UDP and TCP. */
    port: z.number().int(),
    /** The drachtio protocol's listener for applications, on loopback. */
    appPort: z.number().int(),
    appSecret: z.string(),
    /** How long dialogs and pending INVITEs wait for the next application. */
    orphanMs: z.number().int(),
    /** Host that peers beyond this machine should use for us, as behind a NAT. */
    advertiseHost: z.string().optional(),
    /** Further addresses beside `host` and `port`. */
    listeners: z
      .array(
        z.strictObject({
          /** IPv4 or IPv6 literal without brackets. */
          host: z.string(),
          /** One port for all protocols of this listener; 0 takes a free one. */
          port: z.number().int(),
          protocols: z.array(protocol).min(1),
          advertiseHost: z.string().optional(),
        }),
      )
      .optional(),
    /** What protects against floods; each has a default. */
    limits: z
      .strictObject({
        /** New requests outside dialogs of one source address in a second. */
        sourcePerSecondMax: z.number().int().optional(),
        /** New INVITEs of all sources in a second. */
        callsPerSecondMax: z.number().int().optional(),
        dialogsMax: z.number().int().optional(),
        transactionsMax: z.number().int().optional(),
        /** TCP, TLS and WebSocket connections, in all and of one source address. */
        connectionsMax: z.number().int().optional(),
        connectionsPerSourceMax: z.number().int().optional(),
        /** How long the opening of a TLS, WS or WSS connection may take. */
        openingMsMax: z.number().int().optional(),
      })
      .optional(),
    /** Sources with a common allowance of their own, as a carrier's; the first that fits counts. */
    trunks: z
      .array(
        z.strictObject({
          id: z.string(),
          /** Addresses or CIDR blocks. */
          sources: z.array(z.string()),
          /** By which its calls come; all when left out. */
          protocols: z.array(protocol).optional(),
          /** New INVITEs, REGISTERs and others in a second, each; as for one other source when left out. */
          perSecondMax: z.number().int().optional(),
          /** New INVITEs in a second; null for no limit of its own. */
          callsPerSecondMax: z.number().int().nullable(),
          /** Calls at once, from the INVITE to the end; null for no limit. */
          channelsMax: z.number().int().nullable(),
        }),
      )
      .optional(),
    /** Recent messages kept for the ladder of a call; none when left out. */
    trace: z.strictObject({ messagesMax: z.number().int(), bytesMax: z.number().int() }).optional(),
    /** PEM files for listeners with TLS or WSS; read anew when they change. */
    tls: z
      .strictObject({
        keyFile: z.string(),
        certFile: z.string(),
        /** Intermediate certificates, when `certFile` does not hold them. */
        chainFile: z.string().optional(),
        /** Authorities that peers which we call are checked against. */
        caFile: z.string().optional(),
      })
      .optional(),
  }),
  /** The one HTTP port: `/sip` is served here, everything else goes to the engine's socket. */
  front: z.strictObject({
    host: z.string(),
    port: z.number().int(),
    /** Path of the engine's Unix socket. */
    engineSocket: z.string(),
    /** Origins allowed to open `/sip` beside the host itself. */
    origins: z.array(z.string()),
  }),
  media: z.strictObject({
    host: z.string(),
    publicHost: z.string().nullable(),
    rtpPortMin: z.number().int(),
    rtpPortMax: z.number().int(),
    webrtcPort: z.number().int(),
    controlPort: z.number().int(),
    controlSecret: z.string(),
    promptsDir: z.string(),
    /** Whose network's tones callers hear. Absent: China's. */
    toneCountry: z.enum(toneCountries).optional(),
    silentMs: z.number().int(),
    legsMax: z.number().int(),
    /** How long legs live while no engine is there; five minutes when left out. */
    ownerlessMs: z.number().int().optional(),
    /** Absent: nothing is recorded here. */
    recordings: z
      .strictObject({
        /** Folder of the recordings; made when it is not there. */
        dir: z.string(),
        /** With less free space there nothing new is recorded. */
        freeBytesMin: z.number().int().min(0),
        /** Encrypts with AES-256-GCM; the file holds 64 hexadecimal digits. */
        key: z
          .strictObject({ id: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/), file: z.string() })
          .optional(),
      })
      .optional(),
  }),
});
export type EdgeConfig = z.infer<typeof edgeConfig>;

/** Sent by the edge over the IPC channel (or printed as one JSON line without one). */
export const edgeReady = z.strictObject({
  type: z.literal("ready"),
  sipPort: z.number(),
  appPort: z.number(),
  httpPort: z.number(),
  mediaControlPort: z.number(),
  webrtcPort: z.number(),
});
export type EdgeReady = z.infer<typeof edgeReady>;

/** A start that failed for one clear reason, e.g. a taken port; the edge then exits with 1. */
export const edgeFailed = z.strictObject({ type: z.literal("failed"), reason: z.string() });
