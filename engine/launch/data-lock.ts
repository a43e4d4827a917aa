// One launcher a data folder: two would write one journal.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Takes the folder, or says which process has it. A file left by a dead process is taken over. */
export function lockDataDir(
  dataDir: string,
): { ok: true; release(): void } | { ok: false; pid: number } {
  mkdirSync(join(dataDir, "run"), { recursive: true, mode: 0o700 });
  const file = join(dataDir, "run", "launcher.pid");
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(file, String(process.pid), { flag: "wx", mode: 0o600 });
      return { ok: true, release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const pid = Number(readFileSync(file, "utf8"));
      if (isLauncher(pid)) return { ok: false, pid };
      rmSync(file, { force: true });
    }
  }
  return { ok: false, pid: 0 };
}

function isLauncher(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // The number may have gone to another program since; only Linux can tell.
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("launch");
  } catch {
    return true;
  }
}
