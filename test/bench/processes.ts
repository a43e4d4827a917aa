// CPU time and memory of a process, from the kernel's own books.
import { readFileSync } from "node:fs";

/** USER_HZ of Linux on every common platform. */
const ticksPerSecond = 100;

/** User and system CPU time since the process began, in milliseconds (resolution 10 ms). */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** Resident memory in kB. */
export function rssKb(pid: number): number {
  return statusKb(pid, "VmRSS");
}

/**
 * Memory that is the process's own, in kB, resident or swapped out. Pages of programs and libraries
 * are not in it: the kernel loads and drops them as it likes.
 */
export function ownKb(pid: number): number {
  return statusKb(pid, "RssAnon") + statusKb(pid, "VmSwap");
}

function statusKb(pid: number, key: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
