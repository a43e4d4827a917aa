// The lease in Redis: one key with an end (`SET PX`) and one counter for fencing tokens, changed
// together by scripts. For one Redis server without automatic failover; a flushed or rolled back
// counter is healed by the holder's renewals, and a freshly started server grants nothing until the
// leases of its forgotten past have ended.
import { Redis } from "ioredis";
import type { ClaimAnswer, LeaseStore } from "./lease-store.ts";

export type RedisStoreOptions = Readonly<{
  /** May hold a password: never logged, and no error of the client is passed on but its message. */
  url: string;
  domain: string;
  /** Longest wait for one answer. */
  answerMsMax: number;
}>;

// KEYS: lease, fence. The lease's value is "<token> <owner>". One hash slot, by the braces.

/** ARGV: owner, ttlMs, tokenMin, replaced owner or "". */
const claimScript = `
local held = redis.call('GET', KEYS[1])
local owner = held and string.match(held, '^%d+ (.*)$') or ''
if owner ~= '' and owner ~= ARGV[1] and owner ~= ARGV[4] then return {0, owner} end
local up = string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)')
if tonumber(up) * 1000 < tonumber(ARGV[2]) + 1000 then return {-1, ''} end
local fence = math.max(tonumber(redis.call('GET', KEYS[2]) or '0') + 1, tonumber(ARGV[3]))
local token = string.format('%.0f', fence)
redis.call('SET', KEYS[2], token)
redis.call('SET', KEYS[1], token .. ' ' .. ARGV[1], 'PX', ARGV[2])
return {1, token}
`;

/** ARGV: owner, token, ttlMs. */
const renewScript = `
local token = tonumber(ARGV[2])
local mine = ARGV[2] .. ' ' .. ARGV[1]
local held = redis.call('GET', KEYS[1])
local heldToken = held and tonumber(string.match(held, '^%d+')) or 0
local fence = tonumber(redis.call('GET', KEYS[2]) or '0')
if fence > token or (held and held ~= mine and heldToken >= token) then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
redis.call('SET', KEYS[1], mine, 'PX', ARGV[3])
return 1
`;

/** ARGV: owner, token. */
const freeScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[2] .. ' ' .. ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
`;

export function createRedisStore(options: RedisStoreOptions): LeaseStore {
  const { url, domain, answerMsMax } = options;
  const keys = [`rexian:{${domain}}:lease`, `rexian:{${domain}}:fence`] as const;
  const redis = new Redis(url, {
    connectionName: "rexian-lease",
    connectTimeout: answerMsMax,
    commandTimeout: answerMsMax,
    // A connection that says nothing while we wait is given up; the next one may live.
    socketTimeout: answerMsMax * 2,
    // Late copies of old claims must not reach a server that comes back: ask anew or not at all.
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
  });
  let connectionError: string | null = null;
  redis.on("error", (error: Error) => {
    connectionError = error.message;
  });
  redis.on("ready", () => {
    connectionError = null;
  });

  async function evaluate(script: string, args: readonly (string | number)[]): Promise<unknown> {
    try {
      await connected(redis, answerMsMax);
      return await redis.eval(script, keys.length, ...keys, ...args);
    } catch (error) {
      const why = connectionError ?? (error instanceof Error ? error.message : String(error));
      throw new Error(`Redis does not answer: ${why}`);
    }
  }

  return {
    async claim({ owner, ttlMs, tokenMin, replaces }) {
      return claimAnswer(
        await evaluate(claimScript, [owner, Math.round(ttlMs), tokenMin, replaces ?? ""]),
      );
    },
    async renew({ owner, token, ttlMs }) {
      return (await evaluate(renewScript, [owner, token, Math.round(ttlMs)])) === 1;
    },
    async free({ owner, token }) {
      await evaluate(freeScript, [owner, token]);
    },
    close: () => redis.disconnect(),
  };
}

/** Rejects when there is no connection after `waitMsMax`; the client goes on dialling. */
function connected(redis: Redis, waitMsMax: number): Promise<void> {
  if (redis.status === "ready") return Promise.resolve();
  return new Promise((resolve, reject) => {
    const settle = (how: () => void) => {
      clearTimeout(timer);
      redis.off("ready", onReady);
      redis.off("end", onEnd);
      how();
    };
    const onReady = () => settle(resolve);
    const onEnd = () => settle(() => reject(new Error("no connection")));
    const timer = setTimeout(onEnd, waitMsMax);
    redis.once("ready", onReady);
    redis.once("end", onEnd);
    if (redis.status === "end") onEnd();
  });
}

function claimAnswer(reply: unknown): ClaimAnswer {
  const [code, text] = Array.isArray(reply) ? reply : [];
  const token = Number(text);
  if (code === 1 && Number.isSafeInteger(token) && token > 0) return { held: true, token };
  if (code === 0 && typeof text === "string") {
    return { held: false, owner: text, why: "another engine holds the lease" };
  }
  if (code === -1) {
    const why = "Redis started moments ago and may have forgotten a lease";
    return { held: false, owner: null, why };
  }
  throw new Error("Redis gave an answer that makes no sense");
}
