// The sections `sip` and `trunks` of the site file.
import { z } from "zod";
import { cidr, digits, id, port, role, seconds } from "./schema-parts.ts";

/** Speech channels of one E1 with its signalling in time slot 16. */
const channelsPerE1 = 30;

const protocol = z.enum(["udp", "tcp", "tls", "ws", "wss"]);
/** What peers are told instead of the bound address, as behind a NAT. */
const advertiseHost = z
  .string()
  .regex(/^[A-Za-z0-9.:-]{1,253}$/, "an IP address or a host name")
  .nullable()
  .default(null);
const count = z.number().int().min(1);

export const sipSection = z.strictObject({
  host: z.string().default("127.0.0.1").describe("Address to bind and to advertise"),
  port: port.default(5060).describe("UDP and TCP"),
  realm: z.string().default("rexian"),
  advertiseHost,
  /** Beside `host` and `port`. */
  listeners: z
    .array(
      z.strictObject({
        host: z.string(),
        port,
        protocols: z.array(protocol).min(1),
        advertiseHost,
      }),
    )
    .max(50)
    .default([]),
  /** PEM files, meant from the product's root; read anew when they change. */
  tls: z
    .strictObject({
      keyFile: z.string().min(1),
      certFile: z.string().min(1),
      chainFile: z.string().min(1).nullable().default(null),
      caFile: z.string().min(1).nullable().default(null),
    })
    .optional(),
  limits: z
    .strictObject({
      sourcePerSecondMax: count.default(500),
      callsPerSecondMax: count.default(1_000),
      connectionsMax: count.default(10_000),
      connectionsPerSourceMax: count.default(5_000),
      openingMsMax: z.number().int().min(100).max(120_000).default(10_000),
      dialogsMax: count.default(20_000),
      transactionsMax: count.default(60_000),
    })
    .prefault({}),
  /** Recent SIP messages kept for the ladder of one call. */
  trace: z
    .strictObject({
      messagesMax: z.number().int().min(0).max(1_000_000).default(20_000),
      megabytesMax: z.number().min(0).max(1_024).default(16),
      fullNumbersFor: z.array(role).default(["admin"]),
    })
    .prefault({}),
  /** How long a stop waits for standing calls while new ones are refused. */
  drainSeconds: seconds.max(3_600).default(10),
});

const username = z.string().regex(/^[^\s:"\\]{1,64}$/, "1 to 64 characters, no blank, : or quote");

export const trunksSection = z
  .array(
    z
      .strictObject({
        id,
        /** Calls from these sources belong to the trunk. */
        sources: z.array(cidr).min(1),
        /** Transports by which its calls come; a browser's are no trunk's. */
        protocols: z.array(protocol).min(1).default(["udp", "tcp", "tls"]),
        /** Digest asked of every call beside the source. */
        credentials: z.strictObject({ username, password: z.string().min(8).max(128) }).optional(),
        e1Count: z.number().int().min(1).max(1_000).default(1),
        channelsMax: count.optional(),
        callsPerSecondMax: z.number().int().min(1).max(10_000).nullable().default(null),
        /** Where calls of ours go; without it none do. */
        outbound: z
          .strictObject({
            host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, "a host name or IP address"),
            port: z.number().int().min(1).max(65_535).default(5060),
            transport: z.enum(["udp", "tcp"]).default("udp"),
            /** The trunk's digest for calls of ours; how long its password is, the trunk decides. */
            credentials: z
              .strictObject({ username, password: z.string().min(1).max(128) })
              .optional(),
            /** Asked with OPTIONS so often; without an answer no call goes there. */
            optionsSeconds: z.number().int().min(1).max(3_600).nullable().default(null),
            /** The trunk wants us to register, with `credentials`. */
            register: z
              .strictObject({
                expiresSeconds: z.number().int().min(20).max(86_400).default(600),
                domain: z
                  .string()
                  .regex(/^[A-Za-z0-9.-]{1,253}$/, "a host name")
                  .nullable()
                  .default(null),
              })
              .optional(),
          })
          .optional(),
        /** Believes its P-Asserted-Identity, Privacy, Diversion and History-Info. */
        trustIdentity: z.boolean().default(true),
        /** Encrypted audio with keys in SDP (RFC 4568), which TLS should carry. */
        srtp: z.enum(["off", "optional", "required"]).default("off"),
        /** The codec taken where its side offers it and offered first; its own order when left out. */
        preferredCodec: z.enum(["PCMA", "PCMU"]).optional(),
        /** Where its digits are: in events (RFC 4733) or INFO, or in the sound besides. */
        dtmf: z.enum(["rfc4733", "inband"]).default("rfc4733"),
        /** The numbers of this site that may be dialled over the trunk. */
        numbers: z.array(digits).min(1).optional(),
      })
      .transform((trunk) => ({
        ...trunk,
        channelsMax: trunk.channelsMax ?? channelsPerE1 * trunk.e1Count,
      })),
  )
  .min(1);

/** Trunks that stand in for each other in calls out. */
export const trunkGroupsSection = z
  .array(
    z.strictObject({
      id,
      trunks: z
        .array(
          z.strictObject({
            trunk: id,
            /** The lowest is taken first. */
            order: z.number().int().min(1).max(100).default(1),
            /** Share of the calls among trunks of the same order. */
            weight: z.number().int().min(1).max(1_000).default(1),
          }),
        )
        .min(1)
        .max(50),
    }),
  )
  .max(100)
  .default([]);
