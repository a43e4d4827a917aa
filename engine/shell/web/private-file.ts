// Files that only the engine's own user may read, replaced whole or not at all.
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** The text, or null when there is no such file. Other errors are thrown. */
export function readPrivateFile(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** For the start, before calls: nobody waits for this thread yet. */
export function writePrivateFileSync(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = draftOf(file);
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: "wx", flush: true });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

export async function writePrivateFile(file: string, text: string): Promise<void> {
  const draft = draftOf(file);
  try {
    const handle = await open(draft, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function draftOf(file: string): string {
  return `${file}.${randomBytes(6).toString("hex")}.draft`;
}
