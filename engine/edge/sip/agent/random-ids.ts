// Tags and branches. Unguessable, but drawn from a pool: asking the system for
// each one costs more than the rest of a message's parsing.
import { randomFillSync } from "node:crypto";

const pool = Buffer.alloc(4_096);
let used = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString("hex", used - bytes, used);
}

/** For From and To; RFC 3261 19.3 asks for 32 random bits at least. */
export function newTag(): string {
  return randomHex(9);
}

/** For Via, with the magic cookie of RFC 3261 8.1.1.7. */
export function newBranch(): string {
  return `z9hG4bK${randomHex(12)}`;
}
