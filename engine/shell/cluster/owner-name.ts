// Names this process so that an engine on the same machine can prove that it is dead. The launcher
// starts an engine again within moments; without the proof it would wait for its own lease to end.
import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";

const namePattern = /^([^/]+)\/([0-9]{1,10})\/([0-9]{1,20})\/[0-9a-f]+$/;

/** `<boot and PID namespace>/<pid>/<start time>/<random>`; no machine's name, no path. */
export function ownerName(): string {
  const nonce = randomBytes(8).toString("hex");
  return `${placeOfPids() ?? "elsewhere"}/${process.pid}/${lifeOf(process.pid)?.startedAt ?? 0}/${nonce}`;
}

/**
 * True only with proof: a process of this boot and PID namespace that has ended. On systems without
 * `/proc` there is no proof, and the lease's time decides.
 */
export function isGone(owner: string): boolean {
  const [, place, pid, startedAt] = namePattern.exec(owner) ?? [];
  const here = placeOfPids();
  if (here === null || place !== here) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // Anything but "no such process" (such as "not permitted") means that it lives.
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
  const life = lifeOf(Number(pid));
  return life !== null && (life.startedAt !== startedAt || life.ended);
}

/** PIDs mean the same within one boot and one namespace (containers have their own). */
function placeOfPids(): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const namespace = /[0-9]+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0];
    return namespace === undefined || !/^[0-9a-f-]+$/.test(boot) ? null : `${boot}.${namespace}`;
  } catch {
    return null;
  }
}

/** proc(5): the state is field 3, the start time in ticks after boot field 22 of `stat`. */
function lifeOf(pid: number): { startedAt: string; ended: boolean } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, startedAt] = [fields[0], fields[19]];
    if (state === undefined || startedAt === undefined) return null;
    // A killed process that nobody has waited for yet runs nothing any more.
    return { startedAt, ended: state === "Z" || state === "X" };
  } catch {
    return null;
  }
}
