// Asks processes under test, and the kernel, what they hold.
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { cpuMs, ownKb, rssKb } from "../bench/processes.ts";
import type { ProbeAnswer } from "./probe.ts";

export type ProcessSample = Readonly<{
  pid: number;
  rssKb: number;
  ownKb: number;
  cpuMs: number;
  descriptors: number;
  sockets: number;
  /** Main thread first. */
  threads: readonly ProbeAnswer[];
}>;

export type Probes = Readonly<{
  folder: string;
  /** Environment of the processes that shall be asked. */
  env: Readonly<Record<string, string>>;
  close(): void;
}>;

/** Only for compiled tests: the processes load the compiled probe. */
export function openProbes(): Probes {
  const folder = mkdtempSync(join(tmpdir(), "probes-"));
  const script = pathToFileURL(fileURLToPath(new URL("./probe.js", import.meta.url))).href;
  return {
    folder,
    env: { PROBE_DIR: folder, NODE_OPTIONS: `--import ${script}` },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export async function sampleProcess(folder: string, pid: number): Promise<ProcessSample> {
  const names = readdirSync(folder).filter((name) => name.startsWith(`${pid}-`));
  const threads = await Promise.all(names.map((name) => ask(join(folder, name), "sample\n")));
  threads.sort((a, b) => a.threadId - b.threadId);
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      // Closed since it was listed.
      return "";
    }
  });
  return {
    ...{ pid, rssKb: rssKb(pid), ownKb: ownKb(pid), cpuMs: cpuMs(pid), threads },
    descriptors: links.filter((link) => link !== "").length,
    sockets: links.filter((link) => link.startsWith("socket:")).length,
  };
}

/** Cuts the process's own connections to a local port. */
export async function dropConnections(folder: string, pid: number, port: number): Promise<void> {
  await ask(join(folder, `${pid}-0.sock`), `drop ${port}\n`);
}

/** Sockets of dead processes stay as files. */
export function forgetProcess(folder: string, pid: number): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${pid}-`)) rmSync(join(folder, name));
  }
}

function ask(path: string, request: string): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = "";
    socket.setTimeout(10_000, () => socket.destroy(new Error(`${path} does not answer`)));
    socket.on("connect", () => socket.write(request));
    socket.on("data", (chunk) => {
      text += chunk.toString("utf8");
    });
    socket.on("error", reject);
    socket.on("close", () => {
      try {
        resolve(JSON.parse(text) as ProbeAnswer);
      } catch {
        reject(new Error(`${path} answered ${text.length} bytes that are no sample`));
      }
    });
  });
}
