// Who is logged in. Only hashes of the cookies' ids are kept, in memory and in a small file, so that
// a restarted engine still knows everybody and a stolen file opens nothing.
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { readPrivateFile, writePrivateFile } from "./private-file.ts";

const session = z.strictObject({
  /** SHA-256 of the cookie's id, hexadecimal. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
  userId: z.string(),
  expiresAtMs: z.number(),
  /** When its desk was opened last; the newest one's SIP secret holds. */
  seatedAtMs: z.number().nullable(),
});
export type Session = Readonly<z.infer<typeof session>>;

export type Sessions = {
  /** The opaque id for the cookie. */
  create(userId: string): string;
  find(id: string): Session | null;
  /** By {@link Session.key}; null when it ended or expired. */
  get(key: string): Session | null;
  end(key: string): void;
  markSeated(key: string): void;
  /** The live session whose desk was opened last. */
  newestSeat(userId: string): Session | null;
  /** Resolves when everything before it is in the file. */
  saved(): Promise<void>;
};

export const sessionLifeMs = 12 * 3_600_000;
const sessionsMax = 5_000;
const sessionsOfOneUserMax = 20;

/** A file that cannot be read is treated as empty: everybody logs in again. */
export function createSessions(options: {
  dataDir: string;
  nowMs: () => number;
  onError: (error: unknown) => void;
}): Sessions {
  const { nowMs, onError } = options;
  const file = join(options.dataDir, "sessions.json");
  const live = new Map<string, Session>();
  for (const row of readRows(file, onError)) live.set(row.key, row);
  const save = createSaver(file, () => JSON.stringify([...live.values()]), onError);

  const get = (key: string): Session | null => {
    const found = live.get(key);
    if (found === undefined || found.expiresAtMs <= nowMs()) return null;
    return found;
  };
  const makeRoom = (userId: string): void => {
    for (const [key, row] of live) if (row.expiresAtMs <= nowMs()) live.delete(key);
    const own = [...live.values()].filter((row) => row.userId === userId);
    const oldest = own[0] ?? live.values().next().value;
    if (own.length >= sessionsOfOneUserMax || live.size >= sessionsMax) {
      if (oldest !== undefined) live.delete(oldest.key);
    }
  };
  return {
    create(userId) {
      makeRoom(userId);
      const id = randomBytes(32).toString("base64url");
      const key = keyOf(id);
      live.set(key, { key, userId, expiresAtMs: nowMs() + sessionLifeMs, seatedAtMs: null });
      save.soon();
      return id;
    },
    find: (id) => (id.length > 100 ? null : get(keyOf(id))),
    get,
    end(key) {
      if (live.delete(key)) save.soon();
    },
    markSeated(key) {
      const found = get(key);
      if (found === null) return;
      live.set(key, { ...found, seatedAtMs: nowMs() });
      save.soon();
    },
    newestSeat(userId) {
      let newest: Session | null = null;
      for (const row of live.values()) {
        if (row.userId !== userId || row.seatedAtMs === null || get(row.key) === null) continue;
        if (newest === null || row.seatedAtMs >= (newest.seatedAtMs ?? 0)) newest = row;
      }
      return newest;
    },
    saved: save.done,
  };
}

function keyOf(id: string): string {
  return createHash("sha256").update(id).digest("hex");
}

function readRows(file: string, onError: (error: unknown) => void): readonly Session[] {
  try {
    const text = readPrivateFile(file);
    return text === null ? [] : z.array(session).max(sessionsMax).parse(JSON.parse(text));
  } catch (error) {
    onError(error);
    return [];
  }
}

/** One write at a time; whatever changed meanwhile goes into one more. */
function createSaver(file: string, text: () => string, onError: (error: unknown) => void) {
  let running: Promise<void> | null = null;
  let changed = false;
  const run = async (): Promise<void> => {
    while (changed) {
      changed = false;
      try {
        await writePrivateFile(file, text());
      } catch (error) {
        onError(error);
      }
    }
    running = null;
  };
  return {
    soon(): void {
      changed = true;
      running ??= run();
    },
    async done(): Promise<void> {
      await running;
    },
  };
}
