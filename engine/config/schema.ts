// The site file: everything that a site sets, in YAML 1.2. Parsed once, then frozen.
// Durations in this file are in seconds where a person thinks in seconds; the key says which.

import { z } from "zod";
import { toneCountries } from "../wire/edge-config.ts";
import { digits, id, port, role, seconds } from "./schema-parts.ts";
import { sipSection, trunkGroupsSection, trunksSection } from "./schema-sip.ts";

const localized = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });
const clock = z.string().regex(/^([01][0-9]|2[0-4]):[0-5][0-9]$/, "HH:MM, quoted");

const skillLevels = z.record(id, z.number().int().min(1).max(10));
const promptKey = z.string().regex(/^[a-z][a-z0-9-]{0,59}$/, "the key of a prompt");
/** Where a caller goes whom the queue does not serve. */
const treatment = z.union([z.strictObject({ queue: id }), z.strictObject({ prompt: promptKey })]);

/** How a queue widens, ages, closes and overflows. */
const routing = z.strictObject({
  ageingSeconds: seconds.min(1).nullable().default(null),
  relax: z
    .array(
      z.strictObject({
        afterSeconds: seconds,
        levelDrop: z.number().int().min(0).max(10).default(0),
        dropSkills: z.array(id).default([]),
        reserves: z.array(id).default([]),
      }),
    )
    .max(8)
    .default([]),
  lastAgent: z
    .strictObject({ withinSeconds: z.number().min(1).max(2_592_000), patienceSeconds: seconds })
    .nullable()
    .default(null),
  /** Tag of a flow that holds the id of the agent to wait for. */
  namedAgent: z
    .strictObject({ tag: z.string().min(1).max(60), patienceSeconds: seconds })
    .nullable()
    .default(null),
  callback: z
    .strictObject({
      key: z.string().regex(/^[0-9]$/, "one digit, quoted"),
      offerAfterSeconds: seconds.nullable().default(null),
      offerPrompt: promptKey.default("callback-offer"),
      confirmPrompt: promptKey.default("callback-confirm"),
      donePrompt: promptKey.default("callback-done"),
      attemptsMax: z.number().int().min(1).max(10).default(3),
      retryMinutes: z.number().min(1).max(1_440).default(10),
      maxAgeMinutes: z.number().min(1).max(10_080).nullable().default(null),
    })
    .nullable()
    .default(null),
  agentCallsPerDayMax: z.number().int().min(1).nullable().default(null),
  /** A calendar. */
  hours: id.nullable().default(null),
  closed: treatment.default({ prompt: "closed" }),
  noAgent: treatment.nullable().default(null),
  overflow: z.strictObject({ afterSeconds: seconds, to: treatment }).nullable().default(null),
  waitPrompts: z
    .array(z.strictObject({ withinSeconds: seconds, prompt: promptKey }))
    .max(20)
    .default([]),
});

const recordPercent = z.number().min(0).max(100);
const recording = z.strictObject({
  /** Share of calls; a number's or a queue's own goes before it. */
  percent: recordPercent.default(100),
  /** Folder; default `recordings` in the data folder. */
  dir: z.string().optional(),
  /** With less free space there, nothing new is recorded. */
  freeMegabytesMin: z.number().int().min(0).default(1_024),
  /** Encrypts with AES-256-GCM; the file holds 64 hexadecimal digits. */
  key: z
    .strictObject({
      id: z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, "letters, digits, _ and -, at most 32"),
      file: z.string().min(1),
    })
    .optional(),
});

/** What agents may dial on behalf of a queue: everything else is refused. */
const dialPrefix = z.string().regex(/^\+?[0-9]{1,20}$/, "the first digits; quote them in YAML");
const outbound = z.strictObject({
  /** Or a group of trunks. */
  trunk: id,
  callerIds: z.array(digits).min(1).max(50),
  allow: z.array(dialPrefix).min(1).max(200),
  deny: z.array(dialPrefix).max(200).default([]),
  ringSeconds: z.number().min(5).max(180).default(45),
});

