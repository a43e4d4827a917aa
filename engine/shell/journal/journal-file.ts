// How one journal entry and one snapshot stand in a file, and how a torn or damaged one is noticed.
// A line is `<crc32 in 8 hex digits> <JSON>`; the checksum covers the JSON's bytes.
import { crc32 } from "node:zlib";
import type { JournalEntry } from "../../core/event.ts";

/** Raised when the files change in a way that an older engine could not read. */
export const journalFormat = 1;

export function encodeLine(json: string): string {
  return `${crc32(json).toString(16).padStart(8, "0")} ${json}\n`;
}

/** The JSON of a line, or null when the line is torn, damaged or foreign. */
export function decodeLine(line: string): unknown | null {
  if (line.length < 10 || line[8] !== " ") return null;
  const json = line.slice(9);
  if (crc32(json).toString(16).padStart(8, "0") !== line.slice(0, 8)) return null;
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

export type TailDamage = Readonly<{ file: string; atByte: number; lostBytes: number }>;

/**
 * Reads the entries of one segment from `afterSeq` on. Stops at the first line that is damaged or
 * does not follow in sequence: what comes behind it cannot be trusted.
 */
export function decodeSegment(
  text: string,
  options: { file: string; afterSeq: number },
): { entries: JournalEntry[]; goodBytes: number; damage: TailDamage | null } {
  const entries: JournalEntry[] = [];
  let expected: number | null = null;
  let at = 0;
  let goodBytes = 0;
  while (at < text.length) {
    const end = text.indexOf("\n", at);
    const line = end < 0 ? null : text.slice(at, end);
    const entry = line === null ? null : (decodeLine(line) as JournalEntry | null);
    if (entry === null || (expected !== null && entry.seq !== expected)) {
      const lostBytes = Buffer.byteLength(text.slice(at));
      return { entries, goodBytes, damage: { file: options.file, atByte: goodBytes, lostBytes } };
    }
    expected = entry.seq + 1;
    if (entry.seq > options.afterSeq) entries.push(entry);
    goodBytes += Buffer.byteLength(text.slice(at, end + 1));
    at = end + 1;
  }
  return { entries, goodBytes, damage: null };
}
