// Passwords and SIP secrets, in `<data folder>/logins.json`, readable by the engine's user only.
// Missing ones are made at start. They are plain there so that the first start can show them; a real
// site replaces each `password` by a `passwordHash` (argon2id, PHC text) and changes the secrets.
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { hash, verify } from "@node-rs/argon2";
import { z } from "zod";
import type { People } from "./people.ts";
import { readPrivateFile, writePrivateFileSync } from "./private-file.ts";

const login = z.strictObject({
  password: z.string().min(1).max(200).optional(),
  /** `$argon2id$…`; wins over `password`. */
  passwordHash: z.string().startsWith("$argon2id$").optional(),
  /** SIP digest secret of an agent's phone. */
  sip: z.string().min(1).max(200).optional(),
});
const loginsFile = z.record(z.string(), login);
export type Logins = Readonly<Record<string, Readonly<z.infer<typeof login>>>>;

/** No 0 and O, no 1, l and I. */
const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const argon = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const hashesAtOnceMax = 2;
/** Logins that may wait for a hash; more are told to come again. */
const hashesWaitingMax = 200;

/** The file as it is; empty before the first start. Throws when it is not what it should be. */
export function readLogins(dataDir: string): Logins {
  const file = loginsPath(dataDir);
  const text = readPrivateFile(file);
  if (text === null) return {};
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${file}: not valid JSON`);
  }
  const parsed = loginsFile.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`${file}: ${issue?.path.join(".")}: ${issue?.message}`);
  }
  return parsed.data;
}

/** Adds a login for everybody who has none, and returns all. Existing ones are never changed. */
export function ensureLogins(dataDir: string, people: People): Logins {
  const before = readLogins(dataDir);
  const logins: Record<string, Logins[string]> = { ...before };
  let changed = false;
  for (const { id, device } of people.values()) {
    const known = logins[id] ?? {};
    const hasPassword = known.password !== undefined || known.passwordHash !== undefined;
    const needsSecret = device === "phone" && known.sip === undefined;
    if (hasPassword && !needsSecret) continue;
    logins[id] = {
      ...known,
      ...(hasPassword ? {} : { password: randomText(10) }),
      ...(needsSecret ? { sip: randomText(20) } : {}),
    };
    changed = true;
  }
  if (changed) writePrivateFileSync(loginsPath(dataDir), `${JSON.stringify(logins, null, 2)}\n`);
  return logins;
}

/** The password is right, wrong, or too many others are being checked. */
type PasswordAnswer = "right" | "wrong" | "busy";
export type PasswordCheck = (username: string, password: string) => Promise<PasswordAnswer>;

/**
 * Every check costs one argon2id verification, known user or not, so that the time tells nothing.
 * At the start of a shift everybody logs in at once: two hashes run, the rest wait in line.
 */
export function createPasswordCheck(logins: Logins): PasswordCheck {
  const hashes = new Map<string, Promise<string>>();
  const withSlot = createSlots();
  const hashOf = (username: string): Promise<string> => {
    const entry = Object.hasOwn(logins, username) ? logins[username] : undefined;
    if (entry?.passwordHash !== undefined) return Promise.resolve(entry.passwordHash);
    const key = entry?.password === undefined ? "" : username;
    const made = hashes.get(key) ?? hash(entry?.password ?? randomText(20), argon);
    hashes.set(key, made);
    return made;
  };
  return async (username, password) => {
    const right = await withSlot(async () => verify(await hashOf(username), password));
    if (right === null) return "busy";
    return right ? "right" : "wrong";
  };
}

/** Runs at most two tasks at once; null when too many wait already. */
function createSlots(): <T>(task: () => Promise<T>) => Promise<T | null> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running < hashesAtOnceMax) running += 1;
    else {
      if (waiting.length >= hashesWaitingMax) return null;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

function randomText(length: number): string {
  return Array.from({ length }, () => letters.charAt(randomInt(letters.length))).join("");
}

function loginsPath(dataDir: string): string {
  return join(dataDir, "logins.json");
}