export const siteFile = z.strictObject({
  site: id,
  http: z
    .strictObject({
      host: z.string().default("127.0.0.1"),
      port: port.default(8080),
      /** Origins that browsers may come from; the server's own host is always allowed. */
      origins: z.array(z.string()).default([]),
      /** Set behind HTTPS: cookies are then sent over TLS only. */
      secureCookies: z.boolean().default(false),
    })
    .prefault({}),
  sip: sipSection.prefault({}),
  media: z
    .strictObject({
      /** Inclusive RTP port range; 0 and 0 take whatever ports are free. */
      rtpPortMin: port.default(0),
      rtpPortMax: port.default(0),
      /** One UDP port for all browser seats; 0 takes a free one. */
      webrtcPort: port.default(0),
      /** Address in our SDP and candidates, when it is not the bound one. */
      publicHost: z.string().nullable().default(null),
      silentAfterSeconds: seconds.default(3),
      /** Audio goes on for so long while no engine is there; then its legs are released. */
      releaseAfterSeconds: seconds.min(10).default(300),
      /** Whose network's ringback, busy and other tones callers hear. */
      toneCountry: z.enum(toneCountries).default("cn"),
    })
    .prefault({}),
  /** Which calls are recorded, from the first agent's answer to the end; absent: none. */
  recording: recording.optional(),
  flowsDir: z.string().default("ivr-flows/flows"),
  promptsDir: z.string().default("ivr-flows/prompts"),
  timeZone: z.string().default("Asia/Shanghai"),
  limits: z
    .strictObject({
      callsMax: z.number().int().min(1).default(2_000),
      flowStepsMax: z.number().int().min(1).default(100),
      /** New calls a second over all trunks; more are refused with 503 and Retry-After. */
      callsPerSecondMax: z.number().min(1).default(100),
    })
    .prefault({}),
  seatGraceSeconds: seconds.default(5),
  /** A browser seat with a longer round trip to the server is offered nothing. */
  seatRoundTripMsMax: z.number().min(50).max(60_000).default(1_500),
  /** A registration that was not renewed for so long is not trusted; null: only its expiry counts. */
  seatBindingSecondsMax: seconds.min(30).nullable().default(null),
  /** For how long a caller keeps an agent whose browser went away in talk; 0: back in line at once. */
  rejoinSeconds: z.number().min(0).max(300).default(20),
  /** An answered leg without audio for so long is asked whether its call still stands. */
  silentLegProbeSeconds: seconds.default(20),
  /** Which of several queues an agent serves next. */
  queueChoice: z.enum(["priority", "deadlineFirst"]).default("priority"),
  /** Skill that a caller's language asks for. */
  languageSkills: z.strictObject({ zh: id.optional(), en: id.optional() }).prefault({}),
  trunks: trunksSection,
  trunkGroups: trunkGroupsSection,
  calendars: z
    .array(
      z.strictObject({
        id,
        /** Weekly hours; 1 is Monday, 7 is Sunday. `24:00` is the day's end. */
        weekly: z
          .array(
            z.strictObject({
              days: z.array(z.number().int().min(1).max(7)).min(1),
              from: clock,
              to: clock,
            }),
          )
          .default([]),
        /** Dates that replace the weekly hours; no `from` and `to` means closed. */
        special: z
          .array(
            z.strictObject({
              date: z.string().regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/),
              from: clock.optional(),
              to: clock.optional(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
  numbers: z
    .array(
      z.strictObject({
        digits,
        hotline: localized,
        language: z.enum(["zh", "en"]).default("zh"),
        flow: z.string().optional(),
        queue: id.optional(),
        /** Asked of the agent beside the queue's skills. */
        skills: skillLevels.optional(),
        recordPercent: recordPercent.optional(),
      }),
    )
    .min(1),
  queues: z
    .array(
      z.strictObject({
        id,
        name: localized,
        skills: skillLevels.default({}),
        priority: z.number().int().min(0).max(9).default(0),
        strategy: z
          .enum([
            "longestIdle",
            "fewestCallsToday",
            "lowestOccupancy",
            "mostSkilled",
            "leastSkilled",
            "roundRobin",
            "ringAll",
          ])
          .default("longestIdle"),
        targetSeconds: seconds.default(15),
        targetPercent: z.number().min(0).max(100).default(80),
        shortAbandonSeconds: seconds.default(5),
        ringSeconds: seconds.default(15),
        wrapUpSeconds: seconds.default(30),
        wrapUp: z
          .strictObject({
            mode: z.enum(["mandatory", "discretionary", "optional", "none"]).default("mandatory"),
            extendSeconds: seconds.default(0),
            secondsMax: seconds.default(600),
          })
          .optional(),
        music: z.string().default("calm"),
        announcement: z
          .strictObject({ prompt: z.string(), everySeconds: z.number().min(5).max(600) })
          .nullable()
          .default(null),
        waitingMax: z.number().int().min(0).default(500),
        waitSecondsMax: seconds.nullable().default(null),
        fullPrompt: z.string().default("queue-full"),
        routing: routing.optional(),
        autoAnswer: z.boolean().default(false),
        recordPercent: recordPercent.optional(),
        outbound: outbound.optional(),
      }),
    )
    .min(1),
  agents: z
    .array(
      z.strictObject({
        id,
        name: localized,
        skills: skillLevels.default({}),
        /** Reserve group: helps only where the group is switched in. */
        reserve: id.optional(),
        device: z
          .discriminatedUnion("kind", [
            z.strictObject({ kind: z.literal("browser") }),
            z.strictObject({
              kind: z.literal("phone"),
              alwaysReady: z.boolean().default(false),
              ronaPauseSeconds: seconds.default(10),
            }),
            z.strictObject({
              kind: z.literal("fixed"),
              uri: z.string().regex(/^sip:[^\s<>"\r\n]{1,200}$/),
              alwaysReady: z.boolean().default(true),
              ronaPauseSeconds: seconds.default(10),
            }),
          ])
          .default({ kind: "browser" }),
      }),
    )
    .default([]),
  /** People who are no agents. */
  users: z
    .array(
      z.strictObject({
        id,
        name: localized,
        role,
      }),
    )
    .default([]),
  notReadyReasons: z
    .array(
      z.strictObject({
        id,
        label: localized,
        /** From when on it is too long; null: never. */
        limitMinutes: z.number().min(1).max(1_440).nullable().default(10),
      }),
    )
    .min(1),
  wrapUpCodes: z.array(z.strictObject({ id, label: localized })).default([]),
  /**
   * Several engines of which one drives, the others stand by. Without it, one engine needs no Redis.
   * What an engine that takes over does not know yet: engine/shell/cluster/lease.ts.
   */
  cluster: z
    .strictObject({
      /** One Redis server; the URL may hold a password. */
      redisUrl: z
        .string()
        .max(500)
        .refine(
          (text) => isRedisUrl(text),
          "must be a URL redis://HOST:PORT or rediss://HOST:PORT",
        ),
      /** Engines with the same name compete for one lease. */
      domain: id,
      /** Another engine takes over at most this long after the holder went silent. */
      leaseSeconds: z.number().min(1).max(120).default(10),
    })
    .optional(),
  /** Where facts and call records are kept: a file in the data folder, or a PostgreSQL server. */
  records: z
    .strictObject({
      /** One PostgreSQL database, 15 or newer; the URL may hold a password. Absent: the file. */
      postgresUrl: z
        .string()
        .max(500)
        .refine(
          (text) => isPostgresUrl(text),
          "must be a URL postgres://USER:PASSWORD@HOST:PORT/DATABASE",
        )
        .optional(),
      /** Minutes between two checks that all numbers agree; 0 for none. */
      verifyMinutes: z.number().int().min(0).max(1_440).default(60),
    })
    .prefault({}),
  /** What flows may ask other systems over HTTP; absent: nothing. */
  lookUps: z
    .strictObject({
      /** `HOST` or `HOST:PORT`, as the URL has it; nothing else is ever asked. */
      hosts: z
        .array(z.string().regex(/^[A-Za-z0-9.[\]:-]{1,255}$/))
        .max(100)
        .default([]),
      /** Name to a file that holds the secret, such as an API key. */
      secrets: z.record(id, z.string().min(1)).default({}),
      /** Longer answers are not read. */
      answerKilobytesMax: z.number().int().min(1).max(1_024).default(64),
    })
    .prefault({}),
  /** Simulated callers and agents; the demo only. */
  demo: z
    .strictObject({
      callers: z.number().int().min(0).max(200).default(0),
      /** Agents (device `phone`) that a simulated person operates. */
      agents: z.array(id).default([]),
      numbers: z.array(digits).default([]),
    })
    .optional(),
});
export type SiteFile = z.infer<typeof siteFile>;

function isPostgresUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname } = new URL(text);
  return /^postgres(ql)?:$/.test(protocol) && hostname !== "" && pathname.length > 1;
}

function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return /^rediss?:$/.test(protocol) && hostname !== "";
}
